"""`lotwatt forecast`: what machines, lines and sites will use in the next 24 hours."""

import click

from db.cli.base import SETTINGS
from db.cli.output import FORMAT, ask, number, print_table, write
from db.connection import connect
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
HOURS = {
    "time": "hour (UTC)",
    "local_time": "plant time",
    "energy_kwh": "kWh",
    "low_kwh": "low",
    "high_kwh": "high",
    "naive_kwh": "a week ago",
    "actual_kwh": "used",
}
PLACES = {
    "level": "level",
    "place": "place",
    "carrier": "carrier",
    "issued_at": "issued (UTC)",
    "energy_kwh": "kWh in 24 h",
    "method": "method",
    "error_ratio": "error/naive",
    "reason": "why",
}


@click.command(context_settings=SETTINGS)
@click.option("--machine", help="Of this machine.")
@click.option("--line", help="Of this line.")
@click.option("--site", help="Of this site.")
@click.option("--carrier", default="electricity", show_default=True)
@FORMAT
def forecast(
    machine: str | None, line: str | None, site: str | None, carrier: str, kind: str
) -> None:
    """Show what is used in the next 24 hours, by the newest forecast; without a place, all of them.

    low and high hold 95 of 100 hours. `lotwatt jobs forecast` makes forecasts.

    Example: lotwatt forecast --machine PRESS
    """
    named = {"machine": machine, "line": line, "site": site}
    given = [(level, place) for level, place in named.items() if place is not None]
    if len(given) > 1:
        raise click.UsageError("name one of --machine, --line and --site")
    with connect(autocommit=True) as connection:
        places = ask(connection, STATEMENTS, "forecast_places", {
            "level": given[0][0] if given else None, "place": given[0][1] if given else None,
            "carrier": carrier,
        })  # fmt: skip
        if not places.rows:
            what = f"{given[0][0]} {given[0][1]}" if given else "any place"
            click.echo(f"no forecast of {carrier} of {what}: lotwatt jobs forecast makes them")
            return
        if not given:
            write(places, kind, PLACES)
            return
        hours = ask(connection, STATEMENTS, "forecast_hours", {
            "level": given[0][0], "place": given[0][1], "carrier": carrier,
        })  # fmt: skip
    if kind != "table":
        write(hours, kind, HOURS)
        return
    (found,) = places.dicts()
    if found["method"] is None:
        click.echo(f"no forecast: {found['reason']}")
        return
    print_table(hours, HOURS, title=f"{found['level']} {found['place']}, {carrier}")
    click.echo(f"\n{number(found['energy_kwh'])} kWh in 24 hours, by {said(found)}")


def said(found: dict[str, float | str | None]) -> str:
    """The method, and how good it was."""
    if found["reason"] is not None:
        return f"the method {found['method']} ({found['reason']})"
    ratio, days = found["error_ratio"], found["compared_days"]
    assert isinstance(ratio, float)
    return (
        f"the method {found['method']}: over the last {days} days its error was {ratio:.2f} of that"
        " of the same hour a week ago"
    )
