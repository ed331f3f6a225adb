"""What the boards of lots and references read, each value worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.sql.builders import Connection, row, rows
from tests.sql.lots import START, Made, make, plant, run

YEAR = timedelta(days=365)


def near(value: float) -> Any:
    return pytest.approx(value, abs=1e-9)


def test_a_reference_by_the_lots_of_a_period(db: Connection) -> None:
    """60 minutes at 10 kW for 10 units and at 20 kW for 40: 30 kWh for 50 units, 0.6 a unit (the
    mean of ratios would be 0.75). Of 1 and 0.5 the 5th percentile is 0.525, the 95th 0.975."""
    plant(db, "A", "B")
    end = make(db, [
        Made("a1", "A", 60, 10, 10, 100), Made("a2", "A", 60, 20, 40, 120),
        Made("b1", "B", 120, 5, None, 90),
    ])  # fmt: skip
    a, b = rows(db, "select * from api.reference_period(%s, %s)", [START, end + YEAR])
    assert (a["reference"], a["lots"], a["quantity"], a["duration_s_mean"]) == ("A", 2, 50, 3600)
    assert (a["energy_kwh"], a["energy_kwh_per_unit"]) == (near(30), near(0.6))
    assert (a["energy_kwh_per_unit_p05"], a["energy_kwh_per_unit_p95"]) == (
        near(0.525), near(0.975),
    )  # fmt: skip
    assert (a["temperature_c_min"], a["temperature_c_max"]) == (near(100), near(120))
    # nobody counted what b1 made: its energy is known, and no energy per unit
    assert (b["energy_kwh"], b["quantity"]) == (near(10), None)
    assert (b["lots_with_energy"], b["energy_kwh_per_unit"]) == (0, None)
    # the end of a1 is an hour after the start: a period that ends there does not hold it
    assert rows(
        db, "select * from api.reference_period(%s, %s)", [START, START + timedelta(hours=1)]
    ) == []  # fmt: skip


def test_all_time_is_what_the_references_say(db: Connection) -> None:
    plant(db, "A")
    end = make(db, [Made("a1", "A", 60, 10, 10), Made("a2", "A", 90, 20, 40)])
    period = row(db, "select * from api.reference_period(%s, %s)", [START, end + YEAR])
    whole = row(db, "select * from api.reference where reference = 'A'")
    same = ("lots", "quantity", "duration_s_mean", "energy_kwh", "energy_kwh_per_unit")
    spread = ("energy_kwh_per_unit_p05", "energy_kwh_per_unit_p95", "temperature_c_max")
    for name in (*same, *spread):
        assert period[name] == pytest.approx(whole[name]), name


def test_lots_by_energy_per_unit(db: Connection) -> None:
    """Four lots of 0.1, 0.2, 0.3 and 0.5 kWh a unit: root of 4 is two bins, 0.1 to 0.3 to 0.5. The
    last bin holds its upper end."""
    plant(db, "A")
    end = make(db, [Made(f"l{kw}", "A", 60, kw, 100) for kw in (10, 20, 30, 50)])
    found = rows(db, "select * from api.lot_distribution('A', %s, %s)", [START, end + YEAR])
    assert sum(each["lots"] for each in found) == 4
    assert [(each["from_kwh_per_unit"], each["to_kwh_per_unit"]) for each in found] == [
        (near(0.1), near(0.3)), (near(0.3), near(0.5)),
    ]  # fmt: skip
    assert found[0]["label"] == "0.1000"
    alike = rows(db, "select * from api.lot_distribution('A', %s, %s)", [START, START + YEAR / 2])
    assert alike == found
    assert rows(db, "select * from api.lot_distribution('B', %s, %s)", [START, end]) == []


def test_lots_that_are_all_alike_are_one_bin(db: Connection) -> None:
    plant(db, "A")
    end = make(db, [Made("l1", "A", 60, 10, 100)])
    (found,) = rows(db, "select * from api.lot_distribution('A', %s, %s)", [START, end + YEAR])
    assert (found["lots"], found["from_kwh_per_unit"]) == (1, near(0.1))


def test_a_lot_beside_the_golden_profile(db: Connection) -> None:
    """At the middle of each phase; without a golden profile its own values stand alone."""
    plant(db, "A")
    make(db, [Made("l1", "A", 100, 10, 100, 150)])
    found = rows(db, "select * from api.lot_beside_golden('l1')")
    assert len(found) == 50
    assert found[0]["time"] == START + timedelta(minutes=1)
    assert (found[10]["temperature_c"], found[10]["power_kw"]) == (near(150), near(10))
    assert found[0]["golden_power_kw"] is None
    assert rows(db, "select * from api.lot_beside_golden('nobody')") == []


def test_golden_values_are_those_of_the_profile(db: Connection) -> None:
    plant(db, "A")
    make(db, [Made(f"l{n}", "A", 100, 10 + n / 10, 100) for n in range(12)])
    run("jobs", "golden")
    found = rows(db, "select * from api.lot_beside_golden('l3')")
    golden = rows(
        db, "select median, low, high from api.golden_profile"
        " where reference = 'A' and is_newest and measure = 'power_kw' order by phase",
    )  # fmt: skip
    assert len(golden) == 50
    assert [(each["golden_power_kw"], each["golden_power_kw_low"], each["golden_power_kw_high"])
            for each in found] == [tuple(each.values()) for each in golden]  # fmt: skip
