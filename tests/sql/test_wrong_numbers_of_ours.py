"""Wrong numbers that a prototype of ours, or ours before, gave: each one a test.

The expected value of each is worked out by hand in a comment.
"""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from scripts.simulate.model import LotEvent, microseconds
from tests.sql.builders import (
    Connection,
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
    runs,
    settle,
    tell,
    thermometer,
)

EIGHT, NINE, TEN, ELEVEN = (at(f"2026-03-02 {hour:02}:00") for hour in (8, 9, 10, 11))
TWELVE = at("2026-03-02 12:00")
MINUTE = 60


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


def test_a_meter_that_died_covers_a_tenth(db: Connection) -> None:
    """Dead 12 minutes into 2 hours: 12 / 120 = 0.1, and 10 kW x 0.2 h = 2 kWh at least."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    declare(db, lots=[{"number": "L1", "good_quantity": 100}])
    assign(db, "m1", "L1", EIGHT, TEN)
    load(db, "meter", *every(MINUTE, EIGHT, EIGHT + minutes(12), 10))
    settle(db)
    found = lot(db, "L1")
    assert found["energy_coverage"] == near(0.1)
    assert found["energy_kwh"] == near(2)
    assert found["energy_is_lower_bound"] is True
    assert found["energy_kwh_per_unit"] is None


def test_a_machine_without_a_meter_lowers_the_coverage(db: Connection) -> None:
    """An hour on a metered machine and an hour on one without: half of it is measured."""
    declare_site(db, "m1", "m2")
    kw_meter(db, "meter", "m1")
    assign(db, "m1", "L1", EIGHT, NINE)
    assign(db, "m2", "L1", NINE, TEN)
    load(db, "meter", *every(MINUTE, EIGHT, TEN, 10))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(10)
    assert lot(db, "L1")["energy_coverage"] == near(0.5)
    assert lot(db, "L1")["energy_is_lower_bound"] is True


def test_power_and_counter_of_one_machine_do_not_double(db: Connection) -> None:
    """10 kW for an hour is 10 kWh by either sensor; the lot has it once."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    kw_meter(db, "power", "m1", role="check_energy")
    assign(db, "m1", "L1", EIGHT, NINE)
    load(db, "meter", *every(MINUTE, EIGHT, NINE, lambda hours: 1000 + 10 * hours))
    load(db, "power", *every(MINUTE, EIGHT, NINE, 10))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(10)
    assert energy(db, "power")["lots"] == near(10)  # still there to check against
    with pytest.raises(psycopg.Error, match="already has a sensor with role main_energy"):
        kw_meter(db, "other", "m1")


def test_carriers_have_a_main_meter_each(db: Connection) -> None:
    """Electricity and gas of one machine: 10 + 20 kWh, measured when both are."""
    declare_site(db, "m1")
    kw_meter(db, "electricity", "m1")
    kw_meter(db, "gas", "m1", carrier="gas")
    assign(db, "m1", "L1", EIGHT, NINE)
    load(db, "electricity", *every(MINUTE, EIGHT, NINE, 10))
    load(db, "gas", *every(MINUTE, EIGHT, EIGHT + minutes(30), 40))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(30)
    assert lot(db, "L1")["energy_coverage"] == near(0.75)  # 60 + 30 of 120 minutes


def test_site_and_machine_meters_do_not_double(db: Connection) -> None:
    """Site 100 kW, below it machines of 30 and 50, beside it a feed of 5 kW: 105 kWh."""
    declare_site(db, "m1", "m2")
    site_meter = {"site": "site", "kind": "power", "quantity": "energy", "unit": "kW"}
    declare_sensor(db, "main", **site_meter)
    declare_sensor(db, "feed", **site_meter)
    kw_meter(db, "one", "m1", parent="main")
    kw_meter(db, "two", "m2", parent="main")
    kw_meter(db, "check", "m2", parent="main", role="check_energy")
    for sensor, power in (("main", 100), ("feed", 5), ("one", 30), ("two", 50), ("check", 50)):
        load(db, sensor, *every(MINUTE, EIGHT, NINE, power))
    settle(db)
    found = row(db, "select * from api.site_energy_daily")
    assert found["energy_kwh"] == near(105)
    assert found["meters"] == 2
    assert found["time"] == at("2026-03-02 00:00")


def test_a_site_without_meters_of_its_own_is_the_sum_of_its_machines(db: Connection) -> None:
    """Main meters of machines, 30 + 50 kWh; the check meter of the second is not one more."""
    declare_site(db, "m1", "m2")
    kw_meter(db, "one", "m1")
    kw_meter(db, "two", "m2")
    kw_meter(db, "check", "m2", role="check_energy")
    for sensor, power in (("one", 30), ("two", 50), ("check", 50)):
        load(db, sensor, *every(MINUTE, EIGHT, NINE, power))
    settle(db)
    assert row(db, "select * from api.site_energy_daily")["energy_kwh"] == near(80)


def test_three_counters_of_pieces_on_one_lot(db: Connection) -> None:
    """Machines in a row count the same 100 pieces: which is right, nobody knows; none is taken."""
    declare_site(db, "m1", "m2", "m3")
    for number in (1, 2, 3):
        declare_sensor(db, f"pieces{number}", machine=f"m{number}", role="output", unit="piece")
        assign(db, f"m{number}", "L1", EIGHT, NINE)
        load(db, f"pieces{number}", *every(MINUTE, EIGHT, NINE, lambda hours: 500 + 100 * hours))
    settle(db)
    assert lot(db, "L1")["quantity"] is None
    told = rows(db, "select * from api.conflict where conflict = 'several counters of one lot'")
    assert [each["lot"] for each in told] == ["L1"]
    declare(db, lots=[{"number": "L1", "good_quantity": 98}])
    assert lot(db, "L1")["quantity"] == 98


def test_an_oven_and_a_cooler_have_no_common_temperature(db: Connection) -> None:
    """200 C in the oven and 20 C in the cooler: the lot was never at 110 C."""
    declare_site(db, "oven", "cooler")
    thermometer(db, "hot", "oven")
    thermometer(db, "cold", "cooler")
    assign(db, "oven", "L1", EIGHT, NINE)
    assign(db, "cooler", "L1", NINE, TEN)
    load(db, "hot", *every(MINUTE, EIGHT, NINE, 200))
    load(db, "cold", *every(MINUTE, NINE, TEN, 20))
    settle(db)
    found = lot(db, "L1")
    assert found["temperature_c_mean"] is None
    assert found["temperature_c_min"] is None
    assert found["temperature_coverage"] == near(1)
    means = rows(db, "select machine, temperature_c_mean from api.run order by machine")
    assert [(each["machine"], each["temperature_c_mean"]) for each in means] == [
        ("cooler", near(20)), ("oven", near(200)),
    ]  # fmt: skip


def test_a_set_point_is_no_temperature(db: Connection) -> None:
    declare_site(db, "m1")
    thermometer(db, "temperature", "m1")
    declare_sensor(db, "setpoint", machine="m1", role="setpoint", kind="gauge", unit="C")
    assign(db, "m1", "L1", EIGHT, NINE)
    load(db, "temperature", *every(MINUTE, EIGHT, NINE, 80))
    load(db, "setpoint", *every(MINUTE, EIGHT, NINE, 100))
    settle(db)
    assert lot(db, "L1")["temperature_c_mean"] == near(80)


def test_a_mean_temperature_is_weighted_by_time(db: Connection) -> None:
    """20 C for 50 minutes, read every 5 minutes, then 80 C for 10, read every 10 seconds.

    Between: a line from 20 to 80 in 10 s, mean 50. (20 x 2990 + 50 x 10 + 80 x 600) / 3600 = 30.08.
    """
    declare_site(db, "m1")
    thermometer(db, "temperature", "m1", max_gap="10 minutes")
    assign(db, "m1", "L1", EIGHT, NINE)
    fifty = EIGHT + minutes(50)
    load(db, "temperature", *every(300, EIGHT, fifty - minutes(5), 20),
         (fifty - timedelta(seconds=10), 20), *every(10, fifty, NINE, 80))  # fmt: skip
    settle(db)
    expected = (20 * 2990 + 50 * 10 + 80 * 600) / 3600
    assert lot(db, "L1")["temperature_c_mean"] == near(expected)


def test_two_sensors_that_claim_different_lots(db: Connection) -> None:
    """For an hour, one says L1 and the other L2: nobody gets the time, and it is shown."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    thermometer(db, "temperature", "m1")
    load(db, "meter", *every(MINUTE, EIGHT, NINE, 10), lot="L1")
    load(db, "temperature", *every(MINUTE, EIGHT, NINE, 50), lot="L2")
    settle(db)
    assert runs(db, "m1") == []
    assert energy(db, "meter")["total"] == energy(db, "meter")["unattributed"] == near(10)
    (told,) = rows(db, "select * from api.conflict where conflict = 'two lots claimed at once'")
    assert (told["lot"], told["machine"], told["time"]) == ("L1, L2", "m1", EIGHT)
    # a person says which: the energy follows
    assign(db, "m1", "L1", EIGHT, NINE, "correction")
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(10)


def test_a_conflict_is_shown_whole_however_it_came_in(db: Connection) -> None:
    """Quarter-hour by quarter-hour, settled each time: still one conflict of an hour."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1", max_gap="2 minutes")
    thermometer(db, "temperature", "m1", max_gap="2 minutes")
    for quarter in range(4):
        start = EIGHT + minutes(15 * quarter)
        load(db, "meter", *every(MINUTE, start, start + minutes(14), 10), lot="L1")
        load(db, "temperature", *every(MINUTE, start, start + minutes(14), 50), lot="L2")
        settle(db)
    (told,) = rows(db, "select * from api.conflict where conflict = 'two lots claimed at once'")
    assert (told["time"], told["finished_at"]) == (EIGHT, NINE + minutes(1))


def test_an_open_run_grows_until_it_is_closed(db: Connection) -> None:
    """Open since two hours: 20 kWh so far. The next start closes it."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    now = row(db, "select date_bin('15 minutes', now(), 'epoch') as now")["now"]
    start = now - timedelta(hours=2)
    tell(db, LotEvent("m1", "start", "L1", microseconds(start)))
    load(db, "meter", *every(MINUTE, start, now, 10))
    settle(db)
    found = lot(db, "L1")
    assert found["finished_at"] is None
    assert found["duration_s"] is None
    assert found["energy_kwh"] == near(20)
    tell(db, LotEvent("m1", "start", "L2", microseconds(now - timedelta(hours=1))))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(10)
    assert lot(db, "L1")["duration_s"] == near(3600)
    assert lot(db, "L1")["energy_coverage"] == near(1)


def test_infinity_is_no_end_of_a_run(db: Connection) -> None:
    """It made a prototype run for ever."""
    declare_site(db, "m1")
    for start, end in (("2026-03-02 08:00", "infinity"), ("-infinity", "2026-03-02 08:00")):
        with pytest.raises(psycopg.Error, match="not infinity"):
            db.execute(
                "select plant.assign_run('m1', 'L1', %s, %s, null, 'declared', 'test')",
                [start, end],
            )


def test_a_run_of_an_asserted_lot_without_end_is_open(db: Connection) -> None:
    declare_site(db, "m1")
    assign(db, "m1", "L1", EIGHT, None)
    settle(db)
    assert runs(db, "m1") == [("L1", EIGHT, None, "declared")]


def test_a_meter_in_watt_hours(db: Connection) -> None:
    """5000 Wh to 15000 Wh is 10 kWh; a power meter in W: 10000 W for an hour is 10 kWh."""
    declare_site(db, "m1", "m2")
    kwh_meter(db, "wh", "m1", scale=0.001)
    kw_meter(db, "w", "m2", scale=0.001)
    load(db, "wh", *every(MINUTE, EIGHT, NINE, lambda hours: 5000 + 10_000 * hours))
    load(db, "w", *every(MINUTE, EIGHT, NINE, 10_000))
    settle(db)
    assert energy(db, "wh")["total"] == near(10)
    assert energy(db, "w")["total"] == near(10)
    with pytest.raises(psycopg.Error, match=r"not in Wh"):
        declare(db, sensors=[{"code": "wh", "unit": "Wh"}])


def test_a_scale_that_was_wrong_is_put_right_in_all_history(db: Connection) -> None:
    """Declared as kWh by mistake: 10,000 kWh become 10 once the scale is 0.001."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    assign(db, "m1", "L1", EIGHT, NINE)
    load(db, "meter", *every(MINUTE, EIGHT, NINE, lambda hours: 5000 + 10_000 * hours))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(10_000)
    declare(db, sensors=[{"code": "meter", "scale": 0.001}])
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(10)
    (told,) = rows(db, "select * from api.lot_change where lot = 'L1'")
    assert (told["old_value"], told["new_value"]) == (near(10_000), near(10))
    assert "scale 1 -> 0.001" in told["cause"]


def test_two_lots_in_one_quarter_hour_share_it_exactly(db: Connection) -> None:
    """L1 08:02 to 08:07, L2 08:07 to 08:10, 60 kW: 5 kWh and 3 kWh; 2 kWh before nobody's."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    assign(db, "m1", "L1", EIGHT + minutes(2), EIGHT + minutes(7))
    assign(db, "m1", "L2", EIGHT + minutes(7), EIGHT + minutes(10))
    load(db, "meter", *every(MINUTE, EIGHT, EIGHT + minutes(10), 60))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(5)
    assert lot(db, "L2")["energy_kwh"] == near(3)
    assert energy(db, "meter")["unattributed"] == near(2)


def test_totals_of_a_period_do_not_average_averages(db: Connection) -> None:
    """L1: 10 kWh for 10 units, L2: 30 kWh for 90: 40 / 100 = 0.4, not (1 + 1/3) / 2."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    declare(db, lots=[{"number": "L1", "good_quantity": 10}, {"number": "L2", "good_quantity": 90}])
    assign(db, "m1", "L1", EIGHT, NINE)
    assign(db, "m1", "L2", NINE, TWELVE)
    load(db, "meter", *every(MINUTE, EIGHT, TWELVE, 10))
    settle(db)
    found = row(db, "select * from api.totals(%s, %s)", [EIGHT, TWELVE + minutes(1)])
    assert (found["lots"], found["products"], found["products_per_lot"]) == (2, 100, 50)
    assert found["energy_kwh"] == near(40)
    assert found["energy_kwh_per_unit"] == near(0.4)


def test_a_state_holds_for_max_gap_into_a_gap(db: Connection) -> None:
    """On at 08:10, heard of again at 08:47:30, max_gap 20 minutes: on until 08:30, then unknown."""
    declare_site(db, "m1")
    declare_sensor(db, "state", machine="m1", kind="state", unit="", quantity="state",
                   max_gap="20 minutes")  # fmt: skip
    load(db, "state", (EIGHT + minutes(10), 1), (EIGHT + minutes(47.5), 1), (TEN, 0))
    settle(db)
    # 20 minutes from 08:10, 20 from 08:47:30; nothing yet of the last reading
    assert energy(db, "state")["measured_s"] == near(2 * 1200)


def test_a_run_that_is_cut_after_the_last_reading(db: Connection) -> None:
    """An open run is cut to 2.5 minutes after the last reading: that is 150 s, not 900."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    load(db, "meter", (EIGHT, 1), (EIGHT + minutes(1), 2))
    tell(db, LotEvent("m1", "start", "L1", microseconds(EIGHT)))
    settle(db)
    assign(db, "m1", "L1", EIGHT, EIGHT + minutes(2.5))
    settle(db)
    assert row(db, "select span_s from telemetry.slice")["span_s"] == near(150)


@pytest.mark.parametrize("source", ["declared", "event"])
def test_closing_a_run_ends_what_was_said_behind_it(db: Connection, source: str) -> None:
    """L1 08 to 12, L2 corrected into it 09 to 10: closed at 08:30, L1 does not come back at 10."""
    declare_site(db, "m1")
    if source == "declared":
        assign(db, "m1", "L1", EIGHT, TWELVE)
    else:
        tell(db, LotEvent("m1", "start", "L1", microseconds(EIGHT)))
        tell(db, LotEvent("m1", "stop", "L1", microseconds(TWELVE)))
        settle(db)
    assign(db, "m1", "L2", NINE, TEN, "correction")
    (first, *_) = db.execute("select run_id from plant.lot_run order by during").fetchall()
    db.execute("select plant.close_run(%s, %s, 'test')", [first[0], EIGHT + minutes(30)])
    settle(db)
    assert [(each[0], each[1], each[2]) for each in runs(db, "m1")] == [
        ("L1", EIGHT, EIGHT + minutes(30)),
        ("L2", NINE, TEN),
    ]


def test_time_between_two_runs_that_vanish_together_is_idle_no_more(db: Connection) -> None:
    """L1 08 to 09, L2 11 to 12, 10 kW: 20 kWh between them are idle until both are taken back."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    assign(db, "m1", "L1", EIGHT, NINE)
    assign(db, "m1", "L2", ELEVEN, TWELVE)
    load(db, "meter", *every(MINUTE, EIGHT, TWELVE, 10))
    settle(db)
    assert energy(db, "meter")["idle"] == near(20)
    assign(db, "m1", None, EIGHT, TWELVE, "correction")
    settle(db)
    assert energy(db, "meter")["idle"] is None
    assert energy(db, "meter")["unattributed"] == near(40)
