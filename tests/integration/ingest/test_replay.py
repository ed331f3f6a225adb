"""Quarantined messages once more: what is good is stored, the rest stays, and nothing is lost."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.decode import decode
from ingest.item import Event, Message, Reading, Rejection, Status
from ingest.replay import Replayed, load_mappings, replay
from ingest.restore import written
from tests.integration.ingest.conftest import LOADER, Plant, now
from tests.integration.ingest.kept import do, offending, rows

pytestmark = pytest.mark.native

POWER = "plant/l/m1/power"


def receive(
    plant: Plant, topic: str, payload: bytes, at: datetime | None = None, times: int = 1
) -> None:
    """As the loader does it with a message that the decoder refuses."""
    for n in range(times):
        items = decode(Message(topic, payload, (at or plant.at) + timedelta(seconds=n)))
        assert all(isinstance(item, Rejection | Reading) for item in items)
        quarantine(plant, *[item for item in items if isinstance(item, Rejection)])


def quarantine(plant: Plant, *rejections: Rejection) -> None:
    names = ("topic", "payload", "payload_length", "reason", "detail", "received_at")
    values: dict[str, Any] = {name: [getattr(r, name) for r in rejections] for name in names}
    plant.call("quarantine_messages", {"source": "test", **values})


def ids(plant: Plant) -> list[int]:
    return [row[0] for row in rows(plant, "kept_ids")]


def replay_all(plant: Plant) -> list[Replayed]:
    mappings = load_mappings(plant.connection)
    done = [replay(plant.connection, id_, mappings) for id_ in ids(plant)]
    assert offending(plant, "ledger_reasons") == []
    return done


def test_a_mapping_that_came_later_brings_a_message_in(plant: Plant) -> None:
    """Its time is that of its first coming, and however often it came, it is one reading."""
    receive(plant, POWER, b"23,5", times=3)
    (done,) = replay_all(plant)
    assert (done.stays, done.counts["stored"]) == ("json_syntax", 0)
    assert rows(plant, "kept")[0][:3] == ("json_syntax", POWER, 3)
    do(plant, "mapping", name="comma", topic_filter=POWER)
    (done,) = replay_all(plant)
    assert (done.stays, done.counts) == (None, {"stored": 1})
    assert plant.rows("readings") == [(POWER, plant.at, 23.5)]
    assert ids(plant) == []
    assert ("replay", 2, 2, 1, 0, 0, 1, 0) in plant.rows("ledger")


def test_what_stays_is_as_it_was(plant: Plant) -> None:
    receive(plant, POWER, b"{", times=4)
    before = rows(plant, "kept_whole")
    assert [done.stays for done in replay_all(plant)] == ["json_syntax"]
    assert rows(plant, "kept_whole") == before


def test_with_another_reason_it_keeps_when_and_how_often_it_came(plant: Plant) -> None:
    receive(plant, POWER, b"x", times=5)
    first, last = rows(plant, "kept")[0][3:]
    (id_,) = ids(plant)
    do(plant, "mapping", name="comma", topic_filter=POWER)
    (done,) = replay_all(plant)
    assert done.stays == "value_is_string"
    assert rows(plant, "kept") == [("value_is_string", POWER, 5, first, last)]
    assert ids(plant) == [id_]


def test_a_full_quarantine_loses_nothing_by_a_replay(plant: Plant) -> None:
    """A message that is refused for another reason needs a row, and there is no room for it."""
    receive(plant, POWER, b"x")
    plant.set("quarantine_rows", "1")
    do(plant, "mapping", name="comma", topic_filter=POWER)
    (done,) = replay_all(plant)
    assert done.stays == "json_syntax"
    assert rows(plant, "kept")[0][:3] == ("json_syntax", POWER, 1)


def test_the_good_values_of_a_message_are_stored_and_the_bad_one_stays(plant: Plant) -> None:
    payload = b'[{"time": "%s", "value": 1}, {"time": "%s", "value": null}]' % (
        plant.at.isoformat().encode(), plant.at.isoformat().encode()
    )  # fmt: skip
    receive(plant, POWER, payload)
    (done,) = replay_all(plant)
    assert (done.stays, done.counts) == ("value_null", {"stored": 1, "quarantined": 1})
    (done,) = replay_all(plant)
    assert (done.stays, done.counts) == ("value_null", {"duplicate": 1, "quarantined": 1})


def test_late_readings_come_in_with_what_they_claimed(plant: Plant) -> None:
    old = now() - timedelta(days=40)
    plant.store(
        {"value": 1.25, "time": old, "lot": "L1", "operator": "anna"},
        {"value": 2.0, "time": old + timedelta(seconds=1), "lot": None},
        {"value": 3.0, "time": old + timedelta(seconds=2)},
    )
    assert [row[0] for row in plant.rows("quarantine")] == ["time_past"] * 3
    assert [done.counts for done in replay_all(plant)] == [{"stored": 1}] * 3
    assert plant.rows("claims") == [
        ("m1.power", 1.25, True, "L1", None, "anna", None),
        ("m1.power", 2.0, True, None, None, None, None),
        ("m1.power", 3.0, False, None, None, None, None),
    ]
    assert [time for _, time, _ in plant.rows("readings")] == [
        old, old + timedelta(seconds=1), old + timedelta(seconds=2)
    ]  # fmt: skip


def test_readings_before_the_retention_horizon_stay(plant: Plant) -> None:
    plant.store({"value": 1, "time": now() - timedelta(days=40)})
    plant.do("horizon", raw_from=now() - timedelta(days=35))
    (done,) = replay_all(plant)
    assert done.stays == "before_retention"


def test_a_mapping_that_fits_the_topic_does_not_decode_a_value_again(plant: Plant) -> None:
    plant.store({"value": 1, "time": now() - timedelta(days=40)})
    do(plant, "mapping", name="comma", topic_filter="plant/#")
    assert [done.counts for done in replay_all(plant)] == [{"stored": 1}]


def test_readings_of_the_future_stay_until_it_is_there(plant: Plant) -> None:
    plant.store({"value": 1, "time": now() + timedelta(hours=1)})
    assert [done.stays for done in replay_all(plant)] == ["time_future"]
    assert rows(plant, "kept")[0][2] == 1
    plant.set("future_window", "2 hours")
    assert [done.counts for done in replay_all(plant)] == [{"stored": 1}]


def test_events_come_in_once_their_machine_is_declared(plant: Plant) -> None:
    old = now() - timedelta(days=40)
    plant.events({"lot": "L1", "topic": "plant/l/m3/lot"}, {"lot": "L2", "time": old, "good": 5})
    stays = {done.stays for done in replay_all(plant)}
    assert stays == {"unknown_machine", None}
    do(plant, "machine", code="m3")
    assert [done.counts for done in replay_all(plant)] == [{"stored": 1}]
    assert [(m, e, lot, t, good) for m, e, lot, t, _, _, good, _ in plant.rows("events")] == [
        ("m1", "start", "L2", old, 5.0), ("m3", "start", "L1", plant.at, None),
    ]  # fmt: skip


def test_an_event_that_contradicts_a_stored_one_stays(plant: Plant) -> None:
    plant.events({"lot": "L1", "operator": "anna"})
    assert plant.events({"lot": "L1", "operator": "bert"}) == {"conflict": 1}
    (done,) = replay_all(plant)
    assert (done.stays, done.counts) == ("event_conflict", {"conflict": 1})


def test_a_status_comes_in(plant: Plant) -> None:
    values = {"source": "test", "topic": ["plant/l/m1/gw/status"], "is_online": [False],
              "time": [now() - timedelta(days=31)], "received_at": [now()]}  # fmt: skip
    assert plant.call("store_status", values) == {"quarantined": 1}
    assert [done.counts for done in replay_all(plant)] == [{"stored": 1}]
    assert [row[2] for row in rows(plant, "device_status")] == [False]


@pytest.mark.parametrize("payload", [b"1" * 5000, b"[" + b"0," * 3000 + b"0]"])
def test_what_was_cut_cannot_be_replayed(plant: Plant, payload: bytes) -> None:
    receive(plant, POWER, payload)
    (done,) = replay_all(plant)
    assert done.stays is not None
    assert "only the first 4096" in done.stays
    assert len(ids(plant)) == 1


def test_what_only_counts_cannot_be_replayed(plant: Plant) -> None:
    plant.set("held_topics", "0")
    plant.store({"topic": "plant/l/m1/new", "value": 1})
    (done,) = replay_all(plant)
    assert done.stays == "only its topic and count are kept"


def test_readings_of_an_unknown_topic_are_held(plant: Plant) -> None:
    topic = "plant/l/m1/new"
    receive(plant, topic, b"1,5")
    do(plant, "mapping", name="comma", topic_filter=topic)
    (done,) = replay_all(plant)
    assert (done.stays, done.counts) == (None, {"quarantined": 1})
    assert plant.rows("held") == [(topic, 1.5, False, None)]


def test_what_cannot_be_held_stays(plant: Plant) -> None:
    topic = "plant/l/m1/new"
    receive(plant, topic, b"1,5")
    do(plant, "mapping", name="comma", topic_filter=topic)
    plant.set("held_topics", "0")
    before = plant.rows("ledger")
    (done,) = replay_all(plant)
    assert done.stays is not None
    assert topic in done.stays
    assert "lotwatt sensor adopt" in done.stays
    assert [row[0] for row in rows(plant, "kept")] == ["json_syntax"]
    assert plant.rows("ledger") == before


def test_what_a_mapping_ignores_leaves(plant: Plant) -> None:
    receive(plant, POWER, b"{")
    do(plant, "ignore", name="noise", topic_filter="plant/#")
    assert [done.counts for done in replay_all(plant)] == [{"dropped": 1}]
    assert ids(plant) == []


def test_what_the_database_refuses_stays_and_comes_in_later(plant: Plant) -> None:
    plant.do("refuse_42")
    reading = Reading(POWER, plant.at, 42.0, None, plant.at)
    payload = written(reading)
    quarantine(plant, Rejection(POWER, payload, len(payload), "data_error", "d", plant.at))
    (done,) = replay_all(plant)
    assert done.stays is not None
    assert "not_42" in done.stays
    plant.do("accept_42")
    assert [done.counts for done in replay_all(plant)] == [{"stored": 1}]
    assert plant.rows("readings") == [(POWER, plant.at, 42.0)]


def test_a_number_that_is_gone_says_so(plant: Plant) -> None:
    done = replay(plant.connection, 1, load_mappings(plant.connection))
    assert done.stays == "it is not in the quarantine"


@pytest.mark.parametrize(
    "item",
    [
        Reading(POWER, now(), 0.1, None, now()),
        Event("plant/l/m1/lot", "start", now(), "L", None, "anna", None, 3.5, now()),
        Status("plant/l/m1/gw/status", False, now(), now()),
    ],
)
def test_the_loader_itself_cannot_replay(plant: Plant, item: Reading | Event | Status) -> None:
    payload = written(item)
    quarantine(
        plant, Rejection(item.topic, payload, len(payload), "data_error", "d", item.received_at)
    )
    (id_,) = ids(plant)
    mappings = load_mappings(plant.connection)
    plant.do("become_loader")
    try:
        with pytest.raises(Exception, match="permission denied"):
            replay(plant.connection, id_, mappings)
    finally:
        plant.do("become_owner")
    assert len(ids(plant)) == 1


def test_old_quarantine_is_forgotten(plant: Plant) -> None:
    receive(plant, POWER, b"{", at=now() - timedelta(days=31))
    receive(plant, POWER, b"[", at=now() - timedelta(days=29))
    do(plant, "forget")
    assert len(ids(plant)) == 1
    assert rows(plant, "kept")[0][0] == "json_syntax"


def test_forgetting_waits_for_no_settling(plant: Plant) -> None:
    """Dropping raw readings has to, and these were one task once."""
    plant.store({"value": 1})
    receive(plant, POWER, b"{", at=now() - timedelta(days=31))
    do(plant, "forget")
    assert ids(plant) == []


def test_loader_drops_are_of_a_documented_reason(plant: Plant) -> None:
    for reason in ("empty_payload", "retained_no_time", "ignored", "bad_quality"):
        values = {"source": "test", "reason": reason, "count": 2}
        assert plant.call("drop_messages", values) == {"dropped": 2}
    plant.store({"topic": "plant/l/m1/old", "value": 1}, {"topic": "plant/l/m1/old", "value": 2})
    assert rows(plant, "reasons") == [
        ("test", "dropped", "bad_quality", 2), ("test", "dropped", "disabled_sensor", 2),
        ("test", "dropped", "empty_payload", 2), ("test", "dropped", "ignored", 2),
        ("test", "dropped", "retained_no_time", 2),
    ]  # fmt: skip
    assert offending(plant, "ledger_reasons") == []
    with pytest.raises(Exception, match="cannot be dropped"):
        plant.connection.execute(
            LOADER["drop_messages"], {"source": "test", "reason": "lazy", "count": 1}
        )


def test_unknown_topics_are_forgotten_when_their_readings_would_be(plant: Plant) -> None:
    plant.store({"topic": "x/old", "value": 1.0}, {"topic": "x/new", "value": 1.0})
    do(plant, "age_topic", topic="x/old")
    do(plant, "forget")
    assert [row[0] for row in plant.rows("unknown")] == ["x/new"]
    assert [row[0] for row in plant.rows("held")] == ["x/new"]


def test_readings_of_all_unknown_topics_have_a_limit_together(plant: Plant) -> None:
    plant.set("held_readings", "5")
    for n in range(4):
        plant.store({"topic": f"x/{n}", "value": 1.0}, {"topic": f"x/{n}", "value": 2.0, "time": 1})
    assert [row[:2] for row in plant.rows("held")] == [
        ("x/0", 1.0), ("x/0", 2.0), ("x/1", 1.0), ("x/1", 2.0),
    ]  # fmt: skip
    assert sorted(row[1:3] for row in rows(plant, "kept")) == [("x/2", 2), ("x/3", 2)]
    assert offending(plant, "ledger_reasons") == []
    plant.set("held_readings", "100")
    assert plant.store({"topic": "x/3", "value": 3.0, "time": 2}) == {"quarantined": 1}
    assert len(plant.rows("held")) == 5


def test_forgetting_makes_room_at_once(plant: Plant) -> None:
    plant.set("quarantine_rows", "2")
    for payload in (b"{", b"[", b"]"):
        receive(plant, POWER, payload)
    (first, _) = ids(plant)
    do(plant, "forget_one", id=first)
    receive(plant, POWER, b"}")
    receive(plant, POWER, b"{{")
    assert [row[0] for row in plant.rows("quarantine")] == ["json_syntax"] * 2
    assert first not in ids(plant)


def test_a_full_quarantine_is_counted_again_after_much_was_added(plant: Plant) -> None:
    """It is not counted with every batch: what was added since is."""
    plant.set("quarantine_rows", "2500")
    for start in range(0, 3000, 300):
        quarantine(plant, *[
            Rejection(POWER, b"%d" % n, 1, "json_syntax", "d", plant.at)
            for n in range(start, start + 300)
        ])  # fmt: skip
    assert len(ids(plant)) == 2500
