"""Connections to the database, opened one way everywhere."""

import os
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from db.errors import NoDatabaseError

HINT = "Set DATABASE_URL, or start the embedded server with `lotwatt embedded start`."
HINT_NAMED = "Check DATABASE_URL, and that the server runs and lets this host in."


def database_url() -> str:
    """DATABASE_URL, else the embedded server if it runs, else an error that says what to do."""
    url = os.environ.get("DATABASE_URL") or embedded_url()
    if url is None:
        raise NoDatabaseError("no database is named and no embedded server runs", hint=HINT)
    return url


def embedded_url() -> str | None:
    try:
        from db.embedded.control import running_url
    except ImportError:
        return None
    return running_url()


def connect(
    dsn: str | None = None, *, application_name: str = "lotwatt", **kwargs: Any
) -> psycopg.Connection[TupleRow]:
    """Open a connection in UTC. Statements are never prepared by name: a pooler may sit between."""
    kwargs.setdefault("connect_timeout", 10)
    url = dsn or database_url()
    try:
        connection = psycopg.connect(
            url, prepare_threshold=None, application_name=application_name, **kwargs
        )
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise NoDatabaseError(f"cannot reach the database: {reason}", hint=HINT_NAMED) from error
    autocommit = connection.autocommit
    connection.autocommit = True
    connection.execute("set time zone 'UTC'")
    connection.autocommit = autocommit
    return connection
