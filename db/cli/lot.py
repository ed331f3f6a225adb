"""`lotwatt lot`: all that is known about one lot."""

import click

from db.cli.base import SETTINGS, lazy
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
BRIDGE = {
    "norm_kwh": "norm kWh",
    "quantity_kwh": "by quantity",
    "duration_kwh": "by time",
    "intensity_kwh": "by power",
    "energy_kwh": "used kWh",
    "norm_lots": "lots in norm",
    "reason": "why not",
}
DRIVERS = {
    "driver": "driver",
    "value": "value",
    "statistic": "of its sensor",
    "coverage": "measured",
}
CONTROL = {
    "figure": "figure",
    "value": "value",
    "center": "centre",
    "lower_limit": "lower",
    "upper_limit": "upper",
    "rules": "breaks rules",
    "baseline_lots": "lots in baseline",
    "reason": "why not",
}
GOLDEN = {
    "measure": "measure",
    "score": "distance",
    "share_outside": "outside",
    "first_phase_outside": "leaves in phase",
    "value_there": "there",
    "golden_there": "golden",
    "is_golden": "is golden",
    "reason": "why not",
}
# What is said of the lot as a whole, one row each.
WHOLE = {
    "expectation": ("lot_expectation", "Against what such a lot uses and takes"),
    "running": ("lot_running", "As it goes"),
}
PARTS = {
    "runs": ("lot_runs", "Runs", RUNS),
    "drivers": ("lot_drivers", "Drivers", DRIVERS),
    "bridge": ("lot_bridge", "From the norm of its reference to what it used", BRIDGE),
    "control": ("lot_control", "Control charts", CONTROL),
    "golden": ("lot_golden", "Against the golden profile", GOLDEN),
    "balance": ("lot_balance", "Meters, over the quarter-hours of the lot", BALANCE),
    "changes": ("lot_changes", "Why its figures changed", CHANGES),
    "conflicts": ("lot_conflicts", "Conflicts", CONFLICTS),
}


@click.group(cls=lazy({"report": "grafana.report.dossier_cli:report"}), context_settings=SETTINGS)
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
    """Show the figures of lot NUMBER, what it should have used, its runs and why it last changed.

    Example: lotwatt lot show DRY-001
    """
    with connect(autocommit=True) as connection:
        found = ask(connection, STATEMENTS, "lot", {"number": number})
        if not found.rows:
            raise LotwattError(
                f"lot {number} does not exist", hint="lotwatt lots lists what there is."
            )
        whole = {
            name: ask(connection, STATEMENTS, statement, {"number": number})
            for name, (statement, _) in WHOLE.items()
        }
        parts = {
            name: ask(connection, STATEMENTS, statement, {"number": number})
            for name, (statement, _, _) in PARTS.items()
        }
    if kind == "json":
        said_of_it = {name: next(iter(part.dicts()), None) for name, part in whole.items()}
        rest = {name: part.dicts() for name, part in parts.items()}
        click.echo(to_json(found.dicts()[0] | said_of_it | rest))
        return
    print_figures(found)
    for name, (_, title) in WHOLE.items():
        # a lot under way is judged as it goes, and only then
        if whole[name].rows and not (name == "expectation" and whole["running"].rows):
            click.echo(f"\n{title}")
            print_figures(whole[name])
    for name, (_, title, headings) in PARTS.items():
        if parts[name].rows:
            click.echo()
            print_table(with_durations(parts[name], ["duration_s"]), headings, title)


def print_figures(found: Rows) -> None:
    seconds = [name for name in found.columns if name == "duration_s" or "machine_s" in name]
    told = with_durations(found, seconds)
    for column, value in zip(told.columns, told.rows[0], strict=True):
        if value is not None:
            click.echo(f"{column:<24}{said(value)}")


@lot.command()
@click.argument("number")
@click.argument("verdict", type=click.Choice(["real", "false", "planned_stop", "none"]))
@click.option("--note", help="What was found.")
def verdict(number: str, verdict: str, note: str | None) -> None:
    """Say of lot NUMBER whether its excess was real, false, or due to a planned stop.

    No model learns from a lot with a real excess or a planned stop; none takes a verdict back.

    Example: lotwatt lot verdict DRY-034 real --note "agitator bearing"
    """
    said_now = None if verdict == "none" else verdict
    with connect(autocommit=True) as connection:
        connection.execute(
            STATEMENTS["judge_lot"], {"number": number, "verdict": said_now, "note": note}
        )
    click.echo(f"lot {number}: {said_now or 'no verdict'}")
