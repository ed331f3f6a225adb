"""The frame of every job: one at a time, and each run on record."""

from typing import Any

import psycopg
import pytest

from db.connection import connect
from db.statements import load
from jobs.errors import JobError
from jobs.run import job

STATEMENTS = load("tests/integration/jobs/statements.sql")


@pytest.fixture
def database(db: object, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """`db` empties it first."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


def runs(database_url: str) -> list[tuple[Any, ...]]:
    with connect(database_url) as connection:
        return connection.execute(STATEMENTS["runs"]).fetchall()


def test_a_run_leaves_a_row(database: str) -> None:
    with job("test") as run:
        run.rows = 5
        assert runs(database) == [("test", "running", None, None)]
    assert runs(database) == [("test", "done", 5, None)]


def test_two_of_the_same_job_do_not_run(database: str) -> None:
    with job("test"), pytest.raises(JobError, match="test runs already"), job("test"):
        pass
    with job("test"):
        pass
    assert [row[1] for row in runs(database)] == ["done", "done"]


def test_what_goes_wrong_is_on_record_and_goes_on(database: str) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), job("test") as run:
        run.connection.execute(STATEMENTS["wrong"])
    with pytest.raises(ZeroDivisionError), job("test"), connect(database):
        _ = 1 // 0
    assert [row[1:] for row in runs(database)] == [
        ("failed", 0, "division by zero"),
        ("failed", 0, "ZeroDivisionError: integer division or modulo by zero"),
    ]
