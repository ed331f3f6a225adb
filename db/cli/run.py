"""`lotwatt run`: say which lot was on which machine."""

import datetime as dt

import click

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.connection import connect
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
FOLLOWS = "What depends on it follows at the next pass of the scheduler."
REASON = click.option("--reason", required=True, help="Why; it is kept with the change.")


@click.group(context_settings=SETTINGS)
def run() -> None:
    """Runs: which lot was on which machine, from when to when."""


@run.command()
@click.option("--machine", required=True, help="Code of the machine.")
@click.option("--lot", help="Number of the lot; without it, no lot was on the machine.")
@click.option("--from", "from_", required=True, type=INSTANT, help="Start of the run.")
@click.option("--to", type=INSTANT, help="End of the run.  [default: it goes on]")
@click.option("--operator", help="Code of the operator.")
@click.option(
    "--source",
    type=click.Choice(["declared", "correction"]),
    default="correction",
    help="declared for a plan or an MES; a correction is stronger than all else.",
)
@REASON
def assign(
    machine: str,
    lot: str | None,
    from_: dt.datetime,
    to: dt.datetime | None,
    operator: str | None,
    source: str,
    reason: str,
) -> None:
    """Say that a machine ran a lot from one time to another.

    Example: lotwatt run assign --machine DRYER --lot DRY-001 --from 2026-01-31T06:00Z
    --to 2026-01-31T08:00Z --reason "typed in late"
    """
    with connect() as connection:
        connection.execute(
            STATEMENTS["run_assign"],
            {
                "machine": machine,
                "lot": lot,
                "from": from_,
                "to": to,
                "operator": operator,
                "source": source,
                "reason": reason,
            },
        )
    what = f"lot {lot}" if lot else "no lot"
    until = f"to {to.isoformat()}" if to else "and goes on"
    click.echo(f"{machine}: {what} from {from_.isoformat()} {until}. {FOLLOWS}")


@run.command()
@click.argument("number", type=int)
@click.option("--lot", required=True, help="Number of the lot that it belongs to.")
@REASON
def move(number: int, lot: str, reason: str) -> None:
    """Give run NUMBER to another lot. `lotwatt lot show` has the numbers.

    Example: lotwatt run move 17 --lot DRY-002 --reason "wrong order scanned"
    """
    with connect() as connection:
        connection.execute(STATEMENTS["run_move"], {"run": number, "lot": lot, "reason": reason})
    click.echo(f"run {number} now belongs to lot {lot}. {FOLLOWS}")


@run.command()
@click.argument("number", type=int)
@click.option("--at", required=True, type=INSTANT, help="End of the run.")
@REASON
def close(number: int, at: dt.datetime, reason: str) -> None:
    """End run NUMBER, which nobody ended.

    Example: lotwatt run close 17 --at 2026-01-31T08:00Z --reason "stop was not sent"
    """
    with connect() as connection:
        connection.execute(STATEMENTS["run_close"], {"run": number, "at": at, "reason": reason})
    click.echo(f"run {number} ended at {at.isoformat()}. {FOLLOWS}")
