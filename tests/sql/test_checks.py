"""Each check of db/checks passes on good data, and finds what somebody broke behind its back.

A check that cannot fail proves nothing.
"""

from __future__ import annotations

from typing import Any

import pytest

from db.cli.verify import load_checks
from db.scheduler import run_pass
from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare_site,
    every,
    kw_meter,
    kwh_meter,
    load,
)

EIGHT, NINE, TEN = (at(f"2026-03-02 {hour:02}:00") for hour in (8, 9, 10))


@pytest.fixture
def sound(db: Connection) -> Connection:
    """A meter of the site at 100 kW above a machine's at 30 kW; one lot from eight to nine."""
    declare_site(db, "m1")
    site_meter: dict[str, Any] = {"site": "site", "machine": None, "role": "other"}
    kw_meter(db, "top", **site_meter)
    kwh_meter(db, "meter", "m1", parent="top", max_rate=1000)
    load(db, "top", *every(60, EIGHT, TEN, 100.0))
    load(db, "meter", *every(60, EIGHT, TEN, lambda hours: 500 + 30 * hours))
    assign(db, "m1", "L1", EIGHT, NINE)
    assert run_pass(db, policies=False).errors == []
    return db


def broken(db: Connection) -> list[str]:
    """Names of the files whose query returns a row."""
    return [check.name for check in load_checks() if db.execute(check.text).fetchall()]


def test_good_data_passes(sound: Connection) -> None:
    assert broken(sound) == []


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        (
            "update telemetry.slice set amount = amount + 1 where run_id > 0",
            {
                "lots + idle + unattributed = what each meter advanced",
                "continuous aggregates equal the slices below them",
            },
        ),
        (
            "update telemetry.slice set lot_id = lot_id + 1 where run_id > 0",
            {
                "slices belong to the lot and reference of their run",
                "what is kept of lots equals the slices below it",
            },
        ),
        (
            "update telemetry.slice set measured_s = 901 where run_id = 0",
            {"slices share a quarter-hour and measure no more than they span"},
        ),
        (
            "update telemetry.lot_sum set amount = amount + 1",
            {"what is kept of lots equals the slices below it"},
        ),
        (
            "insert into telemetry.parked (from_time, to_time, cause, reason)"
            " values (now(), now(), 'reading', 'test')",
            {"nothing is parked", "nobody claims what somebody else holds"},
        ),
        (
            "insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)"
            " values ('{1}', now(), now(), 'reading')",
            {"nothing waits to be settled"},
        ),
        (
            "update telemetry.slice set amount = amount / 10 where machine_id is null",
            {"no meter shows less than the meters below it"},
        ),
        (
            "update plant.sensor set max_rate = null",
            {"every counter of energy says how fast it can rise"},
        ),
    ],
    ids=["amount", "lot", "seconds", "kept", "parked", "waiting", "submeters", "max_rate"],
)
def test_a_check_finds_what_was_broken(sound: Connection, harm: Any, found: set[str]) -> None:
    sound.execute(harm)
    assert found <= set(broken(sound))
