"""`lotwatt lots`, `lotwatt references`, `lotwatt sensors`."""

import datetime as dt
from typing import Any

import click

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.cli.output import FORMAT, ask, with_durations, write
from db.connection import connect
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
LIMIT = click.option("--limit", type=click.IntRange(1), help="At most so many.  [default: all]")
LOT = {
    "number": "lot",
    "reference": "reference",
    "machine": "machine",
    "started_at": "started (UTC)",
    "duration_s": "h:mm",
    "quantity": "good",
    "scrap_quantity": "scrap",
    "energy_kwh": "kWh",
    "energy_kwh_per_unit": "kWh/unit",
    "energy_coverage": "measured",
    "temperature_c_mean": "mean C",
    "temperature_c_min": "min C",
    "temperature_c_max": "max C",
    "temperature_coverage": "measured",
}
REFERENCE = {
    "reference": "reference",
    "name": "name",
    "lots": "lots",
    "quantity": "good",
    "unit": "unit",
    "duration_s_mean": "mean h:mm",
    "energy_kwh": "kWh",
    "energy_kwh_per_unit": "kWh/unit",
    "energy_kwh_per_unit_p05": "p05",
    "energy_kwh_per_unit_p95": "p95",
    "temperature_c_mean": "mean C",
    "temperature_c_min": "min C",
    "temperature_c_max": "max C",
}
SENSOR = {
    "sensor": "sensor",
    "machine": "machine",
    "kind": "kind",
    "role": "role",
    "unit": "unit",
    "last_seen_at": "last seen (UTC)",
    "last_value": "value",
    "is_silent": "silent",
    "topic": "topic",
}


@click.command(context_settings=SETTINGS)
@click.option("--reference", help="Only lots of this reference.")
@click.option("--machine", help="Only lots that ran on this machine.")
@click.option("--from", "from_", type=INSTANT, help="Only lots that started at or after this time.")
@click.option("--to", type=INSTANT, help="Only lots that started before this time.")
@LIMIT
@FORMAT
def lots(
    reference: str | None,
    machine: str | None,
    from_: dt.datetime | None,
    to: dt.datetime | None,
    limit: int | None,
    kind: str,
) -> None:
    """Show what each lot used, at what temperature, and how much of the time was measured.

    With --limit, the newest ones.

    Example: lotwatt lots --machine DRYER --limit 10
    """
    show(
        "lots",
        {"reference": reference, "machine": machine, "from": from_, "to": to, "limit": limit},
        kind,
        LOT,
    )


@click.command(context_settings=SETTINGS)
@click.option("--reference", help="Only this reference.")
@LIMIT
@FORMAT
def references(reference: str | None, limit: int | None, kind: str) -> None:
    """Show what the lots of each reference used, made and lasted.

    Example: lotwatt references --format json
    """
    show("references", {"reference": reference, "limit": limit}, kind, REFERENCE)


@click.command(context_settings=SETTINGS)
@click.option("--machine", help="Only sensors of this machine.")
@LIMIT
@FORMAT
def sensors(machine: str | None, limit: int | None, kind: str) -> None:
    """Show sensors with their topic and when each was last heard.

    Example: lotwatt sensors --machine DRYER
    """
    show("sensors", {"machine": machine, "limit": limit}, kind, SENSOR)


def show(name: str, parameters: dict[str, Any], kind: str, headings: dict[str, str]) -> None:
    with connect(autocommit=True) as connection:
        answer = ask(connection, STATEMENTS, name, parameters)
    if kind == "table":
        if not answer.rows:
            click.echo(f"no {name}")
            return
        answer = with_durations(answer, ["duration_s", "duration_s_mean"])
    write(answer, kind, headings)
