"""What settling costs: a live tick of many sensors, and the backfill of a day.

Run it with `make bench-settle`. It takes a scratch database on the server that DATABASE_URL names;
where that is not set, Debian's PostgreSQL is started with its durable defaults and stands in.
Times depend on the machine: the last column gives each as a ratio to plain inserts of the same
readings in the same run.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow
from rich.console import Console
from rich.progress import track
from rich.table import Table

from db.connection import connect
from db.migrate import upgrade
from db.statements import load
from scripts import native_postgres
from scripts.simulate.bulk import Readings, generate
from scripts.simulate.model import HOUR

STATEMENTS = load("scripts/bench_settle.sql")
START = datetime(2026, 1, 5, tzinfo=UTC)
WARM_MINUTES = 120
Connection = psycopg.Connection[TupleRow]


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--sensors", default=1000, help="Sensors that each speak once a minute.")
@click.option("--ticks", default=60, help="Live minutes to measure.")
@click.option("--backfill-hours", default=24, help="Hours of history settled at once.")
@click.option("--settlers", default=2, help="Settlers at once in the second backfill.")
def bench(sensors: int, ticks: int, backfill_hours: int, settlers: int) -> None:
    """Measure a live tick and a backfill.

    Example: make bench-settle
    """
    console = Console()
    with bench_server() as (url, description):
        console.print(f"Server: {description}")
        upgrade(url, plain=True)
        with connect(url, autocommit=True) as connection:
            connection.execute(STATEMENTS["any_time"])
            connection.execute(STATEMENTS["plant"], {"sensors": sensors, "start": START})
            warm_up(connection, sensors)
            live = measure_ticks(connection, sensors, ticks)
        back = [
            measure_backfill(url, sensors, backfill_hours, before, workers)
            for before, workers in ((1, 1), (2, settlers))
        ]
    console.print(result_table(sensors, live, back))


@contextmanager
def bench_server() -> Iterator[tuple[str, str]]:
    """A scratch database where DATABASE_URL points, else a PostgreSQL of our own."""
    named = os.environ.get("DATABASE_URL")
    server = None
    if not named:
        found = native_postgres.binaries()
        if found is None:
            raise click.ClickException(
                "no DATABASE_URL is set and no PostgreSQL is installed: set it, or install one"
            )
        server = native_postgres.start(found, durable=True)
    try:
        with scratch_database(named or server.url) as url, connect(url) as connection:  # type: ignore[union-attr]
            name = value(connection, "server")
            stands_in = "" if named else " (Debian's, standing in: DATABASE_URL is not set)"
            connection.commit()
            yield url, f"{name}{stands_in}"
    finally:
        if server:
            server.stop()


@contextmanager
def scratch_database(server_url: str) -> Iterator[str]:
    name = "lotwatt_bench"
    with connect(server_url, autocommit=True) as connection:
        connection.execute(STATEMENTS["drop_database"])
        connection.execute(STATEMENTS["create_database"])
        try:
            yield make_conninfo(server_url, dbname=name)
        finally:
            connection.execute(STATEMENTS["drop_database"])


def columns(readings: Readings) -> tuple[list[Any], ...]:
    times = [START + timedelta(microseconds=int(t)) for t in readings.time_us - START_US]
    return [f"b/s{i}" for i in readings.sensor_index.tolist()], times, readings.value.tolist()


START_US = int(START.timestamp() * 1_000_000)


def warm_up(connection: Connection, sensors: int) -> None:
    """Two hours of history, so that ticks meet slices, runs and indexes as they would."""
    readings = generate(sensors, WARM_MINUTES, seed=1, start_us=START_US)
    for batch in track(list(readings.batches(sensors * 15)), "Two hours of history"):
        connection.execute(STATEMENTS["store"], store_arguments(batch))
    settle(connection)
    connection.execute(STATEMENTS["tidy"])


def store_arguments(readings: Readings) -> dict[str, Any]:
    topics, times, values = columns(readings)
    return {"topics": topics, "times": times, "values": values}


def settle(connection: Connection) -> float:
    """Seconds until the queue is empty."""
    began = time.perf_counter()
    while (row := connection.execute(STATEMENTS["settle"]).fetchone()) and row[0]:
        pass
    return time.perf_counter() - began


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def measure_ticks(connection: Connection, sensors: int, ticks: int) -> dict[str, float]:
    minutes = generate(sensors, ticks, seed=2, start_us=START_US + WARM_MINUTES * 60_000_000)
    store_s, settle_s = [], []
    began_at = value(connection, "wal_position")
    for batch in track(list(minutes.batches(sensors)), "Live ticks"):
        arguments = store_arguments(batch)
        store_s.append(timed(lambda a=arguments: connection.execute(STATEMENTS["store"], a)))  # type: ignore[misc]
        settle_s.append(settle(connection))
    wal = value(connection, "wal_since", {"position": began_at})
    return {
        "store_ms": 1000 * statistics.median(store_s),
        "settle_ms": 1000 * statistics.median(settle_s),
        "settle_worst_ms": 1000 * max(settle_s),
        "wal": float(wal) / (sensors * ticks),
    }


def measure_backfill(
    url: str, sensors: int, hours: int, before: int, workers: int
) -> dict[str, float]:
    """History that ends where what is stored begins; one group of the queue for each settler."""
    start_us = START_US - before * hours * HOUR
    readings = generate(sensors, hours * 60, seed=10 + before, start_us=start_us)
    with connect(url, autocommit=True) as connection:
        insert_s = timed(lambda: copy_readings(connection, readings))
        began = time.perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _: settle_apart(url), range(workers)))
        settle_s = time.perf_counter() - began
    return {
        "readings": len(readings),
        "workers": workers,
        "insert_s": insert_s,
        "settle_s": settle_s,
    }


def settle_apart(url: str) -> None:
    with connect(url, autocommit=True) as connection:
        settle(connection)


def copy_readings(connection: Connection, readings: Readings) -> None:
    """Plain inserts by COPY, and queue rows as the loader writes them: one a quarter-hour."""
    first, last = (
        START + timedelta(microseconds=int(t) - START_US)
        for t in (readings.time_us.min(), readings.time_us.max())
    )
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy(STATEMENTS["copy"]) as copy:
            for batch in track(list(readings.batches(100_000)), "Backfill: copy"):
                topics, times, values = columns(batch)
                for topic, at, number in zip(topics, times, values, strict=True):
                    copy.write_row((at, int(topic[3:]) + 1, number))
        cursor.execute(STATEMENTS["queue"], {"from": first, "to": last})
    connection.execute(STATEMENTS["tidy"])


def value(connection: Connection, name: str, arguments: dict[str, Any] | None = None) -> Any:
    row = connection.execute(STATEMENTS[name], arguments).fetchone()
    assert row is not None
    return row[0]


def result_table(sensors: int, live: dict[str, float], back: list[dict[str, float]]) -> Table:
    table = Table(title=f"Settling, {sensors} sensors a minute")
    for name in ("what", "measured", "aim", "ratio"):
        table.add_column(name, justify="left" if name == "what" else "right")
    table.add_row("store one tick, ms (median)", f"{live['store_ms']:.0f}", "", "1.0")
    ratio = live["settle_ms"] / live["store_ms"]
    table.add_row(
        "settle one tick, ms (median)", f"{live['settle_ms']:.0f}", "< 150", f"{ratio:.1f}"
    )
    table.add_row("settle one tick, ms (worst)", f"{live['settle_worst_ms']:.0f}", "", "")
    table.add_row("WAL a reading, bytes, all told", f"{live['wal']:.0f}", "<= 800", "")
    for run in back:
        rate = run["readings"] / run["settle_s"]
        table.add_row(
            f"backfill, readings/s, {run['workers']:.0f} settler(s)",
            f"{rate:,.0f}", ">= 100,000", f"{run['settle_s'] / run['insert_s']:.1f}",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    bench()
