"""A database to try things in, which is gone afterwards: no trace is left in a plant."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from db.connection import connect, is_named, named_url
from db.errors import LotwattError
from db.migrate import Connection, upgrade
from db.statements import load

STATEMENTS = load("jobs/evaluate/statements.sql")


@contextmanager
def scratch() -> Iterator[Connection]:
    """A connection in autocommit to an empty plant.

    On the server of DATABASE_URL where its user may make databases, else on an embedded server of
    its own, in memory.
    """
    url = named_url() if is_named() else None
    name = created(url) if url is not None else None
    if url is not None and name is not None:
        with native(url, name) as found:
            yield from opened(found)
    else:
        with embedded() as found:
            yield from opened(found)


def opened(url: str) -> Iterator[Connection]:
    upgrade(url)
    with connect(url, autocommit=True, application_name="lotwatt jobs evaluate") as connection:
        connection.execute(STATEMENTS["rest"])
        yield connection


def created(url: str) -> str | None:
    """The name of a new database there; None where the user may not, or the server has only one."""
    name = f"lotwatt_evaluate_{uuid.uuid4().hex[:12]}"
    with connect(url, autocommit=True) as connection:
        row = connection.execute(STATEMENTS["may_create"]).fetchone()
        if not (row and row[0]):
            return None
        try:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        except psycopg.Error:
            return None
        try:
            connect(make_conninfo(url, dbname=name)).close()
        except LotwattError:  # the embedded server makes one, and serves its own alone
            drop(connection, name)
            return None
    return name


def drop(connection: Connection, name: str) -> None:
    connection.execute(
        sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    )


@contextmanager
def native(url: str, name: str) -> Iterator[str]:
    try:
        yield make_conninfo(url, dbname=name)
    finally:
        with connect(url, autocommit=True) as connection:
            drop(connection, name)


@contextmanager
def embedded() -> Iterator[str]:
    try:
        from db.embedded import control
    except ImportError as error:
        raise LotwattError(
            "there is no database to evaluate in",
            hint="Name one with DATABASE_URL whose user may create databases.",
        ) from error
    folder = Path(tempfile.mkdtemp(prefix="lotwatt-evaluate-"))
    try:
        yield control.start(folder, data="memory").dsn
    finally:
        control.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)
