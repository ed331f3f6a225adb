"""Double entry: lots + idle + unattributed = what the meter advanced."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.simulate.model import HOUR, MINUTE, QUARTER, SECOND, Reading, Run, Sensor
from scripts.simulate.timeline import of_runs
from scripts.simulate.truth import advance, balance, hour_and_run, lot_only, regroup, slices

METER = Sensor("e", "m", "counter", "main_energy", max_gap_s=3600)
# 60 kWh in an hour: one a minute.
STEADY = [Reading(minute * MINUTE, minute) for minute in range(0, 61, 10)]


def run(lot: str, start: int, end: int | None) -> Run:
    return Run("m", lot, start * MINUTE, None if end is None else end * MINUTE)


def test_idle_lies_between_runs_and_the_rest_is_unattributed() -> None:
    # 0..5 before all runs, A 5..20, idle 20..30, B 30..35, idle 35..40, A 40..50, rest 50..60.
    found = balance(METER, STEADY, [run("A", 5, 20), run("B", 30, 35), run("A", 40, 50)], 0, HOUR)
    assert found.lots == {"A": 25, "B": 5}
    assert (found.idle, found.unattributed, found.advanced) == (15, 15, 60)
    assert found.residual == 0


def test_idle_inside_a_shift() -> None:
    # Shift 0..3 and 45..70 minutes: 3 + 15 idle; 3..20 before the only run, 30..45 after it.
    shifts = [(0, 3 * MINUTE), (45 * MINUTE, 70 * MINUTE)]
    found = balance(METER, STEADY, [run("A", 20, 30)], 0, HOUR, shifts)
    assert (found.lots, found.idle, found.unattributed) == ({"A": 10}, 18, 32)


def test_nothing_is_idle_after_an_open_run_or_without_runs() -> None:
    found = balance(METER, STEADY, [run("A", 20, None)], 0, HOUR)
    assert (found.lots, found.idle, found.unattributed) == ({"A": 40}, 0, 20)
    assert balance(METER, STEADY, [], 0, HOUR).unattributed == 60


def test_a_period_cuts_intervals() -> None:
    # 7.5 of 60 minutes, cut inside two intervals.
    assert advance(METER, STEADY, 5 * MINUTE, 12 * MINUTE + 30 * SECOND) == F(15, 2)


def test_overlapping_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        of_runs([run("A", 0, 10), run("B", 9, 20)])


READINGS = st.dictionaries(
    st.integers(0, 2 * HOUR), st.integers(0, 1000).map(lambda number: number / 8), max_size=25
)
BOUNDS = st.lists(st.integers(0, 2 * HOUR), min_size=2, max_size=9, unique=True).map(sorted)
SENSORS = st.builds(
    Sensor,
    code=st.just("e"),
    machine=st.just("m"),
    kind=st.sampled_from(["counter", "power"]),
    max_gap_s=st.sampled_from([60, 600, 3600]),
    max_rate=st.sampled_from([None, 100, 10_000]),
    rollover_at=st.sampled_from([None, 125]),
)


@given(sensor=SENSORS, values=READINGS, bounds=BOUNDS)
def test_every_way_of_cutting_gives_the_same_total(
    sensor: Sensor, values: dict[int, float], bounds: list[int]
) -> None:
    readings = [Reading(time_us, value) for time_us, value in values.items()]
    runs = [
        Run("m", f"L{index % 3}", start, end)
        for index, (start, end) in enumerate(zip(bounds[::2], bounds[1::2], strict=False))
    ]
    whole = advance(sensor, readings, 0, 3 * HOUR)
    found = slices(sensor, readings, runs)
    by_lot = regroup(found, lot_only)
    booked = balance(sensor, readings, runs, 0, 3 * HOUR, [(HOUR, 2 * HOUR)])

    assert sum((part.amount or 0 for part in found.values()), F(0)) == whole
    assert booked.residual == 0
    assert booked.advanced == whole
    lots = {lot: part.amount for lot, part in by_lot.items() if lot and part.amount is not None}
    assert booked.lots == lots
    assert regroup(found, hour_and_run) == regroup(
        slices(sensor, readings, runs, step_us=HOUR), lambda key: key
    )
    assert all(start % QUARTER == 0 for start, _ in found)
    middle = bounds[0]
    parts = advance(sensor, readings, 0, middle) + advance(sensor, readings, middle, 3 * HOUR)
    assert parts == whole
