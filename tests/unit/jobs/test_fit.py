"""Fits of many rows at once, against cases worked by hand and against statsmodels."""

import math

import numpy as np
import pytest
import statsmodels.api as sm

from jobs.fit.profile import autocorrelation, fit_profiles, huber_levels
from jobs.fit.rows import medians, quantiles
from jobs.fit.sensors import CONSTANT, FEATURES, fit, history
from jobs.fit.tail import KNOWN_CLUSTERS, Tails, as_seen, fit_sides, fit_tails, limit

NAN = math.nan


def test_quantiles_leave_nan_out_and_agree_with_numpy() -> None:
    rows = np.array([[3.0, NAN, 1.0, 2.0], [NAN] * 4, [5.0, NAN, NAN, NAN]])
    assert medians(rows).tolist() == pytest.approx([2.0, NAN, 5.0], nan_ok=True)
    draw = np.random.default_rng(1).standard_normal((4, 101))
    assert quantiles(draw, 0.95) == pytest.approx(np.quantile(draw, 0.95, axis=1))


def none(values: np.ndarray) -> np.ndarray:
    return np.zeros(values.shape, dtype=bool)


def test_tails_worked_by_hand() -> None:
    """100 hours: 95 of them 0, five high. Sorted distances: place 0.95 x 99 = 94.05, between the
    95th (0) and the 96th (10): u = 0.5. Beyond it 10, 12 within 12 hours: one cluster, 12; then
    20 and 16: another, 20; then 14: three clusters in 100 hours. Excess (11.5 + 19.5 + 13.5) / 3
    = 14.8333. The limit of 2.5 is what comes once in 316.2 days: 0.72 x 316.2 = 227.7 clusters.
    By what three and three more tell, it lies 6 (227.7^(1/6) - 1) = 8.8265 mean excesses beyond u.
    """
    assert KNOWN_CLUSTERS == 3
    values = np.zeros((1, 100))
    values[0, [10, 20, 50, 62, 90]] = [10, 12, 20, 16, 14]
    tails = fit_tails(values, none(values))
    assert tails.centre[0] == 0
    assert tails.usual[0] == pytest.approx(0.5)
    assert tails.clusters_per_day[0] == pytest.approx(3 * 24 / 100)
    assert limit(tails, 2.5)[0] == pytest.approx(0.5 + 8.8265 * 44.5 / 3, rel=1e-4)
    assert tails.excess[0] == pytest.approx(8.8265 * 44.5 / 3 / math.log(227.7), rel=1e-4)


def test_a_short_tail_is_not_believed() -> None:
    """0 to 100 in order: centre 50, one-sided u = 45, one cluster with peak 50: the mean excess of
    5 is raised to a third of u. One cluster in 101 hours is 75.14 in 316.2 days: of it and three
    more the limit lies 4 (75.14^(1/4) - 1) = 7.7768 times 15 beyond u."""
    values = np.arange(101.0)[None, :]
    tails = fit_tails(values, none(values))
    assert (tails.centre[0], tails.usual[0]) == pytest.approx((50, 45))
    assert limit(tails, 2.5)[0] == pytest.approx(45 + 7.7768 * 15, rel=1e-4)
    assert tails.clusters_per_day[0] == pytest.approx(24 / 101)


@pytest.mark.parametrize(("days", "allowed"), [(15, 0), (40, 1), (60, 2), (90, 3)])
def test_history_itself_stays_below_the_limit(days: int, allowed: int) -> None:
    """Centre 0, u = 1, mean excess 1, a cluster in 10 days: the limit of 1.5, once in 31.6 days,
    is 1 + 0.5 ln 10 = 2.15. History went to 10, 8, 5 and 4, days apart, and to 9 three hours after
    the 10, which is one with it. In 40 days one is allowed: the limit is raised to the second, 8.
    """
    distance = np.zeros((2, days * 24))
    distance[0, [100, 103, 150, 200, 300]] = [10, 9, 8, 5, 4]
    ones = np.ones(2)
    tails = Tails(ones.astype(np.int64), 0 * ones, ones, ones, 0.1 * ones)
    seen = as_seen(tails, distance, 1.5)
    assert limit(seen)[0] == pytest.approx([10, 8, 5, 4][allowed])
    assert limit(seen)[1] == limit(tails)[1] == pytest.approx(1 + 0.5 * math.log(10))


def test_flagged_hours_move_a_limit_and_what_is_usual_stays() -> None:
    """Three such stretches in 60 days, at 22, 26 and 30: two are allowed, so what is like the
    lowest no longer opens an episode. Unflagged they would have widened the tail besides."""
    values = np.random.default_rng(5).normal(size=(1, 60 * 24))
    flagged = none(values)
    for begin in (200, 600, 1000):
        values[0, begin : begin + 30] += 20 + begin / 100
        flagged[0, begin : begin + 30] = True
    above, _ = fit_sides(values, flagged)
    quiet, _ = fit_sides(np.where(flagged, np.nan, values), none(values))
    assert above.excess[0] == pytest.approx(quiet.excess[0], rel=0.05)
    assert limit(quiet)[0] < 10
    assert limit(above)[0] == pytest.approx(values[0, 200:230].max() - np.median(values))


def test_each_side_has_its_own_limit() -> None:
    """0 to 100, and 40 hours far above: what goes far up leaves the limit below where it was.

    Symmetric values have the same limits on both sides, those of both together.
    """
    draw = np.random.default_rng(5).normal(size=(1, 2000))
    skewed = draw.copy()
    skewed[0, ::50] += 40  # a fiftieth, each a cluster of its own
    above, below = fit_sides(skewed, none(skewed))
    _, before = fit_sides(draw, none(draw))
    assert limit(above)[0] > 20
    assert limit(below)[0] == pytest.approx(limit(before)[0], rel=0.2)
    mirrored = np.concatenate([draw, -draw], axis=1)
    above, below = fit_sides(mirrored, none(mirrored))
    assert limit(above)[0] == pytest.approx(limit(below)[0], rel=0.1)
    # neither side is judged more leniently than by both together
    _, below = fit_sides(skewed, none(skewed))
    both = fit_tails(np.abs(skewed - np.median(skewed)), none(skewed))
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
        "is_flagged": [False] * hours,
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


def test_flagged_hours_are_no_spread_of_a_constant_sensor() -> None:
    """What it was once is no tail to judge by: SQL would divide by its mean excess, which is 0."""
    rows = fitted(
        training(100, level=[0.0] * 90 + [9.0] * 10, noise=[0.0] * 90 + [9.0] * 10)
        | {"is_flagged": [False] * 90 + [True] * 10},
        100,
    )
    assert (rows["level"]["usual"], rows["level"]["reason"]) == (0, CONSTANT)
    assert rows["noise"]["reason"] == CONSTANT


def test_stuck_is_three_times_the_longest_healthy_run() -> None:
    rows = fitted(training(100, stuck=[2.0] * 50 + [7.0] * 50), 100)
    assert (rows["stuck"]["usual"], rows["stuck"].get("reason")) == (21, None)
    assert fitted(training(100, stuck=[1.0] * 100), 100)["stuck"]["usual"] == 10


def silent(there: list[int], hours: int) -> dict[str, object]:
    row = training(len(there)) | {"hours": there}
    return fitted(row, hours)["silent"]


def test_silence_that_comes_again_is_a_habit() -> None:
    """Three week-ends of 48 hours in 22 days: 12.5 in 92 days, the longest of which, by what three
    tell, has 3 (12.5^(1/3) - 1) x 48 = 190 hours: at most half more than was seen, 72."""
    there = [h + 1 for h in range(24 * 22) if not 120 <= h % 168 < 168]
    assert silent(there, 24 * 22)["usual"] == 72 * 3600


def test_a_silence_long_ago_is_none() -> None:
    """Two of 48 hours in 80 days: 2.3 in 92 days, 2 (2.3^(1/2) - 1) x 48 = 49.6 hours; an hour of
    it in 92 days is no habit."""
    there = [h + 1 for h in range(24 * 80) if not (500 <= h < 548 or 900 <= h < 948)]
    assert silent(there, 24 * 80)["usual"] == pytest.approx(49.6 * 3600, rel=0.01)
    there = [h + 1 for h in range(24 * 92) if h != 500]
    assert "usual" not in silent(there, 24 * 92)


def test_silence_is_not_judged_in_the_first_week() -> None:
    assert silent(list(range(1, 169)), 168).get("reason") is None
    found = silent([1, 2, 3], 100)
    assert found["reason"] == "too little history: first heard 100 of 168 hours ago"


def test_nothing_gives_nothing() -> None:
    assert fit(history([], 100), 72) == []
