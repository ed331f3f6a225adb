"""The parts of the benchmarks that make messages, count them and judge figures."""

import json
import math
import os
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from scripts.bench_freshness import Live, Seen, Sensor
from scripts.bench_ingest import proc
from scripts.bench_ingest.contender import (
    TELEGRAF_ONE,
    TELEGRAF_SAME,
    TELEGRAF_UNIQUE,
    TELEGRAF_WIDE,
)
from scripts.bench_ingest.drain import Drained
from scripts.bench_ingest.faults import BAD, bad_count, with_bad, with_duplicates
from scripts.bench_ingest.losses import Loss
from scripts.bench_ingest.report import Report, Target, ratio
from scripts.bench_ingest.workload import MANY, ONE, SENSORS, Calendar, Workload

START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("shape", [ONE, MANY])
def test_workload_has_each_reading_once(shape: object) -> None:
    workload = Workload(shape, 3, START)  # type: ignore[arg-type]
    messages = list(workload)
    assert len(messages) == workload.messages
    found = set()
    for topic, payload in messages:
        document = json.loads(payload)
        time_ms = round(datetime.fromisoformat(document["time"]).timestamp() * 1000)
        names = [f"{topic}/{field}" for field in document["values"]] if shape is MANY else [topic]
        found |= {(name, time_ms) for name in names}
    assert found == workload.keys()
    assert len(found) == workload.readings == 3 * SENSORS
    assert min(time for _, time in found) >= START.timestamp() * 1000
    assert max(time for _, time in found) < workload.end.timestamp() * 1000


def test_lines_say_the_same_as_the_messages() -> None:
    workload = Workload(MANY, 2, START)
    for (topic, payload), (line_topic, lines) in zip(workload, workload.lines(), strict=True):
        document = json.loads(payload)
        rows = [row.split(b" ") for row in lines.splitlines()]
        assert line_topic.rpartition("/")[2] == topic.rpartition("/")[2]
        values = {name.partition(b"=")[2].decode(): float(value[6:]) for name, value, _ in rows}
        assert values == document["values"]
        (time_ns,) = {int(row[2]) for row in rows}
        assert time_ns / 1e9 == datetime.fromisoformat(document["time"]).timestamp()


def test_counters_rise() -> None:
    values = Workload(ONE, 50, START).values()
    assert (np.diff(values[:, 0::4], axis=0) >= 0).all()


def test_no_two_workloads_share_time() -> None:
    calendar = Calendar()
    first, second = calendar.workload(ONE, 3000), calendar.workload(MANY, 100)
    assert first.end == second.start
    assert not first.keys() & second.keys()


@pytest.mark.parametrize("percent", [1, 2.5, 50])
def test_bad_messages_are_so_many_and_never_last(percent: float) -> None:
    good = [("t", str(number).encode()) for number in range(1000)]
    made = list(with_bad(good, percent))
    bad = [payload for _, payload in made if payload in BAD]
    assert len(bad) == bad_count(len(good), percent) == len(made) - len(good)
    assert len(bad) / len(made) == pytest.approx(percent / 100, rel=0.1)
    assert made[-1] == good[-1]
    assert [message for message in made if message[1] not in BAD] == good


def test_duplicates_come_behind_their_originals() -> None:
    good = [("t", str(number).encode()) for number in range(1000)]
    made = with_duplicates(good, 10, seed=3)
    assert len(made) == 1010
    assert [count for _, count in Counter(made).items() if count > 1] == [2] * 10
    assert list(dict.fromkeys(made)) == good


def test_cpu_of_a_process_and_its_children() -> None:
    burn = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    before = proc.tree_cpu_s(os.getpid())
    subprocess.run([sys.executable, "-c", burn], check=True)
    assert 0.25 < proc.tree_cpu_s(os.getpid()) - before < 5
    assert proc.memory_mb(os.getpid()) > 5
    assert proc.cpu_s(2**22 + 1) == 0


def drained(seconds: float, cpu_s: float = 1.0, **more: float) -> Drained:
    return Drained(1000, 1000, seconds, cpu_s, None, **more)


def test_ratios_are_taken_within_a_round() -> None:
    results = {"Lotwatt": [drained(1), drained(4)], "x": [drained(2), drained(8)], "y": []}
    assert ratio(results, "x") == 2
    assert ratio(results, "y") is None
    assert ratio(results, "never ran") is None


@pytest.mark.parametrize(
    ("measured", "is_least", "verdict"),
    [(0.8, True, "reached"), (0.79, True, "missed"), (0.8, False, "reached"),
     (0.81, False, "missed"), (None, True, "not measured")],
)  # fmt: skip
def test_verdict(measured: float | None, is_least: bool, verdict: str) -> None:
    assert Target("x", 0.8, measured, is_least).verdict == verdict


def test_a_row_of_ours_that_is_missing_misses_the_target() -> None:
    def verdict(missing: int, name: str) -> str:
        losses = [Loss("kills", name, 10, missing, 0, 0, 0)]
        report = Report("", "", None, "", {ONE.name: {"Lotwatt": [drained(1)]}}, losses, None)
        return {each.what: each.verdict for each in report.targets()}["rows missing or double"]

    assert verdict(1, "Lotwatt") == "missed"
    assert verdict(0, "Lotwatt") == "reached"
    assert verdict(1, "Telegraf") == "reached"


def test_energy_says_which_readings_it_holds() -> None:
    live = Live(history_minutes=5)
    counter = Sensor(8)
    assert (counter.machine, counter.code, counter.is_counter) == ("m2", "m2.s0", True)
    for minute in range(3):
        live.published(counter, minute, 1000 + minute)
    live.saw_energy("m2", 4.0)
    assert len(live.lot.seconds) == 0
    live.saw_energy("m2", 6.0)
    assert len(live.lot.seconds) == 2
    live.saw_reading("m2.s0", datetime.fromtimestamp(1.001, UTC))
    assert live.waiting() == (2, 1)


def test_what_never_showed_took_for_ever() -> None:
    assert Seen([1.0] * 99, missing=1).percentile(95) == 1.0
    assert Seen([1.0] * 90, missing=10).percentile(95) == math.inf


def test_telegraf_keeps_its_promise_in_what_it_is_told(tmp_path: Path) -> None:
    for each in (TELEGRAF_ONE, TELEGRAF_UNIQUE, TELEGRAF_SAME, TELEGRAF_WIDE):
        each.command("postgresql://me:pass@127.0.0.1:5433/base?connect_timeout=3", 1884, tmp_path)
        told = tomllib.loads((tmp_path / f"{each.client_id}.toml").read_text())
        (source,) = told["inputs"]["mqtt_consumer"]
        (target,) = told["outputs"]["postgresql"]
        assert (source["qos"], source["persistent_session"]) == (1, True)
        assert (source["servers"], source["topics"]) == (["tcp://127.0.0.1:1884"], [each.topics])
        assert f"{target['schema']}.{source['name_override']}" == each.table
        # More than one connection, and it acknowledges what it has not written.
        wanted = "host=127.0.0.1 port=5433 user=me password=pass dbname=base"
        assert target["connection"] == wanted
