"""What devices say of themselves: kept as said, in whatever order it arrives."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.integration.ingest.conftest import Counts, Plant, now
from tests.integration.ingest.kept import do, offending, rows

pytestmark = pytest.mark.native


DEVICE = "plant/l/m1/gateway"
Said = tuple[str, float | datetime, bool | None]


def say(plant: Plant, *said: Said, source: str = "test") -> Counts:
    """Device, time (seconds after `plant.at`, or an instant) and whether it is online."""
    return plant.call("store_status", {
        "source": source, "topic": [f"{device}/status" for device, *_ in said],
        "time": [plant.instant(time) for _, time, _ in said],
        "is_online": [is_online for *_, is_online in said], "received_at": [now()] * len(said),
    })  # fmt: skip


def history(plant: Plant) -> list[tuple[Any, ...]]:
    return [
        (topic, (time - plant.at).total_seconds(), *rest)
        for topic, time, *rest in rows(plant, "device_status")
    ]


def test_what_is_said_is_kept(plant: Plant) -> None:
    assert say(plant, (DEVICE, 0, True), (DEVICE, 60, False)) == {"stored": 2}
    assert say(plant, (DEVICE, 60, False), (DEVICE, 90, True)) == {"stored": 1, "duplicate": 1}
    assert history(plant) == [
        (DEVICE, 0, True, False), (DEVICE, 60, False, False), (DEVICE, 90, True, False),
    ]  # fmt: skip
    assert plant.rows("ledger") == [("test", 0, 4, 3, 1, 0, 0, 0)]


def test_the_order_of_arrival_does_not_matter(plant: Plant) -> None:
    said: list[Said] = [
        (DEVICE, 0, True), (DEVICE, 60, False), (DEVICE, 60, True), (DEVICE, 90, True),
    ]  # fmt: skip
    expected = [
        (DEVICE, 0, True, False), (DEVICE, 60, False, True), (DEVICE, 90, True, False),
    ]  # fmt: skip
    for order in permutations(said):
        do(plant, "clear_devices")
        for one in order:
            say(plant, one)
        assert history(plant) == expected, order
        do(plant, "clear_devices")
        assert say(plant, *order) == {"stored": 3, "conflict": 1}
        assert history(plant) == expected, order


def test_both_at_one_instant_is_a_conflict_and_counts_as_offline(plant: Plant) -> None:
    assert say(plant, (DEVICE, 0, True)) == {"stored": 1}
    assert say(plant, (DEVICE, 0, False)) == {"conflict": 1}
    assert say(plant, (DEVICE, 0, False)) == {"duplicate": 1}
    assert history(plant) == [(DEVICE, 0, False, True)]


def test_what_cannot_be_is_quarantined(plant: Plant) -> None:
    past, future = now() - timedelta(days=31), now() + timedelta(hours=1)
    counts = say(
        plant, (DEVICE, past, True), (DEVICE, future, True), (DEVICE, 0, None), (DEVICE, 0, True)
    )
    assert counts == {"stored": 1, "quarantined": 3}
    assert plant.call("store_status", {
        "source": "test", "topic": ["plant/l/m1/state"], "time": [plant.at], "is_online": [True],
        "received_at": [now()],
    }) == {"quarantined": 1}  # fmt: skip
    reasons = [row[0] for row in plant.rows("quarantine")]
    assert reasons == ["not_a_status", "time_future", "time_past", "value_null"]
    assert rows(plant, "reasons") == [
        ("test", "quarantined", reason, 1) for reason in sorted(reasons)
    ]
    assert offending(plant, "ledger_reasons") == []


def test_devices_have_limits_apart_for_those_of_machines(plant: Plant) -> None:
    plant.set("unknown_devices", "2")
    plant.set("devices", "1")
    flood = [(f"x/{n}", 0, True) for n in range(5)]
    assert say(plant, *flood) == {"stored": 2, "quarantined": 3}
    assert say(plant, (DEVICE, 0, True)) == {"stored": 1}
    assert say(plant, ("plant/l/m2", 0, True)) == {"quarantined": 1}
    assert say(plant, (DEVICE, 1, False), ("x/0", 1, False)) == {"stored": 2}
    assert rows(plant, "devices") == [(DEVICE, True), ("x/0", False), ("x/1", False)]
    assert rows(plant, "reasons") == [("test", "quarantined", "too_many_devices", 4)]


def test_what_says_nothing_new_is_forgotten_after_a_day(plant: Plant) -> None:
    """The ends of a time with one state stay: something late may still fall between."""
    old = now() - timedelta(days=2)
    beats: list[Said] = [(DEVICE, old + timedelta(minutes=n), n != 5) for n in range(10)]
    say(plant, *beats)
    say(plant, *[(DEVICE, now() - timedelta(seconds=n), True) for n in range(5)])
    do(plant, "forget")
    kept = [time for _, time, *_ in rows(plant, "device_status")]
    assert kept[:4] == [old + timedelta(minutes=n) for n in (0, 4, 5, 6)]
    assert len(kept) == 9


def test_the_last_word_of_a_device_is_never_forgotten(plant: Plant) -> None:
    plant.set("device_status_retention", "1 hour")
    say(plant, (DEVICE, 0, True), (DEVICE, 1, False))
    do(plant, "forget")
    assert history(plant) == [(DEVICE, 1, False, False)]


def test_a_device_that_cannot_make_up_its_mind_keeps_its_newest_words(plant: Plant) -> None:
    plant.set("device_changes", "3")
    say(plant, *[(DEVICE, n, n % 2 == 0) for n in range(10)])
    do(plant, "forget")
    assert [row[1] for row in history(plant)] == [7, 8, 9]


def test_unknown_devices_that_are_gone_make_room(plant: Plant) -> None:
    say(plant, ("x/0", 0, True), (DEVICE, 0, True))
    do(plant, "age_devices")
    do(plant, "forget")
    assert rows(plant, "devices") == [(DEVICE, True)]


def test_the_loader_may_call_it_and_only_that(plant: Plant) -> None:
    plant.do("become_loader")
    try:
        assert say(plant, (DEVICE, 0, True)) == {"stored": 1}
        with pytest.raises(Exception, match="permission denied"):
            rows(plant, "replay_status", topic=f"{DEVICE}/status", time=plant.at)
    finally:
        plant.do("become_owner")
