"""A PostgreSQL that the faults may stop, crash and starve, or one that is named."""

import contextlib
import os
import secrets
import shutil
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import TupleRow

from db.connection import connect
from db.errors import LotwattError
from db.migrate import upgrade
from db.statements import load
from scripts import native_postgres
from scripts.chaos.disk import SmallDisk

STATEMENTS = load("scripts/chaos/statements.sql")
NAME = "lotwatt_chaos"
# Whom the loader logs in as: it may do what a loader may and no more.
LOGIN = "lotwatt_chaos_loader"
DISK_FULL = " 53100 "


class Server:
    """Durable: fsync and full page writes are on, or a crash would prove nothing."""

    def __init__(self, disk: SmallDisk | None) -> None:
        found = native_postgres.binaries()
        if found is None:
            raise LotwattError(
                "no PostgreSQL is installed",
                hint="Install one (Debian: apt-get install postgresql), or name --database-url.",
            )
        self.disk = disk
        self._binaries = found
        self._folder = Path(tempfile.mkdtemp(prefix="lotwatt-chaos-postgres-"))
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        self._preload = ""
        self.port = native_postgres.free_port()
        if user := native_postgres.account():
            shutil.chown(self._folder, user)
        native_postgres.control(
            found / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8",
            "--locale=C",
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self, timeout_s: float = 60) -> None:
        """A crashed server starts only when the last of its backends has noticed."""
        options = (
            f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1"
            f" -c max_connections=60 -c 'log_line_prefix=%m [%p] %e '{self._preload}"
            f"{native_postgres.DURABLE}"
        )
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                native_postgres.control(
                    self._binaries / "pg_ctl", "start", "-w", "-D", self._data, "-l", self._log,
                    "-o", options,
                )  # fmt: skip
                return
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def stop(self, mode: str = "fast") -> None:
        native_postgres.control(
            self._binaries / "pg_ctl", "stop", "-D", self._data, "-m", mode
        )  # fmt: skip

    def crash(self) -> None:
        """kill -9 of the postmaster."""
        pid = int((self._data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def prepare(self, *, wants_timescale: bool) -> bool:
        """Start it; with TimescaleDB where it is wanted and there. Says whether it is."""
        self.start()
        with connect(self.url, autocommit=True) as connection:
            has_timescale = wants_timescale and bool(one(connection, "has_timescale"))
            if self.disk:
                space = self.disk.folder / "tablespace"
                space.mkdir()
                if user := native_postgres.account():
                    shutil.chown(space, user)
                # A utility statement takes no parameters, so the client puts the folder in.
                psycopg.ClientCursor(connection).execute(
                    STATEMENTS["create_small_space"], {"folder": str(space)}
                )
        if has_timescale:
            self._preload = (
                " -c shared_preload_libraries=timescaledb -c timescaledb.telemetry_level=off"
            )
            self.stop()
            self.start()
        return has_timescale

    def position(self) -> int:
        return self._log.stat().st_size

    def said(self, since: int) -> str:
        with self._log.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    def remove(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)


class Database:
    """The database of the run, on our own server or on the one that is named."""

    def __init__(self, url: str | None, disk: SmallDisk | None, *, wants_timescale: bool) -> None:
        self.server = None if url else Server(disk)
        self._server_url = url or self.server.url  # type: ignore[union-attr]
        self._wants_timescale = wants_timescale
        self._password = secrets.token_hex(16)
        self.url = make_conninfo(self._server_url, dbname=NAME)
        self.description = ""

    def create(self) -> None:
        """Start the server where it is ours, and make the database with a plant in it."""
        is_small = False
        if self.server:
            has_timescale = self.server.prepare(wants_timescale=self._wants_timescale)
            is_small = self.server.disk is not None
        else:
            with connect(self._server_url, autocommit=True) as connection:
                has_timescale = self._wants_timescale and bool(one(connection, "has_timescale"))
        with connect(self._server_url, autocommit=True) as connection:
            connection.execute(STATEMENTS["drop_database"])
            connection.execute(STATEMENTS["drop_login"])
            connection.execute(STATEMENTS["create_small" if is_small else "create_database"])
        upgrade(self.url, plain=not has_timescale)
        with connect(self.url, autocommit=True) as connection:
            connection.execute(STATEMENTS["plant"])
            # A utility statement takes no parameters, so the client puts the password in.
            psycopg.ClientCursor(connection).execute(
                STATEMENTS["create_login"], {"password": self._password}
            )
            connection.execute(STATEMENTS["refuse_negative"])
            self.description = str(one(connection, "server"))

    @property
    def address(self) -> tuple[str, int]:
        parts = conninfo_to_dict(self.url)
        return str(parts.get("host") or "127.0.0.1"), int(parts.get("port") or 5432)

    def through(self, port: int) -> str:
        """The URL for a client that comes by a proxy."""
        return make_conninfo(
            self.url, host="127.0.0.1", port=port, user=LOGIN, password=self._password
        )

    def loader_backends(self) -> list[int]:
        return [pid for (pid,) in self.rows("loader_backends")]

    def value(self, name: str, **values: Any) -> Any:
        with connect(self.url, autocommit=True) as connection:
            return one(connection, name, values)

    def rows(self, name: str) -> list[TupleRow]:
        with connect(self.url, autocommit=True) as connection:
            return connection.execute(STATEMENTS[name]).fetchall()

    def stored(self) -> NDArray[np.int64]:
        """The numbers of all readings, as often as they are there."""
        with (
            connect(self.url) as connection,
            connection.cursor().copy(STATEMENTS["stored"]) as copy,
        ):
            return np.array(b"".join(bytes(part) for part in copy).split(), dtype=np.int64)

    def remove(self) -> None:
        if self.server:
            self.server.remove()
        else:
            with connect(self._server_url, autocommit=True) as connection:
                connection.execute(STATEMENTS["drop_database"])
                connection.execute(STATEMENTS["drop_login"])


def one(
    connection: psycopg.Connection[TupleRow], name: str, values: dict[str, Any] | None = None
) -> Any:
    row = connection.execute(STATEMENTS[name], values).fetchone()
    assert row is not None
    return row[0]
