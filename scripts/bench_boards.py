"""What dashboards cost: a plant with a year of minutes of 100 sensors, and their panels on it.

Run it with `make bench-boards`, on a native server with TimescaleDB that DATABASE_URL names: it
makes a scratch database there. Readings are made in SQL, settled and compressed week by week, and
summed up by the functions that the scheduler uses; then the jobs learn from them. Every statement
of every board is timed as the reader's, warm, the median of several.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
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
from db.statements import ROOT, load
from scripts.time_boards import measure

STATEMENTS = load("scripts/bench_boards.sql")
WEEK = timedelta(days=7)
QUARTER_S = 900
# Sensors are judged day by day from so long ago on, for anomalies to show.
LEARNED = timedelta(days=14)
Connection = psycopg.Connection[TupleRow]


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--days", default=365, help="History, in days.")
@click.option("--settlers", default=2, help="Settlers at once.")
@click.option("--keep", metavar="NAME", help="Make the database under this name, and keep it.")
@click.option("--database", metavar="URL", help="Time one that was kept; nothing is filled.")
@click.option("--learn/--no-learn", default=None, help="Run the jobs. Default: where it is filled.")
@click.option("--rounds", default=5, help="Each statement is asked so often, and once before.")
@click.option("--board", "boards", multiple=True, help="Time this board alone; may be repeated.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures here.")
def bench(
    days: int, settlers: int, keep: str | None, database: str | None, learn: bool | None,
    rounds: int, boards: tuple[str, ...], file: Path | None,
) -> None:  # fmt: skip
    """Fill a database as a plant would, and time what boards ask.

    Example: DATABASE_URL=postgres://postgres@localhost/postgres make bench-boards ARGS="--days 30"
    """
    console = Console(width=140)
    server = database or os.environ.get("DATABASE_URL")
    if not server:
        raise click.ClickException(
            "no DATABASE_URL is set: name a native server with TimescaleDB, as its superuser"
        )
    with kept(database) if database else scratch(server, keep) as url:
        if not database:
            begun = time.monotonic()
            fill(url, days, settlers, console)
            console.print(f"filled in {time.monotonic() - begun:.0f} s")
        if learn or (learn is None and not database):
            run_jobs(url, console)
        figures = measure(lambda: connect(url, autocommit=True), rounds, console, boards)
    if file:
        file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


@contextmanager
def kept(url: str) -> Iterator[str]:
    """One that was filled before, brought to the state of the tree."""
    upgrade(url)
    yield url


@contextmanager
def scratch(server: str, keep: str | None) -> Iterator[str]:
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


def run_jobs(url: str, console: Console) -> None:
    """What cron runs, so that boards have models, forecasts and anomalies to read."""
    since = (datetime.now(UTC) - LEARNED).isoformat(timespec="minutes")
    for words in (["lots"], ["golden"], ["energy"], ["forecast"], ["baselines", "--since", since]):
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "lotwatt.py", "jobs", *words],
            cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise click.ClickException(f"lotwatt jobs {words[0]}: {done.stderr.strip()}")
        console.print(f"jobs {words[0]}: {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    bench()
