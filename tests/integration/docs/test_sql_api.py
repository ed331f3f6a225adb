"""docs/sql-api.md says what the database says."""

from typing import Any

import psycopg

from scripts.sql_api import FILE, render


def test_it_is_fresh(db: psycopg.Connection[tuple[Any, ...]]) -> None:
    message = "docs/sql-api.md is stale: run `python -m scripts.sql_api`"
    assert FILE.read_text(encoding="utf-8") == render(db), message
