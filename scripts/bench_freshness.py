"""How soon a reading shows in api, and how soon its running lot's energy holds it.

Run it with `make bench-freshness`: it takes minutes of real time. Loader and scheduler run as they
would in a plant; readings are published over MQTT, and api is asked again and again.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from rich import box
from rich.console import Console
from rich.table import Table

from db.cli.base import SETTINGS
from db.connection import connect
from db.errors import LotwattError
from db.statements import ROOT, load
from scripts.bench_ingest.broker import Mosquitto, mosquitto
from scripts.bench_ingest.contender import LOTWATT, Process
from scripts.bench_ingest.server import Server, bench_server
from scripts.bench_ingest.workload import Message, stamp

STATEMENTS = load("scripts/bench_freshness.sql")
FIELDS = 4
STEP_KWH = 1.0
READINGS_EVERY_S = 0.05
LOTS_EVERY_S = 0.25
PREPARE_S = 120.0
# So long after the last publication a reading counts as never seen.
PATIENCE_S = 30.0
FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@dataclass(slots=True)
class Seen:
    """Seconds from publication until something showed, and what has not shown yet."""

    seconds: list[float] = field(default_factory=list)
    missing: int = 0

    def percentile(self, percent: float) -> float:
        """What never showed took for ever."""
        if not self.seconds and not self.missing:
            return float("nan")
        everything = [*self.seconds, *[float("inf")] * self.missing]
        return float(np.percentile(everything, percent, method="higher"))


@dataclass(slots=True)
class Live:
    """Published readings on their way: each by sensor and time, counters also by machine."""

    history_minutes: int
    lock: threading.Lock = field(default_factory=threading.Lock)
    readings: dict[tuple[str, int], float] = field(default_factory=dict)
    energies: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)
    reading: Seen = field(default_factory=Seen)
    lot: Seen = field(default_factory=Seen)

    def published(self, sensor: "Sensor", minute: int, time_ms: int) -> None:
        now = time.perf_counter()
        with self.lock:
            self.readings[sensor.code, time_ms] = now
            if sensor.is_counter:
                energy = STEP_KWH * (self.history_minutes + minute)
                self.energies.setdefault(sensor.machine, deque()).append((energy, now))

    def pending(self) -> tuple[list[str], datetime | None]:
        """Sensors with readings that have not shown yet, and the time of the oldest."""
        with self.lock:
            if not self.readings:
                return [], None
            oldest = min(time_ms for _, time_ms in self.readings)
            sensors = [sensor for sensor, _ in self.readings]
        return sensors, datetime.fromtimestamp(oldest / 1000, UTC)

    def saw_reading(self, sensor: str, at: datetime) -> None:
        key = (sensor, round(at.timestamp() * 1000))
        with self.lock:
            began_at = self.readings.pop(key, None)
            if began_at is not None:
                self.reading.seconds.append(time.perf_counter() - began_at)

    def saw_energy(self, machine: str, kwh: float) -> None:
        """The counters rise by the same step each time, so energy says which reading it holds."""
        with self.lock:
            waiting = self.energies.get(machine)
            while waiting and kwh >= waiting[0][0] - STEP_KWH / 100:
                self.lot.seconds.append(time.perf_counter() - waiting.popleft()[1])

    def waiting(self) -> tuple[int, int]:
        with self.lock:
            return len(self.readings), sum(map(len, self.energies.values()))


@dataclass(frozen=True, slots=True)
class Sensor:
    """One of the plant: counter, power, gauge and state in turn, four on a machine."""

    number: int

    @property
    def machine(self) -> str:
        return f"m{self.number // FIELDS}"

    @property
    def code(self) -> str:
        return f"{self.machine}.s{self.number % FIELDS}"

    @property
    def is_counter(self) -> bool:
        return self.number % FIELDS == 0

    def message(self, minute: int, time_ms: int) -> Message:
        value = 1000 + STEP_KWH * minute if self.is_counter else 20 + (self.number + minute) % 7
        payload = json.dumps({"time": stamp(time_ms), "value": value}).encode()
        return f"bench/{self.machine}/s{self.number % FIELDS}", payload


@click.command(context_settings=SETTINGS)
@click.option("--sensors", default=1000, type=click.IntRange(FIELDS), help="Each once a minute.")
@click.option("--minutes", default=4.0, type=click.FloatRange(0.02), help="Of real time.")
@click.option("--history", default=60, type=click.IntRange(1), help="Minutes that came before.")
@click.option("--json", "file", type=FILE, help="Write the figures here as well.")
def bench(sensors: int, minutes: float, history: int, file: Path | None) -> None:
    """Publish in real time, and ask api until each reading shows.

    Example: make bench-freshness ARGS='--minutes 2'
    """
    console = Console()
    plant = [Sensor(number) for number in range(sensors // FIELDS * FIELDS)]
    live = Live(history)
    with (
        tempfile.TemporaryDirectory(prefix="lotwatt-bench-") as folder,
        bench_server(len(plant) // FIELDS, FIELDS, has_workers=True) as server,
        mosquitto() as broker,
        loader_and_scheduler(server, broker, Path(folder)),
    ):
        console.print(f"{server.description}\n{broker.version}")
        console.print(f"{len(plant):,} sensors, {history} minutes of history")
        prepare(server, broker, plant, history)
        console.print(f"{minutes:g} minutes of real time")
        with watching(server, live):
            publish(broker, plant, live, minutes)
            deadline = time.monotonic() + PATIENCE_S
            while any(live.waiting()) and time.monotonic() < deadline:
                time.sleep(0.1)
        live.reading.missing, live.lot.missing = live.waiting()
    console.print(result_table(live))
    if file is not None:
        file.write_text(json.dumps(as_json(live, server, broker), indent=2) + "\n")


@contextmanager
def loader_and_scheduler(server: Server, broker: Mosquitto, folder: Path) -> Iterator[None]:
    broker.open_session(LOTWATT.client_id, LOTWATT.topics)
    loader = Process(LOTWATT, server.url, broker.port, folder)
    scheduler = subprocess.Popen(
        [sys.executable, ROOT / "lotwatt.py", "scheduler"], cwd=ROOT,
        env={**os.environ, "DATABASE_URL": server.url},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        loader.terminate()
        scheduler.terminate()
        scheduler.wait(60)


def prepare(server: Server, broker: Mosquitto, plant: list[Sensor], history: int) -> None:
    """Lots that run since before the first reading, and history until now, all settled."""
    first_ms = int(time.time() * 1000) - history * 60_000
    machines = dict.fromkeys(sensor.machine for sensor in plant)
    broker.publish(
        (f"bench/{machine}/lot", json.dumps({
            "event": "start", "lot": f"LOT-{machine}", "time": stamp(first_ms - 60_000),
        }).encode()) for machine in machines
    )  # fmt: skip
    broker.publish(
        sensor.message(minute, first_ms + minute * 60_000 + offset_ms(sensor, plant))
        for minute in range(history)
        for sensor in plant
    )
    wait(lambda: value(server, "stored") >= len(plant) * history, "history is not stored")
    wait(lambda: value(server, "waiting") == 0, "history is not settled")


def offset_ms(sensor: Sensor, plant: list[Sensor]) -> int:
    return sensor.number * 60_000 // len(plant)


def publish(broker: Mosquitto, plant: list[Sensor], live: Live, minutes: float) -> None:
    """Every sensor once a minute, spread over it, at its time."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench-plant")
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    began_at = time.perf_counter()
    for number in range(int(minutes * len(plant))):
        minute, sensor = number // len(plant), plant[number % len(plant)]
        due_at = began_at + number * 60 / len(plant)
        time.sleep(max(0.0, due_at - time.perf_counter()))
        time_ms = int(time.time() * 1000)
        live.published(sensor, minute, time_ms)
        client.publish(*sensor.message(live.history_minutes + minute, time_ms), qos=1)
    client.disconnect()
    client.loop_stop()


@contextmanager
def watching(server: Server, live: Live) -> Iterator[None]:
    """Two dashboards, as it were: one looks at readings, one at running lots."""
    end = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        watchers = [
            pool.submit(watch, server.url, live, end, look, every_s)
            for look, every_s in ((look_readings, READINGS_EVERY_S), (look_lots, LOTS_EVERY_S))
        ]
        try:
            yield
        finally:
            end.set()
    for watcher in watchers:
        watcher.result()


def watch(
    url: str, live: Live, end: threading.Event, look: Callable[[Any, Live], None], every_s: float
) -> None:
    with connect(url, autocommit=True) as connection:
        while not end.wait(every_s):
            look(connection, live)


def look_readings(connection: Any, live: Live) -> None:
    sensors, since = live.pending()
    if sensors:
        arguments = {"sensors": sensors, "since": since}
        for sensor, at in connection.execute(STATEMENTS["readings_since"], arguments):
            live.saw_reading(sensor, at)


def look_lots(connection: Any, live: Live) -> None:
    for machine, kwh in connection.execute(STATEMENTS["running_lots"]):
        live.saw_energy(machine, kwh or 0.0)


def value(server: Server, name: str) -> Any:
    row = server.connection.execute(STATEMENTS[name]).fetchone()
    assert row is not None
    return row[0]


def wait(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PREPARE_S
    while not condition():
        if time.monotonic() > deadline:
            raise LotwattError(f"{otherwise} after {PREPARE_S:.0f} s")
        time.sleep(0.2)


def figures(live: Live) -> list[tuple[str, Seen, float]]:
    return [
        ("the reading, in api.reading", live.reading, 1.0),
        ("its lot's energy, in api.lot", live.lot, 10.0),
    ]


def result_table(live: Live) -> Table:
    table = Table(box=box.SIMPLE, title="Seconds from publication until it shows")
    table.add_column("what shows")
    for name in ("readings", "p50", "p95", "p99", "most", "wanted: p95", "verdict"):
        table.add_column(name, justify="right")
    for name, seen, wanted in figures(live):
        p95 = seen.percentile(95)
        table.add_row(
            name, f"{len(seen.seconds) + seen.missing:,}",
            *(f"{seen.percentile(percent):.2f}" for percent in (50, 95, 99, 100)),
            f"<= {wanted:g}", "reached" if p95 <= wanted else "missed",
        )  # fmt: skip
    return table


def finite(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def as_json(live: Live, server: Server, broker: Mosquitto) -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "server": server.description,
        "broker": broker.version,
        "seconds": {
            name: {
                "wanted_p95": wanted, "readings": len(seen.seconds), "never": seen.missing,
                **{f"p{p}": finite(seen.percentile(p)) for p in (50, 95, 99, 100)},
            }
            for name, seen, wanted in figures(live)
        },
    }  # fmt: skip


if __name__ == "__main__":
    bench()
