"""Connections to the database, opened one way everywhere."""

import os
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import TupleRow

from db.errors import NoDatabaseError
from db.secret import read_secret

HINT = (
    "Set DATABASE_URL_FILE or DATABASE_URL,"
    " or start the embedded server with `lotwatt embedded start`."
)
HINT_NAMED = "Check DATABASE_URL, and that the server runs and lets this host in."
HINT_URL = (
    "Write it as postgresql://user:password@host:5432/name,"
    " with / @ % of the password as %2F %40 %25."
)


def database_url() -> str:
    """The named database, else the embedded server if it runs, else an error: what to do."""
    url = named_url() or embedded_url()
    if url is None:
        raise NoDatabaseError("no database is named and no embedded server runs", hint=HINT)
    return url


def named_url() -> str | None:
    """What DATABASE_URL says, else what is in the file that DATABASE_URL_FILE names."""
    if url := os.environ.get("DATABASE_URL"):
        return url
    file = os.environ.get("DATABASE_URL_FILE")
    return read_secret(Path(file)) if file else None


def is_named() -> bool:
    """Whether somebody named a database, so that the embedded one is not meant."""
    return bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE"))


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
    url = checked(dsn or database_url())
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


def checked(url: str) -> str:
    """The URL, if it can be meant. What libpq says of one that cannot quotes parts of it, and a
    password that is not encoded would be among them: so that is not passed on."""
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        parts = None
    named = [] if parts is None else [str(parts.get(key, "")) for key in ("host", "port", "dbname")]
    if parts is None or any("@" in text for text in named) or not is_port(parts.get("port")):
        raise NoDatabaseError("the URL of the database cannot be read", hint=HINT_URL)
    return url


def is_port(port: object) -> bool:
    return port is None or all(part.isdigit() or not part for part in str(port).split(","))
