"""The loader as a process, against a real Mosquitto and a real database, through faults."""

import json
import threading
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.integration.ingest.conftest import Loader, Mosquitto, Plant
from tests.waiting import wait_until

pytestmark = pytest.mark.native

POWER = "plant/l/m1/power"


def reading(plant: Plant, number: int, topic: str = POWER, **fields: object) -> tuple[str, bytes]:
    """The value tells the number of the message."""
    time = plant.instant(number).timestamp() - 3600
    return topic, json.dumps({"value": number, "time": time, **fields}).encode()


def stored(plant: Plant) -> list[float]:
    return sorted(row[2] for row in plant.rows("readings"))


def finish(loader: Loader, *arguments: str) -> None:
    """Run a loader until nothing comes any more."""
    process = loader.start("--until-idle", "1.5", *arguments).process
    assert process is not None
    assert process.wait(60) == 0, loader.log()


def books(plant: Plant) -> dict[str, int]:
    names = ("messages", "received", "stored", "duplicate", "conflict", "quarantined", "dropped")
    return dict(zip(names, plant.rows("ledger_sum")[0], strict=True))


def test_good_and_bad_messages_each_end_where_they_belong(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    loader.start().wait_connected()
    many = {"time": plant.at.isoformat(), "values": {"power": 700, "t": 20.5, "nope": "x"}}
    event = {"event": "start", "lot": "L1", "reference": "R1", "time": plant.at.isoformat()}
    mosquitto.publish([
        *(reading(plant, number) for number in range(500)),
        ("plant/l/m2/t", b"21.5"),
        ("plant/l/m2", json.dumps(many).encode()),
        ("plant/l/m1/lot", json.dumps(event).encode()),
        reading(plant, 600, lot="L1", operator="anna"),
        reading(plant, 5),
        reading(plant, 5, "plant/l/m1/new"),
        reading(plant, 5, "plant/l/m1/old"),
        (POWER, b"NaN"), (POWER, b""), (POWER, b"\xff\xfe"), ("plant/l/m1/lot", b"{}"),
        (POWER, json.dumps({"value": 7, "time": plant.at.isoformat(), "lot": "a\0b"}).encode()),
        (POWER, json.dumps({"value": 7, "time": "2001-01-01T00:00:00Z"}).encode()),
    ])  # fmt: skip
    wait_until(lambda: bool(plant.rows("ledger")) and books(plant)["messages"] == 513)
    assert loader.terminate() == 0
    assert stored(plant) == sorted([*map(float, range(500)), 600.0, 700.0, 20.5, 21.5])
    assert books(plant) == {
        "messages": 513, "received": 515, "stored": 505, "duplicate": 1, "conflict": 0,
        "quarantined": 7, "dropped": 2,
    }  # fmt: skip
    assert [row[0] for row in plant.rows("quarantine")] == [
        "encoding", "event_unknown", "text_nul", "time_past", "value_is_string", "value_not_finite",
    ]  # fmt: skip
    assert plant.rows("lots") == [("L1", "event", "R1", "event", None, None)]
    assert [row[0] for row in plant.rows("held")] == ["plant/l/m1/new"]
    ((has_committed, counters),) = plant.rows("loader")
    assert has_committed
    assert counters["messages"] == 513
    assert plant.rows("leases") == []


def test_retained_messages_without_a_time_are_no_readings(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    mosquitto.publish([(POWER, b"5"), reading(plant, 6, "plant/l/m1/t")], retain=True)
    finish(loader)
    finish(loader)
    assert stored(plant) == [6.0]
    assert books(plant)["dropped"] == 2


def test_killed_loaders_lose_nothing_and_repeat_nothing(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    loader.start("--batch-messages", "50").wait_connected()
    messages = [reading(plant, number) for number in range(6000)]
    publisher = threading.Thread(target=mosquitto.publish, args=(messages,))
    publisher.start()
    for part in (500, 2500):
        wait_until(lambda part=part: len(plant.rows("readings")) > part)  # type: ignore[misc]
        assert loader.kill() == -9
        loader.start("--batch-messages", "50").wait_connected()
    wait_until(lambda: len(plant.rows("readings")) == 6000, 60)
    publisher.join()
    assert loader.terminate() == 0
    assert stored(plant) == list(map(float, range(6000)))
    totals = books(plant)
    assert totals["conflict"] == totals["quarantined"] == totals["dropped"] == 0
    assert totals["messages"] == totals["received"] == 6000 + totals["duplicate"]


def test_nothing_is_acknowledged_before_it_is_committed(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    """The table is locked: the loader has the messages and dies with them uncommitted."""
    loader.start().wait_connected()
    with plant.connection.transaction():
        plant.do("lock_readings")
        mosquitto.publish([reading(plant, number) for number in range(300)])
        wait_until(lambda: plant.rows("waiting") == [(1,)])
        loader.kill()
    assert stored(plant) == []
    finish(loader)
    assert stored(plant) == list(map(float, range(300)))


def test_it_stops_in_order(plant: Plant, mosquitto: Mosquitto, loader: Loader) -> None:
    loader.start("--batch-messages", "50").wait_connected()
    messages = [reading(plant, number) for number in range(4000)]
    publisher = threading.Thread(target=mosquitto.publish, args=(messages,))
    publisher.start()
    wait_until(lambda: len(plant.rows("readings")) > 300)
    assert loader.terminate() == 0
    assert "event=ended" in loader.log()
    publisher.join()
    finish(loader)
    assert stored(plant) == list(map(float, range(4000)))
    assert books(plant)["duplicate"] == 0


def test_a_second_loader_with_the_same_id_does_not_start(
    plant: Plant, mosquitto: Mosquitto, loader: Loader, tmp_path: Any
) -> None:
    loader.start().wait_connected()
    second = Loader(plant.url, mosquitto.port, tmp_path / "second.log").start()
    assert second.process is not None
    assert second.process.wait(20) == 1
    assert "another loader" in second.log()
    mosquitto.publish([reading(plant, 1)])
    wait_until(lambda: stored(plant) == [1.0])
    assert loader.log().count("event=connected") == 1


def test_the_broker_keeps_what_comes_while_the_database_is_away(
    plant: Plant, mosquitto: Mosquitto, loader: Loader, native_server_url: str
) -> None:
    loader.start().wait_connected()
    mosquitto.publish([reading(plant, 0)])
    wait_until(lambda: stored(plant) == [0.0])
    name = sql.Identifier(plant.connection.info.dbname)
    with psycopg.connect(native_server_url, autocommit=True) as server:
        server.execute(sql.SQL("alter database {} with allow_connections false").format(name))
        try:
            plant.do("end_loaders")
            mosquitto.publish([reading(plant, number) for number in range(1, 200)])
            wait_until(lambda: "event=database_away" in loader.log())
        finally:
            server.execute(sql.SQL("alter database {} with allow_connections true").format(name))
    wait_until(lambda: len(stored(plant)) == 200)
    assert loader.terminate() == 0
    assert stored(plant) == list(map(float, range(200)))
    assert books(plant)["conflict"] == 0


def test_a_broker_that_restarts_is_found_again(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    loader.start().wait_connected()
    mosquitto.publish([reading(plant, number) for number in range(100)])
    mosquitto.stop()
    wait_until(lambda: "event=broker_away" in loader.log())
    mosquitto.start()
    mosquitto.publish([reading(plant, number) for number in range(100, 200)])
    wait_until(lambda: len(stored(plant)) == 200)
    assert loader.terminate() == 0
    assert stored(plant) == list(map(float, range(200)))


def test_a_row_that_the_database_refuses_goes_alone(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    plant.do("refuse_42")
    try:
        loader.start("--batch-linger", "0.5").wait_connected()
        mosquitto.publish([reading(plant, number) for number in range(300)])
        wait_until(lambda: len(stored(plant)) == 299)
        assert loader.terminate() == 0
        assert 42.0 not in stored(plant)
        ((reason, topic, payload, count),) = plant.rows("quarantine")
        assert (reason, topic, count) == ("data_error", POWER, 1)
        assert "42.0" in payload
        assert books(plant) == {
            "messages": 300, "received": 300, "stored": 299, "duplicate": 0, "conflict": 0,
            "quarantined": 1, "dropped": 0,
        }  # fmt: skip
    finally:
        plant.do("accept_42")


def test_a_broker_that_is_not_there_is_said(plant: Plant, loader: Loader) -> None:
    """Nothing listens: the loader keeps trying, says so, and still ends when told to."""
    away = Loader(plant.url, 1, loader.file).start()
    wait_until(lambda: "cannot reach 127.0.0.1:1" in away.log())
    assert away.terminate() == 0
