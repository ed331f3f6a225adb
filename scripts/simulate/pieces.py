"""From the readings of one sensor to the pieces of time whose value or increment is known.

A sequential machine per sensor, in time order, in exact fractions. A piece lies between two
readings; cutting at quarter-hours and runs comes later (truth.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from scripts.simulate.model import HOUR, SECOND, Reading, Sensor

Why = Literal["gap", "rate", "provisional", "back"]
Left = Literal["dip", "spike", "provisional"]
Point = tuple[int, Fraction]
NO_FLAGS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Piece:
    """Value goes in a line from first to last; a counter's increment is spread evenly."""

    from_us: int
    to_us: int
    first: Fraction
    last: Fraction
    increment: Fraction | None = None
    is_measured: bool = True
    flags: frozenset[str] = NO_FLAGS

    def value_at(self, time_us: int) -> Fraction:
        share = Fraction(time_us - self.from_us, self.to_us - self.from_us)
        return self.first + (self.last - self.first) * share

    def value_seconds(self, from_us: int, to_us: int) -> Fraction:
        mean = (self.value_at(from_us) + self.value_at(to_us)) / 2
        return mean * Fraction(to_us - from_us, SECOND)

    def part_of_increment(self, from_us: int, to_us: int) -> Fraction:
        if self.increment is None:
            raise ValueError("only a counter's piece has an increment")
        return self.increment * Fraction(to_us - from_us, self.to_us - self.from_us)

    def seconds_below(self, limit: Fraction, from_us: int, to_us: int) -> Fraction:
        return _seconds_below(self.value_at(from_us), self.value_at(to_us), limit, to_us - from_us)

    def seconds_above(self, limit: Fraction, from_us: int, to_us: int) -> Fraction:
        return _seconds_below(
            -self.value_at(from_us), -self.value_at(to_us), -limit, to_us - from_us
        )


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of a sensor's readings."""

    pieces: tuple[Piece, ...]
    used: tuple[Point, ...]
    left_out: dict[int, Left]
    unknown: tuple[tuple[int, int, Why], ...]


def trace(sensor: Sensor, readings: Iterable[Reading]) -> Trace:
    raw = points(sensor, readings)
    if sensor.kind == "counter":
        return _counter(sensor, raw)
    if sensor.kind == "state":
        return _state(sensor, raw)
    return _linear(sensor, raw)


def points(sensor: Sensor, readings: Iterable[Reading]) -> list[Point]:
    """Converted readings in time order without the struck ones."""
    found = sorted(
        (reading.time_us, sensor.converted(reading.value))
        for reading in readings
        if not reading.struck
    )
    for (before, _), (after, _) in pairwise(found):
        if before == after:
            raise ValueError(f"sensor {sensor.code} has two readings at {before}")
    return found


def _within_gap(sensor: Sensor, from_us: int, to_us: int) -> bool:
    return sensor.max_gap_us is None or to_us - from_us <= sensor.max_gap_us


def _linear(sensor: Sensor, raw: list[Point]) -> Trace:
    pieces: list[Piece] = []
    unknown: list[tuple[int, int, Why]] = []
    for (from_us, first), (to_us, last) in pairwise(raw):
        if _within_gap(sensor, from_us, to_us):
            pieces.append(Piece(from_us, to_us, first, last))
        else:
            unknown.append((from_us, to_us, "gap"))
    return Trace(tuple(pieces), tuple(raw), {}, tuple(unknown))


def _state(sensor: Sensor, raw: list[Point]) -> Trace:
    pieces: list[Piece] = []
    unknown: list[tuple[int, int, Why]] = []
    for (from_us, value), (next_us, _) in pairwise(raw):
        gap = sensor.max_gap_us
        to_us = next_us if gap is None else min(next_us, from_us + gap)
        pieces.append(Piece(from_us, to_us, value, value))
        if to_us < next_us:
            unknown.append((to_us, next_us, "gap"))
    return Trace(tuple(pieces), tuple(raw), {}, tuple(unknown))


def _counter(sensor: Sensor, raw: list[Point]) -> Trace:
    left_out: dict[int, Left] = dict.fromkeys(_dips(raw), "dip")
    no_dips = [point for point in raw if point[0] not in left_out]
    left_out |= dict.fromkeys(_spikes(sensor, no_dips), "spike")
    kept = [point for point in raw if point[0] not in left_out]

    pieces: list[Piece] = []
    unknown: list[tuple[int, int, Why]] = []
    for good, reading in pairwise(kept):
        if reading[1] < good[1] and reading[0] == raw[-1][0]:
            left_out[reading[0]] = "provisional"
            unknown.append((good[0], reading[0], "provisional"))
            continue
        increment, flags = _increment(sensor, good[1], reading[1])
        if increment is None:
            unknown.append((good[0], reading[0], "back"))
            continue
        if _too_fast(sensor, increment, reading[0] - good[0]):
            unknown.append((good[0], reading[0], "rate"))
            continue
        is_measured = _within_gap(sensor, good[0], reading[0])
        flags |= NO_FLAGS if is_measured else {"spread"}
        pieces.append(
            Piece(good[0], reading[0], good[1], reading[1], increment, is_measured, flags)
        )
    used = tuple(point for point in kept if point[0] not in left_out)
    return Trace(tuple(pieces), used, left_out, tuple(unknown))


def _dips(raw: list[Point]) -> list[int]:
    return [
        time_us
        for (_, before), (time_us, value), (_, after) in zip(raw, raw[1:], raw[2:], strict=False)
        if value < before and after >= before
    ]


def _spikes(sensor: Sensor, no_dips: list[Point]) -> list[int]:
    """Up in one reading faster than max_rate, and down again with the next."""
    return [
        time_us
        for (earlier, before), (time_us, value), (_, after) in zip(
            no_dips, no_dips[1:], no_dips[2:], strict=False
        )
        if _too_fast(sensor, value - before, time_us - earlier) and before <= after < value
    ]


def _too_fast(sensor: Sensor, increment: Fraction, duration_us: int) -> bool:
    if sensor.max_rate is None:
        return False
    return increment > Fraction(sensor.max_rate) * Fraction(duration_us, HOUR)


def _increment(
    sensor: Sensor, good: Fraction, value: Fraction
) -> tuple[Fraction | None, frozenset[str]]:
    """None where the register fell elsewhere than to its beginning: what it counted is unknown."""
    if value >= good:
        return value - good, NO_FLAGS
    if sensor.rollover_at is not None:
        limit = Fraction(sensor.rollover_at)
        if good >= limit * Fraction(9, 10) and value <= limit / 10:
            return value + limit - good, frozenset({"rollover"})
    zero = Fraction(sensor.value_offset)
    nearest = Fraction(1, 10) if sensor.max_rate is None else Fraction(9, 10)
    if 0 <= value - zero <= (good - zero) * nearest:
        return value - zero, frozenset({"reset"})
    return None, NO_FLAGS


def _seconds_below(first: Fraction, last: Fraction, limit: Fraction, duration_us: int) -> Fraction:
    """Seconds of a line from first to last that lie strictly below the limit."""
    duration_s = Fraction(duration_us, SECOND)
    if first < limit and last < limit:
        return duration_s
    if first >= limit and last >= limit:
        return Fraction(0)
    return duration_s * (limit - min(first, last)) / abs(last - first)
