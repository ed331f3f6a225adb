"""Exact truth about one sensor, in fractions, from its readings as finally known.

    slices(sensor, readings, runs, bands={}, step_us=QUARTER)
        -> {(start_us, run key or None): Slice}
    regroup(slices, key)      the same slices under coarser keys: hour_and_lot, lot_only, ...
    balance(sensor, readings, runs, from_us, to_us, shifts=())
        -> Balance(lots, idle, unattributed, advanced)
    advance(sensor, readings, from_us, to_us)
        -> what the meter advanced, without regard to runs

`readings` are model.Reading, in any order, one per instant; struck ones are ignored. `runs` are
the effective runs of the sensor's machine (runs.runs). `bands` maps a lot to the temperature
band of its reference. A run key is (lot, from_us).

A slice exists where there is a used reading or a known piece of time. Per slice:

    amount      counter: increment; power: kWh; None where nothing is known, or no such kind
    value_s     integral of the value over seconds (power, gauge, state), None where unknown
    measured_s  seconds behind which there are readings no further apart than max_gap
    known_s     seconds whose amount or value is known; more than measured_s only for a counter
                whose increment was spread over a gap
    minimum, maximum, readings    of used readings in [from, to): no dips, spikes, struck ones
    below_s, above_s    seconds strictly outside the band of the run's reference; None where
                there is no run, no limit, or the sensor is no process_temperature gauge
    flags       reset, rollover, spread: of the pieces that reach into the slice

Numbers are the binary floats as stored, taken exactly: sums in float8 differ by rounding only.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import TypeVar

from scripts.simulate.model import HOUR, QUARTER, SECOND, Band, Reading, Run, RunKey, Sensor
from scripts.simulate.pieces import Piece, Trace, trace
from scripts.simulate.timeline import IDLE, UNATTRIBUTED, Period, of_runs, of_shares

SliceKey = tuple[int, RunKey | None]
Key = TypeVar("Key", bound=Hashable)
Slices = dict[SliceKey, "Slice"]
NO_BANDS: Mapping[str, Band] = {}


@dataclass(slots=True)
class Slice:
    amount: Fraction | None = None
    value_s: Fraction | None = None
    measured_s: Fraction = Fraction(0)
    known_s: Fraction = Fraction(0)
    minimum: Fraction | None = None
    maximum: Fraction | None = None
    readings: int = 0
    below_s: Fraction | None = None
    above_s: Fraction | None = None
    flags: frozenset[str] = field(default_factory=frozenset)

    def add(self, other: Slice) -> None:
        self.amount = _sum(self.amount, other.amount)
        self.value_s = _sum(self.value_s, other.value_s)
        self.measured_s += other.measured_s
        self.known_s += other.known_s
        self.minimum = _extreme(min, self.minimum, other.minimum)
        self.maximum = _extreme(max, self.maximum, other.maximum)
        self.readings += other.readings
        self.below_s = _sum(self.below_s, other.below_s)
        self.above_s = _sum(self.above_s, other.above_s)
        self.flags |= other.flags

    @property
    def mean(self) -> Fraction | None:
        """Time-weighted mean of the value."""
        return None if self.value_s is None or not self.known_s else self.value_s / self.known_s

    def as_dict(self) -> dict[str, object]:
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True, slots=True)
class Balance:
    """Double entry of a meter: lots + idle + unattributed = advanced."""

    lots: dict[str, Fraction]
    idle: Fraction
    unattributed: Fraction
    advanced: Fraction

    @property
    def residual(self) -> Fraction:
        return self.advanced - self.idle - self.unattributed - sum(self.lots.values())


def slices(
    sensor: Sensor,
    readings: Iterable[Reading],
    runs: Iterable[Run],
    bands: Mapping[str, Band] = NO_BANDS,
    step_us: int = QUARTER,
) -> Slices:
    timeline = of_runs(runs)
    known = trace(sensor, readings)
    found: Slices = {}

    def put(start_us: int, run: Run | None, part: Slice) -> None:
        key = (start_us // step_us * step_us, None if run is None else run.key)
        found.setdefault(key, Slice()).add(part)

    for piece in known.pieces:
        for from_us, to_us, run in timeline.cut(piece.from_us, piece.to_us, step_us):
            band = None if run is None else bands.get(run.lot)
            put(from_us, run, _part(sensor, piece, from_us, to_us, band))
    for time_us, value in known.used:
        put(time_us, timeline.at(time_us), Slice(minimum=value, maximum=value, readings=1))
    return dict(sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or ("", 0))))


def regroup(slices: Slices, key: Callable[[SliceKey], Key]) -> dict[Key, Slice]:
    grouped: dict[Key, Slice] = {}
    for old, part in slices.items():
        grouped.setdefault(key(old), Slice()).add(part)
    return grouped


def quarter_and_lot(key: SliceKey) -> tuple[int, str | None]:
    return key[0], lot_only(key)


def hour_and_lot(key: SliceKey) -> tuple[int, str | None]:
    return key[0] // HOUR * HOUR, lot_only(key)


def hour_and_run(key: SliceKey) -> SliceKey:
    return key[0] // HOUR * HOUR, key[1]


def run_only(key: SliceKey) -> RunKey | None:
    return key[1]


def lot_only(key: SliceKey) -> str | None:
    return None if key[1] is None else key[1][0]


def balance(
    sensor: Sensor,
    readings: Iterable[Reading],
    runs: Iterable[Run],
    from_us: int,
    to_us: int,
    shifts: Sequence[Period] = (),
) -> Balance:
    """Where what the meter advanced in [from_us, to_us) went."""
    timeline = of_shares(runs, shifts)
    known = trace(sensor, readings)
    lots: dict[str, Fraction] = {}
    rest = {IDLE: Fraction(0), UNATTRIBUTED: Fraction(0)}
    for piece, start, end in _within(known, from_us, to_us):
        for part_from, part_to, share in timeline.cut(start, end, QUARTER):
            amount = _amount(sensor, piece, part_from, part_to) or Fraction(0)
            lot = share[1]
            if lot is None:
                rest[share] += amount
            else:
                lots[lot] = lots.get(lot, Fraction(0)) + amount
    advanced = _advance(sensor, known, from_us, to_us)
    return Balance(lots, rest[IDLE], rest[UNATTRIBUTED], advanced)


def advance(sensor: Sensor, readings: Iterable[Reading], from_us: int, to_us: int) -> Fraction:
    """What a counter or a power meter advanced in [from_us, to_us), as far as it is known."""
    return _advance(sensor, trace(sensor, readings), from_us, to_us)


def _advance(sensor: Sensor, known: Trace, from_us: int, to_us: int) -> Fraction:
    total = Fraction(0)
    for piece, start, end in _within(known, from_us, to_us):
        total += _amount(sensor, piece, start, end) or 0
    return total


def _within(known: Trace, from_us: int, to_us: int) -> Iterable[tuple[Piece, int, int]]:
    for piece in known.pieces:
        start, end = max(piece.from_us, from_us), min(piece.to_us, to_us)
        if start < end:
            yield piece, start, end


def _amount(sensor: Sensor, piece: Piece, from_us: int, to_us: int) -> Fraction | None:
    if sensor.kind == "counter":
        return piece.part_of_increment(from_us, to_us)
    if sensor.kind == "power":
        return piece.value_seconds(from_us, to_us) / 3600
    return None


def _part(sensor: Sensor, piece: Piece, from_us: int, to_us: int, band: Band | None) -> Slice:
    seconds = Fraction(to_us - from_us, SECOND)
    part = Slice(
        amount=_amount(sensor, piece, from_us, to_us),
        measured_s=seconds if piece.is_measured else Fraction(0),
        known_s=seconds,
        flags=piece.flags,
    )
    if sensor.kind != "counter":
        part.value_s = piece.value_seconds(from_us, to_us)
    if sensor.kind == "gauge" and sensor.role == "process_temperature" and band is not None:
        if band.minimum is not None:
            part.below_s = piece.seconds_below(Fraction(band.minimum), from_us, to_us)
        if band.maximum is not None:
            part.above_s = piece.seconds_above(Fraction(band.maximum), from_us, to_us)
    return part


def _sum(one: Fraction | None, other: Fraction | None) -> Fraction | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def _extreme(
    choose: Callable[[Fraction, Fraction], Fraction],
    one: Fraction | None,
    other: Fraction | None,
) -> Fraction | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)
