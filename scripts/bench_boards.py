"""What dashboards cost: a plant with a year of minutes of 100 sensors, and their panels on it.

Run it with `make bench-boards`, on a native server with TimescaleDB that DATABASE_URL names: it
makes a scratch database there. Readings are made in SQL, settled and compressed week by week, and
summed up by the functions that the scheduler uses.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from rich.console import Console
from rich.progress import Progress

from db.connection import connect
from db.migrate import upgrade
from db.scheduler import Pass, refresh
from db.statements import load

STATEMENTS = load("scripts/bench_boards.sql")
WEEK = timedelta(days=7)
QUARTER_S = 900
Connection = psycopg.Connection[TupleRow]


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--days", default=365, help="History, in days.")
@click.option("--settlers", default=2, help="Settlers at once.")
@click.option("--keep", metavar="NAME", help="Make the database under this name, and keep it.")
def bench(days: int, settlers: int, keep: str | None) -> None:
    """Fill a database as a plant would.

    Example: DATABASE_URL=postgres://postgres@localhost/postgres make bench-boards ARGS="--days 30"
    """
    server = os.environ.get("DATABASE_URL")
    if not server:
        raise click.ClickException(
            "no DATABASE_URL is set: name a native server with TimescaleDB, as its superuser"
        )
    console = Console()
    with database(server, keep) as url:
        begun = time.monotonic()
        fill(url, days, settlers, console)
        console.print(f"filled in {time.monotonic() - begun:.0f} s")


@contextmanager
def database(server: str, keep: str | None) -> Iterator[str]:
    """A new database: scratch, or one that is kept."""
    name = sql.Identifier(keep or "lotwatt_boards")
    with connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL(STATEMENTS["drop_database"]).format(name))
        connection.execute(sql.SQL(STATEMENTS["create_database"]).format(name))
        try:
            yield make_conninfo(server, dbname=keep or "lotwatt_boards")
        finally:
            if not keep:
                connection.execute(sql.SQL(STATEMENTS["drop_database"]).format(name))


def fill(url: str, days: int, settlers: int, console: Console) -> None:
    """Declare the plant; then make, settle and compress its readings, and sum them up."""
    upgrade(url)
    now = int(time.time()) // QUARTER_S * QUARTER_S
    end = datetime.fromtimestamp(now, UTC)
    start = end - timedelta(days=days)
    with connect(url, autocommit=True) as connection:
        run(connection, "session")
        for name in ("plant", "references", "meters", "lots", "shifts", "messages"):
            run(connection, name, {"from": start, "to": end})
        with Progress(console=console) as progress:
            task = progress.add_task("weeks", total=-(-days // 7))
            first = start
            while first < end:
                last = min(first + WEEK, end)
                span = {"from": first, "to": last, "start": start, "settlers": settlers}
                with connection.transaction():
                    run(connection, "minutes", span)
                    run(connection, "readings", span)
                    run(connection, "queue", span)
                with ThreadPoolExecutor(settlers) as pool:
                    list(pool.map(lambda _: settle(url), range(settlers)))
                run(connection, "compress", {"before": last - WEEK})
                progress.advance(task)
                first = last
        done = Pass()
        refresh(connection, done, lambda: True)
        run(connection, "tidy")
        row = connection.execute(STATEMENTS["counts"]).fetchone()
        assert row is not None
        console.print(f"{row[0]:,} readings, {row[1]:,} slices, {row[2]:,} lots, {row[3]}")


def run(connection: Connection, name: str, values: dict[str, Any] | None = None) -> None:
    """What may be several statements: the server takes parameters for one alone."""
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(STATEMENTS[name], values or {})


def settle(url: str) -> None:
    with connect(url, autocommit=True) as connection:
        while (row := connection.execute(STATEMENTS["settle"]).fetchone()) and row[0]:
            pass


if __name__ == "__main__":
    bench()
