"""Control 7, the other side: what runs every day needs no superuser."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from db.connection import connect
from db.migrate import upgrade
from db.scheduler import run_pass
from lotwatt import main
from tests.databases import has_timescale, named_url, rest, scratch
from tests.logins import login_url
from tests.sql.builders import assign, declare_site, every, kwh_meter, load

pytestmark = pytest.mark.native

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def deployed(native_server_url: str) -> Iterator[tuple[str, bool]]:
    """A database that a superuser deployed, and whether it is without TimescaleDB."""
    is_plain = named_url() is None or not has_timescale(native_server_url)
    with scratch(native_server_url) as url:
        upgrade(url, plain=is_plain)
        if not is_plain:
            rest(url)
        yield url, is_plain


def test_plant_runs_and_scheduler_as_a_member_of_migrate(
    deployed: tuple[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, is_plain = deployed
    begin = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    begin -= dt.timedelta(hours=6)
    end = begin + dt.timedelta(hours=2)
    with connect(url, autocommit=True) as admin, login_url(admin, url, "lotwatt_migrate") as own:
        with connect(own, autocommit=True) as connection:
            declare_site(connection, "m1")
            kwh_meter(connection, "meter", "m1", max_rate=1000)
            load(connection, "meter", *every(60, begin, end, lambda hours: 30 * hours))
            assign(connection, "m1", "L1", begin, end)
            for _ in range(2):
                done = run_pass(connection)
                assert done.errors == []
            assert (done.refreshed, done.policies) == (0, 0)
        if is_plain:
            return
        monkeypatch.setenv("DATABASE_URL", own)
        for command in (["lots"], ["sensors"], ["references"], ["lot", "show", "L1"], ["verify"]):
            result = CliRunner().invoke(main, command)
            assert result.exit_code == 0, (command, result.output)
        assert "permission denied" not in CliRunner().invoke(main, ["doctor"]).output
