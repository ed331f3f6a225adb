"""A small plant on a native server, a real Mosquitto and the loader as a process of its own."""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import psycopg
import pytest

from db.connection import connect
from db.statements import ROOT, load
from scripts.native_mosquitto import NativeMosquitto
from tests.waiting import wait_until

STATEMENTS = load("tests/integration/ingest/statements.sql")
LOADER = load("ingest/statements.sql")

Connection = psycopg.Connection[tuple[Any, ...]]
Counts = dict[str, int]
NAMES = ("stored", "duplicate", "conflict", "quarantined", "dropped")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Plant:
    """The database of a plant with two machines, and the functions of the loader."""

    connection: Connection
    url: str
    at: datetime = field(default_factory=lambda: now().replace(microsecond=0) - timedelta(hours=2))

    def store(self, *rows: dict[str, Any], source: str = "test") -> Counts:
        """Rows of topic, time (seconds after `at`, or an instant), value and what they claim."""
        claims = ("lot", "reference", "operator", "machine")
        values: dict[str, Any] = {name: [row.get(name) for row in rows] for name in claims}
        return self.call("store", {
            **values, "source": source, "messages": len(rows),
            "topic": [row.get("topic", "plant/l/m1/power") for row in rows],
            "time": [self.instant(row.get("time", 0)) for row in rows],
            "value": [row["value"] for row in rows],
            "has_claim": [any(name in row for name in claims) for row in rows],
            "received_at": [row.get("received_at", now()) for row in rows],
        })  # fmt: skip

    def events(self, *rows: dict[str, Any]) -> Counts:
        names = ("lot", "reference", "operator", "good", "scrap")
        values: dict[str, Any] = {name: [row.get(name) for row in rows] for name in names}
        return self.call("store_event", {
            **values, "source": "test",
            "topic": [row.get("topic", "plant/l/m1/lot") for row in rows],
            "event": [row.get("event", "start") for row in rows],
            "time": [self.instant(row.get("time", 0)) for row in rows],
            "received_at": [now() for _ in rows],
        })  # fmt: skip

    def call(self, name: str, values: dict[str, Any]) -> Counts:
        row = self.connection.execute(LOADER[name], values).fetchone()
        assert row is not None
        return {key: count for key, count in zip(NAMES, row, strict=True) if count}

    def instant(self, time: float | datetime) -> datetime:
        return time if isinstance(time, datetime) else self.at + timedelta(seconds=time)

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(STATEMENTS[statement], values).fetchall()

    def do(self, statement: str, **values: Any) -> None:
        self.connection.execute(STATEMENTS[statement], values)

    def set(self, name: str, value: str) -> None:
        self.do("set", name=name, value=value)


@pytest.fixture
def plant(native_url: str) -> Iterator[Plant]:
    with connect(native_url, autocommit=True) as connection:
        connection.execute(STATEMENTS["plant"])
        yield Plant(connection, native_url)


class Mosquitto(NativeMosquitto):
    """The real broker, and what tests do with it."""

    def stop(self) -> None:
        self.end()

    def kill_and_forget(self) -> None:
        """kill -9, and what it had on disk is gone as well."""
        self.end(signal.SIGKILL)
        for saved in self.store.parent.glob("mosquitto.db*"):
            saved.unlink()

    def publish(
        self, messages: list[tuple[str, bytes]], retain: bool = False, qos: int = 1
    ) -> None:
        """Publish and wait until the broker has acknowledged every message."""
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="publisher")
        client.max_inflight_messages_set(500)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        infos = [client.publish(topic, payload, qos, retain) for topic, payload in messages]
        for info in infos:
            info.wait_for_publish(60)
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def mosquitto_folder() -> Iterator[Path]:
    """A folder that Mosquitto can reach as another user. Not one of pytest's own: each start of
    pytest closes these to others, also to the broker of a run that is under way."""
    with tempfile.TemporaryDirectory(prefix="lotwatt-mosquitto-") as folder:
        yield Path(folder)


@pytest.fixture
def mosquitto(mosquitto_folder: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(mosquitto_folder)
    broker.start()
    yield broker
    broker.stop()


class Loader:
    """`lotwatt ingest mqtt` as a process."""

    def __init__(self, url: str, port: int, log: Path) -> None:
        self._url = url
        self._port = port
        self.file = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> "Loader":
        command = [sys.executable, "-m", "ingest.cli", "mqtt", "--host", "127.0.0.1",
                   "--port", str(self._port), "--database-url", self._url, "--no-probe",
                   "--health-port", "0", *arguments]  # fmt: skip
        with self.file.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stderr=log)
        return self

    def wait_connected(self) -> "Loader":
        seen = self.log().count("event=connected")
        wait_until(lambda: self.log().count("event=connected") > seen or self.has_ended())
        return self

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def terminate(self) -> int:
        return self._end(signal.SIGTERM)

    def kill(self) -> int:
        return self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(20)

    def log(self) -> str:
        return self.file.read_text() if self.file.exists() else ""


@pytest.fixture
def loader(plant: Plant, mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Loader]:
    loader = Loader(plant.url, mosquitto.port, tmp_path / "loader.log")
    yield loader
    if loader.process is not None and loader.process.poll() is None:
        loader.process.kill()
        loader.process.wait(10)
