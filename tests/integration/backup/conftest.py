"""A deployed database of its own with something of everything, and one backup of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from db.backup.dump import backup
from db.connection import connect
from db.migrate import upgrade
from db.statements import load
from tests.databases import has_timescale, named_url, rest, scratch

STATEMENTS = load("tests/integration/backup/statements.sql")

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture(scope="session")
def is_plain(native_server_url: str) -> bool:
    return named_url() is None or not has_timescale(native_server_url)


@pytest.fixture(scope="session")
def full_url(native_server_url: str, is_plain: bool) -> Iterator[str]:
    """40 days of readings and slices of two sensors; on TimescaleDB with chunks that are compressed
    and aggregates that are refreshed."""
    with scratch(native_server_url) as url:
        upgrade(url, plain=is_plain)
        if not is_plain:
            rest(url)
        with connect(url, autocommit=True) as connection:
            for name in ("plant", "readings", "slices"):
                connection.execute(STATEMENTS[name])
            if not is_plain:
                connection.execute(STATEMENTS["compress"])
                for (aggregate,) in connection.execute(STATEMENTS["aggregates"]).fetchall():
                    connection.execute(STATEMENTS["refresh"], {"aggregate": aggregate})
        yield url


@pytest.fixture(scope="session")
def dumped(full_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return backup(full_url, tmp_path_factory.mktemp("backups"), None, lambda _: None)
