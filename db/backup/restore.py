"""Restores a backup into an empty database, and compares what came with what was backed up."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db import migrate, revision
from db.backup import manifest, tools
from db.backup.contents import STATEMENTS, differences, need_real_server, read, server
from db.cli.base import sentences
from db.connection import connect, database_url
from db.errors import LotwattError
from db.migrate import Connection, Progress

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore brought: how many rows, in how many seconds."""

    rows: int
    duration_s: float


class DifferentError(LotwattError):
    """What was restored is not what was backed up."""


def restore(url: str | None, dump: Path, progress: Progress) -> Restored:
    """Restore into the database that the URL names: made where it is missing, refused unless empty.

    When all is compared, the database is brought to the current state, as a deploy does.
    """
    url = url or database_url()
    found = manifest.read(dump)
    manifest.need_unchanged(dump, found)
    name = conninfo_to_dict(url).get("dbname")
    if not name:
        raise LotwattError(
            "the URL does not say into which database to restore",
            hint="End it with the name of an empty or a new one: postgresql://host/lotwatt_new.",
        )
    name = str(name)
    is_new = make_if_missing(url, name)
    progress(f"restore of {dump.name} into {'new ' if is_new else ''}database {name}")
    begun = time.monotonic()
    restore_into(url, dump, found, progress)
    migrate.upgrade(url, plain=found.timescaledb is None, progress=migrate.silent)
    if found.timescaledb is not None:
        with connect(url, autocommit=True) as connection:
            connection.execute(STATEMENTS["start_workers"])
    progress("  roles and grants are in place")
    return Restored(found.contents.rows, time.monotonic() - begun)


def verify(url: str | None, server_url: str | None, dump: Path, progress: Progress) -> Restored:
    """Restore into a scratch database, compare, drop it; the live database keeps the result.

    The scratch database is on the server of `server_url`, else on the one of `url`.
    """
    url = url or database_url()
    found = manifest.read(dump)
    with connect(server_url or url) as connection:
        need_real_server(server(connection))
    begun = time.monotonic()
    progress(f"verify {dump.name}, made at {found.made_at:%Y-%m-%d %H:%M} UTC")
    said: str | None = None
    try:
        manifest.need_unchanged(dump, found)
        with scratch(server_url or url) as scratch_url:
            restore_into(scratch_url, dump, found, progress)
    except (LotwattError, psycopg.Error, OSError) as error:
        said = sentences(error)
        raise
    finally:
        if said is not None:
            note(url, dump, found, time.monotonic() - begun, said, progress)
    done = Restored(found.contents.rows, time.monotonic() - begun)
    note(url, dump, found, done.duration_s, None, progress)
    return done


def restore_into(url: str, dump: Path, found: manifest.Manifest, progress: Progress) -> None:
    """Restore and compare. Policies do not run yet: they would change what is compared."""
    with connect(url, autocommit=True, application_name="lotwatt restore") as connection:
        tool = need_fitting_server(connection, found)
        need_empty(connection)
        migrate.prepare(connection, plain=True)
        if found.timescaledb is not None:
            connection.execute(
                sql.SQL("create extension if not exists timescaledb version {}").format(
                    sql.Literal(found.timescaledb)
                )
            )
            connection.execute(STATEMENTS["pre_restore"])
    progress(f"  wait for pg_restore {tool.version}")
    # one job: TimescaleDB restores its catalog and its chunks in the order of the dump
    running = tools.start(tool, url, [str(dump.absolute())])
    _, messages = running.communicate()
    complaints = tools.unexpected(messages) if running.returncode != 0 else []
    if running.returncode != 0 and not complaints:
        complaints = [f"pg_restore ended with {running.returncode} and said nothing"]
    if found.timescaledb is not None:
        with connect(url, application_name="lotwatt restore") as connection:
            connection.execute(STATEMENTS["post_restore"])
    with connect(url, application_name="lotwatt restore") as connection:
        connection.execute(STATEMENTS["session"])
        lines = differences(found.contents, read(connection, progress))
    if complaints or lines:
        raise DifferentError("\n".join(told(dump, complaints, lines)))
    progress(f"  all {found.contents.rows:,} rows are there, day by day and table by table")


def told(dump: Path, complaints: list[str], lines: list[str]) -> Iterator[str]:
    yield f"what {dump.name} restores to is not what was backed up:"
    for said in (complaints, lines):
        yield from said[:SHOWN]
        if len(said) > SHOWN:
            yield f"... and {len(said) - SHOWN} more"


def need_fitting_server(connection: Connection, found: manifest.Manifest) -> tools.Tool:
    about = server(connection)
    need_real_server(about)
    if found.revision not in {None, *(each.number for each in revision.revisions())}:
        raise LotwattError(
            f"the backup is of a newer Lotwatt: its tables are at {found.revision}",
            hint=f"Restore it with the version that made it ({found.lotwatt}) or a newer one.",
        )
    if not about["is_superuser"]:
        raise LotwattError(
            "only a superuser can restore: roles, extensions and their catalog come back too",
            hint="Set DATABASE_URL to the URL of a superuser.",
        )
    if about["server_major"] < int(found.postgresql.split(".")[0]):
        raise LotwattError(
            f"the backup is of PostgreSQL {found.postgresql}, newer than this server's"
            f" {about['server_version']}",
            hint="Restore on a server of that version or a newer one.",
        )
    if found.timescaledb is not None:
        version = {"version": found.timescaledb}
        if not (connection.execute(STATEMENTS["has_timescaledb"], version).fetchone() or [0])[0]:
            (there,) = connection.execute(STATEMENTS["timescaledb_versions"]).fetchone() or ("",)
            raise LotwattError(
                f"the backup is of TimescaleDB {found.timescaledb}; this server has {there}",
                hint=f"Install TimescaleDB {found.timescaledb} here, restore, and only then update"
                " it: its catalog fits one version.",
            )
    return tools.find("pg_restore", about["server_major"])


def need_empty(connection: Connection) -> None:
    (count,) = connection.execute(STATEMENTS["foreign_objects"]).fetchone() or (0,)
    if count:
        raise LotwattError(
            f"database {connection.info.dbname} is not empty: nothing was restored",
            hint="Name a database that does not exist yet; restore never overwrites.",
        )


def make_if_missing(url: str, name: str) -> bool:
    try:
        connect(url).close()
    except LotwattError:
        with connect(at(url, "postgres"), autocommit=True) as connection:
            (is_there,) = connection.execute(STATEMENTS["exists"], {"name": name}).fetchone() or [0]
            if is_there:
                raise
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        return True
    return False


@contextmanager
def scratch(server_url: str) -> Iterator[str]:
    """A new database on the server, dropped at the end."""
    name = f"lotwatt_verify_{uuid4().hex[:12]}"
    database = sql.Identifier(name)
    with connect(server_url, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("create database {}").format(database))
        except psycopg.errors.InsufficientPrivilege as error:
            raise LotwattError(
                "only a superuser can verify a backup: it is restored into a scratch database",
                hint="Set DATABASE_URL to the URL of a superuser, or name one with --server-file.",
            ) from error
    try:
        yield at(server_url, name)
    finally:
        with connect(server_url, autocommit=True) as connection:
            connection.execute(sql.SQL("drop database {} with (force)").format(database))


def at(url: str, name: str) -> str:
    return make_conninfo(url, dbname=name)


def note(
    url: str,
    dump: Path,
    found: manifest.Manifest,
    duration_s: float,
    said: str | None,
    progress: Progress,
) -> None:
    with connect(url, autocommit=True, application_name="lotwatt restore") as connection:
        if not (connection.execute(STATEMENTS["can_note"]).fetchone() or (False,))[0]:
            progress("  the database keeps no record of this yet: run lotwatt db upgrade")
            return
        connection.execute(
            STATEMENTS["note_restore_check"],
            {
                "file": dump.name,
                "made_at": found.made_at,
                "rows": found.contents.rows,
                "duration_s": duration_s,
                "difference": said,
            },
        )
