"""What a lot should use and how long it should take: fits the parameters that SQL applies.

All of it is on logarithms, so that effects multiply and residuals are relative. A reference with at
least 5 lots has a term of its own. A lot of any other starts from its family, its machine or the
plant, whichever was best with references that it had not seen; what few lots there are pull the
estimate towards them.
docs/analytics.md says it in full.
"""

from dataclasses import replace

import numpy as np

from jobs.lots.between import fit_between
from jobs.lots.own import Own, fit_own
from jobs.lots.parts import OWN_LOTS, Estimate, Input, Lots, Model

FALL_BACKS = ("family", "machine", "plant")


def choices(lots: Lots, target: str) -> list[list[Input]]:
    """Sets of inputs, best first; a lot is judged by the first set of which it has all."""
    quantity, time = Input("quantity"), Input("machine_s")
    if target == "duration":
        return [[quantity], []]
    drivers = [
        Input(name, True, is_linear=bool(np.any(values[np.isfinite(values)] <= 0)))
        for name, values in lots.drivers.items() if np.isfinite(values).sum() >= OWN_LOTS
    ]  # fmt: skip
    plain = [[quantity, time], [time], [quantity]]
    return [
        more for inputs in plain for more in ([[*inputs, *drivers]] if drivers else []) + [inputs]
    ]


def fit(lots: Lots, target: str, *, only_for: Lots | None = None) -> Model | None:
    """The model of `energy` or `duration`; None where fewer than 5 lots can teach it.

    With `only_for`, no more than these lots need, and no standard errors: for cross-validation.
    """
    is_known = np.isfinite(lots.target(target))
    if np.any(
        lots.reference != ""
    ):  # those of which nobody said what they are would blur the others
        is_known &= lots.reference != ""
    known = np.flatnonzero(is_known)
    if len(known) < OWN_LOTS:
        return None
    lots = lots.take(known)
    model = Model(target)
    owns, fall_backs = [], []
    for inputs in choices(lots, target):
        name = " ".join(each.name for each in inputs if not each.is_driver)
        name += " drivers" * any(each.is_driver for each in inputs)
        own = fit_own(lots, target, inputs, with_errors=only_for is None)
        if own:
            add_own(model, own, f"reference: {name}")
        owns.append((name, inputs, own))
        if only_for is not None and all_estimated(model, only_for):
            return model
    for name, inputs, own in owns:
        for level in FALL_BACKS:
            between = fit_between(lots, target, inputs, level, own)
            if between:
                fall_backs.append((name, between, own))
    fall_backs.sort(key=lambda each: np.inf if each[1].error is None else each[1].error)
    for name, between, own in fall_backs:
        slopes = f"{between.level}: {name}"
        model.terms[slopes] = between.terms
        rank = next_rank(model)
        for each, shift in between.sparse:
            of_each = slopes
            if own:  # what quantity and time do is known from other references
                of_each = f"reference: {name}" + f", of {each.reference}" * bool(shift)
                model.terms.setdefault(of_each, own.terms_of(shift))
            model.levels.append(replace(each, slopes=of_each, rank=rank))
        rank = next_rank(model)
        model.levels.extend(replace(each, slopes=slopes, rank=rank) for each in between.levels)
    return model


def add_own(model: Model, own: Own, slopes: str) -> None:
    """A reference that uses energy before its first unit has slopes under a name of its own."""
    rank = next_rank(model)
    model.terms[slopes] = own.terms
    for level in own.levels:
        shift = own.shifts.get(level.reference or "", 0.0)
        of_each = f"{slopes}, of {level.reference}" if shift else slopes
        model.terms.setdefault(of_each, own.terms_of(shift))
        model.levels.append(replace(level, slopes=of_each, rank=rank + level.rank))


def all_estimated(model: Model, lots: Lots) -> bool:
    return all(estimate(model, lots.take(np.array([i]))) for i in range(len(lots)))


def next_rank(model: Model) -> int:
    return max((level.rank for level in model.levels), default=0) + 1


def estimate(model: Model, lot: Lots) -> Estimate | None:
    """Of one lot, as api.lot_expectation does it; None where it lacks what every way needs."""
    keys = {"reference": lot.reference[0], "family": lot.family[0], "machine": lot.machine[0]}
    for level in model.levels:
        if any(getattr(level, key) not in (None, value) for key, value in keys.items()):
            continue
        value = level.intercept + sum(float(term.of(lot)[0]) for term in model.terms[level.slopes])
        if np.isfinite(value):
            return Estimate(value, level.half_width, level.fall_back, level.lots, level.is_firm)
    return None
