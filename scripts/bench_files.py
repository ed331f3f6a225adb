"""What bringing in a file costs: a long CSV of many sensors, beside a bare COPY of its readings.

Run it with `make bench-files`. It takes a scratch database on the server that DATABASE_URL names;
where that is not set, Debian's PostgreSQL is started with its durable defaults and stands in.
"""

import io
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import click
from rich.console import Console

from db.connection import connect
from db.migrate import upgrade
from db.statements import load
from ingest.files.layout import Layout
from ingest.files.load import load as load_file
from ingest.files.load import trial
from ingest.importer import Importer
from scripts.bench_settle import START, bench_server

STATEMENTS = load("scripts/bench_files.sql")
SENSORS = 100


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--rows", default=1_000_000, help="Rows of the file, each a value of one sensor.")
def bench(rows: int) -> None:
    """Write a CSV file, decode it, store it, store it again, and copy the same readings bare.

    Example: make bench-files ARGS="--rows 100000"
    """
    console = Console()
    with bench_server() as (url, description), tempfile.TemporaryDirectory() as folder:
        console.print(f"Server: {description}")
        upgrade(url, plain=True)
        path = Path(folder) / "readings.csv"
        with connect(url, autocommit=True) as connection:
            connection.execute(STATEMENTS["plant"], {"sensors": SENSORS})
        path.write_text("time,sensor,value\n" + "".join(lines(rows)))
        layout = Layout()
        took = {"decoded": 0.0, "stored": 0.0, "stored again, all of it there": 0.0}
        importer = Importer(url, "file", path.name)
        for name in took:
            started_at = time.perf_counter()
            if name == "decoded":
                report = trial(path, layout, importer.sensors(), lambda _: None).report
            else:
                report = load_file(path, layout, importer, anyway=False, progress=lambda _: None)
            took[name] = time.perf_counter() - started_at
            if report.accepted != rows:
                raise click.ClickException(f"{report.accepted} of {rows} rows were accepted")
        importer.close()
        bare_s = copy_bare(url, rows)
    for name, took_s in [*took.items(), ("bare COPY into a table", bare_s)]:
        pace = f"{took_s:6.1f} s  {rows / took_s:9,.0f} rows/s  {took_s / bare_s:5.1f} x bare COPY"
        console.print(f"{name:32} {pace}")


def lines(rows: int) -> list[str]:
    found = []
    for minute in range(rows // SENSORS):
        stamp = f"{START + timedelta(minutes=minute):%Y-%m-%dT%H:%M:%SZ}"
        found += [f"{stamp},s{n},{minute * 0.25 + n}\n" for n in range(SENSORS)]
    return found


def copy_bare(url: str, rows: int) -> float:
    """The least that storing can cost: no index, nothing looked at."""
    text = io.StringIO()
    for number, line in enumerate(lines(rows)):
        stamp, _, value = line.rstrip().split(",")
        text.write(f"{stamp},{number % SENSORS},{value}\n")
    with connect(url, autocommit=True) as connection:
        connection.execute(STATEMENTS["bare"])
        started_at = time.perf_counter()
        with connection.cursor().copy(STATEMENTS["copy"]) as copy:
            copy.write(text.getvalue())
        return time.perf_counter() - started_at


if __name__ == "__main__":
    bench()
