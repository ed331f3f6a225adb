"""Migrations end in one and the same schema, by whichever way they come."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from db import migrate, order, revision
from db.connection import connect
from db.errors import MigrationError
from db.migrate import run_alembic, silent, upgrade
from db.state import state
from tests.databases import named_url, scratch
from tests.logins import login_url
from tests.migration.catalog import STATEMENTS, facts

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def second_url(tmp_path: Any) -> Iterator[str]:
    """An empty database beside the one that all tests share."""
    url = named_url()
    if url:
        with scratch(url) as scratch_url:
            yield scratch_url
        return
    from db.embedded import control

    yield control.start(tmp_path, data="memory").dsn
    control.stop(tmp_path)


def test_a_migrated_database_is_current(db: Connection) -> None:
    found = state(db)
    assert found.outdated == []
    assert found.is_current


def test_step_by_step_ends_as_a_fresh_install(db: Connection, second_url: str) -> None:
    with connect(second_url, autocommit=True) as connection:
        connection.execute(migrate.STATEMENTS["session"])
        migrate.prepare(connection, plain=False)
        connection.execute(migrate.STATEMENTS["become_owner"])
        for each in revision.revisions():
            run_alembic(connection, silent, target=each.number)
            assert migrate.current_revision(connection) == each.number
    upgrade(second_url)
    with connect(second_url, autocommit=True) as connection:
        assert facts(connection) == facts(db)


def test_applying_again_changes_nothing(db: Connection, database_url: str) -> None:
    before = facts(db)
    progress: list[str] = []
    upgrade(database_url, progress=progress.append)
    assert facts(db) == before
    assert progress[-1].endswith("0 of them changed")


def test_a_deploy_takes_away_what_the_last_one_made(
    db: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Views on functions on views, functions that return rows of views, other return types."""
    before = facts(db)
    (tmp_path / "first.sql").write_text(
        """
        create view plant.probe_a as select 1 as n;
        create function plant.probe_b() returns setof plant.probe_a language sql stable
        begin atomic select n from plant.probe_a; end;
        create view api.probe_c as select b.n from plant.probe_b() as b;
        create function api.probe_d(p_n int) returns int language sql stable
        begin atomic select count(*)::int from api.probe_c; end;
        create procedure ops.probe_e() language sql begin atomic select api.probe_d(1); end;
        create function ops.probe_f() returns trigger language plpgsql as 'begin return new; end';
        create trigger probe_g before update on plant.site
        for each row execute function ops.probe_f();
        create aggregate plant.probe_h(int) (sfunc = int4pl, stype = int);
        """
    )
    (tmp_path / "second.sql").write_text(
        "create function api.probe_d(p_n text) returns text language sql begin atomic"
        " select p_n; end;"
    )
    files = order.repeatable_files()
    for name, changed in (("first.sql", 1), ("second.sql", 1), (None, 0)):
        extra = [order.RepeatableFile(name, False, tmp_path)] if name else []
        monkeypatch.setattr(order, "repeatable_files", lambda plain, extra=extra: files + extra)
        progress: list[str] = []
        upgrade(database_url, progress=progress.append)
        assert progress[-1].endswith(f"{changed} of them changed")
    assert facts(db) == before


def test_a_file_that_fails_is_named_and_nothing_is_left_half_done(
    db: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    before = facts(db)
    (tmp_path / "wrong.sql").write_text("select 1;\n\nselect nothing_like_it();\n")
    files = [*order.repeatable_files(), order.RepeatableFile("wrong.sql", False, tmp_path)]
    monkeypatch.setattr(order, "repeatable_files", lambda plain: files)
    with pytest.raises(MigrationError, match=r"wrong\.sql, line 3: function nothing_like_it"):
        upgrade(database_url)
    assert facts(db) == before


def test_what_a_user_hung_on_a_view_stops_the_deploy_and_is_named(
    db: Connection, database_url: str
) -> None:
    db.execute("create view public.mine as select number from api.lot")
    try:
        with pytest.raises(MigrationError, match=r"view mine depends on view api\.lot"):
            upgrade(database_url)
    finally:
        db.execute("drop view public.mine")


def test_the_plain_part_repeats_too(native_url: str) -> None:
    with connect(native_url, autocommit=True) as connection:
        before = facts(connection)
        upgrade(native_url, plain=True)
        if named_url() is None:
            assert facts(connection) == before


def test_two_deploys_do_not_run_at_once(native_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(native_url, autocommit=True) as connection:
        connection.execute(migrate.STATEMENTS["lock"])
        monkeypatch.setitem(migrate.STATEMENTS._texts, "session", "set lock_timeout = '100ms'")
        with pytest.raises(MigrationError, match="another deploy is running"):
            upgrade(native_url, plain=True)


def test_a_query_that_holds_what_is_replaced_is_told(
    native_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(native_url) as connection:
        connection.execute("comment on function telemetry.exact_from(int) is 'held'")
        monkeypatch.setitem(migrate.STATEMENTS._texts, "session", "set lock_timeout = '200ms'")
        with pytest.raises(MigrationError, match="for longer than it waits; nothing was changed"):
            upgrade(native_url, plain=True)
        connection.rollback()


def test_deploys_of_two_databases_take_turns_at_the_roles(
    native_url: str, native_server_url: str
) -> None:
    """Roles belong to the whole server: two that change one at once would fail with `tuple
    concurrently updated`."""
    with (
        connect(native_url, autocommit=True) as admin,
        login_url(admin, native_url, "lotwatt_reader") as login,
        connect(native_server_url) as other,
        ThreadPoolExecutor() as pool,
    ):
        name = sql.Identifier(str(conninfo_to_dict(login)["user"]))
        other.execute("lock table pg_authid in share row exclusive mode")
        other.execute(sql.SQL("alter role {} set statement_timeout = '1s'").format(name))
        deploy = pool.submit(upgrade, native_url, True)
        while admin.execute(STATEMENTS["waiting_for_roles"]).fetchone() == (0,):
            assert not deploy.done()
        other.commit()
        deploy.result(60)


def test_a_database_of_a_newer_version_is_told(db: Connection, second_url: str) -> None:
    upgrade(second_url)
    with connect(second_url, autocommit=True) as connection:
        connection.execute("update public.alembic_version set version_num = '9999'")
    with pytest.raises(MigrationError, match="at 9999, which this Lotwatt does not know"):
        upgrade(second_url)
