"""Profiles of lots by phase, golden profiles, and lots as they go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare,
    every,
    load,
    minutes,
    row,
    rows,
    settle,
    strike,
)
from tests.sql.lots import START, Made, make, plant, run


def near(value: float) -> Any:
    return pytest.approx(value, abs=1e-9)


def profile(db: Connection, lot: str, phases: int = 50) -> list[dict[str, Any]]:
    return rows(db, "select * from api.lot_profile(%s, %s)", [lot, phases])


def golden_of(db: Connection, lot: str) -> dict[str, dict[str, Any]]:
    found = rows(db, "select * from api.lot_golden where lot = %s", [lot])
    return {each["measure"]: each for each in found}


# Profiles


def test_a_profile_is_the_mean_of_each_phase(db: Connection) -> None:
    """100 minutes, power rising from 0 by 6 kW an hour, in 4 phases of 25 minutes.

    The mean of a phase is its middle: 12.5, 37.5 ... minutes in, at 0.1 kW a minute. The pieces
    of 5 minutes end where the phases do.
    """
    plant(db, "A")
    end = START + minutes(100)
    assign(db, "m1", "L", START, end)
    load(db, "m1.power", *every(300, START, end, lambda hours: 6 * hours))
    load(db, "m1.temperature", *every(300, START, end, lambda hours: 60 * hours))
    settle(db)
    found = profile(db, "L", 4)
    assert [each["phase"] for each in found] == [1, 2, 3, 4]
    assert [each["power_kw"] for each in found] == [near(x) for x in (1.25, 3.75, 6.25, 8.75)]
    assert [each["temperature_c"] for each in found] == [near(x) for x in (12.5, 37.5, 62.5, 87.5)]
    assert found[1]["from_time"] == START + minutes(25)
    assert found[3]["to_time"] == end
    # a piece that reaches into two phases is shared out: the energy stays
    found = profile(db, "L", 7)
    assert sum(each["power_kw"] for each in found) / 7 * 100 / 60 == near(6 * 100 / 60 * 50 / 60)


def test_a_phase_that_was_not_measured_is_not_known(db: Connection) -> None:
    plant(db, "A")
    make(db, [Made("L", "A", 100, 10.0, 50.0)])
    for minute in range(30, 75, 5):
        strike(db, "m1.power", START + minutes(minute))
    settle(db)
    found = profile(db, "L", 4)
    # known up to 25 minutes and from 75 on: 2 phases of 4 in full
    assert [each["power_kw"] for each in found] == [near(10), None, None, near(10)]
    assert [each["temperature_c"] for each in found] == [near(100)] * 4


def test_two_lots_that_share_a_quarter_hour_share_no_piece(db: Connection) -> None:
    plant(db, "A")
    middle, end = START + minutes(52), START + minutes(104)
    assign(db, "m1", "L1", START, middle)
    assign(db, "m1", "L2", middle, end)
    load(db, "m1.power", *every(60, START, end, lambda hours: 10 if hours < 52 / 60 else 20))
    declare(db, lots=[{"number": name, "reference": "A"} for name in ("L1", "L2")])
    settle(db)
    run("jobs", "golden")
    stored = {
        each["number"]: each["power_kw"]
        for each in rows(db, "select number, power_kw from analytics.lot_profile"
                             " join plant.lot using (lot_id)")
    }  # fmt: skip
    for lot, kw in (("L1", 10), ("L2", 20)):
        assert stored[lot] == pytest.approx([each["power_kw"] for each in profile(db, lot)])
        assert stored[lot][:45] == pytest.approx([kw] * 45)


def test_a_lot_that_does_not_exist_or_never_ran_has_no_profile(db: Connection) -> None:
    plant(db, "A")
    declare(db, lots=[{"number": "L", "reference": "A"}])
    assert profile(db, "L") == []
    assert profile(db, "nothing") == []


# Golden lots


def test_golden_lots_are_those_that_used_least(db: Connection) -> None:
    """Ten lots of 10, 11, ... 19 kW for the same units: the golden ones are the first five."""
    plant(db, "A")
    make(db, [Made(f"A{i}", "A", 100, 10.0 + i, 100.0, 100.0 + i) for i in range(10)])
    run("jobs", "golden")
    found = rows(db, "select * from api.golden_profile where measure = 'power_kw' order by phase")
    assert len(found) == 50
    assert found[0]["golden_lots"] == ["A0", "A1", "A2", "A3", "A4"]
    assert (found[0]["candidates"], found[0]["lots"], found[0]["version"]) == (10, 5, 1)
    # median of 10 .. 14; MAD of it 1, made right for five lots, and for the median's own error
    spread = 1.4826 * 5 / 4.2 * (1 + 3.141592653589793 / 10) ** 0.5
    for each in found:
        assert each["median"] == near(12)
        assert each["spread"] == near(spread)
    assert golden_of(db, "A2")["power_kw"]["score"] == near(0)
    assert golden_of(db, "A2")["power_kw"]["is_golden"]
    assert golden_of(db, "A9")["power_kw"]["score"] == near(7 / spread)
    assert golden_of(db, "A9")["power_kw"]["first_phase_outside"] == 1
    assert golden_of(db, "A4")["power_kw"]["first_phase_outside"] is None


def test_a_lot_leaves_where_it_leaves(db: Connection) -> None:
    """At 40 of 100 minutes its power doubles: phase 21 is the first that is outside."""
    plant(db, "A")
    lots = [Made(f"A{i}", "A", 100, 10.0 + 0.1 * i, 100.0) for i in range(10)]
    end = make(db, lots)
    run("jobs", "golden")
    finish = end + minutes(100)
    assign(db, "m1", "X", end, finish)
    load(db, "m1.power", *every(60, end, finish, lambda hours: 10 if hours < 0.66 else 20))
    load(db, "m1.temperature", *every(60, end, finish, 100))
    declare(db, lots=[{"number": "X", "reference": "A", "good_quantity": 100}])
    settle(db)
    assert "it has no profile" in golden_of(db, "X")["power_kw"]["reason"]
    assert "profiles: 1 made" in run("jobs", "golden")
    found = golden_of(db, "X")
    assert found["power_kw"]["first_phase_outside"] in (20, 21)
    assert found["power_kw"]["share_outside"] == pytest.approx(0.6, abs=0.03)
    assert found["temperature_c"]["first_phase_outside"] is None
    # frozen: nothing new, and the same profile, until somebody renews it
    assert "profiles: 0 made" in run("jobs", "golden")
    assert row(db, "select max(version) as version from api.golden_profile")["version"] == 1
    run("jobs", "golden", "--renew", "A")
    assert row(db, "select max(version) as version from api.golden_profile")["version"] == 2


def test_too_few_lots_are_no_golden_profile_and_say_so(db: Connection) -> None:
    plant(db, "A")
    make(db, [Made(f"A{i}", "A", 60, 10.0, 100.0) for i in range(9)])
    run("jobs", "golden")
    assert rows(db, "select * from api.golden_profile") == []
    found = golden_of(db, "A0")["power_kw"]
    assert found["reason"] == "too few good lots of its reference for a golden profile"
    assert found["score"] is None


def test_lots_that_are_wrong_are_not_golden(db: Connection) -> None:
    """The thriftiest lot was real waste elsewhere; the next had no quantity, the next was cold."""
    plant(db, "A", temperature_minimum_c=90, temperature_maximum_c=110)
    lots = [Made(f"A{i}", "A", 60, 10.0 + i, 100.0) for i in range(12)]
    end = make(db, lots)
    odd = [
        Made("SAID", "A", 60, 1.0, 100.0),
        Made("UNITS", "A", 60, 2.0, None),
        Made("COLD", "A", 60, 3.0, 100.0, 50.0),
    ]
    make(db, odd, start=end)
    run("lot", "verdict", "SAID", "real")
    run("jobs", "golden")
    (found,) = rows(db, "select distinct golden_lots, candidates from api.golden_profile")
    assert found["golden_lots"] == ["A0", "A1", "A2", "A3", "A4"]
    assert found["candidates"] == 13


# A lot under way


def running(db: Connection, lot: str) -> dict[str, Any]:
    return row(db, "select * from api.running_lot where lot = %s", [lot])


def test_a_running_lot_says_when_it_will_end_and_what_it_will_use(db: Connection) -> None:
    """Such lots take 100 units x 36 s and 10 kW. After half an hour at 10 kW: 5 of 10 kWh."""
    plant(db, "A")
    lots = [Made(f"A{i}", "A", 55 + 5 * (i % 3), 10.0 + (i % 2) / 10, 100.0) for i in range(9)]
    make(db, lots)
    run("jobs", "lots")
    now = datetime.now(UTC)
    start = now - minutes(30)
    assign(db, "m1", "R", start, None)
    load(db, "m1.power", *every(60, start, now, 10))
    declare(db, lots=[{"number": "R", "reference": "A", "planned_quantity": 100}])
    settle(db)
    found = running(db, "R")
    assert found["reason"] is None
    assert found["progress"] == pytest.approx(0.5, abs=0.03)
    assert abs(found["expected_end"] - (start + minutes(60))) < timedelta(minutes=3)
    assert found["energy_kwh_so_far"] == pytest.approx(5, abs=0.1)
    assert found["expected_final_kwh"] == pytest.approx(10, abs=0.4)
    assert found["expected_final_kwh_low"] < found["expected_final_kwh"]
    assert found["energy_judgement"] == "as expected"
    assert not found["is_late"]
    assert found["lots_behind"] == 9
    assert "As it goes" in run("lot", "show", "R")


def test_a_running_lot_that_wastes_shows_before_it_ends(db: Connection) -> None:
    plant(db, "A")
    make(db, [Made(f"A{i}", "A", 55 + 5 * (i % 3), 10.0 + (i % 2) / 10, 100.0) for i in range(9)])
    run("jobs", "lots")
    now = datetime.now(UTC)
    start = now - minutes(40)
    assign(db, "m1", "R", start, None)
    load(db, "m1.power", *every(60, start, now, 17))
    declare(db, lots=[{"number": "R", "reference": "A", "planned_quantity": 100}])
    settle(db)
    assert running(db, "R")["energy_judgement"] == "high"


def test_a_running_lot_of_which_nothing_is_known_invents_nothing(db: Connection) -> None:
    plant(db, "A", "NEW", planned_cycle="2 hours")
    assign(db, "m1", "R", datetime.now(UTC) - minutes(30), None)
    declare(db, lots=[{"number": "R"}])
    settle(db)
    found = running(db, "R")
    assert found["reason"] == "how long such a lot takes is not known"
    for name in ("progress", "expected_end", "expected_final_kwh", "energy_judgement", "is_late"):
        assert found[name] is None
    # a planned cycle is a plan: it gives an end, and no energy
    declare(db, lots=[{"number": "R", "reference": "NEW"}])
    found = running(db, "R")
    assert found["duration_fall_back"] == "planned cycle of the reference"
    assert found["expected_machine_s"] == near(7200)
    assert found["expected_final_kwh"] is None
    assert found["reason"] == "no model of lots, or none that fits it"


def test_a_day_of_changed_clocks_is_a_day_like_others(db: Connection) -> None:
    """In Madrid the clock goes from 2:00 to 3:00 on 2026-03-29: a lot across it lasts no less."""
    plant(db, "A")
    db.execute("update plant.site set time_zone = 'Europe/Madrid'")
    make(db, [Made("L", "A", 120, 10.0, 100.0)], start=at("2026-03-29 00:00"))
    found = profile(db, "L")
    assert len(found) == 50
    assert {each["to_time"] - each["from_time"] for each in found} == {timedelta(seconds=144)}
    assert [each["power_kw"] for each in found] == [near(10)] * 50
