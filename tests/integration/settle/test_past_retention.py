"""Where readings are past retention slices are kept, and what they say stays true."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest

from db.cli.verify import load_checks
from db.scheduler import run_pass
from tests.sql.builders import (
    Connection,
    Row,
    assign,
    at,
    correct,
    declare,
    declare_sensor,
    declare_site,
    energy,
    every,
    kw_meter,
    kwh_meter,
    load,
    lot,
    row,
    rows,
    strike,
    thermometer,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MONDAY = at("2026-03-02 00:00")


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-6)


def pass_retention(db: Connection, raw_from: datetime) -> None:
    """As ops.drop_raw does it, reading by reading where it drops chunks."""
    db.execute("select telemetry.freeze_registers(%s)", [raw_from])
    db.execute("update telemetry.horizon set raw_from = %s", [raw_from])
    db.execute("delete from telemetry.reading where time < %s", [raw_from - DAY])


def broken(db: Connection) -> list[str]:
    """Names of the checks that fail, as `lotwatt verify` runs them."""
    return [
        check.name
        for check in load_checks()
        if check.is_fatal and db.execute(check.text).fetchall()
    ]


def one_pass(db: Connection) -> None:
    done = run_pass(db, policies=False)
    assert (done.errors, done.parked) == ([], 0)


def settle_all_again(db: Connection) -> None:
    db.execute(
        "insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)"
        " select array_agg(sensor_id), '-infinity', 'infinity', 'again' from plant.sensor"
    )
    one_pass(db)


def balance(db: Connection, sensor: str, first: datetime, last: datetime) -> Row:
    return row(
        db, "select * from api.meter_balance(%s, %s) where sensor = %s", [first, last, sensor]
    )


def slices(db: Connection, sensor: str) -> list[Row]:
    return rows(
        db,
        """
        select x.*, m.code as machine from telemetry.slice as x
        join plant.sensor as s using (sensor_id)
        left join plant.machine as m on m.machine_id = x.machine_id
        where s.code = %s order by x.time, x.run_id, x.state
        """,
        [sensor],
    )


# The ledger


@pytest.fixture
def meter(db: Connection) -> Connection:
    """A meter of 2 kWh an hour, read each quarter-hour from Monday 08:00 to Thursday 12:00; L1 on
    Monday from 09:00 to 19:00. Wednesday is the horizon: Monday's readings are gone."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1", max_gap="1 hour", max_rate=100)
    eight, noon = MONDAY + 8 * HOUR, MONDAY + 3 * DAY + 12 * HOUR
    load(db, "meter", *every(900, eight, noon, lambda hours: 700 + 2 * hours))
    assign(db, "m1", "L1", eight + HOUR, eight + 11 * HOUR)
    one_pass(db)
    pass_retention(db, MONDAY + 2 * DAY)
    return db


def test_a_history_that_began_within_a_day_is_proved(meter: Connection) -> None:
    """Monday has 16 hours, 32 kWh; two whole days 96, Thursday 24."""
    assert broken(meter) == []
    found = balance(meter, "meter", MONDAY, MONDAY + 4 * DAY)
    assert (found["advance"], found["residual"]) == (near(152), near(0))
    meter.execute("update telemetry.slice set amount = amount + 1 where time < %s", [MONDAY + DAY])
    assert "lots + idle + unattributed = what each meter advanced" in broken(meter)


@pytest.mark.parametrize(
    ("first", "last", "advance", "lots"),
    [
        (10, 12, 32, 20),  # within Monday: all of Monday, and all of the lot
        (10, 24 + 6, 80, 20),  # into Tuesday: both days
        (24, 48, 48, 0),  # Tuesday as it is
        (24 + 6, 48 + 6, 60, 0),  # Tuesday whole, six hours of Wednesday by readings
        (48 + 6, 48 + 8, 4, 0),  # after the horizon to the quarter-hour
        (10, 10, 0, 0),
    ],
)
def test_before_the_horizon_days_are_proved_as_a_whole(
    meter: Connection, first: int, last: int, advance: float, lots: float
) -> None:
    found = balance(meter, "meter", MONDAY + first * HOUR, MONDAY + last * HOUR)
    assert found["advance"] == near(advance)
    assert found["lots"] == near(lots)
    assert found["residual"] == near(0)


# What waits


def test_readings_of_a_parked_range_are_kept(db: Connection) -> None:
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    start: datetime = row(db, "select date_bin('1 day', now(), 'epoch') - interval '40 days' as t")[
        "t"
    ]
    load(db, "meter", *every(900, start, start + DAY, 500))
    one_pass(db)
    db.execute("update ops.setting set value = '20 days' where name = 'raw_retention'")
    db.execute(
        "insert into telemetry.parked (sensor_ids, from_time, to_time, cause, reason)"
        " values ('{1}', %s, %s, 'reading', 'test')",
        [start, start],
    )
    db.execute("call ops.drop_raw(0, '{}')")
    assert row(db, "select count(*) as n from telemetry.reading")["n"] == 97
    assert row(db, "select raw_from::text as t from telemetry.horizon")["t"] == "-infinity"
    db.execute("delete from telemetry.parked")
    db.execute("call ops.drop_raw(0, '{}')")
    assert row(db, "select count(*) as n from telemetry.reading")["n"] == 0


# Changes of what is past


def test_an_open_run_changes_hands_where_all_readings_are_gone(db: Connection) -> None:
    """10 kWh an hour for 2 hours, in a run without an end: 20 kWh."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1", max_gap="1 hour")
    eight = MONDAY + 8 * HOUR
    load(db, "meter", *every(900, eight, eight + 2 * HOUR, lambda hours: 10 * hours))
    assign(db, "m1", "L1", eight, None)
    one_pass(db)
    pass_retention(db, MONDAY + 5 * DAY)
    assert row(db, "select count(*) as n from telemetry.reading")["n"] == 0
    db.execute("insert into plant.lot (number) values ('L2')")
    run = row(db, "select run_id from plant.lot_run")["run_id"]
    db.execute("select plant.move_run(%s, 'L2', 'entered wrong')", [run])
    one_pass(db)
    assert lot(db, "L1")["energy_kwh"] is None
    assert lot(db, "L2")["energy_kwh"] == near(20)
    assert lot(db, "L2")["is_estimated"] is False
    assert broken(db) == []


def test_a_correction_that_could_have_no_effect_is_refused(db: Connection) -> None:
    """Readings on Monday and on Thursday noon, 84 hours apart, at 1 kWh an hour. Tuesday is kept
    for Wednesday, the horizon; so all up to Thursday noon came from a reading that is gone."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1", max_gap="1 hour")
    noon = MONDAY + 3 * DAY + 12 * HOUR
    load(db, "meter", (MONDAY, 100), *every(900, noon, noon + HOUR, lambda hours: 184 + hours))
    one_pass(db)
    pass_retention(db, MONDAY + 2 * DAY)
    for change in (lambda: correct(db, "meter", noon, 200), lambda: strike(db, "meter", noon)):
        with pytest.raises(psycopg.Error, match="past retention"):
            change()
    # exact from 12:15 on
    assert row(db, "select telemetry.exact_from(1) as t")["t"] == noon + HOUR / 4
    correct(db, "meter", noon + HOUR / 2, 184.4)
    one_pass(db)
    assert energy(db, "meter")["total"] == near(85)


def test_a_meter_that_resumes_after_retention_loses_nothing(db: Connection) -> None:
    """Silent for weeks; then 500, 501 ... 511 hourly, as they come: 11 kWh."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1", max_gap="2 hours")
    load(db, "meter", *every(3600, MONDAY, MONDAY + 5 * HOUR, lambda hours: 100 + hours))
    one_pass(db)
    pass_retention(db, MONDAY + 20 * DAY)
    start = MONDAY + 30 * DAY
    for hour in range(12):
        load(db, "meter", (start + hour * HOUR, 500 + hour))
        one_pass(db)
    assert energy(db, "meter")["total"] == near(5 + 11)
    assert broken(db) == []
    # a struck reading is no neighbour: 500 is taken out, 10 kWh are left, and come back
    strike(db, "meter", start)
    one_pass(db)
    assert energy(db, "meter")["total"] == near(5 + 10)
    correct(db, "meter", start, 500)
    settle_all_again(db)
    assert energy(db, "meter")["total"] == near(5 + 11)
    assert broken(db) == []


def test_new_readings_of_one_that_seldom_speaks_are_counted(db: Connection) -> None:
    """A register read each four days: 96 kWh each time. The horizon lies between two readings."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1", max_gap="5 days")
    load(db, "meter", *every(4 * 86400, MONDAY, MONDAY + 4 * DAY, lambda hours: 100 + hours))
    one_pass(db)
    pass_retention(db, MONDAY + 2 * DAY)
    for day in (8, 12, 16):
        load(db, "meter", (MONDAY + day * DAY, 100 + 24 * day))
        one_pass(db)
    # the quarter-hour of the reading that is left, 0.25 kWh, is kept as it was before it went on
    assert energy(db, "meter")["total"] == near(16 * 24 - 0.25)
    settle_all_again(db)
    assert energy(db, "meter")["total"] == near(16 * 24 - 0.25)


# Sensors and references that change


@pytest.fixture
def oven(db: Connection) -> Connection:
    """Two machines. On m1, and on the site, 12 kW from 08:00 to 12:00; on m1 50 C that rise by 4 C
    an hour, and L1 (R1, at most 56 C) from 08:00 to 10:00; on m2 L2 (R2, at most
    52 C) from 09:00 to 09:50. Readings are gone.

    L1 is above 56 C from 09:30 to 10:00: 1800 s.
    """
    declare_site(db, "m1", "m2")
    kw_meter(db, "power", "m1", max_gap="15 minutes")
    declare_sensor(
        db,
        "top",
        site="site",
        kind="power",
        role="other",
        quantity="energy",
        unit="kW",
        max_gap="15 minutes",
    )
    thermometer(db, "temperature", "m1", max_gap="15 minutes")
    declare(
        db,
        references=[
            {"code": "R1", "temperature_maximum_c": 56},
            {"code": "R2", "temperature_maximum_c": 52},
            {"code": "R3", "temperature_maximum_c": 56},
            {"code": "R4"},
        ],
        lots=[{"number": f"L{n}", "reference": f"R{n}"} for n in (1, 2, 3, 4)],
    )
    eight = MONDAY + 8 * HOUR
    load(db, "power", *every(300, eight, eight + 4 * HOUR, 12))
    load(db, "top", *every(300, eight, eight + 4 * HOUR, 12))
    load(db, "temperature", *every(300, eight, eight + 4 * HOUR, lambda hours: 50 + 4 * hours))
    assign(db, "m1", "L1", eight, eight + 2 * HOUR)
    assign(db, "m2", "L2", eight + HOUR, eight + HOUR * 11 / 6)
    one_pass(db)
    pass_retention(db, MONDAY + 5 * DAY)
    assert lot(db, "L1")["temperature_above_s"] == near(1800)
    return db


def move(db: Connection, number: str) -> None:
    run = row(db, "select run_id from plant.lot_run order by run_id limit 1")["run_id"]
    db.execute("select plant.move_run(%s, %s, 'entered wrong')", [run, number])
    one_pass(db)


def test_time_out_of_another_band_is_unknown(oven: Connection) -> None:
    move(oven, "L2")
    found = lot(oven, "L2")
    assert found["temperature_above_s"] is None
    assert found["energy_kwh"] == near(24)
    assert found["is_estimated"] is True
    assert all(each["flags"] & 32 for each in slices(oven, "temperature") if each["lot_id"])
    assert not any(each["flags"] & 32 for each in slices(oven, "power"))
    settle_all_again(oven)
    assert lot(oven, "L2") == found
    assert broken(oven) == []


@pytest.mark.parametrize(("number", "above_s"), [("L3", 1800), ("L4", None)])
def test_the_same_band_or_none_is_exact(
    oven: Connection, number: str, above_s: float | None
) -> None:
    """R3 has the band of R1; R4 has none, so that nothing is out of it."""
    move(oven, number)
    assert lot(oven, number)["temperature_above_s"] == (above_s if above_s is None else near(1800))
    assert lot(oven, number)["is_estimated"] is False


def test_a_changed_band_leaves_no_old_seconds(oven: Connection) -> None:
    declare(oven, references=[{"code": "R1", "temperature_maximum_c": 57}])
    one_pass(oven)
    assert lot(oven, "L1")["temperature_above_s"] is None
    assert lot(oven, "L1")["is_estimated"] is True
    # what came after the horizon moved on is as it was
    pass_retention(oven, MONDAY + 6 * DAY)
    settle_all_again(oven)
    assert lot(oven, "L1")["temperature_above_s"] is None
    assert lot(oven, "L1")["energy_kwh"] == near(24)


def test_a_meter_of_the_site_that_gets_a_machine_takes_its_past_along(oven: Connection) -> None:
    """L2 on m2 from 09:00 to 09:50: 3 whole quarter-hours of 3 kWh, and 300 s of the next, shared
    out by time: 1 kWh. All of 4 hours are 48 kWh."""
    assert {(each["machine"], each["state"]) for each in slices(oven, "top")} == {(None, "u")}
    declare_sensor(oven, "top", machine="m2", site=None)
    one_pass(oven)
    found = slices(oven, "top")
    assert {each["machine"] for each in found} == {"m2"}
    assert sum(each["amount"] or 0 for each in found) == near(48)
    assert sum(each["amount"] for each in found if each["state"] == "l") == near(10)
    at_0945 = [each for each in found if each["time"] == MONDAY + HOUR * 9.75]
    assert sorted((each["state"], each["amount"], each["flags"] & 32) for each in at_0945) == [
        ("l", near(1), 32),
        ("u", near(2), 32),
    ]
    # who has a whole quarter-hour has all of it, and nothing is estimated
    assert sum(each["flags"] & 32 for each in found) == 64
    assert broken(oven) == []
