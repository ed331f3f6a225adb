"""Several loaders and a person at once: no error, nothing lost, nothing twice."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from db.connection import connect
from ingest.buffer import Buffer, Limits
from ingest.store import Store
from ingest.wire import Packet
from tests.integration.ingest.conftest import Plant

pytestmark = pytest.mark.native

NEW = "plant/l/m1/new"


@contextmanager
def another(plant: Plant) -> Iterator[Plant]:
    with connect(plant.url, autocommit=True) as connection:
        yield replace(plant, connection=connection)


def at_once(plant: Plant, *jobs: Callable[[Plant], Any]) -> None:
    def run(job: Callable[[Plant], Any]) -> None:
        with another(plant) as own:
            job(own)

    with ThreadPoolExecutor(len(jobs)) as pool:
        for future in [pool.submit(run, job) for job in jobs]:
            future.result(60)


def test_loaders_with_the_same_readings(plant: Plant) -> None:
    rows = [
        {
            "topic": f"plant/l/{machine}/{code}",
            "value": second,
            "time": second,
            "lot": f"L{second % 7}",
        }
        for second in range(500)
        for machine, code in (("m1", "power"), ("m1", "t"), ("m2", "power"))
    ]

    def load(seed: int) -> Callable[[Plant], None]:
        def job(own: Plant) -> None:
            shuffled = random.Random(seed).sample(rows, len(rows))
            for start in range(0, len(rows), 100):
                own.store(*shuffled[start : start + 100], source=f"loader {seed}")

        return job

    at_once(plant, *(load(seed) for seed in range(4)))
    assert len(plant.rows("readings")) == len(rows)
    assert plant.rows("count_claims") == [(7,)]
    (totals,) = plant.rows("ledger_sum")
    assert totals == (4 * len(rows), 4 * len(rows), len(rows), 3 * len(rows), 0, 0, 0)


def test_a_topic_that_becomes_a_sensor_while_its_readings_come(plant: Plant) -> None:
    def load(part: int) -> Callable[[Plant], None]:
        def job(own: Plant) -> None:
            for second in range(part, 600, 2):
                own.store({"topic": NEW, "value": second, "time": second}, source=f"loader {part}")

        return job

    def adopt(own: Plant) -> None:
        while len(own.rows("held")) < 50:
            pass
        with own.connection.transaction():
            own.do("sensor", topic=NEW)
            own.rows("replay", topic=NEW)

    at_once(plant, load(0), load(1), adopt)
    assert plant.rows("held") == []
    assert plant.rows("unknown") == []
    assert [row[2] for row in plant.rows("readings")] == list(map(float, range(600)))


def test_events_of_one_lot_from_everywhere(plant: Plant) -> None:
    events = [
        {"reference": "R1"},
        {"reference": "R2", "time": 60, "topic": "plant/l/m2/lot"},
        {"event": "stop", "time": 600, "good": 10, "scrap": 1},
        {"event": "stop", "time": 700, "good": 12, "topic": "plant/l/m2/lot"},
    ]
    orders = list(permutations(range(4)))

    def load(own_event: int) -> Callable[[Plant], None]:
        def job(own: Plant) -> None:
            for number, order in enumerate(orders):
                own.events({**events[order[own_event]], "lot": f"L{number}"})

        return job

    at_once(plant, *(load(event) for event in range(4)))
    assert len(plant.rows("lots")) == len(orders)
    assert {row[1:] for row in plant.rows("lots")} == {("event", "R1", "event", 12.0, 1.0)}


def test_mixed_batches_of_two_loaders(plant: Plant) -> None:
    """Whole batches, each in one transaction, that take the same locks in different orders."""
    when = plant.at.isoformat()
    messages = [
        *(
            (
                f"plant/l/m{number % 2 + 1}/lot",
                f'{{"event":"start","lot":"L{number}","time":"{when}"}}')
            for number in range(6)
        ),
        *(("plant/l/m1/t", f'{{"v":{number},"time":"2001-01-01T00:00Z"}}') for number in range(6)),
        *((f"plant/l/m1/x{number}", f'{{"value":1,"time":"{when}"}}') for number in range(6)),
        *(("plant/l/m1/power", f"bad {number}") for number in range(6)),
        *(
            (f"plant/l/m{number % 2 + 1}/t", f'{{"value":{number % 3},"time":"{when}"}}')
            for number in range(12)
        ),
    ]  # fmt: skip

    def load(seed: int) -> Callable[[Plant], None]:
        def job(own: Plant) -> None:
            store = Store(own.url, f"loader{seed}")
            chance = random.Random(seed)
            for _ in range(40):
                buffer = Buffer(Limits(), store.load_catalog())
                for topic, payload in chance.sample(messages, 8):
                    buffer.add([Packet(topic.encode(), payload.encode(), 1, 1, False)], 0.0)
                store.write(buffer.take())
            store.close()

        return job

    at_once(plant, *(load(seed) for seed in range(4)))
    (totals,) = plant.rows("ledger_sum")
    assert totals[0] == totals[1] == 4 * 40 * 8


def test_the_loader_role_may_call_and_nothing_else(plant: Plant) -> None:
    plant.do("become_loader")
    try:
        assert plant.store({"value": 1}) == {"stored": 1}
        assert plant.store({"topic": NEW, "value": 1}) == {"quarantined": 1}
        assert plant.events({"lot": "L1", "reference": "R1"}) == {"stored": 1}
        for statement in ("readings", "quarantine", "ledger"):
            with pytest.raises(Exception, match="permission denied"):
                plant.rows(statement)
    finally:
        plant.do("become_owner")
