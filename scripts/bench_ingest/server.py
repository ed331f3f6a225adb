"""The scratch database: on the server that DATABASE_URL names, else on an embedded one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from db.connection import connect
from db.migrate import upgrade
from db.statements import load
from scripts.bench_ingest import proc
from scripts.bench_ingest.workload import FIELDS, MACHINES

STATEMENTS = load("scripts/bench_ingest/statements.sql")
Connection = psycopg.Connection[TupleRow]
NOWHERE = "(0,0)"


@dataclass(slots=True)
class Server:
    """The database of one benchmark, and where the CPU of its server can be read."""

    url: str
    connection: Connection
    description: str
    root_pid: int | None
    own_pid: int | None

    def cpu_s(self, since: float | None = 0.0) -> float | None:
        """What the whole server has used, without the connection that asks.

        None where it runs on another machine.
        """
        if self.root_pid is None or since is None:
            return None
        own = proc.cpu_s(self.own_pid) if self.own_pid else 0.0
        return proc.tree_cpu_s(self.root_pid) - own - since

    def value(self, name: str, **values: Any) -> Any:
        row = self.connection.execute(STATEMENTS[name], values).fetchone()
        assert row is not None
        return row[0]

    def do(self, name: str, **values: Any) -> None:
        self.connection.execute(STATEMENTS[name], values or None)

    def row_count(self, table: str) -> int:
        heaps = self.rows("heaps", table=table)
        counts = [self.value("rows_after", heap=heap, after=NOWHERE) for (heap,) in heaps]
        return int(sum(counts))

    def rows(self, name: str, **values: Any) -> list[TupleRow]:
        return self.connection.execute(STATEMENTS[name], values).fetchall()


@dataclass(slots=True)
class LedgerCount:
    """Rows stored since this was made, as the loader's own books have it in the same commits."""

    server: Server
    source: str
    total: int = 0
    _before: int = 0

    def __post_init__(self) -> None:
        self._before = self._booked()

    def refresh(self) -> int:
        self.total = self._booked() - self._before
        return self.total

    def _booked(self) -> int:
        return int(self.server.value("booked", source=self.source))


@dataclass(slots=True)
class HeapCount:
    """Rows of a table that one connection appends to, since this was made; each is looked at once,
    so that one can ask all the time."""

    server: Server
    table: str
    total: int = 0
    _last: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.refresh()
        self.total = 0

    def refresh(self) -> int:
        for (heap,) in self.server.rows("heaps", table=self.table):
            after = self._last.get(heap, NOWHERE)
            ((rows, last),) = self.server.rows("rows_after", heap=heap, after=after)
            self.total += rows
            self._last[heap] = last or after
        return self.total


@contextmanager
def bench_server(
    machines: int = MACHINES, fields: int = FIELDS, *, has_workers: bool = False
) -> Iterator[Server]:
    """A database with a plant of so many machines with so many sensors, and tables for the others.

    `has_workers`: background workers run policies, as in production.
    """
    with database() as (url, is_native, embedded_pid):
        has_timescale = not is_native or available(url)
        upgrade(url, plain=not has_timescale)
        with connect(url, autocommit=True) as connection:
            server = describe(url, connection, embedded_pid)
            if is_native and has_timescale and not has_workers:
                # A policy that starts by itself would be measured.
                server.do("stop_workers")
            server.do("plant", machines=machines, fields=fields)
            for name in ("schema", "tables", "wide_columns", "hypertables", "rows_after_function"):
                connection.execute(STATEMENTS[name])
            yield server


@contextmanager
def database() -> Iterator[tuple[str, bool, int | None]]:
    named = os.environ.get("DATABASE_URL")
    if named:
        with scratch(named) as url:
            yield url, True, None
        return
    from db.embedded import control

    with tempfile.TemporaryDirectory(prefix="lotwatt-bench-") as folder:
        embedded = control.start(Path(folder), data="memory")
        try:
            yield embedded.dsn, False, embedded.pid
        finally:
            control.stop(Path(folder))


@contextmanager
def scratch(server_url: str) -> Iterator[str]:
    name = f"lotwatt_bench_{uuid4().hex[:12]}"
    create, drop = (
        sql.SQL(STATEMENTS[each]).format(name=sql.Identifier(name))
        for each in ("create_database", "drop_database")
    )
    with connect(server_url, autocommit=True) as connection:
        connection.execute(create)
        try:
            yield make_conninfo(server_url, dbname=name)
        finally:
            connection.execute(drop)


def available(url: str) -> bool:
    with connect(url) as connection:
        return connection.execute(STATEMENTS["timescale_available"]).fetchone() is not None


def describe(url: str, connection: Connection, embedded_pid: int | None) -> Server:
    row = connection.execute(STATEMENTS["backend"]).fetchone()
    assert row is not None
    pid, address, version = row
    timescale = connection.execute(STATEMENTS["timescale"]).fetchone()
    settings = connection.execute(STATEMENTS["settings"]).fetchone()
    assert settings is not None
    extension = f" with TimescaleDB {timescale[0]}" if timescale else " without TimescaleDB"
    text = f"PostgreSQL {version}{extension}"
    if embedded_pid is not None:
        return Server(url, connection, f"{text}, embedded (one backend)", embedded_pid, None)
    root = postmaster(pid) if address in ("", "127.0.0.1", "::1") else None
    return Server(url, connection, f"{text}; {settings[0]}", root, pid)


def postmaster(backend: int) -> int | None:
    """The parent of our backend, where that is a PostgreSQL of this machine."""
    try:
        return proc.parent(backend) if proc.name(backend).startswith("postgres") else None
    except OSError:
        return None
