"""Sums of lots that settling keeps: those of the slices, and figures do not tell what was read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.sql.builders import (
    Connection,
    Row,
    assign,
    at,
    correct,
    declare,
    declare_site,
    every,
    kw_meter,
    kwh_meter,
    load,
    lot,
    minutes,
    rows,
    settle,
    strike,
    thermometer,
)

EIGHT, NINE, TEN, ELEVEN = (at(f"2026-03-02 {hour:02}:00") for hour in (8, 9, 10, 11))

FROM_SLICES = """
    select lot_id, run_id, sensor_id, role::text, machine_id,
        sum(amount) as amount, sum(value_s) as value_s, sum(measured_s) as measured_s,
        sum(known_s) as known_s, min(minimum) as minimum, max(maximum) as maximum,
        sum(below_s) as below_s, sum(above_s) as above_s, bit_or(flags) as flags
    from telemetry.slice where lot_id is not null and state = 'l'
    group by lot_id, run_id, sensor_id, role, machine_id order by lot_id, run_id, sensor_id
"""
SUMS = "select *, role::text from analytics.lot_sum order by lot_id, run_id, sensor_id"
FIGURES = (
    "select * from api.lot order by number",
    "select * from api.run order by run",
    "select * from api.lot_feature order by lot",
    "select * from api.lot_driver order by lot, driver",
    "select * from api.reference order by reference",
)


def rounded(found: list[Row]) -> list[Row]:
    """Added up in another order, sums differ in their last digit; and now goes on."""
    return [
        {
            name: float(f"{value:.9g}") if isinstance(value, float) else value
            for name, value in one.items()
        }
        for one in found
    ]


def kept(db: Connection) -> list[str]:
    query = "select number from telemetry.summed_lot join plant.lot using (lot_id) order by 1"
    return [one["number"] for one in rows(db, query)]


def check(db: Connection, *closed: str) -> None:
    """What is kept is what slices say; and without it every figure is the same."""
    assert kept(db) == list(closed)
    assert rounded(rows(db, SUMS)) == rounded(rows(db, FROM_SLICES))
    with db.transaction(force_rollback=True):  # one transaction: now stands still
        before = [rounded(rows(db, query)) for query in FIGURES]
        db.execute("delete from telemetry.summed_lot")
        db.execute("delete from telemetry.lot_sum")
        assert [rounded(rows(db, query)) for query in FIGURES] == before
        assert before[0]


def plant(db: Connection) -> None:
    declare_site(db, "m1", "m2")
    kw_meter(db, "m1.power", "m1")
    kwh_meter(db, "m2.energy", "m2")
    thermometer(db, "m1.temperature", "m1")
    declare(
        db,
        references=[{"code": "R1", "temperature_minimum_c": 95, "temperature_maximum_c": 105}],
        lots=[{"number": "L1", "reference": "R1"}, {"number": "L2", "reference": "R1"}],
        drivers=[{"code": "hot", "sensor": "m1.temperature", "statistic": "mean"}],
    )
    load(db, "m1.power", *every(60, EIGHT, ELEVEN, 12))
    load(db, "m2.energy", *every(60, EIGHT, ELEVEN, lambda hours: 40 * hours))
    load(db, "m1.temperature", *every(60, EIGHT, ELEVEN, lambda hours: 90 + 10 * hours))


def test_sums_follow_every_change(db: Connection) -> None:
    plant(db)
    assign(db, "m1", "L1", EIGHT, NINE)
    assign(db, "m2", "L1", NINE, TEN)
    assign(db, "m1", "L2", NINE, ELEVEN)
    settle(db)
    check(db, "L1", "L2")
    # a value corrected, one struck out, readings that come late
    correct(db, "m1.power", EIGHT + minutes(10), 60)
    strike(db, "m1.temperature", NINE + minutes(20))
    load(db, "m2.energy", (NINE + timedelta(seconds=30), 41.0))
    settle(db)
    check(db, "L1", "L2")
    # an hour of the machine goes to another lot, and one of them to no reference
    assign(db, "m1", "L3", NINE + minutes(20), TEN)
    declare(db, lots=[{"number": "L2", "reference": None}])
    settle(db)
    check(db, "L1", "L2", "L3")


def test_a_lot_under_way_is_added_up_when_it_is_read(db: Connection) -> None:
    plant(db)
    start = datetime.now(UTC).replace(second=0, microsecond=0) - minutes(90)
    assign(db, "m1", "L1", start, None)
    load(db, "m1.power", *every(60, start, start + minutes(60), 6))
    settle(db)
    check(db)
    assert lot(db, "L1")["energy_kwh"] == pytest.approx(6, abs=1e-9)
    # it ends, and begins again
    assign(db, "m1", None, start + minutes(30), None)
    settle(db)
    check(db, "L1")
    assign(db, "m1", "L1", start + minutes(40), None)
    settle(db)
    check(db)


def test_a_lot_whose_end_comes_by_the_clock_is_added_up_later(db: Connection) -> None:
    plant(db)
    assign(db, "m1", "L1", EIGHT, NINE)
    settle(db)
    db.execute("delete from telemetry.summed_lot")
    db.execute("delete from telemetry.lot_sum")
    assert db.execute("select telemetry.sum_missing_lots()").fetchone() == (1,)
    check(db, "L1")
    assert db.execute("select telemetry.sum_missing_lots()").fetchone() == (0,)
