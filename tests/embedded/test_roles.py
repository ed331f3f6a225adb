"""Roles are a boundary: passwords are checked, and nobody becomes somebody else."""

from typing import Any

import psycopg
import pytest

from db.embedded.control import Embedded
from tests.embedded.conftest import READER_PASSWORD, Connect

Connection = psycopg.Connection[Any]
WHO = "select session_user, current_user, current_setting('is_superuser')"

ESCAPES = [
    "set role postgres",
    "set local role postgres",
    "set role none",
    "reset role",
    "reset session authorization",
    "set session authorization postgres",
    "set session authorization default",
    "set local session authorization postgres",
    "set session session authorization postgres",
    "discard all",
    "select set_config('role', 'postgres', false)",
    "select set_config('role', 'none', true)",
    "select set_config('session_authorization', 'postgres', false)",
    "select set_config('session_authorization', 'default', false)",
    "do $$ begin set role postgres; end $$",
    "do $$ begin reset session authorization; end $$",
    "do $$ begin perform set_config('session_authorization', 'postgres', false); end $$",
    "do $$ begin execute 'set session authorization postgres'; end $$",
    "do $$ begin execute 'discard all'; end $$",
    "do $$ begin commit; set role postgres; end $$",
    "do $$ begin rollback; reset session authorization; end $$",
    "create procedure pg_temp.escape() language plpgsql as"
    " $$ begin commit; set session authorization postgres; end $$; call pg_temp.escape()",
    "begin; set role postgres",
    "begin; select 1; rollback; set session authorization postgres",
    "begin; savepoint a; rollback to a; commit; reset session authorization",
    "prepare escape as select set_config('role', 'postgres', false); execute escape",
    "explain analyze select set_config('role', 'postgres', false)",
    "create function pg_temp.escape() returns void language sql set role = 'postgres' as"
    " 'select 1'; select pg_temp.escape()",
    "create function pg_temp.escape2() returns void language plpgsql as"
    " $$ begin set role postgres; end $$; select pg_temp.escape2()",
    "create function pg_temp.escape3() returns void language plpgsql as"
    " $$ begin begin perform 1/0; exception when others then reset role; end;"
    " set session authorization postgres; end $$; select pg_temp.escape3()",
    "alter role reader superuser",
    "alter role reader set role = 'postgres'",
    "alter role postgres password 'mine'",
    "grant postgres to reader",
    "create role mine superuser",
    "select rolpassword from pg_authid",
    "update pg_authid set rolsuper = true",
    "set allow_system_table_mods = on",
    "copy public.secret to stdout",
    "copy public.secret to '/tmp/secret'",
    "copy public.readable from program 'id'",
    "select pg_read_file('/etc/passwd')",
    "select lo_import('/etc/passwd')",
    "load '$libdir/plpgsql'",
    "create extension dblink",
    "alter system set work_mem = '1GB'",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_no_escape(as_reader: Connection, text: str) -> None:
    answer = as_reader.pgconn.exec_(text.encode())
    assert answer.status == psycopg.pq.ExecStatus.FATAL_ERROR
    as_reader.pgconn.exec_(b"rollback")
    assert as_reader.execute(WHO).fetchone() == ("reader", "reader", "off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        as_reader.execute("select answer from public.secret")


def test_no_escape_by_copy(as_reader: Connection) -> None:
    text = "copy (select set_config('role', 'postgres', false)) to stdout"
    with pytest.raises(psycopg.Error, match="cannot set"), as_reader.cursor().copy(text) as copy:
        copy.read()
    assert as_reader.execute(WHO).fetchone() == ("reader", "reader", "off")


def test_every_turn_is_guarded(connect: Connect, as_reader: Connection) -> None:
    admin = connect()
    for _ in range(5):
        assert admin.execute(WHO).fetchone() == ("postgres", "postgres", "on")
        assert as_reader.execute(WHO).fetchone() == ("reader", "reader", "off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_reader.execute("select answer from public.secret")
        with pytest.raises(psycopg.Error):
            as_reader.execute("reset session authorization")


def test_failed_login_of_another_changes_nothing(connect: Connect, as_reader: Connection) -> None:
    assert as_reader.execute(WHO).fetchone() == ("reader", "reader", "off")
    for user, dbname in (("reader", "lotwatt"), ("nobody", "lotwatt"), ("postgres", "other")):
        with pytest.raises(psycopg.OperationalError):
            connect(user=user, dbname=dbname, password="wrong")
        assert as_reader.execute(WHO).fetchone() == ("reader", "reader", "off")
    with pytest.raises(psycopg.OperationalError):
        connect(user="reader", password=READER_PASSWORD, options="-c role=postgres")
    assert as_reader.execute(WHO).fetchone() == ("reader", "reader", "off")


def test_nothing_is_left_for_the_next(connect: Connect, as_reader: Connection) -> None:
    """A function that a reader shadows an operator or a name with never runs as postgres."""
    as_reader.execute("create temp table trap (note text)")
    as_reader.execute(
        "create function pg_temp.set_config(text, text, boolean) returns text language plpgsql as"
        " $$ begin insert into trap values (current_user); return $2; end $$"
    )
    as_reader.execute("set search_path = pg_temp, pg_catalog")
    admin = connect()
    assert admin.execute("select to_regclass('pg_temp.trap')").fetchone() == (None,)
    assert admin.execute(WHO).fetchone() == ("postgres", "postgres", "on")
    assert as_reader.execute(WHO).fetchone() == ("reader", "reader", "off")


@pytest.mark.parametrize(
    "options",
    ["-c role=postgres", "-c session_authorization=postgres", "-c allow_system_table_mods=on"],
)
def test_no_escape_at_the_start(connect: Connect, reader: str, options: str) -> None:
    with pytest.raises(psycopg.OperationalError):
        connect(user=reader, password=READER_PASSWORD, options=options)


def test_reader_has_its_settings(as_reader: Connection) -> None:
    assert as_reader.execute("select answer from public.readable").fetchone() == (7,)
    assert as_reader.execute("show work_mem").fetchone() == ("7MB",)
    assert as_reader.execute("show search_path").fetchone() == ("api, public",)


def test_security_definer_function_works(admin: Connection, as_reader: Connection) -> None:
    admin.execute(
        "create or replace function public.peek() returns integer language sql security definer"
        " begin atomic select answer from public.secret; end"
    )
    assert as_reader.execute("select public.peek()").fetchone() == (42,)
    assert as_reader.execute(WHO).fetchone() == ("reader", "reader", "off")


@pytest.mark.parametrize(
    ("user", "password"),
    [("reader", "wrong"), ("reader", ""), ("nobody", "wrong"), ("postgres", READER_PASSWORD)],
)
def test_wrong_password(connect: Connect, reader: str, user: str, password: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"password"):
        connect(user=user, password=password)


def test_role_without_login(admin: Connection, connect: Connect) -> None:
    admin.execute("drop role if exists silent")
    admin.execute("create role silent password 'x'")
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        connect(user="silent", password="x")


def test_role_that_is_dropped_or_demoted(admin: Connection, connect: Connect) -> None:
    admin.execute("drop role if exists brief")
    admin.execute("create role brief login superuser password 'x'")
    brief = connect(user="brief", password="x")
    assert brief.execute(WHO).fetchone() == ("brief", "brief", "on")
    admin.execute("alter role brief nosuperuser")
    with pytest.raises(psycopg.Error):
        brief.execute("set session authorization postgres")
    admin.execute("drop role brief")
    with pytest.raises(psycopg.Error, match="does not exist"):
        brief.execute("select 1")


def test_other_database_is_refused(connect: Connect, server: Embedded) -> None:
    with pytest.raises(psycopg.OperationalError, match="dbname=lotwatt"):
        connect(dbname="template1")


def test_superuser_may_take_a_role_across_turns(
    connect: Connect, admin: Connection, reader: str
) -> None:
    admin.execute("set role reader")
    assert connect().execute(WHO).fetchone() == ("postgres", "postgres", "on")
    assert admin.execute("select current_user").fetchone() == ("reader",)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        admin.execute("select answer from public.secret")
    admin.execute("reset role")
    assert admin.execute("select answer from public.secret").fetchone() == (42,)
