"""Energy baselines: from meters and lots to savings, in SQL."""

import math
import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from jobs.energy.job import learn
from lotwatt import main
from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare,
    declare_site,
    every,
    kwh_meter,
    load,
    row,
    rows,
    settle,
)

BEGIN = at("2026-01-05 00:00")  # a Monday
METER = {"sampling_interval": "15 minutes", "max_gap": "1 day"}
BASE, PER_UNIT = 24.0, {"A": 0.5, "B": 0.2}
SAVED = 0.1


def plan(days: int) -> list[tuple[str, float]]:
    """Reference and quantity of the one lot of each day; nothing is made on Sundays."""
    draw = random.Random(1)
    return [
        ("AB"[day % 2], 0.0 if (day % 7) == 6 else round(draw.uniform(100, 300)))
        for day in range(days)
    ]


def plant(db: Connection, days: int, saved_from: int | None = None) -> list[float]:
    """A machine that uses 24 kWh a day and so much a unit; 10 % less from a day on. kWh by day."""
    declare_site(db, "m1")
    declare(db, references=[{"code": "A"}, {"code": "B"}])
    kwh_meter(db, "e1", "m1", **METER)
    register, total, used = [(BEGIN, 0.0)], 0.0, []
    for day, (reference, quantity) in enumerate(plan(days)):
        start = BEGIN + timedelta(days=day)
        noise = math.sin(day * 1.7)
        energy = BASE + PER_UNIT[reference] * quantity + noise
        energy *= 1 - SAVED * (saved_from is not None and day >= saved_from)
        total += energy
        used.append(energy)
        register.append((start + timedelta(days=1), total))
        if quantity:
            declare(db, lots=[{"number": f"L{day}", "reference": reference}])
            assign(db, "m1", f"L{day}", start + timedelta(hours=6), start + timedelta(hours=14))
            db.execute(
                "update plant.lot set good_quantity = %s, good_quantity_source = 'declared'"
                " where number = %s",
                [quantity, f"L{day}"],
            )
    load(db, "e1", *register)
    settle(db)
    return used


def day(number: int) -> date:
    return (BEGIN + timedelta(days=number)).date()


def model(db: Connection, place: str = "m1") -> dict[str, Any]:
    return row(db, "select * from api.energy_model where place = %s and is_newest", [place])


def test_it_finds_what_a_unit_uses(db: Connection) -> None:
    plant(db, 90, saved_from=60)
    assert learn(db, day(0), day(59)) == 3
    found = model(db)
    assert found["is_valid"], found["reason"]
    assert (found["days"], found["baseline_from"], found["baseline_to"]) == (60, day(0), day(59))
    terms = {
        each["input"]: each["coefficient"]
        for each in rows(db, "select * from api.energy_model_term where place = 'm1'")
    }
    assert terms["quantity:A"] == pytest.approx(PER_UNIT["A"], rel=0.02)
    assert terms["quantity:B"] == pytest.approx(PER_UNIT["B"], rel=0.05)
    assert found["cv_rmse_percent"] < 2


def test_savings_and_cusum(db: Connection) -> None:
    used = plant(db, 90, saved_from=60)
    learn(db, day(0), day(59))
    found = row(db, "select * from api.energy_savings('machine', 'm1', %s)", [day(60)])
    expected = sum(used[60:90]) / (1 - SAVED)
    assert found["days"] == 30
    assert found["actual_kwh"] == pytest.approx(sum(used[60:90]))
    assert found["expected_kwh"] == pytest.approx(expected, rel=0.01)
    assert found["savings_percent"] == pytest.approx(10, abs=1)
    assert found["is_significant"]
    assert found["is_valid"]
    last = rows(db, "select * from api.energy_cusum where place = 'm1' order by day")[-1]
    assert last["days"] == 30
    assert last["cusum_kwh"] == pytest.approx(-found["savings_kwh"])
    early = rows(db, "select * from api.energy_baseline where place = 'm1' and period = 'baseline'")
    assert len(early) == 60
    assert sum(each["deviation_kwh"] for each in early) == pytest.approx(0, abs=1e-6)
    assert rows(db, "select from api.energy_savings('machine', 'm1', %s)", [day(300)]) == []


def test_a_valid_baseline_stays_until_it_is_renewed(db: Connection) -> None:
    plant(db, 90)
    learn(db, day(0), day(59))
    before = model(db)
    assert learn(db, day(0), day(80)) == 0
    assert model(db) == before
    assert learn(db, day(0), day(80), renew="m1", why="new motor") == 1
    after = model(db)
    assert (after["version"], after["baseline_to"], after["why"]) == (2, day(80), "new motor")
    days = rows(
        db,
        "select day, version from api.energy_baseline"
        " where place = 'm1' and period = 'reporting' and actual_kwh is not null order by day",
    )
    assert [each["version"] for each in days] == [1] * 21 + [2] * 9


def test_a_period_has_the_days_of_the_whole(db: Connection) -> None:
    """A lot that runs over midnight keeps its share of each day, however few days are asked for."""
    plant(db, 60)
    declare(db, lots=[{"number": "NIGHT", "reference": "A"}])
    start = BEGIN + timedelta(days=42, hours=14)
    assign(db, "m1", "NIGHT", start, start + timedelta(hours=16))
    db.execute("update plant.lot set good_quantity = 240 where number = 'NIGHT'")
    settle(db)
    learn(db, day(0), day(39))
    # 14:00 to 24:00 are 10 of its 16 hours; 6 are left for day 43, before the lot of that day
    inputs = rows(db, "select * from api.energy_days('machine', 'm1', %s, %s)", [day(43), day(43)])[
        0
    ]["inputs"]
    reference, quantity = plan(60)[43]
    assert reference == "B"
    assert inputs == {
        "run_h": pytest.approx(6 + 8),
        "quantity:A": pytest.approx(240 * 6 / 16),
        "quantity:B": pytest.approx(quantity),
    }
    period = "select * from api.energy_baseline_days('machine', 'm1', %s, %s) order by day"
    found = rows(db, period, [day(38), day(45)])
    assert [each["day"] for each in found] == [day(number) for number in range(38, 46)]
    whole = rows(
        db,
        "select * from api.energy_baseline"
        " where place = 'm1' and day between %s and %s order by day",
        [day(38), day(45)],
    )
    assert [{"level": "machine", "place": "m1"} | each for each in found] == whole
    assert rows(db, period, [day(200), day(210)]) == []
    assert rows(db, period, ["2999-01-01", "infinity"]) == rows(db, period, [day(9), day(8)]) == []
    assert rows(db, period, ["-infinity", "infinity"]) == rows(db, period, [day(0), day(99)])
    nowhere = "select from api.energy_days('machine', 'none', %s, %s)"
    assert rows(db, nowhere, [day(1), day(9)]) == []


def test_the_same_data_the_same_numbers(db: Connection) -> None:
    plant(db, 40)
    query = "select * from api.energy_model_term order by level, place, version, input"
    learn(db, day(0), day(39), renew="m1", why="once")
    learn(db, day(0), day(39), renew="m1", why="again")
    found = rows(db, query)
    first, second = (
        [{**each, "version": 0} for each in found if each["version"] == version]
        for version in (1, 2)
    )
    assert first == second


def test_too_few_days_are_said(db: Connection) -> None:
    plant(db, 20)
    learn(db, day(0), day(20))
    found = model(db)
    assert not found["is_valid"]
    assert found["reason"] == "only 20 days fully measured, fewer than 28"
    assert rows(db, "select from api.energy_baseline") == []


def test_what_cannot_be_compared_says_why(db: Connection) -> None:
    """A reference that the baseline never saw; a lot without a quantity; a day without readings."""
    plant(db, 40)
    learn(db, day(0), day(34))
    declare(db, lots=[{"number": "X", "reference": "C"}], references=[{"code": "C"}])
    start = BEGIN + timedelta(days=35, hours=16)
    assign(db, "m1", "X", start, start + timedelta(hours=1))
    db.execute(
        "update plant.lot set good_quantity = 5, good_quantity_source = 'declared'"
        " where number = 'X'"
    )
    db.execute("update plant.lot set good_quantity = null where number = 'L36'")
    db.execute(
        "select telemetry.strike_reading('e1', %s, 'test', 'wrong')", [BEGIN + timedelta(days=38)]
    )
    settle(db)
    found = rows(
        db,
        "select day, expected_kwh, reason from api.energy_baseline"
        " where place = 'm1' and period = 'reporting' order by day",
    )
    said = {(each["day"] - day(0)).days: each["reason"] for each in found}
    assert said[35] == "made in the baseline period was no C"
    assert said[36] == "an input is not known"
    assert said[37] == said[38] == "not fully measured"
    assert said[39] is None
    assert found[0]["expected_kwh"] is None


def test_a_driver_of_the_site_counts(db: Connection) -> None:
    """Energy rises with the cold outside; the thermometer of the site is declared as a driver."""
    declare_site(db, "m1")
    declare(
        db,
        sensors=[{
            "code": "outside", "topic": "test/outside", "site": "site", "kind": "gauge",
            "quantity": "temperature", "unit": "C", "max_gap": "2 days",
            "sampling_interval": "1 day",
        }],
        drivers=[{"code": "cold", "sensor": "outside", "statistic": "mean"}],
    )  # fmt: skip
    kwh_meter(db, "e1", "m1", **METER)
    draw = random.Random(3)
    temperature = [10 + draw.uniform(-8, 8) for _ in range(61)]
    outside, register, total = [], [(BEGIN, 0.0)], 0.0
    for number in range(60):
        start = BEGIN + timedelta(days=number)
        outside += [
            (start, temperature[number]),
            (start + timedelta(hours=23), temperature[number]),
        ]
        mean = (23.5 * temperature[number] + 0.5 * temperature[number + 1]) / 24
        total += 200 - 5 * mean
        register.append((start + timedelta(days=1), total))
    load(db, "outside", *outside, (BEGIN + timedelta(days=60), temperature[60]))
    load(db, "e1", *register)
    settle(db)
    learn(db, day(0), day(59))
    found = rows(
        db, "select * from api.energy_model_term where place = 'm1' and input = 'driver:cold'"
    )
    assert found[0]["coefficient"] == pytest.approx(-5, rel=0.01)
    assert model(db, "site")["is_valid"]


def test_commands(db: Connection) -> None:
    plant(db, 40)
    words = ["jobs", "energy", "--from", "2026-01-05", "--to", "2026-02-13"]
    answer = CliRunner().invoke(main, words)
    assert answer.exit_code == 0, answer.output
    assert "3 energy baselines written" in answer.output
    assert "0 energy baselines written" in CliRunner().invoke(main, words).output
    answer = CliRunner().invoke(main, ["jobs", "energy", "--renew", "x", "--reason", "y"])
    assert "no machine, line or site x with a meter" in answer.output
    assert CliRunner().invoke(main, ["jobs", "energy", "--renew", "x"]).exit_code == 2


def test_a_machine_that_stands_still(db: Connection) -> None:
    declare_site(db, "m1")
    kwh_meter(db, "e1", "m1", **METER)
    load(db, "e1", *every(86400, BEGIN, BEGIN + timedelta(days=40), 7.0))
    settle(db)
    learn(db, day(0), day(39))
    assert model(db)["reason"] == "no energy was used in the baseline period"


def test_a_meter_that_runs_evenly(db: Connection) -> None:
    declare_site(db, "m1", time_zone="Europe/Madrid")
    kwh_meter(db, "e1", "m1", **METER)
    start = datetime.fromisoformat("2026-03-01T00:00+01:00")
    load(db, "e1", *every(3600, start, start + timedelta(days=60), lambda h: 2 * h))
    settle(db)
    learn(db, date(2026, 3, 1), date(2026, 4, 20))
    days = rows(db, "select * from api.energy_baseline where place = 'm1' order by day")
    by_day = {each["day"]: each["actual_kwh"] for each in days}
    assert by_day[date(2026, 3, 28)] == pytest.approx(48)
    assert by_day[date(2026, 3, 29)] == pytest.approx(46)
    assert model(db)["is_valid"]


@pytest.mark.parametrize(
    ("rho", "expected"), [(0.0, 391.018 * (1.02 / 1.545) ** 0.5), (0.2, 391.018)]
)
def test_uncertainty_of_savings_by_hand(db: Connection, rho: float, expected: float) -> None:
    """ASHRAE Guideline 14 with the factor of OpenDSM (derivatives.py, _compute_fsu_error, daily).

    100 days, rho 0.2: n' = 100 x 0.8 / 1.2 = 66.67. 30 days to judge: M = 1, factor -0.00024 +
    0.03535 + 1.00286 = 1.03797. sqrt(1.5 x 1.03 / 30) = 0.226936. 10,000 kWh x 1.66 x 1.03797
    x 10 / 100 x 0.226936 = 391.0 kWh. Without autocorrelation n' = 100: sqrt(1 x 1.02 / 30).
    """
    (found,) = rows(
        db, "select analytics.savings_uncertainty(10000, 100, 10, 100, %s, 30, 1.66) as kwh", [rho]
    )
    assert found["kwh"] == pytest.approx(expected, rel=1e-5)
