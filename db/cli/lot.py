"""`lotwatt lot show`: all that is known about one lot."""

import click

from db.cli.base import SETTINGS
from db.cli.output import Rows, ask, print_table, said, to_json, with_durations
from db.connection import connect
from db.errors import LotwattError
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
RUNS = {
    "run": "run",
    "machine": "machine",
    "operator": "operator",
    "source": "source",
    "started_at": "started (UTC)",
    "finished_at": "finished (UTC)",
    "duration_s": "h:mm",
    "energy_kwh": "kWh",
    "energy_coverage": "measured",
    "temperature_c_mean": "mean C",
    "temperature_c_min": "min C",
    "temperature_c_max": "max C",
}
BALANCE = {
    "sensor": "meter",
    "unit": "unit",
    "opening": "opening",
    "closing": "closing",
    "advance": "advanced",
    "lots": "lots",
    "idle": "idle",
    "unattributed": "unattributed",
    "residual": "residual",
}
CHANGES = {
    "time": "when (UTC)",
    "figure": "figure",
    "old_value": "before",
    "new_value": "after",
    "cause": "why",
}
CONFLICTS = {"conflict": "conflict", "time": "when (UTC)", "machine": "machine", "detail": "detail"}
PARTS = {
    "runs": ("lot_runs", "Runs", RUNS),
    "balance": ("lot_balance", "Meters, over the quarter-hours of the lot", BALANCE),
    "changes": ("lot_changes", "Why its figures changed", CHANGES),
    "conflicts": ("lot_conflicts", "Conflicts", CONFLICTS),
}


@click.group(context_settings=SETTINGS)
def lot() -> None:
    """One lot."""


@lot.command()
@click.argument("number")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "json"]),
    default="table",
    help="table for people; json with exact values and times in UTC.",
)
def show(number: str, kind: str) -> None:
    """Show the figures of lot NUMBER, its runs, its meters' balance and why it last changed.

    Example: lotwatt lot show DRY-001
    """
    with connect(autocommit=True) as connection:
        found = ask(connection, STATEMENTS, "lot", {"number": number})
        if not found.rows:
            raise LotwattError(
                f"lot {number} does not exist", hint="lotwatt lots lists what there is."
            )
        parts = {
            name: ask(connection, STATEMENTS, statement, {"number": number})
            for name, (statement, _, _) in PARTS.items()
        }
    if kind == "json":
        whole = found.dicts()[0] | {name: part.dicts() for name, part in parts.items()}
        click.echo(to_json(whole))
        return
    print_figures(found)
    for name, (_, title, headings) in PARTS.items():
        if parts[name].rows:
            click.echo()
            print_table(with_durations(parts[name], ["duration_s"]), headings, title)


def print_figures(found: Rows) -> None:
    told = with_durations(found, ["duration_s", "machine_s"])
    for column, value in zip(told.columns, told.rows[0], strict=True):
        if value is not None:
            click.echo(f"{column:<24}{said(value)}")
