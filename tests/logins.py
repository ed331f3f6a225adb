"""Logins of their own for tests of what a role may do."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db.connection import connect

Connection = psycopg.Connection[tuple[Any, ...]]


@contextmanager
def login_url(admin: Connection, url: str, *roles: str) -> Iterator[str]:
    """The URL of a new login, a member of these roles; it is dropped at the end."""
    name, password = f"lotwatt_test_{uuid4().hex[:12]}", uuid4().hex
    who = sql.Identifier(name)
    admin.execute(sql.SQL("create role {} login password {}").format(who, sql.Literal(password)))
    for role in roles:
        admin.execute(sql.SQL("grant {} to {}").format(sql.Identifier(role), who))
    try:
        yield make_conninfo(**(conninfo_to_dict(url) | {"user": name, "password": password}))
    finally:
        admin.execute(sql.SQL("drop owned by {}").format(who))
        admin.execute(sql.SQL("drop role {}").format(who))


@contextmanager
def login(admin: Connection, url: str, *roles: str) -> Iterator[Connection]:
    """A connection in autocommit of a new login that is a member of these roles."""
    with login_url(admin, url, *roles) as own, connect(own, autocommit=True) as connection:
        yield connection
