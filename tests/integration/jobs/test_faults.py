"""Faults put into a clean history: each is found by what is made for it."""

import random
from datetime import timedelta

import pytest

from tests.integration.jobs.sensors import (
    Change,
    anomalies,
    changed,
    day,
    kinds,
    one_sensor,
    pass_days,
    wander,
)
from tests.sql.builders import Connection

# The robust standard deviation of the readings of `wander`, and of their noise.
SIGMA, NOISE = 2.0, 0.3
FAULT = day(20)
DRAW = random.Random(5)

FAULTS: dict[str, tuple[Change, set[str], timedelta]] = {
    "stuck": (lambda t, v: 50.5 if t >= FAULT else v, {"stuck"}, timedelta(hours=2)),
    "noise x 4": (
        lambda t, v: v + DRAW.gauss(0, NOISE * 15**0.5) if t >= FAULT else v,
        {"noise"},
        timedelta(hours=2),
    ),
    "step of 5 sigma": (
        lambda t, v: v + 5 * SIGMA if t >= FAULT else v,
        {"level", "slow", "drift", "shift"},
        timedelta(hours=2),
    ),
    "spike of 12 sigma": (
        lambda t, v: v - 12 * SIGMA if t == FAULT + timedelta(minutes=30) else v,
        {"spike"},
        timedelta(hours=2),
    ),
    "drift of 8 sigma in 24 hours": (
        lambda t, v: v + 8 * SIGMA * max((t - FAULT) / timedelta(hours=24), 0),
        {"level", "slow", "drift"},
        timedelta(hours=14),
    ),
    "silent": (lambda t, v: None if t >= FAULT else v, {"silent"}, timedelta(hours=1)),
    "out of range": (
        lambda t, v: 120.0 if FAULT <= t < FAULT + timedelta(hours=1) else v,
        {"out_of_range"},
        timedelta(hours=1),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_is_found(db: Connection, fault: str) -> None:
    change, shown_by, limit = FAULTS[fault]
    one_sensor(db, changed(wander(1, 21), change), minimum=-20, maximum=100)
    pass_days(db, 0, 21)
    found = anomalies(db)
    assert [a for a in found if a["opened_at"] < FAULT] == []
    times = [a["opened_at"] for a in found if a["kind"] in shown_by]
    assert times
    assert FAULT < min(times) <= FAULT + limit


def test_nothing_is_found_where_nothing_is_wrong(db: Connection) -> None:
    one_sensor(db, wander(1, 21))
    pass_days(db, 0, 21)
    assert kinds(db) == []
