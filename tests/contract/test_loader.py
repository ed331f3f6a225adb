"""The loader calls what is made for it and puts readings into their table; nothing else."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from db.statements import load
from tests.logins import login

STATEMENTS = load("tests/contract/statements.sql")
# Every way in. A function that is missing here was granted by mistake, or belongs on the list.
ENTRY_POINTS = {
    "admit",
    "catalog",
    "drop_messages",
    "hold_lease",
    "loader_seen",
    "mappings",
    "note_mapping_errors",
    "note_stored",
    "quarantine_messages",
    "release_lease",
    "store",
    "store_event",
    "store_status",
    "subscribed",
}

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def loader(db: Connection, database_url: str) -> Iterator[Connection]:
    """A connection of a login that has the loader role and no other."""
    with login(db, database_url, "lotwatt_loader") as connection:
        yield connection


def test_the_loader_calls_its_entry_points_only(loader: Connection) -> None:
    found = {row[0] for row in loader.execute(STATEMENTS["callable"])}
    assert {name.partition(".")[0] for name in found} == {"ingest"}
    names = {name.partition(".")[2] for name in found}
    assert names == ENTRY_POINTS


def test_the_loader_puts_readings_into_their_table(db: Connection, loader: Connection) -> None:
    now = dt.datetime.now(dt.UTC)
    with loader.cursor().copy(STATEMENTS["copy_readings"]) as copy:
        copy.set_types(["timestamptz", "int4", "float8", "timestamptz"])
        copy.write_row((now, 1, 2.5, now))
    assert db.execute("select sensor_id, value from telemetry.reading").fetchall() == [(1, 2.5)]


@pytest.mark.parametrize(
    "statement",
    [
        "select 1 from telemetry.reading limit 1",
        "select count(*) from telemetry.reading",
        "copy telemetry.reading to stdout",
        "insert into telemetry.reading (time, sensor_id, value) values (now(), 1, 1)"
        " returning value",
        "insert into telemetry.reading (time, sensor_id, value, claim_id) values (now(), 1, 1, 1)",
        "insert into telemetry.reading (time, sensor_id, value, is_struck)"
        " values (now(), 1, 1, true)",
        "insert into telemetry.reading (time, sensor_id, value) values (now(), 1, 1)"
        " on conflict (sensor_id, time) do update set value = 2",
        "update telemetry.reading set value = 2",
        "delete from telemetry.reading",
        "truncate telemetry.reading",
        "drop table telemetry.reading",
        "alter table telemetry.reading add column mine int",
        "create index on telemetry.reading (value)",
        "create trigger mine before insert on telemetry.reading execute function now()",
        "begin; lock table telemetry.reading in access exclusive mode",
        "select public.drop_chunks('telemetry.reading', older_than => now())",
        "select _timescaledb_functions.drop_chunk('telemetry.reading')",
        "select public.compress_chunk('telemetry.reading')",
        "select public.add_job('ops.drop_raw', interval '1 hour')",
        "select 1 from telemetry.slice limit 1",
        "insert into telemetry.slice (time) values (now())",
        "insert into telemetry.dirty (cause) values ('x')",
        "select telemetry.settle()",
        "select 1 from plant.sensor limit 1",
        "select 1 from ingest.quarantine limit 1",
        "select 1 from ingest.ledger limit 1",
        "select 1 from ops.setting limit 1",
        "select 1 from api.lot limit 1",
        "select ingest.replay_held('x')",
        "select ingest.hold_readings(null, null, null, null, null, null, null, null, null)",
        "create temporary table mine (n int)",
        "create table public.mine (n int)",
        "create table ingest.mine (n int)",
        "create table telemetry.mine (n int)",
        "create function ingest.store() returns int language sql as 'select 1'",
        "set role lotwatt_reader",
        "set role postgres",
    ],
)
def test_what_the_loader_may_not_do(loader: Connection, statement: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        loader.execute(statement.encode())
