"""Roles: who deploys is no superuser, nobody is the owner, and logins are members of one role."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db import order
from db.connection import connect
from db.errors import MigrationError
from db.migrate import STATEMENTS as MIGRATE
from db.migrate import upgrade
from db.statements import load
from lotwatt import main
from tests.databases import has_timescale, named_url, rest, scratch
from tests.logins import login_url
from tests.migration.catalog import facts

pytestmark = pytest.mark.native

STATEMENTS = load("tests/security/database.sql")
PASSWORD = "a password of these tests"

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="module")
def is_plain(native_server_url: str) -> bool:
    return named_url() is None or not has_timescale(native_server_url)


@pytest.fixture(scope="module")
def deployed_url(native_server_url: str, is_plain: bool) -> Iterator[str]:
    """A database of its own, as a superuser deployed it first."""
    with scratch(native_server_url) as url:
        upgrade(url, plain=is_plain)
        if not is_plain:
            rest(url)
        yield url


@pytest.fixture
def admin(deployed_url: str) -> Iterator[Connection]:
    with connect(deployed_url, autocommit=True) as connection:
        yield connection


def as_login(url: str, name: str, password: str = PASSWORD) -> str:
    return make_conninfo(**(conninfo_to_dict(url) | {"user": name, "password": password}))


def test_everything_belongs_to_the_owner(admin: Connection) -> None:
    owners = {row[0] for row in admin.execute(STATEMENTS["owners"])}
    assert owners == {"lotwatt_owner"}


def test_a_member_of_migrate_deploys_without_being_superuser(
    admin: Connection, deployed_url: str, is_plain: bool
) -> None:
    before = facts(admin)
    with login_url(admin, deployed_url, "lotwatt_migrate") as url:
        progress: list[str] = []
        upgrade(url, plain=is_plain, progress=progress.append)
        assert progress[-1].endswith("0 of them changed")
        assert facts(admin) == before
        with connect(url, autocommit=True) as connection:
            assert connection.execute("show is_superuser").fetchone() == ("off",)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("create role mine superuser")


def test_a_deploy_says_what_it_may_not_apply(
    admin: Connection,
    deployed_url: str,
    is_plain: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "new.sql").write_text("select 1")
    files = order.repeatable_files(plain=is_plain)
    files.append(order.RepeatableFile("new.sql", False, tmp_path, by_administrator=True))
    monkeypatch.setattr(order, "repeatable_files", lambda plain: files)
    with (
        login_url(admin, deployed_url, "lotwatt_migrate") as url,
        pytest.raises(MigrationError, match=r"all is applied but new\.sql, which only a superuser"),
    ):
        upgrade(url, plain=is_plain)
    upgrade(deployed_url, plain=is_plain)


@pytest.mark.parametrize(
    "role", ["lotwatt_loader", "lotwatt_importer", "lotwatt_jobs", "lotwatt_reader"]
)
def test_nobody_else_deploys(
    admin: Connection, deployed_url: str, is_plain: bool, role: str
) -> None:
    with (
        login_url(admin, deployed_url, role) as url,
        pytest.raises(MigrationError, match="may not deploy: it is no member of lotwatt_owner"),
    ):
        upgrade(url, plain=is_plain)


def test_a_database_that_no_superuser_has_prepared_is_refused(
    admin: Connection, native_server_url: str, deployed_url: str, is_plain: bool
) -> None:
    with (
        scratch(native_server_url) as empty_url,
        login_url(admin, empty_url, "lotwatt_migrate") as url,
        pytest.raises(MigrationError, match="not prepared"),
    ):
        upgrade(url, plain=is_plain)


def test_nobody_logs_in_as_the_owner(admin: Connection, deployed_url: str) -> None:
    """Not even where pg_hba.conf trusts everybody; taken away, the owner is let in."""
    url = as_login(deployed_url, "lotwatt_owner")
    with pytest.raises(psycopg.OperationalError, match="too many connections for role"):
        psycopg.connect(url)
    admin.execute("alter role lotwatt_owner connection limit -1")
    try:
        psycopg.connect(url).close()
    finally:
        admin.execute("alter role lotwatt_owner connection limit 0")


@pytest.mark.parametrize("member", ["migrate", "loader", "jobs", "reader", "backup"])
def test_a_login_is_made_and_gets_a_new_password(
    admin: Connection,
    deployed_url: str,
    member: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", deployed_url)
    name = "test login of " + member
    (tmp_path / "password").write_text(PASSWORD + "\n")
    (tmp_path / "short").write_text("short")
    for file in tmp_path.iterdir():
        file.chmod(0o600)
    command = ["db", "login", name, "--member", member, "--password-file"]
    try:
        for said in ("made", "changed"):
            result = CliRunner().invoke(main, [*command, str(tmp_path / "password")])
            assert result.output == f"login {name} {said}: a member of lotwatt_{member}\n"
        row = admin.execute(STATEMENTS["login"], {"name": name}).fetchone()
        assert row is not None
        stored, is_super, limit, settings = row
        assert stored.startswith("SCRAM-SHA-256$")
        assert PASSWORD not in stored
        assert not is_super
        assert limit == (20 if member == "reader" else -1)
        assert ("statement_timeout=30s" in (settings or [])) == (member == "reader")
        with connect(as_login(deployed_url, name), autocommit=True) as connection:
            assert connection.execute("select session_user").fetchone() == (name,)
        result = CliRunner().invoke(main, [*command, str(tmp_path / "short")])
        assert result.exit_code == 1
        assert "fewer than 12 characters" in result.output
    finally:
        admin.execute(f'drop role "{name}"')


def test_only_a_superuser_makes_logins_and_never_of_our_roles(
    admin: Connection, deployed_url: str
) -> None:
    values = {"name": "lotwatt_owner", "member": "reader", "verifier": "SCRAM-SHA-256$x"}
    with pytest.raises(psycopg.errors.ReservedName, match="lotwatt_owner is not for logins"):
        admin.execute(STATEMENTS["set_login"], values)
    with pytest.raises(psycopg.errors.ReservedName):
        admin.execute(STATEMENTS["set_login"], values | {"name": "postgres"})
    with (
        login_url(admin, deployed_url, "lotwatt_migrate") as url,
        connect(url, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="may not make logins"),
    ):
        connection.execute(STATEMENTS["set_login"], values | {"name": "mine"})


@pytest.mark.parametrize("is_taken_away", [False, True])
def test_nothing_of_the_owner_runs_as_superuser_in_a_deploy(
    admin: Connection,
    deployed_url: str,
    is_plain: bool,
    is_taken_away: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who may act as the owner puts an operator into public that fits better than PostgreSQL's."""
    if is_taken_away:
        monkeypatch.setitem(
            MIGRATE._texts, "become_oneself", "reset role; set search_path = public"
        )
    with (
        login_url(admin, deployed_url, "lotwatt_migrate") as url,
        connect(url, autocommit=True) as connection,
    ):
        connection.execute(STATEMENTS["lure"])
        try:
            upgrade(deployed_url, plain=is_plain)
            caught = {row[0] for row in connection.execute("select who from public.caught")}
        finally:
            connection.execute(STATEMENTS["unlure"])
    assert ("postgres" in caught) == is_taken_away


def test_nothing_of_the_owner_runs_as_superuser_when_a_login_is_made(
    admin: Connection, deployed_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", deployed_url)
    file = tmp_path / "password"
    file.write_text(PASSWORD)
    file.chmod(0o600)
    with (
        login_url(admin, deployed_url, "lotwatt_migrate") as url,
        connect(url, autocommit=True) as connection,
    ):
        (attacker,) = connection.execute("select session_user").fetchone() or ("",)
        connection.execute(STATEMENTS["evil_login"])
        command = ["db", "login", "test login", "--member", "reader", "--password-file", str(file)]
        try:
            assert CliRunner().invoke(main, command).exit_code == 0
        finally:
            admin.execute('drop role if exists "test login"')
        (is_super,) = admin.execute(STATEMENTS["is_super"], {"name": attacker}).fetchone() or (1,)
        assert not is_super
        # taken away: the function as the attacker left it
        connection.execute(STATEMENTS["evil_login"])
        admin.execute("select ops.set_login('x', 'reader', 'x')")
        assert admin.execute(STATEMENTS["is_super"], {"name": attacker}).fetchone() == (True,)
        admin.execute(f"alter role {attacker} nosuperuser")
    upgrade(deployed_url, plain=named_url() is None or not has_timescale(deployed_url))
