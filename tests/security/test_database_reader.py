"""Controls 8, 9 and 11: what a role that only selects could do to a database as it comes.

Each attempt is made twice, as a login that is a reader: refused; and with the control taken away,
where it works. All of it is taken back. tests/contract/test_reader.py tries more of them, over a
connection of its own.
"""

from typing import Any

import psycopg
import pytest

from db.cli.verify import load_checks
from tests.attempts import allowed

Connection = psycopg.Connection[tuple[Any, ...]]
READER = "lotwatt_reader"
OPEN_TEMPORARY = """do $$ begin
    execute format('grant temporary on database %I to public', current_database());
end $$"""

# its arguments are not the same in every version
OPEN_MESSAGES = """do $$ declare f record; begin
    for f in
        select p.oid::regprocedure as name from pg_proc as p
        where p.proname = 'pg_logical_emit_message'
    loop execute format('grant execute on function %s to public', f.name); end loop;
end $$"""


def opened(function: str) -> str:
    return f"grant execute on function {function} to public"


JOBS = [
    ("select public.add_job('pg_catalog.pg_sleep', '1 hour')", [opened("public.add_job")]),
    (
        "create procedure pg_temp.mine(job_id int, config jsonb) language sql as 'select 1';"
        " select public.add_job('pg_temp.mine', '1 hour')",
        [opened("public.add_job"), OPEN_TEMPORARY],
    ),
]
DROP_A_CHUNK = (
    "select _timescaledb_functions.drop_chunk(c.oid) from pg_class as c"
    " where c.relname ~ '^_hyper_[0-9]+_[0-9]+_chunk$'"
)
CHANGES = [
    ("create temporary table mine (n int)", [OPEN_TEMPORARY]),
    (
        "create function pg_temp.mine() returns int language sql as 'select 1'",
        [OPEN_TEMPORARY],
    ),
    ("select lo_create(0)", [opened("lo_create(oid)")]),
    ("select lo_creat(-1)", [opened("lo_creat(int)")]),
    ("select lo_from_bytea(0, 'x')", [opened("lo_from_bytea(oid, bytea)")]),
    (
        "select pg_logical_emit_message(false, 'x', 'y'::text)",
        [OPEN_MESSAGES],
    ),
    ("create table public.mine (n int)", ["grant create on schema public to public"]),
    ("create schema mine", [OPEN_TEMPORARY.replace("temporary", "create")]),
    *(
        (f"select {name}({values})", [opened(f"{name}({types})")])
        for name in (
            "pg_advisory_lock",
            "pg_advisory_lock_shared",
            "pg_advisory_xact_lock",
            "pg_advisory_xact_lock_shared",
            "pg_try_advisory_lock",
            "pg_try_advisory_lock_shared",
            "pg_try_advisory_xact_lock",
            "pg_try_advisory_xact_lock_shared",
        )
        for values, types in (("1", "bigint"), ("1, 1", "int, int"))
    ),
]
SECRETS = [
    "plant.operator",
    "plant.audit",
    "telemetry.reading",
    "ingest.quarantine",
    "ingest.mapping",
    "ops.setting",
    "ops.loader",
]


@pytest.mark.parametrize(("attempt", "taken_away"), JOBS)
def test_8_a_reader_schedules_no_job(db: Connection, attempt: str, taken_away: list[str]) -> None:
    assert not allowed(db, READER, attempt)
    assert allowed(db, READER, attempt, *taken_away)


def test_8_a_reader_drops_no_chunk(db: Connection) -> None:
    """TimescaleDB's own function asks for no right on the table, not even in a transaction that
    only reads."""
    db.execute("insert into telemetry.reading (time, sensor_id, value) values (now(), 1, 1)")
    assert not allowed(db, READER, DROP_A_CHUNK)
    assert allowed(db, READER, DROP_A_CHUNK, opened("_timescaledb_functions.drop_chunk"))


def test_8_what_an_update_of_timescaledb_opens_is_found(db: Connection) -> None:
    (check,) = [check for check in load_checks() if "closed to everybody" in check.name]
    assert db.execute(check.text).fetchall() == []
    with db.transaction(force_rollback=True):
        db.execute(opened("public.add_job").encode())
        (found,) = db.execute(check.text).fetchall()
        assert found[0].startswith("add_job(")


@pytest.mark.parametrize(("attempt", "taken_away"), CHANGES)
def test_9_a_reader_changes_and_locks_nothing(
    db: Connection, attempt: str, taken_away: list[str]
) -> None:
    """The settings of a reader are no wall: it turns them off, and is refused all the same."""
    free = "set default_transaction_read_only = off; "
    assert not allowed(db, READER, free + attempt)
    assert allowed(db, READER, free + attempt, *taken_away)


@pytest.mark.parametrize("table", SECRETS)
def test_11_what_is_not_in_api_is_not_for_readers(db: Connection, table: str) -> None:
    """Grafana lets any viewer send any SQL, so a dashboard is no boundary; this is."""
    attempt = f"table {table}"
    schema = table.partition(".")[0]
    assert not allowed(db, READER, attempt)
    assert not allowed(db, READER, attempt, f"grant usage on schema {schema} to {READER}")
    assert allowed(
        db,
        READER,
        attempt,
        f"grant usage on schema {schema} to {READER}",
        f"grant select on {table} to {READER}",
    )
