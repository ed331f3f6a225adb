"""`lotwatt anomalies`: what was not normal, and what people say of it."""

import datetime as dt

import click

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.cli.output import FORMAT, ask, write
from db.connection import connect
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
FOLLOWS = "What depends on it follows at the next pass of the scheduler."
REASON = click.option("--reason", required=True, help="Why; it is kept.")
ANOMALY = {
    "anomaly": "id",
    "sensor": "sensor",
    "class": "class",
    "kind": "kind",
    "regime": "regime",
    "opened_at": "opened (UTC)",
    "closed_at": "closed (UTC)",
    "actual": "actual",
    "expected": "expected",
    "usual_limit": "limit",
    "unit": "unit",
    "score": "score",
    "energy_kwh": "kWh",
    "verdict": "verdict",
}


@click.group(context_settings=SETTINGS, invoke_without_command=True)
@click.option("--sensor", help="Only of this sensor.")
@click.option("--machine", help="Only of sensors of this machine.")
@click.option("--open", "is_open", is_flag=True, help="Only those that go on.")
@click.option("--from", "from_", type=INSTANT, help="Only those that opened at or after this time.")
@click.option("--to", type=INSTANT, help="Only those that opened before this time.")
@click.option("--limit", type=click.IntRange(1), help="At most so many, the newest.")
@FORMAT
@click.pass_context
def anomalies(
    ctx: click.Context,
    sensor: str | None,
    machine: str | None,
    is_open: bool,
    from_: dt.datetime | None,
    to: dt.datetime | None,
    limit: int | None,
    kind: str,
) -> None:
    """Show what was not normal: what was seen, what was expected, from where it counts.

    \b
    Example:
      lotwatt anomalies --machine PRESS --open
      lotwatt anomalies verdict 17 false --reason "door left open for cleaning"
    """
    if ctx.invoked_subcommand is not None:
        return
    with connect(autocommit=True) as connection:
        answer = ask(connection, STATEMENTS, "anomalies", {
            "sensor": sensor, "machine": machine, "open": is_open, "from": from_, "to": to,
            "limit": limit,
        })  # fmt: skip
    if kind == "table" and not answer.rows:
        click.echo("no anomalies")
        return
    write(answer, kind, ANOMALY)


@anomalies.command()
@click.argument("anomaly", type=click.IntRange(1), metavar="ID")
@click.argument("verdict", type=click.Choice(["real", "false", "planned-stop"]))
@REASON
def verdict(anomaly: int, verdict: str, reason: str) -> None:
    """Say what anomaly ID was. A real one and a planned stop never train a baseline.

    A planned stop counts for the whole machine: nothing on it is judged in that time.

    Example: lotwatt anomalies verdict 17 real --reason "bearing worn, replaced"
    """
    with connect() as connection:
        row = connection.execute(
            STATEMENTS["anomaly_verdict"],
            {"anomaly": anomaly, "verdict": verdict, "reason": reason},
        ).fetchone()
    assert row is not None
    click.echo(f"anomaly {anomaly} of {row[0]} is {verdict}. {FOLLOWS}")


@anomalies.command()
@click.argument("machine")
@click.argument("from_", type=INSTANT, metavar="FROM")
@click.argument("to", type=INSTANT)
@REASON
def stop(machine: str, from_: dt.datetime, to: dt.datetime, reason: str) -> None:
    """Note that MACHINE stands still as planned FROM a time TO another; it may lie ahead.

    Example: lotwatt anomalies stop PRESS 2026-08-03T00:00Z 2026-08-17T00:00Z --reason "holidays"
    """
    with connect() as connection:
        connection.execute(
            STATEMENTS["anomaly_stop"],
            {"machine": machine, "from": from_, "to": to, "reason": reason},
        )
    click.echo(f"{machine} stands still then as planned. {FOLLOWS}")


@anomalies.command("minimum")
@click.argument("sensor")
@click.argument("deviation", type=click.FloatRange(min=0))
def minimum(sensor: str, deviation: float) -> None:
    """Say what DEVIATION of SENSOR, in its unit, is too small to be a process anomaly.

    Example: lotwatt anomalies minimum PRESS.temperature 2
    """
    with connect() as connection:
        connection.execute(
            STATEMENTS["minimum_deviation"], {"sensor": sensor, "deviation": deviation}
        )
    click.echo(f"{sensor}: nothing below {deviation:g} is an anomaly from now on.")
