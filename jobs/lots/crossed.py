"""How good a model of lots is: each lot estimated by a model that has not seen it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.lots.model import estimate, fit
from jobs.lots.parts import Estimate, Lots, index_of
from jobs.lots.regression import Floats, Ints

# Up to this many lots each is left out by itself; beyond, in 50 parts, or 20 of very many lots.
ONE_BY_ONE = 250
PARTS = (20, 50)
LOTS_BY_PARTS = 20_000
# The waste that is put into lots to see whether it is caught.
WASTE = 0.3


@dataclass(frozen=True, slots=True)
class Quality:
    """Fractions. `coverage` is of the 95 % interval; None where no lot has an interval."""

    lots: int
    cv_rmse: float | None
    nmbe: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class Crossed:
    """Lots with the estimate of each by a model that has not seen it, None where it had none."""

    lots: Lots
    target: str
    estimates: list[Estimate | None]
    method: str

    def quality(self, places: Sequence[int] | None = None) -> Quality:
        taken = [
            i for i in (range(len(self.lots)) if places is None else places) if self.estimates[i]
        ]
        actual = np.exp(self.lots.target(self.target)[taken])
        found = [each for i in taken if (each := self.estimates[i])]
        expected = np.exp([each.value for each in found])
        inside = [
            abs(np.log(one) - each.value) <= each.half_width
            for one, each in zip(actual, found, strict=True) if each.half_width is not None
        ]  # fmt: skip
        if not taken:
            return Quality(0, None, None, None)
        errors = actual - expected
        return Quality(
            len(taken),
            float(np.sqrt(np.mean(errors**2)) / np.mean(actual)),
            float(np.sum(errors) / np.sum(actual)),
            float(np.mean(inside)) if inside else None,
        )

    def by_fall_back(self) -> dict[str, Quality]:
        """`none` is a reference with a term of its own; else the kind of the fall-back."""
        kinds: dict[str, list[int]] = {}
        for i, each in enumerate(self.estimates):
            if each:
                kinds.setdefault(kind_of(each.fall_back), []).append(i)
        return {kind: self.quality(places) for kind, places in sorted(kinds.items())}

    def caught(self, minimum_excess: float, waste: float) -> float | None:
        """Of the lots that may be flagged, the share that would be if each used this share more
        than it did.
        """
        found = [
            flagged(float(actual) * (1 + waste), each, minimum_excess)
            for actual, each in zip(self.lots.energy_kwh, self.estimates, strict=True)
            if each and each.half_width is not None and each.is_firm
        ]
        return float(np.mean(found)) if found else None


def kind_of(fall_back: str | None) -> str:
    """`family powder, and its own 2 lots` is of the kind `family`."""
    return "none" if fall_back is None else fall_back.replace(",", " ").split(" ")[0]


def flagged(actual: float, found: Estimate, minimum_excess: float) -> bool:
    """As api.lot_expectation does it."""
    return (
        found.half_width is not None
        and found.is_firm
        and actual > np.exp(found.value + found.half_width)
        and actual - np.exp(found.value) >= minimum_excess
    )


def minimum_excess(lots: Lots, setting: float | None) -> float:
    """kWh below which an excess is nobody's concern: the setting, or 1 % of the median lot."""
    if setting is not None:
        return setting
    energies = lots.energy_kwh[lots.energy_kwh > 0]
    return 0.01 * float(np.median(energies)) if len(energies) else 0.0


def cross(lots: Lots, target: str) -> Crossed:
    """Leave each lot out in turn, or some of them at a time where there are more than 250."""
    known = np.flatnonzero(np.isfinite(lots.target(target)))
    lots = lots.take(known)
    count = len(lots)
    parts = count
    if count > ONE_BY_ONE:
        parts = min(max(LOTS_BY_PARTS // count, PARTS[0]), PARTS[1])
    return crossed_by(
        lots, target, np.arange(count) % max(parts, 1),
        "leave one lot out" if parts == count else f"leave 1 lot in {parts} out",
    )  # fmt: skip


def cross_references(lots: Lots, target: str) -> Crossed:
    """Leave each reference out in turn: how good is an estimate for one that was never made?"""
    known = np.flatnonzero(np.isfinite(lots.target(target)))
    lots = lots.take(known)
    _, parts = index_of(lots.reference)
    return crossed_by(lots, target, parts, "leave one reference out")


def crossed_by(lots: Lots, target: str, part: Ints | Floats, method: str) -> Crossed:
    estimates: list[Estimate | None] = [None] * len(lots)
    for one in np.unique(part):
        out = np.flatnonzero(part == one)
        model = fit(lots.take(np.flatnonzero(part != one)), target, only_for=lots.take(out))
        for place in out:
            estimates[place] = estimate(model, lots.take(np.array([place]))) if model else None
    return Crossed(lots, target, estimates, method)
