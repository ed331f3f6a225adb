"""What has to be done again and again: settle, refresh aggregates, run policies nobody else ran.

Each step commits by itself, and one that fails is noted in ops.task_state and stops no other.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from db.errors import LotwattError
from db.migrate import STATEMENTS as MIGRATE
from db.migrate import Connection
from db.statements import load

STATEMENTS = load("db/scheduler.sql")


@dataclass(slots=True)
class Pass:
    """What one pass did."""

    ranges: int = 0
    written: int = 0
    deleted: int = 0
    parked: int = 0
    refreshed: int = 0
    policies: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        return not (self.ranges or self.refreshed or self.policies or self.errors)

    def __str__(self) -> str:
        return (
            f"ranges={self.ranges} written={self.written} deleted={self.deleted}"
            f" parked={self.parked} refreshed={self.refreshed} policies={self.policies}"
            f" errors={len(self.errors)}"
        )


def run_pass(
    connection: Connection, *, policies: bool = True, is_wanted: Callable[[], bool] = lambda: True
) -> Pass:
    """End long queries, settle all there is, judge it, refresh aggregates, run due policies.

    The connection is in autocommit. `is_wanted` is asked between steps: false ends the pass early.
    """
    done = Pass()
    with noted(connection, "cancel long queries", done):
        connection.execute(STATEMENTS["cancel_long_queries"])
    with noted(connection, "settle", done):
        settle(connection, done, is_wanted)
    with noted(connection, "judge", done):
        while is_wanted() and connection.execute(STATEMENTS["score_due"]).fetchone() == (True,):
            pass
    (has_timescale,) = connection.execute(MIGRATE["has_catalog"]).fetchone() or (False,)
    if has_timescale:
        with noted(connection, "refresh", done):
            refresh(connection, done, is_wanted)
        if policies:
            run_policies(connection, done, is_wanted)
    return done


def settle(connection: Connection, done: Pass, is_wanted: Callable[[], bool]) -> None:
    while is_wanted():
        row = connection.execute(STATEMENTS["settle"]).fetchone()
        taken, written, deleted, parked = (value or 0 for value in row or (0, 0, 0, 0))
        if not taken:
            return
        done.ranges += taken
        done.written += written
        done.deleted += deleted
        done.parked += parked


def refresh(connection: Connection, done: Pass, is_wanted: Callable[[], bool]) -> None:
    """Refresh what was rewritten. A range is forgotten once every aggregate has it."""
    ranges = connection.execute(STATEMENTS["stale"]).fetchall()
    aggregates = [row[0] for row in connection.execute(STATEMENTS["aggregates"])]
    failure: psycopg.Error | None = None
    for from_time, to_time, stale_ids in ranges:
        if not is_wanted():
            return
        try:
            for aggregate in aggregates:
                connection.execute(
                    STATEMENTS["refresh"],
                    {"aggregate": aggregate, "from_time": from_time, "to_time": to_time},
                )
                done.refreshed += 1
        except psycopg.Error as error:
            failure = error
        else:
            connection.execute(STATEMENTS["forget_stale"], {"stale_ids": stale_ids})
    if failure is not None:
        raise failure


def run_policies(connection: Connection, done: Pass, is_wanted: Callable[[], bool]) -> None:
    for job_id, name in connection.execute(STATEMENTS["due"]).fetchall():
        if not is_wanted():
            return
        with noted(connection, name, done):
            connection.execute(STATEMENTS["run_job"], {"job_id": job_id})
            done.policies += 1


@contextmanager
def noted(connection: Connection, name: str, done: Pass) -> Iterator[None]:
    """Run one task, note how long it took and how it ended. A lost connection is for the caller."""
    begun = time.monotonic()
    said: str | None = None
    try:
        yield
    except psycopg.Error as error:
        if connection.broken or connection.closed:
            raise
        said = error.diag.message_primary or str(error)
        done.errors.append(f"{name}: {said}")
    duration = time.monotonic() - begun
    connection.execute(STATEMENTS["note"], {"name": name, "duration_s": duration, "error": said})


def holder() -> str:
    return f"{socket.gethostname()} pid {os.getpid()}"


def hold_lease(connection: Connection, name: str, lifetime_s: float) -> str:
    """Take or renew the lease of the scheduler; who holds it comes back."""
    row = connection.execute(
        STATEMENTS["hold_lease"], {"holder": name, "lifetime": f"{lifetime_s} seconds"}
    ).fetchone()
    assert row is not None
    return str(row[0])


def who_works(connection: Connection) -> str:
    """The scheduler that works now, on whatever host. LotwattError where none does."""
    row = connection.execute(STATEMENTS["scheduler"]).fetchone()
    if row is None:
        raise LotwattError("no scheduler works", hint="Start one with `lotwatt scheduler`.")
    return str(row[0])


def release_lease(connection: Connection, name: str) -> None:
    connection.execute(STATEMENTS["release_lease"], {"holder": name})
