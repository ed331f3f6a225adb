"""Sparkplug B: a node that a library makes, a real broker, and the loader behind it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.ingest.conftest import Loader, Mosquitto, Plant
from tests.waiting import wait_until

pytestmark = pytest.mark.native

NODE = Path(__file__).with_name("sparkplug_node.py")
TOPICS = {
    "spBv1.0/plant/N1/power": "power", "spBv1.0/plant/N1/count": "count",
    "spBv1.0/plant/N1/on": "on", "spBv1.0/plant/N1/D1/temp": "temp",
}  # fmt: skip


class Node:
    def __init__(self, port: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(NODE), str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@pytest.fixture
def node(mosquitto: Mosquitto, plant: Plant) -> Iterator[Node]:
    """Started, with a sensor declared for each of its metrics."""
    for topic in TOPICS:
        plant.do("sensor", topic=topic)
    found = Node(mosquitto.port)
    yield found
    found.process.kill()
    found.process.communicate()


def values(plant: Plant) -> list[tuple[str, float]]:
    return sorted((TOPICS[topic], value) for topic, _, value in plant.rows("readings"))


def reasons(plant: Plant) -> list[str]:
    return [row[0] for row in plant.rows("quarantine")]


def devices(plant: Plant) -> dict[str, bool]:
    return dict(plant.rows("devices"))


def test_births_data_by_alias_and_deaths(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    for topic in TOPICS:
        plant.do("sensor", topic=topic)
    loader.start("--sparkplug", "plant").wait_connected()
    node = Node(mosquitto.port)
    born = [("count", -5.0), ("on", 1.0), ("power", 1.5), ("temp", 20.5)]
    wait_until(lambda: values(plant) == born)
    node.say("update power 2.5")
    node.say("update count -70000")
    node.say("device 21.5")
    more = [("count", -70000.0), ("power", 2.5), ("temp", 21.5)]
    wait_until(lambda: values(plant) == sorted(born + more))
    assert devices(plant) == {"spBv1.0/plant/N1": True, "spBv1.0/plant/N1/D1": True}
    assert reasons(plant) == []
    node.say("crash")
    wait_until(lambda: not any(devices(plant).values()))
    node.process.communicate()


def test_a_loader_that_missed_the_birth_asks_for_another(
    plant: Plant, node: Node, loader: Loader
) -> None:
    """What only an alias names is kept until then, and never guessed at."""
    loader.start("--sparkplug", "+").wait_connected()
    node.say("update power 2.5")
    wait_until(lambda: "rebirth_asked" in loader.log())
    wait_until(lambda: len(values(plant)) == 4)
    assert reasons(plant) == ["alias_unknown"]
    node.say("update power 3.5")
    wait_until(lambda: ("power", 3.5) in values(plant))


def test_a_message_that_is_missing_makes_aliases_doubtful(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    for topic in TOPICS:
        plant.do("sensor", topic=topic)
    loader.start("--sparkplug", "plant").wait_connected()
    node = Node(mosquitto.port)
    wait_until(lambda: len(values(plant)) == 4)
    node.say("skip")
    node.say("update power 2.5")
    wait_until(lambda: "rebirth_asked" in loader.log())
    # What it says again at birth is there already.
    wait_until(lambda: plant.rows("ledger_sum")[0][3] == 4)
    assert reasons(plant) == ["alias_unknown"]
    assert ("power", 2.5) not in values(plant)
    node.say("update power 4.5")
    wait_until(lambda: ("power", 4.5) in values(plant))
    node.process.kill()
    node.process.communicate()
