"""The loader's own counters, its metrics and the ledger tell the same, whatever happens to it."""

import json
import urllib.request
from collections import Counter

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest.replay import load_mappings, replay
from scripts.native_postgres import free_port
from tests.integration.ingest.conftest import Loader, Mosquitto, Plant
from tests.integration.ingest.kept import do, offending, rows
from tests.waiting import wait_until

pytestmark = pytest.mark.native

POWER = "plant/l/m1/power"
OUTCOMES = ("stored", "duplicate", "conflict", "quarantined", "dropped")


def mixed(plant: Plant, first: int, count: int) -> list[tuple[str, bytes]]:
    """Readings with one in five that ends otherwise."""
    messages: list[tuple[str, bytes]] = []
    for number in range(first, first + count):
        time = plant.instant(number).timestamp() - 3600
        messages.append((POWER, json.dumps({"value": number, "time": time}).encode()))
        if number % 20 == 0:
            messages += [
                messages[-1],
                (POWER, json.dumps({"value": -1, "time": time}).encode()),
                (POWER, b"{"), ("plant/l/m1/old", b"1"), (POWER, b""),
                (f"plant/l/m1/gateway{number}/status", b"online"),
            ]  # fmt: skip
    return messages


def metrics(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        sample.labels.get("outcome", sample.name): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name.startswith("lotwatt_loader")
    }


def wait_for_metrics(port: int, grown: Counter[str]) -> None:
    """The metrics follow a commit at once, and then say what the ledger says."""
    wait_until(lambda: metrics(port)["lotwatt_loader_messages_total"] == grown["messages"])
    seen = metrics(port)
    assert {name: seen[name] for name in OUTCOMES} == {name: grown[name] for name in OUTCOMES}


def booked(plant: Plant) -> Counter[str]:
    names = ("messages", "received", *OUTCOMES)
    row = plant.rows("ledger_sum")[0]
    return Counter(dict(zip(names, (value or 0 for value in row), strict=True)))


def deliver(plant: Plant, mosquitto: Mosquitto, messages: list[tuple[str, bytes]]) -> Counter[str]:
    """Publish, wait until all of it is in the books, and tell by how much these have grown."""
    before = booked(plant)
    mosquitto.publish(messages)
    wait_until(lambda: (booked(plant) - before)["messages"] >= len(messages))
    return booked(plant) - before


def test_counters_metrics_and_ledger_agree(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    port = free_port()
    for round_ in range(3):
        loader.start("--health-port", str(port)).wait_connected()
        grown = deliver(plant, mosquitto, mixed(plant, 400 * round_, 400))
        wait_for_metrics(port, grown)
        if round_ == 0:
            # It dies before it has told anybody what it counted.
            loader.kill()
        else:
            wait_until(lambda: bool(rows(plant, "loader_rests")))
            assert loader.terminate() == 0
        assert offending(plant, "ledger_loader") == []
        assert offending(plant, "ledger_reasons") == []
    assert {reason: count for _, _, reason, count in rows(plant, "reasons")} == {
        "json_syntax": 60, "disabled_sensor": 60, "empty_payload": 60,
    }  # fmt: skip

    do(plant, "count_one_more")
    assert [row[1] for row in offending(plant, "ledger_loader")] == ["stored"]


def test_what_the_database_refused_is_replayed_when_it_takes_it(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    plant.do("refuse_42")
    try:
        loader.start("--health-port", "0").wait_connected()
        mosquitto.publish(mixed(plant, 41, 3))
        wait_until(lambda: booked(plant)["messages"] == 3)
        assert loader.terminate() == 0
    finally:
        plant.do("accept_42")
    ((id_,),) = rows(plant, "kept_ids")
    done = replay(plant.connection, id_, load_mappings(plant.connection))
    assert (done.stays, done.counts) == (None, {"stored": 1})
    assert [value for *_, value in plant.rows("readings")] == [41.0, 42.0, 43.0]
