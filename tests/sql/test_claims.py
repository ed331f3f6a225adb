"""Claims that are read again, ranges that were parked, declarations that keep what was measured."""

from datetime import datetime

import psycopg
import pytest
from click.testing import CliRunner

from db.cli.schema import db as db_command
from scripts.simulate.model import Claim, LotEvent, Reading
from tests.sql.builders import (
    EPOCH,
    Connection,
    assign,
    at,
    correct,
    declare,
    declare_sensor,
    declare_site,
    every,
    kwh_meter,
    load,
    lot,
    row,
    rows,
    runs,
    settle,
    store,
    strike,
    tell,
)


def micros(time: datetime) -> int:
    return round((time - EPOCH).total_seconds() * 1_000_000)


def claims(
    db: Connection,
    sensor: str,
    first: str,
    last: str,
    lot: str | None,
    reference: str | None = None,
) -> None:
    """A reading every 15 minutes, from first to last, that claims a lot; the register stands."""
    points = every(900, at(f"2026-03-02 {first}"), at(f"2026-03-02 {last}"), 1.0)
    claim = Claim(lot, reference)
    stored, *_ = store(db, [(sensor, Reading(micros(time), 1.0, claim)) for time, _ in points])
    assert stored == len(points)


def meter(db: Connection, code: str = "meter", machine: str = "m1") -> None:
    """max_gap of 20 minutes: claims 15 minutes apart hold until the next one."""
    kwh_meter(db, code, machine, max_gap="20 minutes")


def ran(db: Connection, machine: str = "m1") -> list[tuple[str, str, str | None]]:
    """(lot, from, to) of the runs of a machine, as hours and minutes."""
    return [
        (number, f"{began:%H:%M}", None if ended is None else f"{ended:%H:%M}")
        for number, began, ended, _ in runs(db, machine)
    ]


# Parked ranges


def test_parked_ranges_of_sensors_and_of_machines_are_tried_again(db: Connection) -> None:
    declare_site(db, "m1")
    meter(db)
    claims(db, "meter", "08:00", "09:00", "A")
    # as settling parks them: one range of slices, one of runs
    db.execute(
        """
        with runs as (delete from telemetry.dirty_run returning *),
        slices as (delete from telemetry.dirty returning *)
        insert into telemetry.parked (machine_ids, sensor_ids, from_time, to_time, cause, reason)
        select machine_ids, null::int[], from_time, to_time, cause, 'no disk' from runs
        union all
        select null, sensor_ids, from_time, to_time, cause, 'no disk' from slices
        """
    )
    parked = row(db, "select count(*) as n from telemetry.parked")["n"]
    assert settle(db) == 0
    health = row(db, "select * from ops.health where \"check\" = 'parked ranges'")
    assert (health["is_ok"], "lotwatt db retry-parked" in health["hint"]) == (False, True)

    done = CliRunner().invoke(db_command, ["retry-parked"])
    # readings at 08:00, :15, :30, :45 and 09:00: a row per quarter-hour in each of the two queues
    assert (parked, done.output.split()[0], done.exit_code) == (10, "10", 0)
    assert rows(db, "select * from telemetry.parked") == []
    settle(db)
    # the last claim, at 09:00, holds for max_gap
    assert ran(db) == [("A", "08:00", "09:20")]
    assert rows(db, "select 1 from telemetry.slice") != []


def test_an_event_that_was_parked_reaches_to_the_next_start_all_the_same(db: Connection) -> None:
    """The cause of several changes in one does not begin with the word event."""
    declare_site(db, "m1")
    meter(db)
    claims(db, "meter", "07:00", "07:00", None)
    tell(db, LotEvent("m1", "start", "A", micros(at("2026-03-02 08:00"))))
    settle(db)
    tell(db, LotEvent("m1", "start", "B", micros(at("2026-03-05 08:00"))))
    settle(db)
    db.execute("delete from plant.lot_run")
    db.execute(
        "insert into telemetry.parked (machine_ids, from_time, to_time, cause, reason)"
        " select array[machine_id], %s, %s, 'claim; event start A', 'no disk' from plant.machine",
        [at("2026-03-02 08:00"), at("2026-03-02 08:00")],
    )
    assert row(db, "select ops.retry_parked() as n")["n"] == 1
    settle(db)
    # not just to 2 x max_gap after it: A runs on until B begins three days later
    assert [(each[0], each[1], each[2]) for each in runs(db, "m1")] == [
        ("A", at("2026-03-02 08:00"), at("2026-03-05 08:00"))
    ]


# Claims that name nothing


@pytest.mark.parametrize("nothing", ["", "x" * 257])
def test_a_lot_that_can_be_none_claims_nothing_and_stops_nobody(
    db: Connection, nothing: str
) -> None:
    declare_site(db, "m1")
    meter(db)
    claims(db, "meter", "08:00", "09:00", "A")
    claims(db, "meter", "09:15", "09:30", nothing, nothing)
    claims(db, "meter", "09:45", "10:00", "B")
    settle(db)
    assert rows(db, "select * from telemetry.parked") == []
    # A ends where a reading claims no lot; B holds for max_gap after its last claim
    assert ran(db) == [("A", "08:00", "09:15"), ("B", "09:45", "10:20")]
    assert rows(db, "select code from plant.reference") == []


# Claims that are read again


def test_a_sensor_that_gets_its_machine_late_brings_the_lots_it_claimed(db: Connection) -> None:
    declare_site(db, "m1")
    declare_sensor(db, "late", site="site", unit="bar", quantity="pressure", max_gap="20 minutes")
    claims(db, "late", "08:00", "09:00", "A", "REF")
    settle(db)
    assert rows(db, "select * from plant.lot") == []
    declare(db, sensors=[{"code": "late", "machine": "m1"}])
    settle(db)
    assert ran(db) == [("A", "08:00", "09:20")]
    assert lot(db, "A")["reference"] == "REF"


def test_a_correction_that_unstrikes_a_reading_brings_its_claim_back(db: Connection) -> None:
    declare_site(db, "m1")
    meter(db)
    claims(db, "meter", "08:00", "08:30", "A")
    settle(db)
    strike(db, "meter", at("2026-03-02 08:30"))
    settle(db)
    # the last claim that counts is that of 08:15, and it holds for 20 minutes
    assert ran(db) == [("A", "08:00", "08:35")]
    correct(db, "meter", at("2026-03-02 08:30"), 1.0)
    settle(db)
    assert ran(db) == [("A", "08:00", "08:50")]


def test_a_reference_goes_with_the_claim_that_gave_it(db: Connection) -> None:
    declare_site(db, "m1")
    meter(db)
    claims(db, "meter", "08:00", "08:00", "A", "WRONG")
    claims(db, "meter", "08:15", "09:00", "A", "RIGHT")
    settle(db)
    assert lot(db, "A")["reference"] == "WRONG"
    strike(db, "meter", at("2026-03-02 08:00"))
    settle(db)
    assert lot(db, "A")["reference"] == "RIGHT"
    assert {
        each["code"]
        for each in rows(
            db,
            "select f.code from telemetry.slice as x"
            " join plant.reference as f using (reference_id) where x.lot_id is not null",
        )
    } == {"RIGHT"}
    correct(db, "meter", at("2026-03-02 08:00"), 1.0)
    settle(db)
    assert lot(db, "A")["reference"] == "WRONG"


def test_a_lot_whose_only_claim_of_a_reference_is_struck_has_none(db: Connection) -> None:
    declare_site(db, "m1")
    meter(db)
    claims(db, "meter", "08:00", "08:00", "A", "WRONG")
    claims(db, "meter", "08:15", "09:00", "A")
    settle(db)
    strike(db, "meter", at("2026-03-02 08:00"))
    settle(db)
    assert lot(db, "A")["reference"] is None


# Lots beyond the cap


def three_lots(db: Connection) -> None:
    """L0, L1 and L2, an hour each, where one new lot an hour may be made."""
    declare_site(db, "m1")
    meter(db)
    db.execute("update ops.setting set value = '1' where name = 'new_lots_per_hour'")
    for hour, number in ((8, "L0"), (9, "L1"), (10, "L2")):
        claims(db, "meter", f"{hour:02}:00", f"{hour:02}:45", number)
    settle(db)


def a_minute_later(db: Connection) -> None:
    db.execute("update plant.lot_refused set refused_at = refused_at - interval '1 minute'")


def test_lots_that_the_cap_refused_come_when_there_is_room(db: Connection) -> None:
    three_lots(db)
    assert ran(db) == [("L0", "08:00", "09:00")]
    assert [
        (each["lot"], f"{each['from_time']:%H:%M}", f"{each['to_time']:%H:%M}")
        for each in rows(db, "select * from plant.lot_refused order by lot")
    ] == [("L1", "09:00", "09:45"), ("L2", "10:00", "10:45")]

    # no room, however often it is tried
    a_minute_later(db)
    assert row(db, "select taken from telemetry.settle()")["taken"] == 0
    # room for one more, but not within the same minute
    db.execute("update ops.setting set value = '2' where name = 'new_lots_per_hour'")
    db.execute("update plant.lot_refused set refused_at = now()")
    settle(db)
    assert ran(db) == [("L0", "08:00", "09:00")]
    a_minute_later(db)
    settle(db)
    assert ran(db) == [("L0", "08:00", "09:00"), ("L1", "09:00", "10:00")]
    db.execute("update ops.setting set value = '60' where name = 'new_lots_per_hour'")
    a_minute_later(db)
    settle(db)
    assert ran(db)[2] == ("L2", "10:00", "11:05")
    assert rows(db, "select * from plant.lot_refused") == []


def test_a_refused_lot_that_is_declared_has_its_claims_at_once(db: Connection) -> None:
    three_lots(db)
    declare(db, lots=[{"number": "L2"}])
    settle(db)
    assert ran(db) == [("L0", "08:00", "09:00"), ("L2", "10:00", "11:05")]
    assert [each["lot"] for each in rows(db, "select * from plant.lot_refused")] == ["L1"]


# Quantities


def test_each_quantity_has_a_source_of_its_own(db: Connection) -> None:
    declare_site(db, "m1")
    declare(db, lots=[{"number": "A", "scrap_quantity": 1}])
    tell(db, LotEvent("m1", "stop", "A", micros(at("2026-03-02 09:00")), good=50, scrap=4))
    # scrap was declared, which is stronger than an event; of good nobody had said anything
    assert (lot(db, "A")["quantity"], lot(db, "A")["scrap_quantity"]) == (50, 1)
    tell(db, LotEvent("m1", "stop", "A", micros(at("2026-03-02 10:00")), good=60, scrap=5))
    assert (lot(db, "A")["quantity"], lot(db, "A")["scrap_quantity"]) == (60, 1)
    declare(db, lots=[{"number": "A", "good_quantity": 70}])
    tell(db, LotEvent("m1", "stop", "A", micros(at("2026-03-02 11:00")), good=80, scrap=6))
    assert (lot(db, "A")["quantity"], lot(db, "A")["scrap_quantity"]) == (70, 1)


# Shifts


def shift(name: str, start: str, end: str) -> dict[str, str]:
    return {
        "site": "site", "name": name, "start": start, "end": end,
        "from": "2026-03-02", "to": "2026-03-04",
    }  # fmt: skip


@pytest.mark.parametrize("names", ["AB", "BA"])
@pytest.mark.parametrize("hour", ["13:00", "15:00"])
def test_the_change_of_two_shifts_may_move(db: Connection, names: str, hour: str) -> None:
    """A until 14:00 and B from 14:00; then both at another hour, in either order."""
    declare_site(db, "m1")
    declare(db, shifts=[shift("A", "06:00", "14:00"), shift("B", "14:00", "22:00")])
    moved = {"A": shift("A", "06:00", hour), "B": shift("B", hour, "22:00")}
    declare(db, shifts=[moved[name] for name in names])
    found = rows(db, "select name, lower(during), upper(during) from plant.shift order by during")
    assert [
        (each["name"], f"{each['lower']:%d %H:%M}", f"{each['upper']:%H:%M}") for each in found
    ] == [
        each
        for day in ("02", "03", "04")
        for each in (("A", f"{day} 06:00", hour), ("B", f"{day} {hour}", "22:00"))
    ]


def test_shifts_that_overlap_are_refused_in_a_sentence(db: Connection) -> None:
    declare_site(db, "m1")
    with pytest.raises(
        psycopg.Error, match="shift B of site: it overlaps with shift A on 2026-03-02"
    ):
        declare(db, shifts=[shift("A", "06:00", "14:00"), shift("B", "13:00", "22:00")])
    # so are two rules of one shift
    with pytest.raises(
        psycopg.Error, match="shift A of site: it overlaps with shift A on 2026-03-02"
    ):
        declare(db, shifts=[shift("A", "06:00", "14:00"), shift("A", "13:00", "22:00")])
    assert rows(db, "select * from plant.shift") == []


def test_a_shift_without_days_is_refused_in_a_sentence(db: Connection) -> None:
    declare_site(db, "m1")
    rule = shift("A", "06:00", "14:00")
    del rule["from"], rule["to"]
    with pytest.raises(psycopg.Error, match="shift A of site: a rule has no from and no to"):
        declare(db, shifts=[rule])


# Sensors that measured


def a_metered_lot(db: Connection) -> None:
    """A on m1 from 08:00 to 10:00, by a meter that counts 6 kWh an hour from 07:00 to 11:00."""
    declare_site(db, "m1", "m2")
    kwh_meter(db, "old", "m1")
    assign(db, "m1", "A", at("2026-03-02 08:00"), at("2026-03-02 10:00"))
    assign(db, "m2", "B", at("2026-03-02 08:00"), at("2026-03-02 10:00"))
    load(db, "old", *every(60, at("2026-03-02 07:00"), at("2026-03-02 11:00"), lambda h: 6 * h))
    settle(db)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"machine": "m2"}, "sensor old: it has measured on machine m1 already"),
        ({"machine": None, "site": "site"}, "sensor old: it has measured on machine m1 already"),
        ({"role": "check_energy"}, "sensor old: it has measured as main_energy already"),
    ],
)
def test_a_sensor_that_measured_keeps_its_place(
    db: Connection, change: dict[str, str | None], message: str
) -> None:
    a_metered_lot(db)
    with pytest.raises(psycopg.Error, match=message) as caught:
        declare(db, sensors=[{"code": "old"} | change])
    assert "Declare a new sensor" in (caught.value.diag.message_hint or "")
    assert (lot(db, "A")["energy_kwh"], lot(db, "B")["energy_kwh"]) == (pytest.approx(12), None)


def test_a_sensor_that_has_not_measured_may_move(db: Connection) -> None:
    declare_site(db, "m1", "m2")
    kwh_meter(db, "old", "m1")
    declare(db, sensors=[{"code": "old", "machine": "m2", "role": "check_energy"}])


@pytest.mark.parametrize("is_first", [True, False])
def test_a_meter_that_is_replaced_keeps_the_energy_of_its_lots(
    db: Connection, is_first: bool
) -> None:
    """The new one takes over its role and its topic, whichever stands first in the file."""
    a_metered_lot(db)
    old = {"code": "old", "is_enabled": False, "topic": "test/old.gone"}
    new = {
        "code": "new",
        "topic": "test/old",
        "machine": "m1",
        "role": "main_energy",
        "unit": "kWh",
    }
    declare(db, sensors=[old, new] if is_first else [new, old])
    assign(db, "m1", "C", at("2026-03-03 08:00"), at("2026-03-03 10:00"))
    # 4 kWh an hour, under the old topic
    load(db, "old", *every(60, at("2026-03-03 07:00"), at("2026-03-03 11:00"), lambda h: 4 * h))
    settle(db)
    # two hours each: 2 x 6 kWh by the old meter, 2 x 4 kWh by the new one
    assert lot(db, "A")["energy_kwh"] == pytest.approx(12)
    assert lot(db, "C")["energy_kwh"] == pytest.approx(8)
    # and only one of the two can be enabled
    with pytest.raises(psycopg.Error, match="already has a sensor with role main_energy: new"):
        declare(db, sensors=[{"code": "old", "is_enabled": True}])
