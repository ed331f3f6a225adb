"""`lotwatt reading`: correct a reading, or strike it out."""

import datetime as dt

import click

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.connection import connect
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
FOLLOWS = "What depends on it follows at the next pass of the scheduler."
REASON = click.option("--reason", required=True, help="Why; it is kept with the old value.")
SOURCE = click.option("--source", default="person", help="Where the new value comes from.")


@click.group(context_settings=SETTINGS)
def reading() -> None:
    """Readings: correct one, or strike it out. What was there is kept."""


@reading.command()
@click.argument("sensor")
@click.argument("time", type=INSTANT)
@click.argument("value", type=float)
@SOURCE
@REASON
def correct(sensor: str, time: dt.datetime, value: float, source: str, reason: str) -> None:
    """Give the reading of SENSOR at TIME another VALUE, as the device would have published it.

    Example: lotwatt reading correct DRYER.power 2026-01-31T06:00Z 4.2 --reason "meter re-read"
    """
    with connect() as connection:
        connection.execute(
            STATEMENTS["reading_correct"],
            {"sensor": sensor, "time": time, "value": value, "source": source, "reason": reason},
        )
    click.echo(f"{sensor} at {time.isoformat()} is {value} now. {FOLLOWS}")


@reading.command()
@click.argument("sensor")
@click.argument("time", type=INSTANT)
@SOURCE
@REASON
def strike(sensor: str, time: dt.datetime, source: str, reason: str) -> None:
    """Leave the reading of SENSOR at TIME out of every figure.

    Example: lotwatt reading strike DRYER.power 2026-01-31T06:00Z --reason "test of the panel"
    """
    with connect() as connection:
        connection.execute(
            STATEMENTS["reading_strike"],
            {"sensor": sensor, "time": time, "source": source, "reason": reason},
        )
    click.echo(f"{sensor} at {time.isoformat()} is struck out. {FOLLOWS}")
