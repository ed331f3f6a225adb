"""Attempts at what a role may not do, all taken back: the same with the control taken away."""

from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]
LOGIN = sql.Identifier("lotwatt_test_attempt")


def allowed(db: Connection, role: str, attempt: str, *taken_away: str) -> bool:
    """Whether a login with this role may do it, once a superuser has taken controls away.

    False where a privilege is missing; any other error is raised. Nothing of it stays.
    """
    with db.transaction(force_rollback=True):
        for statement in taken_away:
            db.execute(statement.encode())
        db.execute(sql.SQL("create role {} login in role {}").format(LOGIN, sql.Identifier(role)))
        db.execute(sql.SQL("set local role {}").format(LOGIN))
        try:
            with db.transaction():
                db.execute(attempt.encode())
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True
