"""The fast way into the database: the same rows and books as the way that judges each reading."""

import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.buffer import Batch, Buffer, Limits
from ingest.errors import TransientError
from ingest.store import Counts, Store
from ingest.wire import Packet
from tests.integration.ingest.conftest import Plant, now
from tests.waiting import wait_until

pytestmark = pytest.mark.native

POWER = "plant/l/m1/power"
QUARTER = timedelta(minutes=15)


def quarter_of(instant: datetime) -> datetime:
    return instant - (instant - datetime(2000, 1, 1, tzinfo=UTC)) % QUARTER


class Loader:
    """What the loader does between broker and acknowledgement."""

    def __init__(self, plant: Plant) -> None:
        self.store = Store(plant.url, "fast")
        self.buffer = Buffer(Limits(), self.store.load_catalog())
        self._plant = plant

    def batch(self, *rows: tuple[str, int, float], **more: Any) -> Batch:
        for topic, second, value in rows:
            time = (self._plant.at + timedelta(seconds=second)).isoformat()
            payload = json.dumps({"time": time, "value": value, **more}).encode()
            self.buffer.add([Packet(topic.encode(), payload, 1, 1, False)], 0.0)
        return self.buffer.take()

    def load(self, *rows: tuple[str, int, float], **more: Any) -> Counts:
        return self.store.write(self.batch(*rows, **more))


@pytest.fixture
def loader(plant: Plant) -> Iterator[Loader]:
    loader = Loader(plant)
    yield loader
    loader.store.close()


def test_readings_are_copied_queued_and_counted(plant: Plant, loader: Loader) -> None:
    quarter = quarter_of(plant.at) + QUARTER
    start = (quarter - plant.at).seconds
    batch = loader.batch(
        (POWER, start, 5.0), (POWER, start + 60, 6.0), ("plant/l/m1/t", start + 1, 20.5),
        (POWER, start + 1800, 7.0),
    )  # fmt: skip
    assert len(batch.columns) == 4
    assert batch.items.readings == []
    assert loader.store.write(batch) == Counts(stored=4)
    assert plant.rows("readings") == [
        (POWER, quarter, 5.0), (POWER, quarter + timedelta(seconds=60), 6.0),
        (POWER, quarter + timedelta(seconds=1800), 7.0),
        ("plant/l/m1/t", quarter + timedelta(seconds=1), 20.5),
    ]  # fmt: skip
    later = quarter + timedelta(seconds=1800)
    assert plant.rows("dirty") == [
        (["m1.power", "m1.t"], quarter, quarter + timedelta(seconds=60), "reading"),
        (["m1.power"], later, later, "reading"),
    ]
    assert plant.rows("ledger") == [("mqtt:fast", 4, 4, 4, 0, 0, 0, 0)]


def test_what_was_there_already_is_told_apart(plant: Plant, loader: Loader) -> None:
    assert loader.load((POWER, 0, 5.0), (POWER, 1, 6.0)) == Counts(stored=2)
    again = loader.load((POWER, 0, 5.0), (POWER, 1, 7.0), (POWER, 2, 8.0))
    assert again == Counts(stored=1, duplicate=1, conflict=1)
    assert [row[2] for row in plant.rows("readings")] == [5.0, 6.0, 8.0]
    assert plant.rows("conflicts") == [("m1.power", 6.0, 7.0, "mqtt:fast", 1)]
    assert plant.rows("ledger") == [("mqtt:fast", 5, 5, 3, 1, 1, 0, 0)]


def test_what_one_batch_says_twice_is_told_apart(plant: Plant, loader: Loader) -> None:
    counts = loader.load((POWER, 0, 5.0), (POWER, 0, 5.0), (POWER, 0, 6.0), (POWER, 1, 1.0))
    assert counts == Counts(stored=2, duplicate=1, conflict=1)
    assert [row[2] for row in plant.rows("readings")] == [5.0, 1.0]
    assert plant.rows("ledger") == [("mqtt:fast", 4, 4, 2, 1, 1, 0, 0)]


def test_times_that_need_judgement_are_judged(plant: Plant, loader: Loader) -> None:
    days = 24 * 3600
    counts = loader.load(
        (POWER, 0, 1.0), (POWER, -6 * days, 2.0), (POWER, -40 * days, 3.0), (POWER, 3 * days, 4.0)
    )
    assert counts == Counts(stored=2, quarantined=2)
    assert [row[2] for row in plant.rows("readings")] == [2.0, 1.0]
    assert [row[0] for row in plant.rows("quarantine")] == ["time_future", "time_past"]
    plant.do("horizon", raw_from=now() - timedelta(hours=1))
    assert loader.load((POWER, 5, 1.0)) == Counts(quarantined=1)


def test_a_sensor_that_was_switched_off_gets_nothing(plant: Plant, loader: Loader) -> None:
    """The batch was decoded while the sensor was on; what the loader remembers is out of date."""
    batch = loader.batch((POWER, 0, 1.0), ("plant/l/m1/t", 0, 20.0))
    plant.do("switch_off", topic=POWER)
    assert loader.store.write(batch) == Counts(stored=1, dropped=1)
    assert [row[0] for row in plant.rows("readings")] == ["plant/l/m1/t"]
    version = loader.store.version()
    assert version != loader.buffer.catalog.version
    loader.buffer.use(loader.store.load_catalog())
    assert loader.buffer.catalog.version == version
    assert POWER not in loader.buffer.catalog.sensors


def test_whoever_changes_what_is_remembered_moves_the_version(plant: Plant, loader: Loader) -> None:
    version = loader.store.version()
    plant.set("past_window", "10 days")
    assert loader.store.version() == version + 1
    plant.do("sensor", topic="plant/l/m1/new")
    assert loader.store.version() == version + 2
    with plant.connection.transaction():
        plant.set("past_window", "30 days")
        plant.set("future_window", "5 minutes")
        assert loader.store.version() == version + 2
    assert loader.store.version() == version + 3


def test_a_row_that_the_database_refuses_goes_alone(plant: Plant, loader: Loader) -> None:
    plant.do("refuse_42")
    try:
        counts = loader.load((POWER, 0, 1.0), (POWER, 1, 42.0), (POWER, 2, 3.0))
    finally:
        plant.do("accept_42")
    assert counts == Counts(stored=2, quarantined=1)
    assert [row[2] for row in plant.rows("readings")] == [1.0, 3.0]


def test_it_may_do_so_with_the_rights_of_a_loader(plant: Plant, loader: Loader) -> None:
    loader.store._connection.execute("set role lotwatt_loader")
    assert loader.load((POWER, 0, 1.0), (POWER, 0, 1.0)) == Counts(stored=1, duplicate=1)
    assert loader.store.load_catalog().sensors == loader.buffer.catalog.sensors


@pytest.mark.parametrize("seed", range(5))
def test_both_ways_end_in_the_same_rows(plant: Plant, loader: Loader, seed: int) -> None:
    """Random batches with repetitions, contradictions, claims, late and strange ones among them;
    what the fast way stored, and what the other one would have, from the ledger to the queue."""
    chance = random.Random(seed)
    offered: dict[tuple[str, int], list[float]] = {}
    total = Counts()
    for _ in range(15):
        rows = []
        for _ in range(chance.randrange(1, 40)):
            topic = chance.choice(
                [POWER, "plant/l/m1/t", "plant/l/m2/t", "plant/l/m1/old", "p/new"]
            )
            second = chance.choice([chance.randrange(300), chance.randrange(300), -90 * 24 * 3600])
            rows.append((topic, second, float(chance.randrange(3))))
        claims = {"lot": "L1"} if chance.random() < 0.2 else {}
        total += loader.load(*rows, **claims)
        for topic, second, value in rows:
            offered.setdefault((topic, second), []).append(value)
    known = {
        key: values
        for key, values in offered.items()
        if key[0].startswith("plant/l") and not key[0].endswith("old") and key[1] >= 0
    }
    expected = sorted(
        (topic, plant.at + timedelta(seconds=second), values[0])
        for (topic, second), values in known.items()
    )
    assert plant.rows("readings") == expected
    assert total.stored == len(expected)
    assert total.duplicate == sum(
        sum(value == values[0] for value in values[1:]) for values in known.values()
    )
    assert total.conflict == sum(
        sum(value != values[0] for value in values[1:]) for values in known.values()
    )
    queued = {
        (code, quarter_of(from_time))
        for codes, from_time, _, _ in plant.rows("dirty")
        for code in codes
    }
    assert queued == {
        (".".join(topic.split("/")[2:]), quarter_of(time)) for topic, time, _ in expected
    }
    (books,) = plant.rows("ledger_sum")
    assert books[1] == sum(books[2:]) == sum(len(values) for values in offered.values())


def test_a_statement_without_an_end_can_be_cut(plant: Plant, loader: Loader) -> None:
    """A server that stopped in the middle keeps its connection open and never answers."""
    with plant.connection.transaction(), ThreadPoolExecutor(1) as worker:
        plant.do("lock_readings")
        writing = worker.submit(loader.load, (POWER, 0, 1.0))
        wait_until(lambda: plant.rows("waiting") == [(1,)])
        loader.store.cut()
        with pytest.raises(TransientError):
            writing.result(4)
