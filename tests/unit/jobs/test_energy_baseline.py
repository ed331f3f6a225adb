"""Energy baselines: figures by hand, the choice of inputs, the conditions."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from jobs.energy.baseline import Fit, autocorrelation, baseline, crossed, select

MONDAY = dt.date(2026, 1, 5)
DAYS = [MONDAY + dt.timedelta(days=number) for number in range(84)]


def weeks() -> Any:
    return np.array([(day - MONDAY).days // 7 for day in DAYS])


def inputs(seed: int = 1) -> list[dict[str, float | None]]:
    """Run hours and the quantities of two references; nothing on Sundays."""
    draw = np.random.default_rng(seed)
    found: list[dict[str, float | None]] = []
    for day in DAYS:
        if day.weekday() == 6:
            found.append({"off": 1})
            continue
        quantity = float(draw.uniform(50, 150))
        each: dict[str, float | None] = {
            "run_h": quantity / 20,
            f"quantity:{'AB'[day.day % 2]}": quantity,
        }
        found.append(each | ({"saturday": 1} if day.weekday() == 5 else {}))
    return found


def energy(given: list[dict[str, float | None]], noise: float = 1.0) -> list[float]:
    draw = np.random.default_rng(9)
    return [
        20 + 0.5 * (each.get("quantity:A") or 0) + 0.2 * (each.get("quantity:B") or 0)
        + noise * float(draw.normal())
        for each in given
    ]  # fmt: skip


def test_cv_rmse_and_nmbe_by_hand() -> None:
    """ASHRAE Guideline 14: errors 1, -2, 2 about a mean of 20. RMSE = sqrt(9 / 3), 8.66 % of 20;
    mean error 1/3, 1.67 % of 20.
    """
    fit = Fit(("constant",), np.ones((3, 1)), np.array([10.0, 20, 30]), np.array([1.0, -2, 2]))
    assert fit.cv_rmse == pytest.approx(3**0.5 / 20)
    assert fit.nmbe == pytest.approx(1 / 60)


def test_a_week_is_left_out_whole() -> None:
    """Two weeks of 10 and 20: each is foreseen by the mean of the other."""
    y = np.array([10.0] * 7 + [20.0] * 7)
    fit = crossed(y, [{}] * 14, [], np.array([0] * 7 + [1] * 7))
    assert fit.left_out.tolist() == pytest.approx([-10] * 7 + [10] * 7)


def test_autocorrelation_by_hand() -> None:
    """Residuals 2, 1, -1, -2: products of neighbours 2, -1, 2, sum 3, over squares 10, times 4 / 3.
    The day after a gap has no neighbour.
    """
    residuals = np.array([2.0, 1, -1, -2])
    assert autocorrelation(DAYS[:4], residuals) == pytest.approx(0.4)
    gap = [*DAYS[:2], *DAYS[3:5]]
    assert autocorrelation(gap, residuals) == pytest.approx((2 + 2) / 10 * 4 / 2)
    assert autocorrelation(DAYS[:4], np.array([1.0, -1, 1, -1])) == 0


def test_it_takes_the_inputs_that_help() -> None:
    given = inputs()
    fit = select(np.array(energy(given)), given, weeks())
    assert set(fit.names) == {"constant", "saturday", "off", "quantity:A", "quantity:B"}
    found = baseline(DAYS, energy(given), given)
    assert found["is_valid"], found["reason"]
    terms = {each["input"]: each for each in found["terms"]}
    assert terms["quantity:A"]["coefficient"] == pytest.approx(0.5, abs=0.02)
    assert terms["quantity:B"]["coefficient"] == pytest.approx(0.2, abs=0.02)
    assert terms["quantity:A"]["p_value"] < 1e-6
    assert found["r2"] > 0.99
    assert found["rmse_kwh"] == pytest.approx(1, abs=0.3)


def test_run_hours_stand_in_where_a_quantity_is_not_known() -> None:
    given = inputs()
    given[10] = {**given[10], **{name: None for name in given[10] if name.startswith("quantity")}}
    y = [20 + 8 * (each.get("run_h") or 0) for each in given]
    names = select(np.array(y), given, weeks()).names
    assert "run_h" in names
    assert not any(name.startswith("quantity") for name in names)


def test_a_driver_that_says_nothing_is_left_out() -> None:
    draw = np.random.default_rng(3)
    cold = [float(value) for value in draw.normal(10, 5, len(DAYS))]
    given = [
        {**each, "driver:cold": value, "driver:luck": float(draw.normal()), "driver:gap": None}
        for each, value in zip(inputs(), cold, strict=True)
    ]
    y = [base - 2 * value for base, value in zip(energy(inputs()), cold, strict=True)]
    names = select(np.array(y), given, weeks()).names
    assert "driver:cold" in names
    assert "driver:luck" not in names
    assert "driver:gap" not in names


def test_what_does_not_hold_is_said() -> None:
    draw = np.random.default_rng(7)
    found = baseline(DAYS, [float(v) for v in draw.exponential(100, len(DAYS))], [{}] * len(DAYS))
    assert not found["is_valid"]
    assert "above 30 % (ASHRAE Guideline 14)" in found["reason"]
    assert "below 0.75 (IPMVP)" in found["reason"]


def test_r2_is_not_asked_for_where_little_is_left_to_explain() -> None:
    draw = np.random.default_rng(7)
    found = baseline(DAYS, [float(100 + v) for v in draw.normal(size=len(DAYS))], [{}] * len(DAYS))
    assert found["r2"] < 0.1
    assert found["is_valid"]


@pytest.mark.parametrize(
    ("days", "value", "said"),
    [(0, 1.0, "only 0 days fully measured, fewer than 28"),
     (27, 1.0, "only 27 days fully measured, fewer than 28"),
     (40, 0.0, "no energy was used in the baseline period")],
)  # fmt: skip
def test_too_little_is_no_baseline(days: int, value: float, said: str) -> None:
    found = baseline(DAYS[:days], [value] * days, [{}] * days)
    assert (found["is_valid"], found["reason"], found["terms"]) == (False, said, [])


def test_a_kind_of_day_that_never_came_is_on_record() -> None:
    """Else a first Sunday would silently be expected to be a workday."""
    days = [day for day in DAYS if day.weekday() < 5]
    found = baseline(days, [100.0 + day.day for day in days], [{}] * len(days))
    terms = {each["input"]: each for each in found["terms"]}
    assert terms["off"]["maximum"] == terms["saturday"]["maximum"] == 0
