"""What is seen of devices: api.device, api.conflict and the doctor's line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.statements import load as load_statements
from tests.sql.builders import Connection, declare_site, every, kw_meter, load

LOADER = load_statements("ingest/statements.sql")
NOW = datetime.now(UTC).replace(microsecond=0)
T0 = NOW - timedelta(hours=3)


@pytest.fixture
def plant(db: Connection) -> Connection:
    declare_site(db, "m1", "m2")
    return db


def machine_topic(db: Connection, code: str) -> str:
    row = db.execute("select topic from plant.machine where code = %s", [code]).fetchone()
    assert row is not None
    return str(row[0])


def say(db: Connection, *said: tuple[str, float, bool]) -> None:
    """Device, minutes after T0 and whether it is online."""
    db.execute(LOADER["store_status"], {
        "source": "test", "topic": [f"{device}/status" for device, *_ in said],
        "time": [T0 + timedelta(minutes=minute) for _, minute, _ in said],
        "is_online": [is_online for *_, is_online in said], "received_at": [NOW] * len(said),
    })  # fmt: skip


def devices(db: Connection) -> list[tuple[Any, ...]]:
    return db.execute(
        "select device, machine, line, is_online, since, said_at, last_reading_at"
        " from api.device order by device"
    ).fetchall()


def doctor(db: Connection) -> tuple[Any, ...]:
    row = db.execute("select is_ok, said from ops.health where \"check\" = 'devices'").fetchone()
    assert row is not None
    return row


def test_a_device_is_what_it_said_last(plant: Connection) -> None:
    device = machine_topic(plant, "m1")
    for minute, is_online in [(40, False), (0, True), (20, True), (50, False), (10, False)]:
        say(plant, (device, minute, is_online))
    assert devices(plant) == [
        (device, "m1", "line", False, T0 + timedelta(minutes=40), T0 + timedelta(minutes=50), None)
    ]
    say(plant, (device, 60, True))
    assert devices(plant)[0][3:5] == (True, T0 + timedelta(minutes=60))
    say(plant, (device, 45, True))
    assert devices(plant)[0][3:5] == (True, T0 + timedelta(minutes=60))


def test_since_is_the_first_word_where_there_was_no_other(plant: Connection) -> None:
    say(plant, ("x", 5, True), ("x", 9, True))
    assert devices(plant) == [
        ("x", None, None, True, T0 + timedelta(minutes=5), T0 + timedelta(minutes=9), None)
    ]


def test_a_device_belongs_to_the_machine_above_it(plant: Connection) -> None:
    """A machine whose topic only begins alike is not above it."""
    topic = machine_topic(plant, "m1")
    say(plant, (f"{topic}/gateway", 0, True), (f"{topic}x", 0, True))
    assert [row[:2] for row in devices(plant)] == [(f"{topic}/gateway", "m1"), (f"{topic}x", None)]


def test_a_device_shows_when_its_sensors_last_spoke(plant: Connection) -> None:
    """Sensors of the builders lie under test/."""
    kw_meter(plant, "gw/power", "m1")
    kw_meter(plant, "other", "m2")
    last = T0 + timedelta(minutes=30)
    load(plant, "gw/power", *every(60, T0, last, 5.0))
    load(plant, "other", *every(60, T0, NOW, 5.0))
    say(plant, ("test/gw", 0, True))
    (row,) = devices(plant)
    assert last - timedelta(minutes=1) <= row[-1] <= last


def test_the_doctor_names_devices_that_are_offline(plant: Connection) -> None:
    assert doctor(plant) == (True, "0 of 0 devices are offline")
    say(plant, ("a", 0, True), ("b", 0, False))
    is_ok, said = doctor(plant)
    assert not is_ok
    assert said == f"1 of 2 devices are offline: b said so at {T0:%Y-%m-%d %H:%M}"
    say(plant, ("b", 1, True))
    assert doctor(plant) == (True, "0 of 2 devices are offline")


def test_contradictions_are_shown(plant: Connection) -> None:
    say(plant, ("a", 0, True), ("a", 0, False))
    topic = f"{machine_topic(plant, 'm1')}/lot"
    for operator in ("anna", "bert"):
        plant.execute(LOADER["store_event"], {
            "source": "test", "topic": [topic], "event": ["start"], "time": [T0], "lot": ["L1"],
            "reference": [None], "operator": [operator], "good": [None], "scrap": [None],
            "received_at": [NOW],
        })  # fmt: skip
    seen = plant.execute(
        "select conflict, time, machine, lot, detail from api.conflict order by conflict"
    ).fetchall()
    assert seen == [
        ("another word of a stored lot event", T0, "m1", "L1",
         'stored otherwise, then came 1 times: {"event": "start", "operator": "bert"}'),
        ("device online and offline at once", T0, None, None, "device a; it counts as offline"),
    ]  # fmt: skip


def test_a_full_quarantine_is_told(plant: Connection) -> None:
    def room() -> bool:
        query = "select is_ok from ops.health where \"check\" = 'room in the quarantine'"
        row = plant.execute(query).fetchone()
        return bool(row and row[0])

    assert room()
    plant.execute("update ops.setting set value = '1' where name = 'quarantine_rows'")
    plant.execute(LOADER["quarantine_messages"], {
        "source": "test", "topic": ["a"], "payload": [b"x"], "payload_length": [1],
        "reason": ["json_syntax"], "detail": ["d"], "received_at": [NOW],
    })  # fmt: skip
    assert not room()


def test_the_doctor_says_which_silence_a_device_explains(plant: Connection) -> None:
    kw_meter(plant, "gw/power", "m1")
    kw_meter(plant, "other", "m2")
    query = "select said from ops.health where \"check\" = 'silent sensors'"
    say(plant, ("test/gw", 0, True))
    ((said,),) = plant.execute(query).fetchall()
    assert said.startswith("2 of 2 sensors are silent: gw/power (never heard), other")
    assert "offline" not in said
    say(plant, ("test/gw", 1, False))
    ((said,),) = plant.execute(query).fetchall()
    assert said.endswith("; 1 of them lie under a device that is offline")
