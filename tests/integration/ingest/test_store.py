"""ingest.store: where each reading goes, what is queued, and books that add up."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.ingest.conftest import Plant, now

pytestmark = pytest.mark.native

POWER = "plant/l/m1/power"


def test_readings_are_stored_once(plant: Plant) -> None:
    assert plant.store({"value": 1.5}, {"value": 2.5, "time": 60}) == {"stored": 2}
    assert plant.store({"value": 1.5}, {"value": 3.5, "time": 120}) == {"stored": 1, "duplicate": 1}
    assert plant.rows("readings") == [
        (POWER, plant.at, 1.5),
        (POWER, plant.at + timedelta(seconds=60), 2.5),
        (POWER, plant.at + timedelta(seconds=120), 3.5),
    ]
    assert plant.rows("ledger") == [("test", 4, 4, 3, 1, 0, 0, 0)]


def test_an_empty_batch_counts_its_messages(plant: Plant) -> None:
    plant.call("store", {
        **{name: [] for name in ("topic", "time", "value", "received_at")},
        **dict.fromkeys(("has_claim", "lot", "reference", "operator", "machine")),
        "source": "test", "messages": 3,
    })  # fmt: skip
    assert plant.rows("ledger") == [("test", 3, 0, 0, 0, 0, 0, 0)]


def test_another_value_for_the_same_stamp_is_a_conflict(plant: Plant) -> None:
    assert plant.store({"value": 1}, {"value": 2}, {"value": 1}) == {
        "stored": 1, "duplicate": 1, "conflict": 1,
    }  # fmt: skip
    assert plant.store({"value": 2}, {"value": 3}) == {"conflict": 2}
    assert plant.rows("conflicts") == [
        ("m1.power", 1.0, 2.0, "test", 2),
        ("m1.power", 1.0, 3.0, "test", 1),
    ]
    assert plant.rows("readings") == [(POWER, plant.at, 1.0)]


def test_the_original_of_a_corrected_reading_is_a_duplicate(plant: Plant) -> None:
    plant.store({"value": 1})
    plant.do("change", action="correct", value=5.0)
    plant.do("correct", value=5.0)
    assert plant.store({"value": 1}) == {"duplicate": 1}
    assert plant.store({"value": 5}) == {"duplicate": 1}
    assert plant.store({"value": 6}) == {"conflict": 1}


def test_work_is_queued_by_quarter_hour_and_only_for_what_was_stored(plant: Plant) -> None:
    start = datetime.fromtimestamp(plant.at.timestamp() // 900 * 900, UTC)
    rows = [
        {"topic": topic, "value": 1, "time": start + timedelta(minutes=minute)}
        for topic, minute in [(POWER, 1), (POWER, 2), ("plant/l/m2/t", 3), (POWER, 16)]
    ]
    plant.store(*rows)
    expected = [
        (["m1.power", "m2.t"], rows[0]["time"], rows[2]["time"], "reading"),
        (["m1.power"], rows[3]["time"], rows[3]["time"], "reading"),
    ]
    assert plant.rows("dirty") == expected
    assert plant.rows("dirty_run") == []
    plant.store(*rows)
    assert plant.rows("dirty") == expected


def test_claims_are_kept_once_and_queue_their_machines(plant: Plant) -> None:
    rows = [
        {"value": 1, "lot": "L1", "operator": "anna"},
        {"value": 2, "time": 1, "lot": "L1", "operator": "anna"},
        {"value": 3, "time": 2, "lot": None},
        {"value": 4, "time": 3},
        {"value": 5, "time": 4, "topic": "plant/l/m2/t", "lot": "L1", "reference": "R"},
    ]
    plant.store(*rows[:1])
    assert plant.store(*rows) == {"stored": 4, "duplicate": 1}
    assert plant.rows("claims") == [
        ("m1.power", 1.0, True, "L1", None, "anna", None),
        ("m1.power", 2.0, True, "L1", None, "anna", None),
        ("m1.power", 3.0, True, None, None, None, None),
        ("m1.power", 4.0, False, None, None, None, None),
        ("m2.t", 5.0, True, "L1", "R", None, None),
    ]
    assert plant.rows("count_claims") == [(3,)]
    machines = {code for codes, *_ in plant.rows("dirty_run") for code in codes}
    assert machines == {"m1", "m2"}
    assert {row[3] for row in plant.rows("dirty_run")} == {"claim"}


def test_times_out_of_the_window_go_to_quarantine(plant: Plant) -> None:
    plant.do("horizon", raw_from=now() - timedelta(days=10))
    counts = plant.store(
        {"value": 1, "time": now() - timedelta(days=31)},
        {"value": 2, "time": now() + timedelta(minutes=6)},
        {"value": 3, "time": now() - timedelta(days=11), "lot": "L"},
        {"value": 4, "time": now() + timedelta(minutes=4)},
    )
    assert counts == {"stored": 1, "quarantined": 3}
    reasons = [row[0] for row in plant.rows("quarantine")]
    assert reasons == ["before_retention", "time_future", "time_past"]
    assert '"lot":"L"' in plant.rows("quarantine")[0][2]
    assert plant.rows("count_claims") == [(0,)]
    plant.set("past_window", "60 days")
    plant.do("horizon", raw_from=now() - timedelta(days=50))
    assert plant.store({"value": 1, "time": now() - timedelta(days=31)}) == {"stored": 1}


def test_disabled_sensors_are_dropped(plant: Plant) -> None:
    assert plant.store({"topic": "plant/l/m1/old", "value": 1}) == {"dropped": 1}
    assert plant.rows("readings") == []
    assert plant.rows("ledger") == [("test", 1, 1, 0, 0, 0, 0, 1)]


def test_readings_of_unknown_topics_wait_for_their_sensor(plant: Plant) -> None:
    topic = "plant/l/m1/new"
    assert plant.store(
        {"topic": topic, "value": 1, "lot": "L"}, {"topic": topic, "value": 2, "time": 5},
        {"value": 3}, {"topic": topic, "value": 2, "time": 5},
    ) == {"stored": 1, "quarantined": 3}  # fmt: skip
    assert plant.rows("held") == [(topic, 1.0, True, "L"), (topic, 2.0, False, None)]
    assert plant.rows("unknown") == [(topic, 3, 2.0)]
    with pytest.raises(Exception, match="no enabled sensor"):
        plant.rows("replay", topic=topic)

    plant.do("sensor", topic=topic)
    plant.set("past_window", "1 hour")
    assert plant.rows("replay", topic=topic) == [(2, 0, 0, 0, 0)]
    assert plant.rows("held") == []
    assert plant.rows("unknown") == []
    assert (topic, 1.0, True, "L") in [(row[0], *row[1:4]) for row in plant.rows("claims")]
    assert plant.rows("replay", topic=topic) == [(0, 0, 0, 0, 0)]
    assert plant.rows("ledger") == [("held", 0, 2, 2, 0, 0, 0, 0), ("test", 4, 4, 1, 0, 0, 3, 0)]


def test_unknown_topics_have_limits(plant: Plant) -> None:
    plant.set("held_topics", "2")
    plant.set("held_readings_per_topic", "2")
    for second in range(3):
        rows = [{"topic": f"x/{n}", "value": n, "time": second} for n in range(3)]
        assert plant.store(*rows) == {"quarantined": 3}
    assert [row[:2] for row in plant.rows("held")] == [
        ("x/0", 0.0), ("x/0", 0.0), ("x/1", 1.0), ("x/1", 1.0),
    ]  # fmt: skip
    assert plant.rows("unknown") == [("x/0", 3, 0.0), ("x/1", 3, 1.0)]
    assert plant.rows("quarantine") == [
        ("unknown_sensor", "x/0", "", 1),
        ("unknown_sensor", "x/1", "", 1),
        ("unknown_sensor", "x/2", "", 3),
    ]


def test_the_database_refuses_what_is_not_a_number(plant: Plant) -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(Exception, match="reading_value_check"):
            plant.store({"value": value})
