"""`lotwatt scheduler`: settles, refreshes and runs policies, for ever or once."""

import logging
import re
import signal
import threading
from types import FrameType

import click
import psycopg

from db import scheduler as tasks
from db.cli.base import SETTINGS
from db.connection import connect
from db.errors import LotwattError, NoDatabaseError
from db.migrate import Connection

log = logging.getLogger("lotwatt.scheduler")
UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


class Duration(click.ParamType[float]):
    """A time such as 15s, 2m or 1h, in seconds."""

    name = "duration"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|min|h)?", str(value))
        if found is None or float(found[1]) == 0:
            self.fail(f"{value} is not a time such as 15s, 2m or 1h", param, ctx)
        return float(found[1]) * UNITS[found[2] or ""]


@click.command(context_settings=SETTINGS)
@click.option("--once", is_flag=True, help="Do one pass and end; exit code 1 when a task failed.")
@click.option(
    "--check", is_flag=True, help="Say who the scheduler is; exit code 1 where none works."
)
@click.option(
    "--interval",
    type=Duration(),
    default="5s",
    envvar="LOTWATT_SCHEDULER_INTERVAL",
    show_envvar=True,
    help="Rest between two passes.",
)
@click.option(
    "--policies/--no-policies",
    default=True,
    help="Run TimescaleDB policies that are due and that no background worker ran.",
)
def scheduler(once: bool, check: bool, interval: float, policies: bool) -> None:
    """Settle what changed, bring aggregates up to date, run due policies.

    Ends cleanly on SIGTERM and Ctrl-C.

    Example: lotwatt scheduler --once
    """
    if check:
        with connect(autocommit=True, application_name="lotwatt scheduler") as connection:
            click.echo(f"the scheduler is {tasks.who_works(connection)}")
        return
    if once:
        with connect(autocommit=True, application_name="lotwatt scheduler") as connection:
            done = tasks.run_pass(connection, policies=policies)
        click.echo(str(done))
        if done.errors:
            raise LotwattError("\n".join(done.errors))
        return
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    end = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        end.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    run_until(end, interval, policies)
    log.info("ended")


def run_until(end: threading.Event, interval: float, policies: bool) -> None:
    """Passes until the end; a database that goes away is waited for."""
    name, rest = tasks.holder(), interval
    while not end.is_set():
        try:
            with connect(autocommit=True, application_name="lotwatt scheduler") as connection:
                log.info("connected")
                rest = interval
                work(connection, name, end, interval, policies)
        except (NoDatabaseError, psycopg.OperationalError) as error:
            reason = " ".join(str(error).split())
            log.warning("no database, next try in %.0f s: %s", rest, reason)
            end.wait(rest)
            rest = min(rest * 2, 300.0)


def work(
    connection: Connection, name: str, end: threading.Event, interval: float, policies: bool
) -> None:
    other: str | None = None
    while not end.is_set():
        holder = tasks.hold_lease(connection, name, interval + 120)
        if holder == name:
            done = tasks.run_pass(connection, policies=policies, is_wanted=lambda: not end.is_set())
            for line in done.errors:
                log.error("%s", line)
            if not done.is_idle:
                log.info("%s", done)
        elif holder != other:
            log.info("waiting: %s is the scheduler", holder)
        other = holder
        end.wait(interval)
    tasks.release_lease(connection, name)
