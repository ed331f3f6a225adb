"""What the models of lots are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.lots.regression import Floats, Ints

Texts = NDArray[np.object_]

# A reference with fewer lots has no term of its own.
OWN_LOTS = 5
CONFIDENCE = 0.975


@dataclass(frozen=True, slots=True)
class Lots:
    """Lots as columns. Text is empty, and a number NaN, where it is not known."""

    lot: Texts
    reference: Texts
    family: Texts
    machine: Texts
    quantity: Floats
    machine_s: Floats
    energy_kwh: Floats
    drivers: dict[str, Floats] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lot)

    def take(self, places: Ints) -> "Lots":
        return Lots(
            self.lot[places], self.reference[places], self.family[places], self.machine[places],
            self.quantity[places], self.machine_s[places], self.energy_kwh[places],
            {name: values[places] for name, values in self.drivers.items()},
        )  # fmt: skip

    def target(self, target: str) -> Floats:
        return logarithm(self.energy_kwh if target == "energy" else self.machine_s)


@dataclass(frozen=True, slots=True)
class Input:
    """A quantity, time or driver, as it enters: its logarithm, or itself where it can be zero."""

    name: str
    is_driver: bool = False
    is_linear: bool = False

    def raw(self, lots: Lots) -> Floats:
        if not self.is_driver:
            return np.asarray(getattr(lots, self.name), dtype=float)
        return lots.drivers.get(self.name, np.full(len(lots), np.nan))

    def of(self, lots: Lots) -> Floats:
        return self.raw(lots) if self.is_linear else logarithm(self.raw(lots))


@dataclass(frozen=True, slots=True)
class Term:
    """The coefficient of ln(input + shift), or of the input where it is linear; without an error
    where it was not estimated as such.
    """

    input: Input
    coefficient: float
    minimum: float
    maximum: float
    standard_error: float | None = None
    p_value: float | None = None
    shift: float = 0.0

    def shifted(self, shift: float) -> "Term":
        """The same with a base load, where it is the term of the quantity."""
        return replace(self, shift=shift) if self.input.name == "quantity" else self

    def of(self, lots: Lots) -> Floats:
        values = self.input.raw(lots)
        if self.input.is_linear:
            return self.coefficient * values
        return self.coefficient * logarithm(np.where(values > 0, values + self.shift, np.nan))


@dataclass(frozen=True, slots=True)
class Level:
    """Where an estimate starts, for lots that have all keys that are not None. A firm one may flag
    a lot: it rests on the lots of its reference, or on 5 references of its family or machine.
    """

    rank: int
    slopes: str
    intercept: float
    half_width: float | None
    lots: int
    fall_back: str | None
    is_firm: bool
    reference: str | None = None
    family: str | None = None
    machine: str | None = None


@dataclass(slots=True)
class Model:
    """The parameters of a target, `energy` or `duration`; `terms` by the name of the slopes."""

    target: str
    terms: dict[str, list[Term]] = field(default_factory=dict)
    levels: list[Level] = field(default_factory=list)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """As analytics.put_lot_model takes it."""
        return {
            "terms": [
                {
                    "target": self.target, "slopes": slopes, "input": term.input.name,
                    "is_driver": term.input.is_driver, "is_linear": term.input.is_linear,
                    "coefficient": term.coefficient, "standard_error": term.standard_error,
                    "p_value": term.p_value, "minimum": term.minimum, "maximum": term.maximum,
                    "shift": term.shift,
                }
                for slopes, terms in self.terms.items() for term in terms
            ],
            "levels": [
                {
                    "target": self.target, "rank": level.rank, "reference": level.reference,
                    "family": level.family, "machine": level.machine, "slopes": level.slopes,
                    "intercept": level.intercept, "half_width": level.half_width,
                    "lots": level.lots, "fall_back": level.fall_back, "is_firm": level.is_firm,
                }
                for level in self.levels
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of one lot, on the scale of logarithms, and what stood behind it."""

    value: float
    half_width: float | None
    fall_back: str | None
    lots: int
    is_firm: bool


def logarithm(values: Floats) -> Floats:
    return np.log(np.where(values > 0, values, np.nan))


def texts(values: Iterable[str]) -> Texts:
    return np.array(list(values), dtype=object)


def index_of(keys: Texts) -> tuple[list[str], Ints]:
    """The different keys in order, and for each place which of them it has."""
    names, places = np.unique(keys.astype(str), return_inverse=True)
    return [str(name) for name in names], places.astype(np.int64)


def columns(inputs: Sequence[Input], lots: Lots) -> Floats:
    return np.column_stack([np.empty((len(lots), 0)), *(each.of(lots) for each in inputs)])
