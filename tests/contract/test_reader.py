"""The reader role sees `api` and nothing else: Grafana lets any viewer send any SQL."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db.connection import connect
from db.migrate import upgrade
from db.statements import load

STATEMENTS = load("tests/contract/statements.sql")
LOGIN = "lotwatt_test_viewer"
PASSWORD = "viewer-of-the-contract-tests"

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def reader(db: Connection, database_url: str) -> Iterator[Connection]:
    """A connection of a person who has the reader role and no other."""
    db.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(LOGIN)))
    db.execute(
        sql.SQL("create role {} login password {} in role lotwatt_reader").format(
            sql.Identifier(LOGIN), sql.Literal(PASSWORD)
        )
    )
    parts = conninfo_to_dict(database_url) | {"user": LOGIN, "password": PASSWORD}
    with connect(make_conninfo(**parts), autocommit=True) as connection:
        yield connection
    db.execute(sql.SQL("drop role {}").format(sql.Identifier(LOGIN)))


def refused(connection: Connection, statement: str | sql.Composed) -> bool:
    """Whether the database refuses it for want of a privilege, and for no other reason."""
    try:
        connection.execute(statement.encode() if isinstance(statement, str) else statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def test_every_view_of_api_can_be_read(db: Connection, reader: Connection) -> None:
    views = [row[0] for row in db.execute(STATEMENTS["views"])]
    assert views
    for view in views:
        reader.execute(sql.SQL("select * from {} limit 1").format(sql.SQL(view)))


def test_the_ledger_can_be_asked(reader: Connection) -> None:
    reader.execute("select * from api.meter_balance(now() - interval '1 hour', now())")


def test_no_table_or_view_elsewhere_can_be_read(db: Connection, reader: Connection) -> None:
    names = [row[0] for row in db.execute(STATEMENTS["relations_outside"])]
    assert "plant.lot" in names
    assert "telemetry.reading" in names
    queries = {name: sql.SQL("select 1 from {} limit 1").format(sql.SQL(name)) for name in names}
    readable = [name for name, query in queries.items() if not refused(reader, query)]
    assert readable == []


def test_what_timescaledb_lets_everybody_call_is_known(reader: Connection) -> None:
    """Functions of its own schemas drop chunks without asking for a right on the table. Those of
    Bloom filters, more of them in each version, only look into batches of a compressed chunk."""
    found = {row[0] for row in reader.execute(STATEMENTS["timescaledb_callable"])}
    bloom = {
        f"bloom1_{name}" for name in ("contains", "contains_any", "contains_any_hashes", "hash")
    }
    assert found - {f"_timescaledb_functions.{name}" for name in bloom} == {
        "_timescaledb_functions.cagg_watermark",
        "_timescaledb_functions.to_timestamp",
    }


def test_a_member_of_the_reader_gets_its_guard_rails(
    db: Connection, reader: Connection, database_url: str
) -> None:
    """A setting of a role does not reach its members: a deploy gives them their own."""
    upgrade(database_url)
    parts = conninfo_to_dict(database_url) | {"user": LOGIN, "password": PASSWORD}
    with connect(make_conninfo(**parts), autocommit=True) as connection:
        row = connection.execute(STATEMENTS["guard_rails"]).fetchone()
    assert row == ("on", "30s", "api")


def test_no_function_elsewhere_can_be_called(db: Connection, reader: Connection) -> None:
    assert [row[0] for row in db.execute(STATEMENTS["functions_outside"])] == []


@pytest.mark.parametrize(
    "statement",
    [
        "select public.add_job('ops.drop_raw', interval '1 hour')",
        "select public.add_job('pg_catalog.now', interval '1 hour')",
        "select public.delete_job(1)",
        "select public.alter_job(1, scheduled => false)",
        "call public.run_job(1)",
        "select public.drop_chunks('telemetry.reading', older_than => now())",
        "select _timescaledb_functions.drop_chunk('telemetry.reading')",
        "select _timescaledb_functions.freeze_chunk('telemetry.reading')",
        "select _timescaledb_functions.stop_background_workers()",
        "select public.compress_chunk('telemetry.reading')",
        "select pg_logical_emit_message(false, 'x', 'y')",
        "create temporary table mine (n int)",
        "create table public.mine (n int)",
        "create table api.mine (n int)",
        "create schema mine",
        "create function public.mine() returns int language sql as 'select 1'",
        "insert into plant.site (code, name, time_zone) values ('x', 'x', 'UTC')",
        "delete from telemetry.reading",
        "select plant.apply('{}')",
        "select telemetry.settle()",
        "call ops.refresh_safe('telemetry.sensor_hourly', now(), now())",
        "select lo_create(0)",
        "select lo_creat(-1)",
        "select lo_from_bytea(0, 'x')",
        "select pg_advisory_lock(1)",
        "select pg_try_advisory_lock(1)",
        "select pg_advisory_xact_lock(1, 1)",
        "select pg_try_advisory_xact_lock_shared(1)",
        "set role postgres",
        "set session authorization postgres",
        "alter role lotwatt_reader superuser",
        "select pg_read_file('postgresql.conf')",
        "copy (select 1) to program 'true'",
        "copy (select 1) to '/tmp/lotwatt-contract'",
        "select rolpassword from pg_authid",
    ],
)
def test_what_a_reader_may_not_do(reader: Connection, statement: str) -> None:
    reader.execute("set default_transaction_read_only = off")
    assert refused(reader, statement), f"the reader may: {statement}"


def test_guard_rails_are_set_on_the_role(db: Connection) -> None:
    row = db.execute("select rolconfig from pg_roles where rolname = 'lotwatt_reader'").fetchone()
    assert row is not None
    assert "default_transaction_read_only=on" in row[0]
    assert any(setting.startswith("statement_timeout=") for setting in row[0])
