"""One run of the demo for all tests here, and the history once more after it, in memory."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from paho.mqtt import publish
from rich.console import Console

from db.connection import connect
from db.embedded import control
from db.embedded.control import Embedded
from scripts.demo.run import Demo, bring_in, run

LOTS = "select * from api.lot order by number"


@dataclass(frozen=True, slots=True)
class Played:
    """A run that is over, and what it printed."""

    demo: Demo
    text: str
    connection: psycopg.Connection[tuple[Any, ...]]


def play(state_dir: Path, part: Callable[[Demo], Embedded], connection: Any = None) -> Played:
    text = io.StringIO()
    demo = Demo(state_dir, Console(file=text, width=140), data="memory")
    server = part(demo)
    return Played(demo, text.getvalue(), connection or connect(server.dsn, autocommit=True))


@pytest.fixture(scope="module")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("demo")
    yield folder
    control.stop(folder)


@pytest.fixture(scope="module")
def first(state_dir: Path) -> Iterator[Played]:
    played = play(state_dir, run)
    yield played
    played.connection.close()


@pytest.fixture(scope="module")
def lots_before(first: Played) -> list[tuple[Any, ...]]:
    return first.connection.execute(LOTS).fetchall()


@pytest.fixture(scope="module")
def second(first: Played, lots_before: list[tuple[Any, ...]], state_dir: Path) -> Played:
    """Between the runs somebody publishes, and no loader listens: none may find it later."""
    server = control.status(state_dir)
    assert server is not None
    publish.single(
        "plant/L1/DRYER/power", "1.5", qos=1, hostname=server.mqtt_host, port=server.mqtt_port
    )
    return play(state_dir, bring_in, first.connection)
