"""Brings a database to the current state: versioned files once, then all repeatable files anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from typing import Any

import psycopg
import sqlalchemy
from alembic.util.exc import CommandError
from psycopg.rows import TupleRow

from alembic import command
from db import order, revision
from db.connection import connect
from db.errors import LotwattError, MigrationError
from db.statements import ROOT, load

PREPARE = ROOT / "db" / "prepare.sql"
OWNER = "lotwatt_owner"
STATEMENTS = load("db/migrate.sql")

Connection = psycopg.Connection[TupleRow]
Progress = Callable[[str], None]


def silent(_: str) -> None:
    """Progress that nobody reads."""


def upgrade(dsn: str | None = None, plain: bool = False, progress: Progress = silent) -> None:
    """Bring the database to the current state; safe to repeat.

    `plain` leaves out what needs TimescaleDB, and Alembic with it: for tests on plain PostgreSQL.
    """
    with connect(dsn, autocommit=True, application_name="lotwatt deploy") as connection:
        connection.execute(STATEMENTS["session"])
        is_administrator = may_deploy(connection)
        with one_at_a_time(connection):
            if not plain:
                need_timescale(connection)
            if is_administrator:
                connection.execute(STATEMENTS["become_oneself"])
                prepare(connection, plain=plain)
            connection.execute(STATEMENTS["become_owner"])
            if plain:
                run_plain(connection, progress)
            else:
                run_alembic(connection, progress)
            files = order.repeatable_files(plain=plain)
            apply_repeatable(connection, files, progress, is_administrator)


@contextmanager
def one_at_a_time(connection: Connection) -> Iterator[None]:
    """A lock of the session, as each migration has a transaction of its own."""
    try:
        connection.execute(STATEMENTS["lock"])
    except psycopg.errors.LockNotAvailable:
        raise MigrationError(
            "another deploy is running on this database", hint="Try again when it has ended."
        ) from None
    yield
    connection.execute(STATEMENTS["unlock"])


def may_deploy(connection: Connection) -> bool:
    """Whether a superuser deploys, who may do all of it; others have to be members of the owner."""
    is_superuser, who, owner, is_member, may_create = one(connection, "deployer")
    if owner not in (None, OWNER):
        raise MigrationError(
            f"the schemas of this database belong to {owner}, and not to {OWNER}",
            hint="It was made before there was an owner: deploy into a new database.",
        )
    if not is_superuser and not (is_member and may_create):
        said = f"is no member of {OWNER}" if may_create else "finds a database that is not prepared"
        raise MigrationError(
            f"{who} may not deploy: it {said}",
            hint="Deploy once with the URL of a superuser, then make a login for further deploys"
            " with `lotwatt db login NAME --member migrate`.",
        )
    return bool(is_superuser)


def prepare(connection: Connection, *, plain: bool) -> None:
    """Make the roles, and what else only a superuser can make before the first file."""
    with connection.transaction():
        execute_file(connection, PREPARE.name, PREPARE.read_text(encoding="utf-8"))
    if not plain:
        connection.execute(STATEMENTS["create_timescaledb"])


def need_timescale(connection: Connection) -> None:
    version, _, available = one(connection, "server")
    if available is None:
        raise MigrationError(
            f"this PostgreSQL {version} has no TimescaleDB",
            hint="Install TimescaleDB Community on the server, or use another server.",
        )


def run_alembic(connection: Connection, progress: Progress, target: str = "head") -> None:
    before = current_revision(connection)
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=lambda: connection, poolclass=sqlalchemy.StaticPool
    )
    connection.autocommit = False
    try:
        with engine.connect() as bound:
            config = revision.alembic_config()
            config.attributes["connection"] = bound
            command.upgrade(config, target)
    except sqlalchemy.exc.DBAPIError as error:
        raise failed("a versioned file", error.orig or error) from error.orig
    except CommandError as error:
        raise MigrationError(
            f"the database is at {before}, which this Lotwatt does not know: {error}",
            hint="It was deployed by a newer version; deploy with that one.",
        ) from error
    finally:
        if not connection.closed:
            connection.rollback()
            connection.autocommit = True
    after = current_revision(connection)
    came_from = "" if before == after else f", came from {before or 'an empty database'}"
    progress(f"versioned SQL: at {after}{came_from}")


def run_plain(connection: Connection, progress: Progress) -> None:
    """The files without TimescaleDB, once: a plain database is made for a test and thrown away."""
    if one(connection, "has_applied_sql")[0]:
        return
    for each in revision.revisions():
        if each.is_plain:
            with connection.transaction():
                execute_file(connection, each.path.name, each.text)
    progress("versioned SQL: the plain part")


def apply_repeatable(
    connection: Connection,
    files: list[order.RepeatableFile],
    progress: Progress,
    is_administrator: bool,
) -> None:
    kept_back = [] if is_administrator else [file for file in files if file.by_administrator]
    with connection.transaction():
        drop_repeatable(connection)
        before: dict[str, str] = dict(connection.execute(STATEMENTS["applied"]).fetchall())
        for file in files:
            if file not in kept_back:
                apply_file(connection, file)
        connection.execute(STATEMENTS["forget"], {"paths": [file.name for file in files]})
    changed = [file for file in files if before.get(file.name) != file.sha256]
    progress(
        f"repeatable SQL: {len(files)} files,"
        f" {len([file for file in changed if file not in kept_back])} of them changed"
    )
    if left := [file.name for file in changed if file in kept_back]:
        raise MigrationError(
            f"all is applied but {' and '.join(left)}, which only a superuser may apply",
            hint="Deploy once with the URL of a superuser.",
        )


def apply_file(connection: Connection, file: order.RepeatableFile) -> None:
    if file.by_administrator:
        connection.execute(STATEMENTS["become_oneself"])
    execute_file(connection, file.name, file.text)
    if file.by_administrator:
        connection.execute(STATEMENTS["become_owner"])
    connection.execute(STATEMENTS["record"], {"path": file.name, "sha256": file.sha256})


def drop_repeatable(connection: Connection) -> None:
    """Drop what the last deploy made, each thing after what needs it. Nothing cascades: if anything
    of a user or of the versioned files hangs on one, the deploy stops and the database names it."""
    kept = []
    if one(connection, "has_catalog")[0]:
        kept = [row[0] for row in connection.execute(STATEMENTS["continuous_aggregates"])]
    rows = connection.execute(STATEMENTS["objects"], {"kept": kept}).fetchall()
    drops: dict[tuple[int, int], str] = {(row[0], row[1]): row[2] for row in rows}
    needed_by: dict[tuple[int, int], set[tuple[int, int]]] = {key: set() for key in drops}
    for edge in connection.execute(STATEMENTS["dependencies"]):
        user, needed = edge[:2], edge[2:]
        if user in drops and needed in drops:
            needed_by[needed].add(user)
    functions = [oid for _, oid in drops]
    triggers = connection.execute(STATEMENTS["triggers"], {"functions": functions}).fetchall()
    try:
        ordered = [drops[key] for key in TopologicalSorter(needed_by).static_order()]
    except CycleError as error:
        raise MigrationError("views and functions depend on each other in a circle") from error
    try:
        for statement in [*(row[0] for row in triggers), *ordered]:
            run_text(connection, statement)
    except psycopg.errors.DependentObjectsStillExist as error:
        raise MigrationError(
            f"something hangs on what a deploy replaces: {error.diag.message_detail}",
            hint="Drop it, deploy, and make it again.",
        ) from error
    except psycopg.errors.LockNotAvailable as error:
        raise MigrationError(
            "a query holds a view or function that the deploy replaces, for longer than it waits;"
            " nothing was changed",
            hint="Deploy again. Who holds what: select pid, usename, query from pg_stat_activity.",
        ) from error


def execute_file(connection: Connection, name: str, text: str) -> None:
    try:
        run_text(connection, text)
    except psycopg.Error as error:
        position = error.diag.statement_position
        where = f"{name}, line {text.count(chr(10), 0, int(position)) + 1}" if position else name
        raise failed(where, error) from error


def run_text(connection: Connection, text: str) -> None:
    """Run the text of a file of ours as it is, all its statements at once."""
    connection.execute(text.encode())


def failed(where: str, error: BaseException) -> LotwattError:
    if not isinstance(error, psycopg.Error):
        return MigrationError(f"{where}: {error}")
    diag = error.diag
    parts = [f"{where}: {diag.message_primary or error}"]
    parts += [f"DETAIL: {diag.message_detail}"] if diag.message_detail else []
    parts += [f"CONTEXT: {diag.context}"] if diag.context else []
    return MigrationError("\n".join(parts), hint=diag.message_hint)


def current_revision(connection: Connection) -> str | None:
    if not one(connection, "has_current")[0]:
        return None
    row = connection.execute(STATEMENTS["current"]).fetchone()
    return None if row is None else str(row[0])


def one(connection: Connection, name: str) -> tuple[Any, ...]:
    row = connection.execute(STATEMENTS[name]).fetchone()
    assert row is not None
    return row
