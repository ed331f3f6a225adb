"""What a lot should have used: judged in SQL by what Python learned; bridge, limits, verdicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from db.connection import connect
from jobs.lots.learn import training
from jobs.lots.model import estimate, fit
from tests.sql.builders import (
    Connection,
    assign,
    declare,
    minutes,
    row,
    rows,
)
from tests.sql.lots import START, Made, make, plant, run


def near(value: float) -> Any:
    return pytest.approx(value, abs=1e-9)


def alike(reference: str, count: int, prefix: str = "") -> list[Made]:
    """100 units in an hour at 10 kW."""
    return [Made(f"{prefix or reference}{i}", reference, 60, 10.0, 100.0) for i in range(count)]


def varied(reference: str, count: int, kw: float = 10.0, seed: int = 1) -> list[Made]:
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        units = round(float(random.uniform(60, 160)))
        length = 5 * round(float(units * 0.6 * np.exp(0.08 * random.standard_normal())) / 5)
        power = float(kw * np.exp(0.03 * random.standard_normal()))
        found.append(Made(f"{reference}{i}", reference, length, power, float(units)))
    return found


def expectation(db: Connection, lot: str) -> dict[str, Any]:
    return row(db, "select * from api.lot_expectation where lot = %s", [lot])


def bridge(db: Connection, lot: str) -> dict[str, Any]:
    return row(db, "select * from api.lot_bridge where lot = %s", [lot])


# Judging


def test_sql_expects_what_python_learned(db: Connection) -> None:
    """For each lot, of references with many lots, with two and one; without a quantity, too."""
    plant(db, "A", "B", "C", "D", family="f")
    end = make(db, varied("A", 12) + varied("B", 10, 20.0, seed=2) + varied("C", 2, 15.0, seed=3))
    make(db, [Made("D0", "D", 60, 12.0, 90.0), Made("A-none", "A", 60, 10.0, None)], start=end)
    run("jobs", "lots")
    with connect(autocommit=True) as connection:
        lots, _ = training(connection)
    assert len(lots) == 26
    for target, value, half in (
        ("energy", "energy_mean", "energy_half_width"),
        ("duration", "duration_mean", "duration_half_width"),
    ):
        model = fit(lots, target)
        assert model is not None
        for place, number in enumerate(lots.lot):
            wanted = estimate(model, lots.take(np.array([place])))
            found = row(db, "select * from analytics.lot_estimate where lot = %s", [number])
            assert wanted is not None
            assert found[value] == pytest.approx(wanted.value, abs=1e-9), number
            assert found[half] == pytest.approx(wanted.half_width, abs=1e-9), number
            assert found[f"{target}_fall_back"] == wanted.fall_back, number
            assert found[f"{target}_lots"] == wanted.lots


def test_waste_is_flagged_and_says_how_much(db: Connection) -> None:
    plant(db, "A")
    end = make(db, varied("A", 15))
    run("jobs", "lots")
    make(db, [Made("WASTE", "A", 60, 13.0, 100.0), Made("GOOD", "A", 60, 10.0, 100.0)], start=end)
    wasted, good = expectation(db, "WASTE"), expectation(db, "GOOD")
    assert wasted["is_flagged"]
    assert wasted["energy_judgement"] == "high"
    assert wasted["expected_kwh"] == pytest.approx(10, rel=0.05)
    assert wasted["excess_kwh"] == near(13 - wasted["expected_kwh"])
    assert wasted["excess_percent"] == near(100 * (13 / wasted["expected_kwh"] - 1))
    assert wasted["lots_behind"] == 15
    assert wasted["inputs"] == "machine_s, quantity"
    assert wasted["fall_back"] is None
    assert wasted["model_version"] == 1
    assert not good["is_flagged"]
    assert good["energy_judgement"] == good["duration_judgement"] == "as expected"


def test_a_setting_says_what_excess_is_too_little_to_mention(db: Connection) -> None:
    plant(db, "A")
    end = make(db, varied("A", 15))
    db.execute("update ops.setting set value = '5' where name = 'lot_minimum_excess_kwh'")
    run("jobs", "lots")
    make(db, [Made("WASTE", "A", 60, 13.0, 100.0), Made("MORE", "A", 60, 16.0, 100.0)], start=end)
    assert not expectation(db, "WASTE")["is_flagged"]  # 3 kWh
    assert expectation(db, "MORE")["is_flagged"]  # 6 kWh


def test_a_lot_of_a_new_reference_names_its_fall_back(db: Connection) -> None:
    plant(db, "A", "B", "NEW", family="f")
    end = make(db, varied("A", 8) + varied("B", 8, 11.0, seed=2))
    run("jobs", "lots")
    make(db, [Made("N1", "NEW", 60, 10.0, 100.0)], start=end)
    found = expectation(db, "N1")
    assert found["fall_back"] in ("family f", "machine m1", "plant")
    assert found["duration_fall_back"] is not None
    assert found["expected_kwh"] == pytest.approx(10.5, rel=0.2)


def test_a_reference_that_is_new_is_no_alarm_and_is_judged_once_it_is_known(
    db: Connection,
) -> None:
    """It takes ten times the power of all that was made before: that is the product, no waste."""
    plant(db, "A", "B", "NEW")
    end = make(db, varied("A", 8) + varied("B", 8, 11.0, seed=2))
    run("jobs", "lots")
    make(db, varied("NEW", 6, 100.0, seed=3), start=end)
    first = expectation(db, "NEW0")
    assert first["energy_judgement"] == "high"
    assert not first["is_flagged"]
    run("jobs", "lots")
    found = expectation(db, "NEW0")
    assert (found["model_version"], found["fall_back"]) == (2, None)
    assert found["energy_judgement"] == "as expected"
    assert expectation(db, "A0")["model_version"] == 1


def test_what_cannot_be_judged_says_why(db: Connection) -> None:
    plant(db, "A")
    make(db, varied("A", 3))
    assert expectation(db, "A0")["reason"] == "no model of lots yet: lotwatt jobs lots makes one"
    assert "only 3 lots to learn from" in run("jobs", "lots")
    assert expectation(db, "A0")["reason"] == "only 3 lots to learn from, fewer than 5"
    assert expectation(db, "A0")["expected_kwh"] is None
    # the first model that can say anything judges the lots before it, too
    end = make(db, varied("A", 9)[3:], start=START + minutes(600))
    run("jobs", "lots")
    assert expectation(db, "A0")["reason"] is None
    declare(db, lots=[{"number": "NO-RUN", "reference": "A", "good_quantity": 5}])
    assign(db, "m1", "NO-ENERGY", end, end + minutes(60))
    make(db, [Made("ZERO", "A", 60, 0.0, 100.0)], start=end + minutes(120))
    for lot, reason in (
        ("NO-RUN", "no run on a machine is known"),
        ("NO-ENERGY", "no energy was measured"),
        ("ZERO", "its energy is zero"),
    ):
        found = expectation(db, lot)
        assert found["reason"] == reason
        assert found["expected_kwh"] is None
        assert not found["is_flagged"]
        assert bridge(db, lot)["reason"] == reason
        run("lot", "show", lot)
    run("jobs", "lots")
    run("jobs", "golden")


# Versions and verdicts


def test_the_same_lots_make_no_new_version_and_later_versions_judge_later_lots(
    db: Connection,
) -> None:
    plant(db, "A")
    end = make(db, varied("A", 8))
    run("jobs", "lots")
    before = expectation(db, "A0")
    assert "as before" in run("jobs", "lots")
    make(db, [Made("A8", "A", 60, 11.0, 100.0)], start=end)
    assert "version 2" in run("jobs", "lots")
    assert expectation(db, "A0") == before
    newest = rows(db, "select * from api.lot_model where is_newest and fall_back = 'all'")
    assert {each["target"]: each["lots"] for each in newest} == {"energy": 9, "duration": 9}


def test_a_lot_that_wasted_trains_no_more_when_a_person_says_so(db: Connection) -> None:
    plant(db, "A")
    end = make(db, varied("A", 8))
    make(db, [Made("WASTE", "A", 60, 14.0, 100.0)], start=end)
    run("jobs", "lots")
    assert expectation(db, "WASTE")["is_flagged"]
    run("lot", "verdict", "WASTE", "real", "--note", "door open")
    assert expectation(db, "WASTE")["verdict"] == "real"
    assert expectation(db, "WASTE")["is_flagged"]
    assert "8 lots" in run("jobs", "lots")
    run("lot", "verdict", "WASTE", "planned_stop")
    assert not expectation(db, "WASTE")["is_flagged"]
    run("lot", "verdict", "WASTE", "none")
    assert "9 lots" in run("jobs", "lots")
    said = rows(db, "select new_value from plant.audit where object = 'lot verdict' order by 1")
    assert len(said) == 3


def test_how_often_a_flagged_lot_was_right(db: Connection) -> None:
    """Ten wasted lots: seven called real, two false, one a planned stop. A good one is no flag."""
    plant(db, "A")
    end = make(db, varied("A", 15))
    run("jobs", "lots")
    wasted = [Made(f"W{number}", "A", 60, 13.0, 100.0) for number in range(10)]
    make(db, [*wasted, Made("GOOD", "A", 60, 10.0, 100.0)], start=end)
    record = "select * from api.detector_record where class = 'lot'"
    assert rows(db, record) == []
    run("lot", "verdict", "GOOD", "false")
    assert rows(db, record) == []
    verdicts = ["real"] * 7 + ["false"] * 2 + ["planned_stop"]
    for number, verdict in enumerate(verdicts[:9]):
        run("lot", "verdict", f"W{number}", verdict)
    found = row(db, record)
    assert (found["kind"], found["verdicts"], found["real_episodes"]) == ("energy", 9, 7)
    assert (found["precision"], found["is_enough"]) == (None, False)
    run("lot", "verdict", "W9", verdicts[9])
    found = row(db, record)
    assert (found["verdicts"], found["false_episodes"], found["planned_stops"]) == (10, 2, 1)
    assert (found["precision"], found["is_enough"]) == (near(0.7), True)


# The bridge


def test_the_bridge_of_a_hand_worked_lot(db: Connection) -> None:
    """Norm: 100 units, 36 s a unit, 10 kW: 10 kWh. The lot: 120 units, 5,400 s, 12 kW: 18 kWh.

    quantity (120 - 100) x 36 x 10 / 3,600 = 2; time (5,400 - 120 x 36) x 10 / 3,600 = 3;
    power 18 - 5,400 x 10 / 3,600 = 3; together 8 = 18 - 10.
    """
    plant(db, "A")
    make(db, [*alike("A", 6), Made("X", "A", 90, 12.0, 120.0)])
    run("jobs", "lots")
    found = bridge(db, "X")
    assert found["norm_kwh"] == near(10)
    assert found["difference_kwh"] == near(8)
    assert found["quantity_kwh"] == near(2)
    assert found["duration_kwh"] == near(3)
    assert found["intensity_kwh"] == near(3)
    assert found["norm_lots"] == 7
    assert found["reason"] is None


def test_every_bridge_adds_up(db: Connection) -> None:
    plant(db, "A", "B")
    make(db, varied("A", 10) + varied("B", 10, 30.0, seed=2))
    run("jobs", "lots")
    found = rows(db, "select * from api.lot_bridge")
    assert len(found) == 20
    for each in found:
        parts = each["quantity_kwh"] + each["duration_kwh"] + each["intensity_kwh"]
        assert parts == near(each["energy_kwh"] - each["norm_kwh"])
        assert each["difference_kwh"] == near(parts)


def test_where_something_is_missing_there_is_no_bridge_and_a_reason(db: Connection) -> None:
    plant(db, "A", "B")
    make(db, [*alike("A", 6), Made("NO-UNITS", "A", 60, 10.0, None), *alike("B", 2)])
    run("jobs", "lots")
    for lot, reason in (
        ("NO-UNITS", "its quantity is not known"),
        ("B0", "fewer than 5 lots of its reference to take a norm from"),
    ):
        found = bridge(db, lot)
        assert found["reason"] == reason
        assert [found[name] for name in ("norm_kwh", "quantity_kwh", "duration_kwh")] == [None] * 3
        assert found["intensity_kwh"] is None


# Charts


def test_limits_are_frozen_and_a_new_lot_does_not_move_them(db: Connection) -> None:
    """10 lots of 10 and 12 kW in turn: kWh a unit 0.1 and 0.12; mean 0.11, every range 0.02."""
    plant(db, "A", temperature_minimum_c=90, temperature_maximum_c=120)
    lots = [Made(f"A{i}", "A", 60, 10.0 + 2 * (i % 2), 100.0, 100.0 + i % 2) for i in range(10)]
    end = make(db, lots[:9])
    run("jobs", "lots")
    chart = (
        "select * from api.control_chart where figure = 'energy_kwh_per_unit' order by finished_at"
    )
    assert rows(db, chart)[0]["reason"].startswith("no limits yet")
    assert rows(db, chart)[0]["rules"] is None
    end = make(db, lots[9:], start=end)
    run("jobs", "lots")
    first = rows(db, chart)[0]
    assert first["center"] == near(0.11)
    assert first["upper_limit"] == near(0.11 + 3 * 0.02 / 1.128)
    assert first["moving_range_limit"] == near(3.267 * 0.02)
    assert (first["moving_range"], first["baseline_lots"], first["rules"]) == (None, 10, [])
    make(db, [Made("HIGH", "A", 60, 20.0, 100.0)], start=end)
    run("jobs", "lots")
    high = rows(db, chart)[-1]
    assert high["lot"] == "HIGH"
    assert high["center"] == near(0.11)
    assert 1 in high["rules"]
    assert high["is_out_of_control"]
    # temperatures 100 and 101 in turn: mean 100.5, sigma 1 / 1.128, band 90 to 120
    found = row(db, "select * from api.capability")
    assert found["cp"] == near(30 * 1.128 / 6)
    assert found["cpk"] == near(10.5 * 1.128 / 3)
    # all of one length: no spread, and no rule is invented
    lengths = rows(db, "select * from api.control_chart where figure = 'machine_s'")
    assert lengths[0]["reason"] == "all lots of the baseline are alike: no limits"
    assert lengths[0]["rules"] is None


def test_a_person_may_begin_a_new_time_of_a_chart(db: Connection) -> None:
    plant(db, "A")
    lots = [Made(f"A{i}", "A", 60, 10.0 + 2 * (i % 2), 100.0) for i in range(10)]
    end = make(db, lots)
    run("jobs", "lots")
    later = [Made(f"B{i}", "A", 60, 20.0 + 2 * (i % 2), 100.0) for i in range(10)]
    make(db, later, start=end)
    run("jobs", "lots", "--new-limits", "A", "--from", end.isoformat())
    chart = rows(db, "select * from api.control_chart where figure = 'energy_kwh_per_unit'")
    by_lot = {each["lot"]: each for each in chart}
    assert by_lot["A5"]["center"] == near(0.11)
    assert by_lot["B5"]["center"] == near(0.21)
    assert (by_lot["A5"]["limit_version"], by_lot["B5"]["limit_version"]) == (1, 2)
    assert not any(each["is_out_of_control"] for each in chart)
