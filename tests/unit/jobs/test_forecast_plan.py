"""The plan as a method of forecasts: where it is kept, where it is not, where there is none."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jobs.forecast.issue import History, issue
from jobs.forecast.methods import Floats
from jobs.forecast.plan import MachinePlan, Shares, fit, planned, running

MONDAY = dt.date(2026, 1, 5)
DAYS = 170
AT = dt.datetime(2026, 1, 5, tzinfo=dt.UTC) + dt.timedelta(days=DAYS)
KW = {"A": 30.0, "B": 80.0, "C": 150.0}
Ran = dict[str, Floats]


def irregular(seed: int) -> Ran:
    """Which reference runs in which hour, with a day more than the history: no calendar says it."""
    draw = np.random.default_rng(seed)
    found = {name: np.zeros((DAYS + 1) * 24) for name in KW}
    hour = 0
    while hour < (DAYS + 1) * 24:
        length = int(draw.integers(3, 14))
        name = draw.choice(["A", "B", "C", ""])
        if name:
            found[name][hour : hour + length] = 1
        hour += length
    return found


def shares(ran: Ran, meant: Ran, days: int = DAYS) -> list[Shares]:
    def hours(values: Floats) -> tuple[list[int], list[float]]:
        numbers = np.flatnonzero(values)
        return numbers.tolist(), values[numbers].tolist()

    return [Shares(name, *hours(ran[name][: days * 24]), *hours(meant[name])) for name in ran]


def history(ran: Ran, plans: Sequence[MachinePlan], seed: int = 1) -> History:
    draw = np.random.default_rng(seed)
    energy = 5 + sum(KW.get(name, 0) * values for name, values in ran.items())
    energy = energy[: DAYS * 24] * (1 + draw.normal(size=DAYS * 24) / 20)
    return History(
        "machine", "m1", "electricity", "UTC", MONDAY, range(DAYS * 24), energy.tolist(), (), plans
    )


def foreseen(ran: Ran, meant: Ran | None, days: Sequence[int] = range(DAYS + 1)) -> dict[str, Any]:
    plans = [] if meant is None else [MachinePlan("m1", days, shares(ran, meant))]
    (row,) = issue([history(ran, plans)], AT)
    return row


def error(row: dict[str, Any], ran: Ran) -> float:
    wanted = 5 + sum(KW[name] * values[DAYS * 24 :] for name, values in ran.items())
    return float(np.abs(np.array(row["energy_kwh"]) - wanted).mean())


def test_with_a_plan_it_is_much_better() -> None:
    ran = irregular(1)
    without, with_plan = foreseen(ran, None), foreseen(ran, ran)
    assert with_plan["method"] == "plan"
    assert with_plan["error_ratio"] < 0.1
    assert error(with_plan, ran) < 0.2 * error(without, ran)
    assert without["method"] != "plan"


def test_without_a_plan_nothing_changes() -> None:
    """Neither where there never was one, nor where it ends before the day to come."""
    ran = irregular(1)
    before = {name: np.where(np.arange(len(v)) < DAYS * 24, v, 0) for name, v in ran.items()}
    assert foreseen(ran, before, range(DAYS)) == foreseen(ran, None)


def test_a_plan_that_is_not_kept_is_dropped() -> None:
    assert "plan" not in foreseen(irregular(1), irregular(2))["method"]


def test_a_plan_that_is_no_longer_kept_is_dropped() -> None:
    ran, other = irregular(1), irregular(2)
    late = np.arange((DAYS + 1) * 24) >= (DAYS - 28) * 24
    meant = {name: np.where(late, other[name], ran[name]) for name in ran}
    assert "plan" not in foreseen(ran, meant)["method"]


def test_a_machine_without_a_plan_runs_as_usual_beside_one_with_it() -> None:
    """A line of two: one runs by plan, the other on workdays, and nobody plans it."""
    ran = irregular(3)
    day = np.arange((DAYS + 1) * 24) // 24
    hour = np.arange((DAYS + 1) * 24) % 24
    usual = {"A": ((day % 7 < 5) & (hour >= 6) & (hour < 22)).astype(float)}
    nothing = {"A": np.zeros_like(usual["A"])}
    plans = [
        MachinePlan("m1", range(DAYS + 1), shares(ran, ran)),
        MachinePlan("m2", [3], shares(usual, nothing)),
    ]
    one = history(ran, plans)
    energy = np.array(one.energy_kwh) + 60 * usual["A"][: DAYS * 24]
    (row,) = issue([replace(one, level="line", energy_kwh=energy.tolist())], AT)
    wanted = 5 + sum(KW[name] * values[DAYS * 24 :] for name, values in ran.items())
    wanted = wanted + 60 * usual["A"][DAYS * 24 :]
    assert row["method"] == "plan"
    assert np.abs(np.array(row["energy_kwh"]) - wanted).mean() < 10


def test_a_reference_never_seen_counts_as_the_others_of_its_machine() -> None:
    ran = irregular(1)
    new = ran | {"NEW": ran["A"] * 0}
    meant = {name: values.copy() for name, values in new.items()}
    meant["NEW"][DAYS * 24 :] = 1
    for name in KW:
        meant[name][DAYS * 24 :] = 0
    row = foreseen(new, meant)
    assert row["method"] == "plan"
    assert 30 < min(row["energy_kwh"]) <= max(row["energy_kwh"]) < 150


def test_it_knows_nothing_of_what_comes_after() -> None:
    """Other energy, runs and plans after a row change no forecast up to that row."""
    ran = irregular(1)
    values = (5 + sum(KW[n] * v for n, v in ran.items())).reshape(DAYS + 1, 24)
    values = values * (1 + np.random.default_rng(1).normal(size=values.shape) / 20)
    kind = np.zeros(values.shape, dtype=np.int64)

    def made(energy: Floats, did: Ran, meant: Ran) -> Floats:
        plans = [MachinePlan("m1", range(DAYS + 1), shares(did, meant))]
        return planned(energy, kind, running(plans, kind, 0, DAYS), 100)

    row = 130
    late = np.arange((DAYS + 1) * 24) >= row * 24
    other = {name: np.where(late, 1 - v, v) for name, v in ran.items()}
    changed = values.copy()
    changed[row:] = 1e6
    before = made(values, ran, ran)
    assert np.array_equal(before[:31], made(changed, other, ran)[:31])
    later_plan = {name: np.where(np.roll(late, 24), 1 - v, v) for name, v in ran.items()}
    assert np.array_equal(before[:31], made(values, ran, later_plan)[:31])
    assert not np.array_equal(before[31:], made(values, ran, later_plan)[31:])


def test_the_fit_is_exact_where_there_is_no_noise() -> None:
    x = np.array([[0.0, 0], [1, 0], [0, 1], [0.5, 0.5]] * 10)
    assert fit(x, 2 + x @ [10.0, 20.0]) == pytest.approx([2, 10, 20])
