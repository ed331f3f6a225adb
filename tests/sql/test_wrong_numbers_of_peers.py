"""Wrong numbers that other open systems publish, each one a test on our own figures.

The expected value of each is worked out by hand in a comment.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from scripts.simulate.model import LotEvent, microseconds
from tests.sql.builders import (
    Connection,
    as_read,
    assign,
    at,
    declare,
    declare_sensor,
    declare_site,
    energy,
    every,
    kw_meter,
    kwh_meter,
    load,
    lot,
    minutes,
    row,
    rows,
    settle,
    store,
    tell,
    thermometer,
)

EIGHT, NINE, TEN, ELEVEN = (at(f"2026-03-02 {hour:02}:00") for hour in (8, 9, 10, 11))
TWELVE = at("2026-03-02 12:00")
MINUTE = 60


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


def test_what_is_missing_is_null_and_never_a_default(db: Connection) -> None:
    """Peers put 87.5 % for a missing availability; a lot that nobody measured has no energy."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    assign(db, "m1", "L1", EIGHT, TEN)
    settle(db)
    found = lot(db, "L1")
    assert found["energy_kwh"] is None
    assert found["energy_coverage"] == 0
    assert found["energy_is_lower_bound"] is True
    assert found["energy_kwh_per_unit"] is None
    assert found["temperature_c_mean"] is None
    assert found["temperature_coverage"] is None  # there is no thermometer at all


def test_the_time_of_a_run_ends_with_the_run(db: Connection) -> None:
    """Peers count from the start without an end: what comes later is not the lot's."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    assign(db, "m1", "L1", EIGHT, NINE)
    # 10 kW until 09:00, 50 kW from 09:01 on. The lot ends at 09:00: 10 kWh.
    load(db, "meter", *every(MINUTE, EIGHT, NINE, 10))
    load(db, "meter", *every(MINUTE, NINE + minutes(1), TWELVE, 50))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(10)
    assert lot(db, "L1")["energy_coverage"] == near(1)


def test_a_state_is_credited_to_every_bucket_that_it_lasts_in(db: Connection) -> None:
    """Peers credit a state on change to the hour in which it began: 3 hours counted as 1."""
    declare_site(db, "m1")
    declare_sensor(db, "state", machine="m1", kind="state", quantity="state", unit="")
    # 1 from 08:20 to 11:20: 40 + 60 + 60 + 20 minutes
    load(db, "state", (at("2026-03-02 08:20"), 1), (at("2026-03-02 11:20"), 0), (TWELVE, 0))
    settle(db)
    hours = rows(db, "select time, mean, coverage from api.sensor_hourly order by time")
    assert [each["time"] for each in hours] == [EIGHT, NINE, TEN, ELEVEN, TWELVE]
    running_s = [(each["mean"] or 0) * each["coverage"] * 3600 for each in hours]
    assert running_s == [near(2400), near(3600), near(3600), near(1200), near(0)]


def test_a_counter_goes_on_after_a_reset(db: Connection) -> None:
    """Peers take max(end) - max(start): energy after a reset is lost, a spike stays for ever."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1", max_gap="20 minutes", max_rate=100)
    assign(db, "m1", "L1", EIGHT, TEN)
    values = (1000, 1005, 1010, 5, 10, 99999, 20, 25, 30)
    # 1000 to 1010: 10. Reset to 5: 5. To 10: 5. 99999 is a spike. To 20: 10. To 30: 10.
    load(db, "meter", *((EIGHT + minutes(15 * n), value) for n, value in enumerate(values)))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(40)
    assert lot(db, "L1")["energy_is_lower_bound"] is False
    assert energy(db, "meter")["flags"] & (2 | 8) == 2 | 8
    # the half hour over the spike exceeds max_gap: known, but not measured. 90 of 120 minutes.
    assert lot(db, "L1")["energy_coverage"] == near(0.75)


def test_the_first_reading_of_a_counter_is_no_energy(db: Connection) -> None:
    """Peers count the whole register as the first window's energy."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    load(db, "meter", (EIGHT, 53700), (EIGHT + minutes(1), 53701))
    settle(db)
    assert energy(db, "meter")["total"] == near(1)


def test_samples_of_a_counter_are_not_summed(db: Connection) -> None:
    """Peers sum samples of a cumulative counter: 3 pieces sampled 4 times are not 12."""
    declare_site(db, "m1")
    declare_sensor(db, "scrap", machine="m1", kind="counter", quantity="pieces", unit="piece")
    load(db, "scrap", *((EIGHT + minutes(n), value) for n, value in enumerate((0, 3, 3, 3, 3))))
    settle(db)
    assert energy(db, "scrap")["total"] == near(3)


def test_nothing_made_is_no_energy_per_unit(db: Connection) -> None:
    """Peers say quality 100 % where nothing was produced."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    declare(db, lots=[{"number": "L1", "good_quantity": 0}])
    assign(db, "m1", "L1", EIGHT, NINE)
    load(db, "meter", *every(MINUTE, EIGHT, NINE, 10))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(10)
    assert lot(db, "L1")["energy_kwh_per_unit"] is None


def test_each_lot_is_judged_by_its_own_reference(db: Connection) -> None:
    """Peers apply the order of now to the whole range: here each lot keeps its own band."""
    declare_site(db, "m1")
    thermometer(db, "temperature", "m1")
    declare(
        db,
        references=[
            {"code": "cold", "temperature_maximum_c": 50},
            {"code": "hot", "temperature_minimum_c": 90},
        ],
        lots=[{"number": "L1", "reference": "cold"}, {"number": "L2", "reference": "hot"}],
    )
    assign(db, "m1", "L1", EIGHT, NINE)
    assign(db, "m1", "L2", NINE, TEN)
    load(db, "temperature", *every(MINUTE, EIGHT, TEN, 70))
    settle(db)
    # 70 C all the time: L1 is an hour above 50 C, L2 an hour below 90 C
    assert lot(db, "L1")["temperature_above_s"] == near(3600)
    assert lot(db, "L1")["temperature_below_s"] is None
    assert lot(db, "L2")["temperature_below_s"] == near(3600)
    assert lot(db, "L2")["temperature_above_s"] is None


def test_the_same_twice_is_once(db: Connection) -> None:
    """Peers write ON CONFLICT DO NOTHING on a table without a unique key."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    points = every(MINUTE, EIGHT, NINE, 10)
    load(db, "meter", *points)
    settle(db)
    assert store(db, as_read("meter", *points)) == [0, len(points), 0, 0, 0]  # all duplicates
    again = LotEvent("m1", "start", "L1", microseconds(EIGHT))
    tell(db, again)
    tell(db, again)
    settle(db)
    assert energy(db, "meter")["total"] == near(10)
    assert row(db, "select count(*) as events from plant.lot_event")["events"] == 1


def test_energy_of_high_loads_is_kept(db: Connection) -> None:
    """Peers zero what is above a limit, or ignore it: 80 MW for an hour is 80 MWh."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1", maximum=60_000)
    load(db, "meter", *every(MINUTE, EIGHT, NINE, 80_000))
    settle(db)
    assert energy(db, "meter")["total"] == near(80_000)
    assert energy(db, "meter")["flags"] & 128  # and says that it is out of range


def test_a_silent_meter_is_unknown_and_not_zero(db: Connection) -> None:
    """Peers fill offline hours with zeros: 10 kW, silent from 09 to 11, is 20 kWh."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    assign(db, "m1", "L1", EIGHT, TWELVE)
    load(db, "meter", *every(MINUTE, EIGHT, NINE, 10), *every(MINUTE, ELEVEN, TWELVE, 10))
    settle(db)
    found = rows(db, "select time, amount, coverage from api.sensor_hourly order by time")
    assert [(each["time"], each["amount"]) for each in found[:3]] == [
        (EIGHT, near(10)), (NINE, None), (ELEVEN, near(10)),
    ]  # fmt: skip
    assert lot(db, "L1")["energy_kwh"] == near(20)
    assert lot(db, "L1")["energy_is_lower_bound"] is True
    assert lot(db, "L1")["energy_coverage"] == near(0.5)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-03-29T00:00+01:00", 23),
        ("Europe/Berlin", "2026-10-25T00:00+02:00", 25),
        ("Europe/Berlin", "2026-03-30T00:00+02:00", 24),
        ("Asia/Kolkata", "2026-03-29T00:00+05:30", 24),
        (
            "Australia/Lord_Howe",
            "2026-04-05T00:00+11:00",
            24.5,
        ),  # its clocks change by half an hour
    ],
)
def test_a_local_day_has_its_own_hours(db: Connection, zone: str, day: str, hours: float) -> None:
    """Peers key days by local time or a fixed offset. 10 kW the whole day: 10 kWh an hour."""
    declare_site(db, "m1", time_zone=zone)
    kw_meter(db, "meter", "m1")
    start = at(day)
    around = timedelta(hours=30)
    load(db, "meter", *every(300, start - around, start + around + timedelta(hours=2), 10))
    settle(db)
    found = row(db, "select * from api.energy_daily where time = %s", [start])
    assert found["energy_kwh"] == near(10 * hours)
    assert found["measured_s"] == near(3600 * hours)
    month = row(db, "select sum(energy_kwh) as kwh from api.energy_monthly")
    assert month["kwh"] == near(620)  # 62 hours, whatever the days


def test_a_shift_at_half_past(db: Connection) -> None:
    """06:30 to 14:30 in Berlin on the day on which the clocks go forward, 10 kW."""
    declare_site(db, "m1", time_zone="Europe/Berlin")
    kw_meter(db, "meter", "m1")
    declare(
        db,
        shifts=[
            {"site": "site", "name": "early", "start": "06:30", "end": "14:30",
             "from": "2026-03-29", "to": "2026-03-29"},
            {"site": "site", "name": "night", "start": "22:30", "end": "06:30",
             "from": "2026-03-28", "to": "2026-03-28"},
        ],
    )  # fmt: skip
    load(db, "meter", *every(300, at("2026-03-28 20:00"), at("2026-03-30 00:00"), 10))
    settle(db)
    found = {each["shift"]: each for each in rows(db, "select * from api.energy_shift")}
    # 8 hours of 10 kW; the night of the change has 7, from 21:30 to 04:30 UTC
    assert found["early"]["energy_kwh"] == near(80)
    assert found["night"]["energy_kwh"] == near(70)
    assert found["night"]["time"] == at("2026-03-28 21:30")
    # no run at all, but inside a shift: idle
    assert found["early"]["idle_kwh"] == near(80)
