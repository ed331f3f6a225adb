"""Figures of a lot: its pieces, its bounds, its time, and what is estimated.

The expected value of each is worked out by hand in a comment.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare,
    declare_sensor,
    declare_site,
    every,
    kw_meter,
    kwh_meter,
    load,
    lot,
    minutes,
    row,
    rows,
    settle,
    strike,
    thermometer,
    topic,
)

EIGHT, NINE, TEN = (at(f"2026-03-02 {hour:02}:00") for hour in (8, 9, 10))
HOUR = timedelta(hours=1)
MINUTE = 60


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


# Pieces


def piece_counter(db: Connection, code: str, machine: str) -> None:
    declare_sensor(
        db, code, machine=machine, kind="counter", role="output", quantity="pieces", unit="piece"
    )


def test_pieces_counted_for_a_tenth_of_the_lot_are_not_its_quantity(db: Connection) -> None:
    """2 hours at 10 kW; the counter dies after 12 minutes with 200: the lot may have 2,000."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    piece_counter(db, "pieces", "m1")
    assign(db, "m1", "L1", EIGHT, TEN)
    load(db, "meter", *every(MINUTE, EIGHT, TEN, 10))
    load(db, "pieces", *every(MINUTE, EIGHT, EIGHT + minutes(12), lambda hours: 1000 * hours))
    settle(db)
    found = lot(db, "L1")
    assert found["energy_kwh"] == near(20)
    assert found["energy_coverage"] == near(1)
    assert found["quantity"] is None  # counted for 12 of 120 minutes: 0.1
    assert found["energy_kwh_per_unit"] is None
    # what a person says needs no counter: 20 / 2,000
    declare(db, lots=[{"number": "L1", "good_quantity": 2000}])
    assert lot(db, "L1")["quantity"] == 2000
    assert lot(db, "L1")["energy_kwh_per_unit"] == near(0.01)


@pytest.mark.parametrize(("counted_minutes", "quantity"), [(110, 1100), (106, None)])
def test_pieces_stand_from_nine_tenths_on(
    db: Connection, counted_minutes: int, quantity: int | None
) -> None:
    """600 an hour; 110 of 120 minutes are 0.92: 1,100 pieces; 106 are 0.88: not known."""
    declare_site(db, "m1")
    piece_counter(db, "pieces", "m1")
    assign(db, "m1", "L1", EIGHT, TEN)
    end = EIGHT + minutes(counted_minutes)
    load(db, "pieces", *every(MINUTE, EIGHT, end, lambda hours: 600 * hours))
    settle(db)
    found = lot(db, "L1")["quantity"]
    assert found is None if quantity is None else found == near(quantity)


def test_pieces_across_a_gap_are_known(db: Connection) -> None:
    """Read at 08:00 and at 10:00 only, 0 and 1,200: all of the pieces are the lot's."""
    declare_site(db, "m1")
    piece_counter(db, "pieces", "m1")
    assign(db, "m1", "L1", EIGHT, TEN)
    load(db, "pieces", (EIGHT, 0), (TEN, 1200))
    settle(db)
    assert lot(db, "L1")["quantity"] == near(1200)


def test_only_the_runs_of_the_counting_machine_count(db: Connection) -> None:
    """An hour on m1, which counts all of it, then 10 hours on m2, which has no counter."""
    declare_site(db, "m1", "m2")
    piece_counter(db, "pieces", "m1")
    assign(db, "m1", "L1", EIGHT, NINE)
    assign(db, "m2", "L1", NINE, NINE + 10 * HOUR)
    load(db, "pieces", *every(MINUTE, EIGHT, NINE, lambda hours: 600 * hours))
    settle(db)
    assert lot(db, "L1")["quantity"] == near(600)


# Bounds


def lots_of_an_hour(
    db: Connection, machine: str, *numbers: str, reference: str = "R"
) -> list[datetime]:
    """Lots of the reference, one after the other from 08:00 on; when each begins."""
    declare(
        db,
        references=[{"code": reference}],
        lots=[{"number": number, "reference": reference} for number in numbers],
    )
    starts = [EIGHT + index * HOUR for index in range(len(numbers))]
    for number, start in zip(numbers, starts, strict=True):
        assign(db, machine, number, start, start + HOUR)
    return starts


def bounds(db: Connection, number: str) -> tuple[float | None, float | None]:
    found = lot(db, number)
    return found["energy_kwh_low"], found["energy_kwh_high"]


SIX = [f"L{number}" for number in range(1, 7)]


@pytest.mark.parametrize(("silent", "expected"), [("gas", 101), ("electricity", 101)])
def test_bounds_are_of_the_meter_that_is_silent(
    db: Connection, silent: str, expected: float
) -> None:
    """1 kW of electricity and 100 kW of gas: five lots of 101 kWh, and in the sixth one is silent.

    Its hour at the power of that meter: gas 1 + 100, electricity 100 + 1. The mean power of both,
    50.5 kW, would make it 51.5 or 150.5.
    """
    declare_site(db, "m1")
    kw_meter(db, "electricity", "m1")
    kw_meter(db, "gas", "m1", carrier="gas")
    starts = lots_of_an_hour(db, "m1", *SIX)
    for sensor, power in (("electricity", 1), ("gas", 100)):
        last = starts[5] if sensor == silent else starts[5] + HOUR
        load(db, sensor, *every(MINUTE, EIGHT, last, power))
    settle(db)
    assert lot(db, "L1")["energy_kwh"] == near(101)
    assert bounds(db, "L1") == (near(101), near(101))
    found = lot(db, "L6")
    assert found["energy_is_lower_bound"] is True
    assert found["energy_coverage"] == near(0.5)
    assert bounds(db, "L6") == (near(expected), near(expected))


def test_bounds_add_up_over_meters(db: Connection) -> None:
    """Electricity 1, 2, 3, 4, 5 kW and gas 10, 20, 30, 40, 50 kW in five lots.

    5th and 95th percentile of five: 0.2 of the way from the first to the second, and from the fifth
    to the fourth: 1.2 and 4.8 kW, 12 and 48 kW. The sixth lot is at 3 kW of electricity until
    08:30, 1.5 kWh, and half an hour is unknown of it, a whole hour of gas:
    1.5 + 0.6 + 12 = 14.1 and 1.5 + 2.4 + 48 = 51.9.
    """
    declare_site(db, "m1")
    kwh_meter(db, "electricity", "m1")
    kwh_meter(db, "gas", "m1", carrier="gas")
    starts = lots_of_an_hour(db, "m1", *SIX)
    for sensor, step in (("electricity", 1), ("gas", 10)):
        register = 0.0
        points = [(EIGHT, register)]
        for index, start in enumerate(starts[:5]):
            power = step * (index + 1)
            points += [(start + minutes(n), register + power * n / 60) for n in range(1, 61)]
            register += power
        if sensor == "electricity":
            points += [(starts[5] + minutes(n), register + 3 * n / 60) for n in range(1, 31)]
        load(db, sensor, *points)
    settle(db)
    assert lot(db, "L6")["energy_kwh"] == near(1.5)
    assert bounds(db, "L6") == (near(14.1), near(51.9))


def test_no_bounds_where_one_meter_lacks_history(db: Connection) -> None:
    """Gas is read in four lots of five only, and five are asked for: nobody knows the sixth."""
    declare_site(db, "m1")
    kw_meter(db, "electricity", "m1")
    kw_meter(db, "gas", "m1", carrier="gas")
    starts = lots_of_an_hour(db, "m1", *SIX)
    load(db, "electricity", *every(MINUTE, EIGHT, starts[5] + minutes(30), 1))
    load(db, "gas", *every(MINUTE, EIGHT, starts[4], 100))
    settle(db)
    assert lot(db, "L6")["energy_kwh"] == near(0.5)
    assert bounds(db, "L6") == (None, None)
    assert bounds(db, "L1") == (near(101), near(101))


def test_no_bounds_where_a_machine_has_no_meter(db: Connection) -> None:
    """The sixth lot goes on for 10 hours on a machine without a meter: anything may have been used.

    The five before it are known, and the part on m1 too.
    """
    declare_site(db, "m1", "m2")
    kw_meter(db, "meter", "m1")
    starts = lots_of_an_hour(db, "m1", *SIX)
    end = starts[5] + HOUR
    assign(db, "m2", "L6", end, end + 10 * HOUR)
    load(db, "meter", *every(MINUTE, EIGHT, end, 10))
    settle(db)
    found = lot(db, "L6")
    assert found["energy_kwh"] == near(10)
    assert found["energy_is_lower_bound"] is True
    assert bounds(db, "L6") == (None, None)


# A run that is not over


def test_a_run_that_ends_in_the_future_is_counted_until_now(db: Connection) -> None:
    """From an hour ago to nine hours from now, 10 kW: 10 kWh of an hour, not a tenth of ten hours.

    One transaction: now() stands still in it.
    """
    with db.transaction():
        declare_site(db, "m1")
        kw_meter(db, "meter", "m1")
        lots_of_an_hour(db, "m1", *SIX[:5])  # whose power would be put on hours to come
        load(db, "meter", *every(MINUTE, EIGHT, EIGHT + 5 * HOUR, 10))
        now = row(db, "select now() as now")["now"]
        declare(db, lots=[{"number": "L6", "reference": "R"}])
        assign(db, "m1", "L6", now - HOUR, now + 9 * HOUR)
        load(db, "meter", *every(MINUTE, now - HOUR, now, 10))
        settle(db)
        found = lot(db, "L6")
        assert found["machine_s"] == near(3600)
        assert found["energy_kwh"] == pytest.approx(10, abs=1e-6)
        assert found["energy_coverage"] == pytest.approx(1, abs=1e-6)
        assert found["energy_is_lower_bound"] is False
        assert bounds(db, "L6") == (found["energy_kwh"], found["energy_kwh"])
        assert (found["finished_at"], found["duration_s"]) == (None, None)
        run = row(db, "select * from api.run where lot = 'L6'")
        assert run["finished_at"] is None
        assert run["duration_s"] == near(3600)
        assert run["energy_coverage"] == pytest.approx(1, abs=1e-6)


def test_a_run_that_is_yet_to_begin_has_no_time(db: Connection) -> None:
    """An hour on m1 until an hour ago, and planned on m2 in an hour, for an hour: 3600 s so far."""
    with db.transaction():
        declare_site(db, "m1", "m2")
        kw_meter(db, "one", "m1")
        kw_meter(db, "two", "m2")
        now = row(db, "select now() as now")["now"]
        assign(db, "m1", "L1", now - 2 * HOUR, now - HOUR)
        assign(db, "m2", "L1", now + HOUR, now + 2 * HOUR)
        assign(db, "m2", "L2", now + 2 * HOUR, None)
        load(db, "one", *every(MINUTE, now - 2 * HOUR, now - HOUR, 10))
        settle(db)
        found = lot(db, "L1")
        assert found["machine_s"] == near(3600)
        assert found["energy_coverage"] == pytest.approx(1, abs=1e-6)
        assert found["energy_is_lower_bound"] is False
        assert found["finished_at"] is None
        planned = rows(
            db,
            "select lot, finished_at, duration_s, energy_coverage from api.run"
            " where machine = 'm2' order by lot",
        )
        assert [tuple(each.values()) for each in planned] == [
            ("L1", None, 0, None), ("L2", None, 0, None),
        ]  # fmt: skip
        assert lot(db, "L2")["machine_s"] == 0
        assert lot(db, "L2")["energy_coverage"] is None


def test_an_end_that_is_declared_ahead_is_no_end_yet(db: Connection) -> None:
    with db.transaction():
        declare_site(db, "m1")
        now = row(db, "select now() as now")["now"]
        ends = {"L1": now - HOUR, "L2": now + HOUR}
        declare(db, lots=[{"number": each, "finished_at": str(end)} for each, end in ends.items()])
        assert lot(db, "L1")["finished_at"] == ends["L1"]
        assert lot(db, "L2")["finished_at"] is None


# Estimated figures


def test_a_temperature_that_was_shared_out_is_estimated(db: Connection) -> None:
    """No meter. Readings are past retention when the run is cut inside a quarter-hour.

    80 C all the time: 80 C for what is left, but shared out by time.
    """
    declare_site(db, "m1")
    thermometer(db, "temperature", "m1")
    assign(db, "m1", "L1", EIGHT, NINE)
    load(db, "temperature", *every(MINUTE, EIGHT, TEN, 80))
    settle(db)
    assert lot(db, "L1")["is_estimated"] is False
    db.execute("update telemetry.horizon set raw_from = %s", [TEN + timedelta(days=7)])
    assign(db, "m1", "L2", EIGHT + minutes(40), NINE, "correction")
    settle(db)
    assert lot(db, "L1")["temperature_c_mean"] == near(80)
    assert lot(db, "L1")["is_estimated"] is True


# Claims


CLAIM_MACHINE = """
select stored from ingest.store(
    'test', 1, array[%s], array[%s], array[10], array[true],
    array['L1'], array[null], array[null], array['m1'], array[now()]
)
"""


def test_every_sensor_of_a_claim_is_judged(db: Connection) -> None:
    """Sensors of m1, m2 and m3 all claim machine m1, with one claim: m2 and m3 contradict it.

    Two readings of each; what m3 said is struck in the end, and counts for nothing.
    """
    declare_site(db, "m1", "m2", "m3")
    for number in (1, 2, 3):
        kw_meter(db, f"meter{number}", f"m{number}")
        for time in (EIGHT, EIGHT + minutes(1)):
            stored = db.execute(CLAIM_MACHINE, [topic(f"meter{number}"), time]).fetchone()
            assert stored == (1,)
    settle(db)
    assert machine_conflicts(db) == [
        ("m2", "L1", "readings of sensor meter2 claim machine m1"),
        ("m3", "L1", "readings of sensor meter3 claim machine m1"),
    ]
    for time in (EIGHT, EIGHT + minutes(1)):
        strike(db, "meter3", time)
    assert [each[0] for each in machine_conflicts(db)] == ["m2"]


def machine_conflicts(db: Connection) -> list[tuple[object, ...]]:
    return db.execute(
        "select machine, lot, detail from api.conflict"
        " where conflict = 'machine in the claim is not the sensor''s' order by machine"
    ).fetchall()


def test_a_replaced_meter_and_its_successor_are_one(db: Connection) -> None:
    """10 kW by the old meter from 8 to 9, by the new one from 9 to 10: both lots are whole."""
    declare_site(db, "m1")
    kw_meter(db, "old", "m1")
    load(db, "old", *every(60, EIGHT, NINE, 10.0))
    assign(db, "m1", "L1", EIGHT, NINE)
    settle(db)
    declare_sensor(db, "old", is_enabled=False)
    kw_meter(db, "new", "m1")
    load(db, "new", *every(60, NINE, TEN, 10.0))
    assign(db, "m1", "L2", NINE, TEN)
    settle(db)
    for number in ("L1", "L2"):
        found = lot(db, number)
        assert found["energy_kwh"] == pytest.approx(10)
        assert found["energy_coverage"] == pytest.approx(1)
        assert found["energy_is_lower_bound"] is False
    coverage = rows(db, "select energy_coverage from api.run")
    assert [each["energy_coverage"] for each in coverage] == pytest.approx([1, 1])
