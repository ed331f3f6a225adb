"""Figures of references and sites: common temperatures, local days, top meters.

The expected value of each is worked out by hand in a comment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.sql.builders import (
    Connection,
    Row,
    assign,
    at,
    declare,
    declare_sensor,
    declare_site,
    every,
    kw_meter,
    load,
    minutes,
    row,
    rows,
    settle,
    thermometer,
)

EIGHT, NINE, TEN = (at(f"2026-03-02 {hour:02}:00") for hour in (8, 9, 10))
HOUR = timedelta(hours=1)
MINUTE = 60


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


# Temperature of a reference


def temperature_of_reference(db: Connection) -> tuple[object, ...]:
    return tuple(
        row(
            db,
            "select temperature_c_mean, temperature_c_min, temperature_c_max"
            " from api.reference where reference = 'R'",
        ).values()
    )


def two_temperatures(db: Connection) -> None:
    """200 C in the oven from 08 to 09, 20 C in the cooler from 09 to 10."""
    declare_site(db, "oven", "cooler")
    thermometer(db, "hot", "oven")
    thermometer(db, "cold", "cooler")
    load(db, "hot", *every(MINUTE, EIGHT, NINE, 200))
    load(db, "cold", *every(MINUTE, NINE, TEN, 20))


def test_a_reference_has_no_common_temperature_of_oven_and_cooler(db: Connection) -> None:
    """An hour at 200 C and one at 20 C of the same lot: never at 110 C."""
    two_temperatures(db)
    declare(db, references=[{"code": "R"}], lots=[{"number": "L1", "reference": "R"}])
    assign(db, "oven", "L1", EIGHT, NINE)
    assign(db, "cooler", "L1", NINE, TEN)
    settle(db)
    assert temperature_of_reference(db) == (None, None, None)


def test_a_reference_has_the_temperature_of_its_lots_on_one_machine(db: Connection) -> None:
    """Half an hour in the oven, and an hour on a machine without a thermometer: 200 C."""
    two_temperatures(db)
    declare(
        db,
        machines=[{"code": "press", "line": "line", "topic": "test/machine/press"}],
        references=[{"code": "R"}],
        lots=[{"number": "L1", "reference": "R"}],
    )
    assign(db, "oven", "L1", EIGHT, EIGHT + minutes(30))
    assign(db, "press", "L1", NINE, TEN)
    settle(db)
    assert temperature_of_reference(db) == (near(200), near(200), near(200))


# Days of a reference


@pytest.mark.parametrize(
    ("zone", "offset"), [("Asia/Kolkata", "+05:30"), ("Asia/Kathmandu", "+05:45"), ("UTC", "+00")]
)
def test_a_day_of_a_reference_begins_at_local_midnight(
    db: Connection, zone: str, offset: str
) -> None:
    """A lot from 00:00 to 24:00 at 10 kW, the meter on before and after it: 240 kWh on that day.

    From hours of UTC it was 5 kWh on the day before and 235.
    """
    declare_site(db, "m1", time_zone=zone)
    kw_meter(db, "meter", "m1")
    start, end = at(f"2026-03-02 00:00{offset}"), at(f"2026-03-03 00:00{offset}")
    declare(db, references=[{"code": "R"}], lots=[{"number": "L1", "reference": "R"}])
    assign(db, "m1", "L1", start, end)
    load(db, "meter", *every(300, start - 2 * HOUR, end + 2 * HOUR, 10))
    settle(db)
    assert rows(db, "select * from api.reference_daily") == [
        {"time": start, "site": "site", "reference": "R", "machine": "m1",
         "energy_kwh": near(240), "measured_s": near(86400)},
    ]  # fmt: skip


# Energy of a site


SITE_METER = {"site": "site", "kind": "power", "quantity": "energy", "unit": "kW"}


def site_energy(db: Connection, powers: Sequence[tuple[str, float]]) -> Row:
    """An hour of each meter at its power."""
    for sensor, power in powers:
        load(db, sensor, *every(MINUTE, EIGHT, NINE, power))
    settle(db)
    return row(db, "select * from api.site_energy_daily")


def test_below_a_check_meter_the_main_meters_are_at_the_top(db: Connection) -> None:
    """A check meter of the site reads 100 kW, below it m1 with 30 and m2 with 50: 80 kWh."""
    declare_site(db, "m1", "m2")
    declare_sensor(db, "check", **SITE_METER, role="check_energy")
    kw_meter(db, "one", "m1", parent="check")
    kw_meter(db, "two", "m2", parent="check")
    found = site_energy(db, [("check", 100), ("one", 30), ("two", 50)])
    assert (found["energy_kwh"], found["meters"]) == (near(80), 2)


def test_a_check_meter_between_two_meters_is_passed_over(db: Connection) -> None:
    """Site 100 kW, below it a check meter, below that m1 with 30: the 30 are in the 100."""
    declare_site(db, "m1")
    declare_sensor(db, "main", **SITE_METER)
    declare_sensor(db, "check", **SITE_METER, role="check_energy", parent="main")
    kw_meter(db, "one", "m1", parent="check")
    found = site_energy(db, [("main", 100), ("check", 40), ("one", 30)])
    assert (found["energy_kwh"], found["meters"]) == (near(100), 1)
