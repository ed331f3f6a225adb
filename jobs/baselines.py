"""`lotwatt jobs baselines`: what is normal for each sensor, in each regime."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import click
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.statements import load
from jobs.fit.parallel import HERE, Workers, with_workers
from jobs.fit.sensors import History, Row, fit, history
from jobs.run import Connection, job

STATEMENTS = load("jobs/statements.sql")
BATCH = 200
# As many batches are read before they are fitted together: what is in memory stays bounded.
BATCHES = 4


@click.command(context_settings=SETTINGS)
@click.option("--at", type=INSTANT, help="Fit with what came before this time.  [default: now]")
@click.option("--all", "is_all", is_flag=True, help="Fit sensors again that are not due yet.")
@click.option(
    "--since",
    type=INSTANT,
    help="Go through history from here, day by day: fit with what came before, judge the day.",
)
@with_workers
def baselines(
    at: dt.datetime | None,
    is_all: bool,
    since: dt.datetime | None,
    backend: str,
    scheduler: str | None,
) -> None:
    """Learn what is normal for each sensor and regime; the scheduler judges by it.

    A sensor is fitted once a week, in its first four weeks each day. Start it each day.

    Example: lotwatt jobs baselines
    """
    end = at or dt.datetime.now(dt.UTC)
    workers = Workers(backend, scheduler)
    with job("baselines") as run:
        if since is not None:
            run.rows = replay(run.connection, since, end)
        run.rows += fit_due(run.connection, end, is_all=is_all, workers=workers)
        run.connection.execute(STATEMENTS["forget_hours"], {"at": end})
    click.echo(f"{run.rows} baselines written. They show in api.baseline.")


def fit_due(
    connection: Connection,
    at: dt.datetime,
    *,
    is_all: bool = False,
    workers: Workers = HERE,
) -> int:
    """Fit the sensors that are due with what came before `at`; returns rows written."""
    at = at.replace(minute=0, second=0, microsecond=0)
    row = connection.execute(STATEMENTS["sensors_due"], {"at": at, "all": is_all}).fetchone()
    assert row is not None
    sensor_ids, minimum_hours = row[0] or [], row[1]
    batches = [sensor_ids[start : start + BATCH] for start in range(0, len(sensor_ids), BATCH)]
    written = 0
    for start in range(0, len(batches), BATCHES):
        read = [training(connection, part, at) for part in batches[start : start + BATCHES]]
        parts = [
            Part(history(rows, round((at - begin) / dt.timedelta(hours=1))), minimum_hours)
            for begin, rows in read
        ]
        for part, (begin, rows), fitted in zip(
            batches[start : start + BATCHES], read, workers.map(fit_part, parts), strict=True
        ):
            written += put(connection, at, begin, fitted + unknown(part, rows))
    return written


@dataclass(frozen=True, slots=True)
class Part:
    """What one fit needs; it may run on another machine."""

    past: History
    minimum_hours: int


def fit_part(part: Part) -> list[Row]:
    return fit(part.past, part.minimum_hours)


def training(
    connection: Connection, sensor_ids: list[int], at: dt.datetime
) -> tuple[dt.datetime, list[dict[str, Any]]]:
    row = connection.execute(
        STATEMENTS["prepare_history"], {"sensor_ids": sensor_ids, "at": at}
    ).fetchone()
    assert row is not None
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        cursor.execute(STATEMENTS["training"], {"sensor_ids": sensor_ids, "from": row[0], "to": at})
        return row[0], cursor.fetchall()


def unknown(sensor_ids: list[int], rows: list[dict[str, Any]]) -> list[Row]:
    """Sensors without one hour of history are on record too."""
    missing = set(sensor_ids) - {row["sensor_id"] for row in rows}
    return [
        {"sensor_id": each, "regime": 0, "feature": "level", "hours": 0, "reason": "no history"}
        for each in sorted(missing)
    ]


def put(connection: Connection, at: dt.datetime, begin: dt.datetime, rows: list[Row]) -> int:
    row = connection.execute(
        STATEMENTS["put_baselines"], {"at": at, "from": begin, "rows": Jsonb(rows)}
    ).fetchone()
    assert row is not None
    return int(row[0])


def replay(connection: Connection, since: dt.datetime, end: dt.datetime) -> int:
    """Go through history as it came: each day is judged by what was learned of the days before."""
    written = 0
    day = since.astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < end:
        written += fit_due(connection, day)
        until = min(day + dt.timedelta(days=1), end)
        connection.execute(STATEMENTS["score"], {"from": day, "to": until})
        day = until
    return written
