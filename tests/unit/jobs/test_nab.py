"""The score of the Numenta Anomaly Benchmark, against cases worked by hand.

sigma(y) = 2 / (1 + exp(5 y)) - 1: sigma(-1) = 0.98661, sigma(-0.5) = 0.84828, sigma(1) = -0.98661.
A window of 20 rows, 100 rows, so 15 rows of probation. One window: perfect 1, null -1.
"""

import datetime as dt

import pytest

from jobs.evaluate.nab import nab_standard, sigmoid

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TIMES = [START + dt.timedelta(minutes=5 * row) for row in range(100)]
WINDOW = (TIMES[40], TIMES[59])


def score(*rows: int) -> float | None:
    return nab_standard(TIMES, [WINDOW], [TIMES[row] for row in rows])


def test_sigmoid_as_published() -> None:
    assert sigmoid(-1) == pytest.approx(0.98661, abs=1e-5)
    assert sigmoid(0) == 0
    assert sigmoid(3.01) == -1


def test_first_row_of_the_window_is_all() -> None:
    assert score(40) == pytest.approx(100)


def test_nothing_is_nought() -> None:
    assert score() == pytest.approx(0)


def test_half_way_through() -> None:
    """Row 50: y = -(59 - 50 + 1) / 20 = -0.5, worth 0.84828 / 0.98661 = 0.85979, so 92.99."""
    assert score(50) == pytest.approx(100 * (0.84828 / 0.98661 + 1) / 2, abs=1e-3)


def test_only_the_earliest_of_a_window_counts() -> None:
    assert score(50, 55, 59) == score(50)


def test_a_false_one_before_any_window_costs_all() -> None:
    """0.11 of the 2 between perfect and null: 5.5 points."""
    assert score(20, 40) == pytest.approx(94.5)


def test_a_false_one_just_after_a_window_costs_little() -> None:
    """Row 60: y = 1 / 19, sigma = -0.13082, so 0.11 x 0.13082 / 2 = 0.72 points."""
    assert score(40, 60) == pytest.approx(100 - 100 * 0.11 * 0.13082 / 2, abs=1e-3)


def test_probation_counts_neither_way() -> None:
    assert score(3, 14, 40) == pytest.approx(100)


def test_a_missed_window_of_two_is_half() -> None:
    two = [WINDOW, (TIMES[80], TIMES[89])]
    assert nab_standard(TIMES, two, [TIMES[40]]) == pytest.approx(50)


def test_no_window_no_score() -> None:
    assert nab_standard(TIMES, [], [TIMES[40]]) is None
