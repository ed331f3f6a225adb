"""The command `lotwatt`. It only puts together the commands of db, ingest, jobs and grafana."""

import click

from db.cli.base import SETTINGS, lazy
from db.version import VERSION

# Where each command comes from. Modules are loaded when they are asked for, so that `lotwatt lots`
# does not wait for numpy.
COMMANDS = {
    "anomalies": "db.cli.anomalies:anomalies",
    "db": "db.cli.schema:db",
    "doctor": "db.cli.doctor:doctor",
    "embedded": "db.embedded.cli:embedded",
    "forecast": "db.cli.forecast:forecast",
    "ingest": "ingest.cli:ingest",
    "jobs": "jobs.cli:jobs",
    "lot": "db.cli.lot:lot",
    "lots": "db.cli.lists:lots",
    "mapping": "db.cli.mapping:mapping",
    "plant": "db.cli.plant:plant",
    "quarantine": "db.cli.quarantine:quarantine",
    "reading": "db.cli.reading:reading",
    "references": "db.cli.lists:references",
    "report": "grafana.report.cli:report",
    "run": "db.cli.run:run",
    "scheduler": "db.cli.scheduler:scheduler",
    "sensor": "db.cli.sensor:sensor",
    "sensors": "db.cli.lists:sensors",
    "verify": "db.cli.verify:verify",
}


@click.group(cls=lazy(COMMANDS), context_settings=SETTINGS)
@click.version_option(VERSION, prog_name="lotwatt")
def main() -> None:
    """Energy and temperature of production lots, in TimescaleDB.

    The database is the one that DATABASE_URL names; without it, the embedded server of this folder.
    """


if __name__ == "__main__":
    main(prog_name="lotwatt")
