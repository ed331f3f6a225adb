"""Fits of many rows at once, against cases worked by hand and against statsmodels."""

import math

import numpy as np
import pytest
import statsmodels.api as sm

from jobs.fit.profile import autocorrelation, fit_profiles, huber_levels
from jobs.fit.rows import medians, quantiles
from jobs.fit.sensors import CONSTANT, FEATURES, fit, history
from jobs.fit.tail import fit_sides, fit_tails, limit

NAN = math.nan


def test_quantiles_leave_nan_out_and_agree_with_numpy() -> None:
    rows = np.array([[3.0, NAN, 1.0, 2.0], [NAN] * 4, [5.0, NAN, NAN, NAN]])
    assert medians(rows).tolist() == pytest.approx([2.0, NAN, 5.0], nan_ok=True)
    draw = np.random.default_rng(1).standard_normal((4, 101))
    assert quantiles(draw, 0.95) == pytest.approx(np.quantile(draw, 0.95, axis=1))


def test_tails_worked_by_hand() -> None:
    """100 hours: 95 of them 0, five high. Sorted distances: place 0.95 x 99 = 94.05, between the
    95th (0) and the 96th (10): u = 0.5. Beyond it 10, 12 within 12 hours: one cluster, 12; then
    20 and 16: another, 20; then 14: three clusters in 100 hours. Excess (11.5 + 19.5 + 13.5) / 3.
    """
    values = np.zeros((1, 100))
    values[0, [10, 20, 50, 62, 90]] = [10, 12, 20, 16, 14]
    tails = fit_tails(values)
    assert tails.centre[0] == 0
    assert tails.usual[0] == pytest.approx(0.5)
    assert tails.excess[0] == pytest.approx(44.5 / 3)
    assert tails.clusters_per_day[0] == pytest.approx(3 * 24 / 100)


def test_a_short_tail_is_not_believed() -> None:
    """0 to 100 in order: centre 50, one-sided u = 45, one cluster with peak 50: the mean excess of
    5 is raised to a third of u."""
    tails = fit_tails(np.arange(101.0)[None, :])
    assert (tails.centre[0], tails.usual[0], tails.excess[0]) == pytest.approx((50, 45, 15))
    assert tails.clusters_per_day[0] == pytest.approx(24 / 101)


def test_each_side_has_its_own_limit() -> None:
    """0 to 100, and 40 hours far above: what goes far up leaves the limit below where it was.

    Symmetric values have the same limits on both sides, those of both together.
    """
    draw = np.random.default_rng(5).normal(size=(1, 2000))
    skewed = draw.copy()
    skewed[0, ::50] += 40  # a fiftieth, each a cluster of its own
    above, below = fit_sides(skewed)
    _, before = fit_sides(draw)
    assert limit(above)[0] > 20
    assert limit(below)[0] == pytest.approx(limit(before)[0], rel=0.2)
    mirrored = np.concatenate([draw, -draw], axis=1)
    above, below = fit_sides(mirrored)
    assert limit(above)[0] == pytest.approx(limit(below)[0], rel=0.1)
    # neither side is judged more leniently than by both together
    centre = np.median(skewed)
    both = fit_tails(np.abs(skewed - centre))
    assert limit(below)[0] <= both.centre[0] + limit(both)[0]


def series(seed: int, hours: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    slots = np.arange(hours) % 168
    values = 3 * np.sin(2 * np.pi * (slots % 24) / 24) + rng.standard_t(2, hours)
    return values, slots


def test_levels_are_those_of_statsmodels() -> None:
    values, slots = series(7, 24 * 28)
    values[5] = NAN
    found = huber_levels(values[None, :], slots[None, :] % 24, 24)[0]
    known = ~np.isnan(values)
    dummies = np.eye(24)[slots[known] % 24]
    wanted = sm.RLM(values[known], dummies, M=sm.robust.norms.HuberT()).fit(tol=1e-10, maxiter=200)
    assert found == pytest.approx(wanted.params, abs=1e-5)


def test_autocorrelation_is_that_of_statsmodels() -> None:
    values, _ = series(8, 24 * 28)
    apart = values - np.median(values)
    wanted = sm.OLS(apart[1:], apart[:-1]).fit().params[0]
    assert autocorrelation(values[None, :])[0] == pytest.approx(wanted)


def test_a_profile_only_where_it_helps_on_days_not_seen() -> None:
    rng = np.random.default_rng(3)
    slots = np.broadcast_to(np.arange(24 * 56) % 168, (3, 24 * 56))
    noise = rng.standard_normal((3, 24 * 56))
    daily = np.sin(2 * np.pi * (slots[0] % 24) / 24)
    weekend = np.where(slots[0] >= 120, -1.0, 0.0)
    values = noise + np.array([0 * daily, 5 * daily, 5 * daily + 6 * weekend])
    found = fit_profiles(values, slots)
    assert found.size.tolist() == [0, 24, 168]
    assert found.gain[0] < 0.05 < 0.5 < found.gain[1]


def training(hours: int, **features: object) -> dict[str, object]:
    row: dict[str, object] = {
        "sensor_id": 1, "regime": 0, "hours": list(range(1, hours + 1)),
        "slots": [hour % 168 for hour in range(hours)], "readings_per_hour": 12.0,
    }  # fmt: skip
    return row | {name: [None] * hours for name in FEATURES} | features


def fitted(row: dict[str, object], hours: int) -> dict[str, dict[str, object]]:
    return {found["feature"]: found for found in fit(history([row], hours), 72)}


def test_too_little_history_is_said() -> None:
    rows = fitted(training(10, level=[1.0] * 10), 10)
    assert rows["level"]["reason"] == "too little history: 10 of 72 hours"
    assert "centre" not in rows["level"]
    assert "noise" not in rows  # a meter has no readings to judge the noise of


def test_a_constant_sensor_is_not_judged_and_says_so() -> None:
    rows = fitted(training(100, level=[0.0] * 100, stuck=[12.0 * h for h in range(1, 101)]), 100)
    assert rows["level"]["reason"] == CONSTANT
    assert "holds one value" in str(rows["stuck"]["reason"])


def test_stuck_is_three_times_the_longest_healthy_run() -> None:
    rows = fitted(training(100, stuck=[2.0] * 50 + [7.0] * 50), 100)
    assert (rows["stuck"]["usual"], rows["stuck"].get("reason")) == (21, None)
    assert fitted(training(100, stuck=[1.0] * 100), 100)["stuck"]["usual"] == 10


def test_silence_that_comes_again_is_a_habit() -> None:
    """Three week-ends of 48 hours: silent counts from 72 hours on."""
    there = [h + 1 for h in range(24 * 21) if h % 168 < 120]
    row = training(len(there)) | {"hours": there}
    rows = fitted(row, 24 * 21 + 24)
    assert "silent" not in rows  # two gaps within: the third is not over yet
    there.append(24 * 21 + 1)
    row = training(len(there)) | {"hours": there}
    assert fitted(row, 24 * 21 + 24)["silent"]["usual"] == 72 * 3600


def test_nothing_gives_nothing() -> None:
    assert fit(history([], 100), 72) == []
