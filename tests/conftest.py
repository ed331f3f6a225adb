"""Databases for tests.

`db`          a connection to TimescaleDB (DATABASE_URL, else the embedded server), as migrated
`native_url`  a native server where clients really run at once (DATABASE_URL, else Debian's)
"""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from db.connection import connect
from db.migrate import upgrade
from scripts import native_postgres as native
from tests.databases import has_timescale, named_url, rest, scratch
from tests.reset import Pristine, remember, reset

# Files that take longest go first: all workers then end at about the same time.
LONG = (
    "demo/test_demo.py", "report/test_pages.py", "jobs/test_evaluate.py",
    "sql/test_exact_energy.py", "jobs/test_evaluate_lots.py", "chaos/test_chaos.py",
    "jobs/test_evaluate_anomalies.py",
    "embedded/test_server.py", "sql/test_any_order.py", "jobs/test_sensors.py",
    "ingest/test_api.py", "security/test_container_image.py", "bench/test_bench_freshness.py",
    "bench/test_bench_ingest.py", "backup/test_backup.py", "migration/test_upgrade.py",
    "races/test_settling.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((n for n, name in enumerate(LONG) if path.endswith(name)), len(LONG))

    items.sort(key=place)


def pytest_report_header() -> list[str]:
    url = named_url()
    if url:
        with psycopg.connect(url) as connection:
            return [f"database: PostgreSQL {connection.info.server_version}, by DATABASE_URL"]
    found = native.binaries()
    return [
        "database: the embedded TimescaleDB",
        f"native PostgreSQL for races: {found or 'none found'}",
    ]


@pytest.fixture(scope="session")
def empty_database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with TimescaleDB and nothing in it yet."""
    url = named_url()
    if url:
        with scratch(url) as scratch_url:
            yield scratch_url
        return
    from db.embedded import control

    folder = tmp_path_factory.mktemp("embedded")
    yield control.start(folder, data="memory").dsn
    control.stop(folder)


@pytest.fixture(scope="session")
def database_url(empty_database_url: str) -> str:
    """The URL of a migrated database with TimescaleDB, one for all tests; prefer `db`."""
    upgrade(empty_database_url)
    if named_url():
        rest(empty_database_url)
    return empty_database_url


@pytest.fixture(scope="session")
def pristine(database_url: str) -> Pristine:
    with connect(database_url, autocommit=True) as connection:
        return remember(connection)


@pytest.fixture
def db(
    database_url: str, pristine: Pristine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection in autocommit to a database as the migration left it; commands find it too."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    with connect(database_url, autocommit=True) as connection:
        reset(connection, pristine)
        yield connection


@pytest.fixture(scope="session")
def native_server_url() -> Iterator[str]:
    """A native server, on which tests may create databases."""
    url = named_url()
    if url:
        yield url
        return
    found = native.binaries()
    if found is None:
        reason = "no native PostgreSQL found (Debian: apt-get install postgresql)"
        if os.environ.get("LOTWATT_SKIP_NATIVE"):
            pytest.skip(reason)
        pytest.fail(reason)
    server = native.start(found)
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def native_migrated_url(native_server_url: str) -> Iterator[str]:
    """One migrated database on the native server: without TimescaleDB where the server has none."""
    with scratch(native_server_url) as url:
        is_plain = named_url() is None or not has_timescale(url)
        upgrade(url, plain=is_plain)
        if not is_plain:
            rest(url)
        yield url


@pytest.fixture(scope="session")
def native_pristine(native_migrated_url: str) -> Pristine:
    with connect(native_migrated_url, autocommit=True) as connection:
        return remember(connection)


@pytest.fixture
def native_url(native_migrated_url: str, native_pristine: Pristine) -> str:
    """The URL of a database as the migration left it, for tests with clients at once."""
    with connect(native_migrated_url, autocommit=True) as connection:
        reset(connection, native_pristine)
    return native_migrated_url
