"""Slices and runs of the database held against the exact truth of the simulator."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from scripts.simulate.model import Run, Sensor, microseconds
from scripts.simulate.truth import Slice, SliceKey, Slices, regroup
from tests.sql.builders import Connection, runs

TOLERANCE = 1e-6
FLAGS = {"reset": 2, "rollover": 4, "spread": 16, "fast": 64}
FIELDS = ("amount", "value_s", "measured_s", "known_s", "minimum", "maximum", "below_s", "above_s")

STORED = """
select s.code, x.time, t.number, lower(r.during) as run_from, x.readings, x.flags,
    x.amount, x.value_s, x.measured_s, x.known_s, x.minimum, x.maximum, x.below_s, x.above_s
from telemetry.slice as x
join plant.sensor as s using (sensor_id)
left join plant.lot_run as r on r.run_id = x.run_id
left join plant.lot as t on t.lot_id = r.lot_id
where x.lot_id is not distinct from r.lot_id and s.code = any (%s)
order by x.time
"""


@dataclass(slots=True)
class Comparison:
    """How many numbers were compared, and how far off the worst was."""

    numbers: int = 0
    worst: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def number(self, where: object, name: str, stored: float | None, true: Any) -> None:
        self.numbers += 1
        if stored is None or true is None:
            if stored is not None or true is not None:
                self.wrong.append(f"{where} {name}: stored {stored}, true {number(true)}")
            return
        error = abs(float(Fraction(stored) - true))
        self.worst = max(self.worst, error)
        # a tenth of a microsecond of rounding in a timestamp's arithmetic is no error of ours
        if error > max(TOLERANCE, 1e-12 * abs(float(true))):
            self.wrong.append(f"{where} {name}: stored {stored}, true {number(true)}")

    def check(self) -> None:
        assert not self.wrong, "\n".join([f"{len(self.wrong)} wrong", *self.wrong[:20]])

    def __str__(self) -> str:
        return f"{self.numbers} numbers compared, largest error {self.worst:.2e}"


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def stored_slices(db: Connection, sensors: Iterable[Sensor]) -> dict[str, Slices]:
    """What is stored, in the shape of the truth; idle and unattributed count as no run."""
    found: dict[str, Slices] = {sensor.code: {} for sensor in sensors}
    for code, time, lot, run_from, readings, flags, *values in db.execute(STORED, [list(found)]):
        key: SliceKey = (
            microseconds(time),
            None if lot is None else (lot, microseconds(run_from)),
        )
        exact = [None if value is None else Fraction(value) for value in values]
        part = Slice(
            **dict(zip(FIELDS, exact, strict=True)),  # type: ignore[arg-type]
            readings=readings,
            flags=frozenset(name for name, bit in FLAGS.items() if flags & bit),
        )
        found[code].setdefault(key, Slice()).add(part)
    return found


def compare(
    found: Comparison,
    where: str,
    stored: Mapping[Any, Slice],
    true: Mapping[Any, Slice],
    with_flags: bool = True,
) -> None:
    for key in sorted(stored.keys() | true.keys(), key=str):
        one, other = stored.get(key, Slice()), true.get(key, Slice())
        if key not in stored and not other.readings and not other.known_s:
            continue
        for name in FIELDS:
            found.number((where, key), name, number(getattr(one, name)), getattr(other, name))
        found.number((where, key), "readings", one.readings, Fraction(other.readings))
        # a reset whose rise nobody believes has no amount: the truth knows no piece to flag
        stored_flags = one.flags & other.flags if "fast" in one.flags else one.flags
        if with_flags and stored_flags != other.flags:
            found.wrong.append(f"{where} {key} flags: stored {one.flags}, true {other.flags}")


def compare_slices(
    found: Comparison,
    db: Connection,
    sensors: Sequence[Sensor],
    true: Mapping[str, Slices],
    groups: Sequence[Callable[[SliceKey], Any]] = (),
) -> None:
    """Every slice, and every group of slices: by hour and run, by run, by lot."""
    stored = stored_slices(db, sensors)
    for sensor in sensors:
        compare(found, sensor.code, stored[sensor.code], true[sensor.code])
        for group in groups:
            compare(
                found,
                f"{sensor.code} by {group.__name__}",
                regroup(stored[sensor.code], group),
                regroup(true[sensor.code], group),
            )


def stored_runs(db: Connection, machine: str) -> list[tuple[str, int, int | None, str]]:
    def us(time: datetime | None) -> int | None:
        return None if time is None else microseconds(time)

    return [
        (lot, microseconds(from_time), us(to_time), source)
        for lot, from_time, to_time, source in runs(db, machine)
    ]


def true_runs(effective: Iterable[Run]) -> list[tuple[str, int, int | None, str]]:
    return [(run.lot, run.from_us, run.to_us, run.source) for run in effective]
