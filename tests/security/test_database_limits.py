"""Control 10: a reader that asks for too much, at once or for too long, is stopped."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import sql

from db.connection import connect
from db.scheduler import run_pass
from db.statements import load
from tests.logins import login_url

pytestmark = pytest.mark.native

STATEMENTS = load("tests/security/database.sql")
FOR_EVER = "select pg_sleep(600)"

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def admin(native_url: str) -> Iterator[Connection]:
    with connect(native_url, autocommit=True) as connection:
        yield connection


def limit_queries(admin: Connection, limit: str) -> None:
    admin.execute(STATEMENTS["set"], {"name": "reader_query_limit", "value": limit})


def busy(url: str) -> None:
    """A query that ends only when somebody ends it; the login takes its own limit off before."""
    with connect(url, autocommit=True, application_name="busy") as connection:
        connection.execute("set statement_timeout = 0")
        connection.execute(FOR_EVER)


def end(admin: Connection) -> None:
    admin.execute(STATEMENTS["end_busy"])


def wait_until_busy(admin: Connection, query: Future[None]) -> None:
    while admin.execute(STATEMENTS["busy"]).fetchone() == (0,):
        assert not query.done(), query.exception()
        time.sleep(0.02)


def test_a_query_that_runs_for_too_long_is_ended(admin: Connection, native_url: str) -> None:
    limit_queries(admin, "0 seconds")
    with (
        login_url(admin, native_url, "lotwatt_reader") as url,
        ThreadPoolExecutor() as pool,
    ):
        query = pool.submit(busy, url)
        wait_until_busy(admin, query)
        assert run_pass(admin, policies=False).errors == []
        with pytest.raises(psycopg.errors.QueryCanceled, match="due to user request"):
            query.result(60)


@pytest.mark.parametrize(("limit", "is_ended"), [("0 seconds", True), ("1 hour", False)])
def test_a_transaction_that_is_left_open_is_ended(
    admin: Connection, native_url: str, limit: str, is_ended: bool
) -> None:
    limit_queries(admin, limit)
    with (
        login_url(admin, native_url, "lotwatt_reader") as url,
        connect(url) as reader,
        connect(native_url) as other,
    ):
        other.execute("select 1")  # as open as that, and nobody's reader
        reader.execute("select 1")
        assert admin.execute("select ops.cancel_long_queries()").fetchone() == (int(is_ended),)
        if is_ended:
            with pytest.raises(psycopg.OperationalError):
                reader.execute("select 1")
        else:
            reader.execute("select 1")
        other.execute("select 1")


def test_taken_away_it_goes_on(admin: Connection, native_url: str) -> None:
    limit_queries(admin, "1 hour")
    with (
        login_url(admin, native_url, "lotwatt_reader") as url,
        ThreadPoolExecutor() as pool,
    ):
        query = pool.submit(busy, url)
        wait_until_busy(admin, query)
        assert run_pass(admin, policies=False).errors == []
        assert admin.execute(STATEMENTS["busy"]).fetchone() == (1,)
        end(admin)
        with pytest.raises(psycopg.errors.QueryCanceled):
            query.result(60)


@pytest.mark.parametrize("role", ["loader", "jobs", "migrate", "backup"])
def test_only_queries_of_readers_are_ended(admin: Connection, native_url: str, role: str) -> None:
    limit_queries(admin, "0 seconds")
    with (
        login_url(admin, native_url, f"lotwatt_{role}") as url,
        ThreadPoolExecutor() as pool,
    ):
        query = pool.submit(busy, url)
        wait_until_busy(admin, query)
        assert admin.execute("select ops.cancel_long_queries()").fetchone() == (0,)
        end(admin)
        with pytest.raises(psycopg.errors.QueryCanceled):
            query.result(60)


def test_the_scheduler_ends_them_without_being_superuser(
    admin: Connection, native_url: str
) -> None:
    limit_queries(admin, "0 seconds")
    with (
        login_url(admin, native_url, "lotwatt_migrate") as scheduler_url,
        login_url(admin, native_url, "lotwatt_reader") as url,
        ThreadPoolExecutor() as pool,
        connect(scheduler_url, autocommit=True) as scheduler,
    ):
        query = pool.submit(busy, url)
        wait_until_busy(admin, query)
        assert run_pass(scheduler, policies=False).errors == []
        with pytest.raises(psycopg.errors.QueryCanceled):
            query.result(60)


def test_a_login_has_so_many_connections_and_no_more(admin: Connection, native_url: str) -> None:
    """A deploy gives the login of a reader its limit; taken away, one more gets in."""
    admin.execute(STATEMENTS["set"], {"name": "reader_connections", "value": "2"})
    with login_url(admin, native_url, "lotwatt_reader") as url:
        admin.execute("select ops.guard_readers()")
        with connect(url) as first, connect(url):
            with pytest.raises(psycopg.OperationalError, match="too many connections"):
                psycopg.connect(url)
            (name,) = first.execute("select session_user").fetchone() or ("",)
            admin.execute(sql.SQL("alter role {} connection limit -1").format(sql.Identifier(name)))
            psycopg.connect(url).close()


def test_a_login_is_given_its_time_limit(admin: Connection, native_url: str) -> None:
    with login_url(admin, native_url, "lotwatt_reader") as url:
        with connect(url) as connection:
            assert connection.execute("show statement_timeout").fetchone() == ("0",)
        admin.execute("select ops.guard_readers()")
        with connect(url) as connection:
            assert connection.execute("show statement_timeout").fetchone() == ("30s",)


def test_who_is_no_member_does_not_get_in(admin: Connection, native_url: str) -> None:
    """Control 16, in the database: a login of the server is no login of this database."""
    database = sql.Identifier(admin.info.dbname)
    with login_url(admin, native_url) as url:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(url)
        admin.execute(sql.SQL("grant connect on database {} to public").format(database))
        try:
            psycopg.connect(url).close()
        finally:
            admin.execute(sql.SQL("revoke connect on database {} from public").format(database))
