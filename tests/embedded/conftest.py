"""One embedded server for the folder; tests that stop or kill a server start their own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from db.embedded import control
from db.embedded.control import Embedded

Connect = Callable[..., psycopg.Connection[Any]]
READER_PASSWORD = "reader's \\ password"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    state_dir = tmp_path_factory.mktemp("embedded")
    yield control.start(state_dir, wait_limit=4, idle_limit=1.5)
    control.stop(state_dir)


@pytest.fixture
def connect(server: Embedded) -> Iterator[Connect]:
    """Opens connections, as postgres in autocommit unless told otherwise, and closes them."""
    opened: list[psycopg.Connection[Any]] = []

    def open_one(**options: Any) -> psycopg.Connection[Any]:
        settings: dict[str, Any] = {"autocommit": True, "connect_timeout": 10, **options}
        opened.append(psycopg.connect(server.dsn, **settings))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


@pytest.fixture
def admin(connect: Connect) -> psycopg.Connection[Any]:
    return connect(application_name="admin")


@pytest.fixture
def table(admin: psycopg.Connection[Any]) -> Iterator[str]:
    """An empty table (id, note)."""
    admin.execute("drop table if exists sample")
    admin.execute("create table sample (id integer, note text)")
    yield "sample"
    admin.execute("drop table if exists sample")


@pytest.fixture(scope="session")
def reader(server: Embedded) -> str:
    """A role that may log in and read one table."""
    with psycopg.connect(server.dsn, autocommit=True) as admin:
        admin.execute("create table readable as select 7 as answer")
        admin.execute("create table secret as select 42 as answer")
        admin.execute("create role reader login password 'reader''s \\ password'")
        admin.execute("grant select on readable to reader")
        admin.execute("alter role reader set work_mem = '7MB'")
        admin.execute("alter role reader set search_path = api, public")
    return "reader"


@pytest.fixture
def as_reader(connect: Connect, reader: str) -> psycopg.Connection[Any]:
    return connect(user=reader, password=READER_PASSWORD, application_name="reader")


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as the first start makes it, so that tests need not wait for it again."""
    state_dir = tmp_path_factory.mktemp("pristine")
    control.start(state_dir)
    control.stop(state_dir)
    return state_dir / "data"


@pytest.fixture
def state_dir(tmp_path: Path, pristine: Path) -> Iterator[Path]:
    """A folder for a server of the test's own, stopped at the end."""
    folder = tmp_path / "state"
    shutil.copytree(pristine, folder / "data")
    yield folder
    control.stop(folder)
