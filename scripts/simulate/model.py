"""Rows of a simulated plant: what is declared and what is read. Instants are whole microseconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Literal

SECOND = 1_000_000
MINUTE = 60 * SECOND
QUARTER = 15 * MINUTE
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FOREVER = 2**62

Kind = Literal["counter", "power", "gauge", "state"]
Role = Literal["main_energy", "check_energy", "output", "process_temperature", "setpoint", "other"]
Layer = Literal["correction", "declared"]
Source = Literal["correction", "declared", "event", "payload"]
RunKey = tuple[str, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(time_us: int) -> str:
    """2026-01-05T06:00:00.000001Z"""
    text = (_EPOCH + timedelta(microseconds=time_us)).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Site:
    code: str
    name: str
    time_zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Machine:
    code: str
    line: str


@dataclass(frozen=True, slots=True)
class Operator:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Band:
    """Allowed temperatures; a side that is None has no limit."""

    minimum: float | Fraction | None
    maximum: float | Fraction | None


@dataclass(frozen=True, slots=True)
class Reference:
    code: str
    name: str
    unit: str
    family: str
    planned_cycle_s: float
    band: Band


@dataclass(frozen=True, slots=True)
class Sensor:
    """rollover_at and max_rate (per hour) are in the unit of value*scale + value_offset."""

    code: str
    machine: str
    kind: Kind
    role: Role = "other"
    quantity: str = ""
    unit: str = ""
    scale: float | Fraction = 1.0
    value_offset: float | Fraction = 0.0
    sampling_interval_s: int = 60
    max_gap_s: int | None = 300
    max_rate: float | Fraction | None = None
    rollover_at: float | Fraction | None = None

    @property
    def max_gap_us(self) -> int | None:
        return None if self.max_gap_s is None else self.max_gap_s * SECOND

    def converted(self, value: float | Fraction) -> Fraction:
        """value*scale + value_offset, exact for the floats as they are stored."""
        return Fraction(value) * Fraction(self.scale) + Fraction(self.value_offset)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a reading says about its lot; lot None beside another field claims 'no lot'."""

    lot: str | None = None
    reference: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    time_us: int
    value: float | Fraction
    claim: Claim | None = None
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    number: str
    reference: str
    planned: int
    good: int
    scrap: int


@dataclass(frozen=True, slots=True)
class Run:
    """[from_us, to_us) of a lot on a machine; to_us None is open."""

    machine: str
    lot: str
    from_us: int
    to_us: int | None = None
    source: Source = "declared"

    @property
    def end_us(self) -> int:
        return FOREVER if self.to_us is None else self.to_us

    @property
    def key(self) -> RunKey:
        return (self.lot, self.from_us)


@dataclass(frozen=True, slots=True)
class Assertion:
    """Somebody said which lot (None: no lot) ran on a machine; a greater sequence is newer."""

    machine: str
    lot: str | None
    from_us: int
    to_us: int | None = None
    source: Layer = "declared"
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class LotEvent:
    machine: str
    event: Literal["start", "stop"]
    lot: str
    time_us: int
    reference: str | None = None
    operator: str | None = None
    good: int | None = None
    scrap: int | None = None
