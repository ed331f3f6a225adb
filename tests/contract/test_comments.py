"""Everything in `api` says what it is: docs/sql-api.md is made of these comments."""

from typing import Any

import psycopg

from db.statements import load

STATEMENTS = load("tests/contract/statements.sql")


def test_every_api_object_and_column_has_a_comment(
    db: psycopg.Connection[tuple[Any, ...]],
) -> None:
    rows = db.execute(STATEMENTS["api_without_comment"]).fetchall()
    assert [row[0] for row in rows] == []


def test_api_holds_views_and_functions_only(db: psycopg.Connection[tuple[Any, ...]]) -> None:
    assert db.execute(STATEMENTS["api_kinds"]).fetchall() == [("v",)]
