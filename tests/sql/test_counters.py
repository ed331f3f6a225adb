"""Registers that fall: dips that the next reading makes good, resets, and neither.

The expected value of each is worked out by hand in a comment.
"""

from __future__ import annotations

import pytest

from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare_site,
    energy,
    kwh_meter,
    load,
    minutes,
    row,
    settle,
)

EIGHT, NINE, TEN, ELEVEN = (at(f"2026-03-02 {hour:02}:00") for hour in (8, 9, 10, 11))


def test_a_zero_between_two_readings_is_a_dip(db: Connection) -> None:
    """53700.1, 0, 53700.3: 0.2 kWh, not 53700.3."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    load(db, "meter", *((EIGHT + minutes(n), v) for n, v in enumerate((53700.1, 0, 53700.3))))
    settle(db)
    assert energy(db, "meter")["total"] == pytest.approx(0.2, abs=1e-6)


def test_a_zero_settled_before_its_neighbour_is_a_dip_all_the_same(db: Connection) -> None:
    """One reading at a time, settled each time: the fall is provisional, then a dip."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    totals = []
    for n, value in enumerate((53700.1, 0, 53700.3)):
        load(db, "meter", (EIGHT + minutes(n), value))
        settle(db)
        totals.append(energy(db, "meter")["total"])
    assert totals == [None, None, pytest.approx(0.2, abs=1e-6)]


@pytest.mark.parametrize(
    ("values", "kwh", "unknown_minutes"),
    [
        # back 0.2 and on: 0.05 and 0.05 are known, the minute of the fall is not
        ([53700.1, 53699.9, 53699.95, 53700.0], 0.1, 1),
        # another meter: 1 and 1 after it
        ([53700.0, 12000.0, 12001.0, 12002.0], 2.0, 1),
        # set to zero: 0.5, reset, 0.3 since, 0.4
        ([53699.5, 53700.0, 0.3, 0.7], 1.2, 0),
    ],
    ids=["back", "replaced", "reset"],
)
def test_a_register_that_falls_elsewhere_than_to_zero_books_nothing(
    db: Connection, values: list[float], kwh: float, unknown_minutes: int
) -> None:
    """A step back of 0.2 kWh was taken for a reset, and booked all 53,699.9 kWh of the register."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1")
    load(db, "meter", *[(EIGHT + minutes(index), value) for index, value in enumerate(values)])
    assign(db, "m1", "L1", EIGHT, EIGHT + minutes(3))
    settle(db)
    found = row(db, "select sum(amount) as kwh, sum(known_s) as known_s from telemetry.slice")
    assert found["kwh"] == pytest.approx(kwh, abs=1e-9)
    assert found["known_s"] == 180 - 60 * unknown_minutes
    balance = row(db, "select * from api.meter_balance(%s, %s)", [EIGHT, NINE])
    assert balance["residual"] == pytest.approx(0, abs=1e-9)
    assert balance["unknown_s"] == 60 * unknown_minutes
