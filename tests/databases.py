"""Scratch databases: a database that DATABASE_URL names is never touched itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# As it was when the tests began: fixtures set DATABASE_URL for the commands that they try.
NAMED = os.environ.get("DATABASE_URL") or None


def named_url() -> str | None:
    """The server that the person who runs the tests named, or None."""
    return NAMED


@contextmanager
def scratch(server_url: str) -> Iterator[str]:
    """A new, empty database on a native server, dropped at the end."""
    name = f"lotwatt_test_{uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    try:
        yield make_conninfo(**{**conninfo_to_dict(server_url), "dbname": name})
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
            )


def has_timescale(url: str) -> bool:
    query = "select exists (select 1 from pg_available_extensions where name = 'timescaledb')"
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
        return bool(row and row[0])


def rest(url: str) -> None:
    """Policies run when a test runs them, as on the embedded server; workers of a native one would
    start them at any moment, and deadlock with a test that empties tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select _timescaledb_functions.stop_background_workers()")
