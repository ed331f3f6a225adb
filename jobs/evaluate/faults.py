"""Faults put into clean parts of a series: which are found, and how soon.

Each fault is a sensor of its own in the scratch plant: clean history, then a day with the fault,
moved in time so that the faults of all begin at one moment. A control without a fault says what
would have alerted anyway.
"""

import datetime as dt
import statistics
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from db.migrate import Connection
from db.statements import load
from jobs.baselines import fit_due
from jobs.evaluate.plant import Series, take_in
from jobs.evaluate.readings import Reading, Window

STATEMENTS = load("jobs/evaluate/statements.sql")
Values = NDArray[np.float64]
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
BEGIN = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)  # where all are moved to; the time of day stays
HISTORY, LEAST_HISTORY, MARGIN = 28 * DAY, 7 * DAY, 1 * DAY
PLACES = 4
LEAST_READINGS = 24  # of the day of a fault
STEP_SIGMAS, SPIKE_SIGMAS, DRIFT_SIGMAS, NOISE_TIMES = 5, 12, 8, 4
# A fault counts as found by what is made for it, within this time.
KINDS: dict[str, tuple[set[str], dt.timedelta]] = {
    "stuck": ({"stuck"}, DAY),
    "noise": ({"noise"}, DAY),
    "step": ({"level", "slow", "drift", "shift"}, DAY),
    "spike": ({"spike"}, 2 * HOUR),
    "drift": ({"level", "slow", "drift"}, 14 * HOUR),
    "drift_sd": ({"level", "slow", "drift"}, 14 * HOUR),
}


@dataclass(frozen=True, slots=True)
class Found:
    """Of one kind of fault: how many were put in, how many found, and the delays in hours."""

    injected: int
    found: int
    delays_h: list[float]


def places(taken: Sequence[Reading], known: Sequence[Window]) -> list[tuple[int, int]]:
    """Where a fault can go: the first readings of its history and of its day, by their numbers.

    All lie in the longest stretch without a window, a day away from any. A place where the day or
    its history was hardly measured is none.
    """
    stretches = []
    begin = taken[0][0]
    for start, end in sorted(known):
        stretches.append((begin, start - MARGIN))
        begin = max(begin, end + MARGIN)
    stretches.append((begin, taken[-1][0]))
    start, end = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    end = min(end, taken[-1][0])
    first, last = start + LEAST_HISTORY + DAY, end - DAY
    if last < first:
        return []
    times = [time for time, _ in taken]
    found = []
    for number in range(PLACES):
        at = first + (last - first) * (number + 1) / PLACES
        at = at.replace(hour=0, minute=0, second=0, microsecond=0)
        history, day = bisect_left(times, max(start, at - HISTORY)), bisect_left(times, at)
        hours = {time.replace(minute=0, second=0, microsecond=0) for time in times[history:day]}
        is_measured = len(hours) >= LEAST_HISTORY / HOUR / 2
        if is_measured and bisect_left(times, at + DAY) - day >= LEAST_READINGS:
            found.append((history, day))
    return found


def with_fault(
    kind: str | None,
    values: Values,
    hours: Values,
    past: Values,
) -> Values:
    """A day of values with a fault in it; `past` are those before, sigma is their robust one.

    A drift comes in two sizes, as it is the hardest to tell from what a sensor does of itself: of
    so many robust sigmas and, as drift_sd, of so many standard deviations, which odd hours widen.
    """
    sigma = 1.4826 * float(np.median(np.abs(past - np.median(past))))
    apart = past[1:-1] - (past[2:] + past[:-2]) / 2
    noise = 1.4826 / np.sqrt(1.5) * float(np.median(np.abs(apart)))
    match kind:
        case "stuck":
            return np.full_like(values, values[0])
        case "noise":
            draw: Values = np.random.default_rng(20260105).standard_normal(len(values))
            noisy: Values = values + draw * noise * float(np.sqrt(NOISE_TIMES**2 - 1))
            return noisy
        case "step":
            return values + STEP_SIGMAS * sigma
        case "spike":
            spiked = values.copy()
            spiked[len(values) // 100] += SPIKE_SIGMAS * sigma
            return spiked
        case "drift":
            return values + DRIFT_SIGMAS * sigma * hours / 24
        case "drift_sd":
            return values + DRIFT_SIGMAS * float(np.std(past)) * hours / 24
        case _:
            return values


def evaluate_faults(
    connection: Connection, taken: Sequence[Reading], known: Sequence[Window]
) -> dict[str, Found]:
    """Empty where there is no clean stretch that is long enough."""
    series: list[Series] = []
    begun: dict[str, tuple[str | None, dt.datetime]] = {}
    for number, (first, begin) in enumerate(places(taken, known)):
        start = taken[begin][0]
        day = [reading for reading in taken[begin:] if reading[0] < start + DAY]
        past = taken[first:begin]
        shift = BEGIN - start
        hours = np.array([(time - start) / HOUR for time, _ in day])
        before = np.array([value for _, value in past])
        for kind in (None, *KINDS):
            values = with_fault(kind, np.array([value for _, value in day]), hours, before)
            name = f"fault-{number}-{kind}"
            begun[name] = (kind, start + shift)
            series.append(Series(name, [
                *((time + shift, value) for time, value in past),
                *((time + shift, float(v)) for (time, _), v in zip(day, values, strict=True)),
            ]))  # fmt: skip
    if not series:
        return {}
    take_in(connection, series)
    fit_due(connection, BEGIN)
    connection.execute(STATEMENTS["score"], {"from": BEGIN, "to": BEGIN + DAY})
    opened: dict[str, list[tuple[str, dt.datetime]]] = {}
    for sensor, kind, at in connection.execute(STATEMENTS["openings"]):
        opened.setdefault(sensor, []).append((kind, at))
    result = {}
    for kind, (shown_by, limit) in KINDS.items():
        delays: list[float] = []
        mine = {name: at for name, (of, at) in begun.items() if of == kind}
        for name, at in mine.items():
            times = [t for k, t in opened.get(name, []) if k in shown_by and at < t <= at + limit]
            if times:
                delays.append((min(times) - at).total_seconds() / 3600)
        result[kind] = Found(len(mine), len(delays), delays)
    controls = [name for name, (of, _) in begun.items() if of is None]
    alerted = [name for name in controls if opened.get(name)]
    result["none"] = Found(len(controls), len(alerted), [])
    return result


def as_json(found: dict[str, Found]) -> dict[str, Any]:
    return {
        kind: {
            "injected": each.injected,
            "found": each.found,
            "median_delay_h": statistics.median(each.delays_h) if each.delays_h else None,
        }
        for kind, each in found.items()
    }
