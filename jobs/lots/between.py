"""References with few lots or none: what the others of its family, machine or plant say.

Each reference counts once, by the medians of its lots. How wrong this is was seen by leaving out
each reference in turn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from jobs.lots.own import Own
from jobs.lots.parts import (
    CONFIDENCE,
    OWN_LOTS,
    Input,
    Level,
    Lots,
    Term,
    Texts,
    columns,
    index_of,
    texts,
)
from jobs.lots.regression import NOTHING, Floats, Ints

# What slopes between references are before any is seen, and how far off that may be (a standard
# deviation): energy is the power of a machine for a time; time grows with quantity, but a batch
# takes what it takes.
EXPECTED = {
    ("energy", "machine_s"): 1.0, ("energy", "quantity"): 0.0,
    ("duration", "quantity"): 0.5,
}  # fmt: skip
QUANTITY_ALONE = 1.0
DOUBT = 0.5
# So many references, on so many machines, for each slope where drivers are among them.
CELLS_PER_SLOPE = 5
# A family or a machine with fewer references flags no lot of one that it does not know.
FIRM_REFERENCES = 5
# Leaving out this many references, evenly taken, says enough.
LEFT_OUT = 50


@dataclass(frozen=True, slots=True)
class Cells:
    """References on machines: medians of their lots."""

    y: Floats
    x: Floats
    reference: Ints
    key: Ints


@dataclass(frozen=True, slots=True)
class Line:
    """Slopes, the intercept of each key, and that of a key that is new."""

    slopes: Floats
    intercepts: Floats
    anywhere: float


@dataclass(frozen=True, slots=True)
class Between:
    """The model of one level: `error` is None where there was only one reference. `sparse` are the
    references with few lots, each with its base load in units.
    """

    level: str
    terms: list[Term]
    levels: list[Level]
    sparse: list[tuple[Level, float]]
    error: float | None


def fit_between(
    lots: Lots, target: str, inputs: Sequence[Input], level: str, own: Own | None
) -> Between | None:
    """None where no lot has all inputs and a key of this level."""
    borrowed = [term for term in own.terms if term.input.is_driver] if own else []
    if own:  # what drivers do is known from lots of one reference
        inputs = [each for each in inputs if not each.is_driver]
    elif any(each.is_linear for each in inputs):
        return None
    y, x = lots.target(target), columns(inputs, lots)
    for term in borrowed:
        y = y - term.coefficient * term.input.of(lots)
    keys: Texts = texts(["plant"] * len(lots)) if level == "plant" else getattr(lots, level)
    whole = np.flatnonzero(np.isfinite(y) & np.isfinite(x).all(axis=1) & (keys != ""))
    if not len(whole):
        return None
    lots, y, x = lots.take(whole), y[whole], x[whole]
    names, key = index_of(keys[whole])
    references, reference = index_of(lots.reference)
    cells = cells_of(y, x, reference, key, index_of(lots.machine)[1])
    prior = np.array([expected(target, each, inputs) for each in inputs])
    if any(each.is_driver for each in inputs) and len(cells.y) < CELLS_PER_SLOPE * len(inputs):
        return None
    line = line_of(cells, prior, len(names))
    error = unseen(cells, prior, len(names))
    within = own.spread if own else spread_within(y, reference, key)
    factor = float(stats.t.ppf(CONFIDENCE, max(len(references) - 1, 1)))
    terms = [
        Term(each, float(slope), float(each.raw(lots).min()), float(each.raw(lots).max()))
        for each, slope in zip(inputs, line.slopes, strict=True)
    ] + borrowed  # fmt: skip
    levels: list[Level] = []
    sparse: list[tuple[Level, float]] = []
    residuals = y - x @ line.slopes - line.intercepts[key]
    for k, name in enumerate(names):
        mine = key == k
        keyed: dict[str, Any] = {} if level == "plant" else {level: name}
        said = "plant" if level == "plant" else f"{level} {name}"
        half = None if error is None else factor * float(np.hypot(error, within))
        is_firm = level != "plant" and len(np.unique(reference[mine])) >= FIRM_REFERENCES
        levels.append(Level(
            0, "", float(line.intercepts[k]), half, int(mine.sum()), said, is_firm, **keyed
        ))  # fmt: skip
        for r in np.unique(reference[mine]):
            few = mine & (reference == r)
            count = int(few.sum())
            if np.sum(reference == r) >= OWN_LOTS or not references[r]:
                continue
            between = np.inf if error is None else max(error, NOTHING) ** 2
            pull = 1.0 if error is None else between / (between + within**2 / count)
            half = (
                None if error is None else factor * float(np.sqrt(within**2 + between * (1 - pull)))
            )
            shift, away, back = 0.0, residuals[few], 0.0
            if own:  # from the line of this level, at its middle, along the slopes of lots
                shift = (
                    own.base_load * float(np.median(lots.quantity[few])) if own.base_load else 0.0
                )
                few_lots = lots.take(np.flatnonzero(few))
                along = sum(
                    (term.of(few_lots) for term in own.terms_of(shift) if not term.input.is_driver),
                    np.zeros(count),
                )
                back = float(np.mean(x[few] @ line.slopes - along))
                away = y[few] - along - line.intercepts[k] - back
            middle = float(line.intercepts[k] + back + pull * np.median(away))
            level_of = Level(
                0, "", middle, half, count,
                f"{said}, and its own {count} lot{'s' * (count > 1)}", is_firm,
                reference=references[r], **keyed,
            )  # fmt: skip
            sparse.append((level_of, shift))
    return Between(level, terms, levels, sparse, error)


def expected(target: str, each: Input, inputs: Sequence[Input]) -> float:
    if target == "energy" and len(inputs) == 1 and each.name == "quantity":
        return QUANTITY_ALONE
    return 0.0 if each.is_driver else EXPECTED[target, each.name]


def cells_of(y: Floats, x: Floats, reference: Ints, key: Ints, machine: Ints) -> Cells:
    _, places = np.unique(np.column_stack([reference, machine, key]), axis=0, return_inverse=True)
    order = [np.flatnonzero(places == place) for place in range(int(places.max()) + 1)]
    return Cells(
        np.array([np.median(y[each]) for each in order]),
        np.array([np.median(x[each], axis=0) for each in order]).reshape(len(order), x.shape[1]),
        np.array([reference[each[0]] for each in order]),
        np.array([key[each[0]] for each in order]),
    )


def line_of(cells: Cells, prior: Floats, keys: int) -> Line:
    """Slopes pulled to what is expected of them; intercepts of keys pulled to their mean, as if
    that were one more reference.
    """
    seen = np.bincount(cells.key, minlength=keys)
    filled = np.maximum(seen, 1)

    def inside(values: Floats) -> Floats:
        return values - (np.bincount(cells.key, values, keys) / filled)[cells.key]

    x = np.column_stack([np.empty((len(cells.y), 0)), *(inside(column) for column in cells.x.T)])
    rest = inside(cells.y - cells.x @ prior)
    degrees = max(len(cells.y) - int((seen > 0).sum()), 1)
    noise = float(np.sum(rest**2)) / degrees
    weight = max(noise, NOTHING) / DOUBT**2
    slopes = prior + np.linalg.solve(x.T @ x + weight * np.eye(x.shape[1]), x.T @ rest)
    residuals = cells.y - cells.x @ slopes
    anywhere = float(np.mean(residuals))
    means = np.bincount(cells.key, residuals, keys) / filled
    intercepts = anywhere + seen / (seen + 1) * (means - anywhere) * (seen > 0)
    return Line(slopes, intercepts, anywhere)


def unseen(cells: Cells, prior: Floats, keys: int) -> float | None:
    """Root mean square error of references that are left out; None where there is only one."""
    references = np.unique(cells.reference)
    if len(references) < 2:
        return None
    taken = references[np.unique(np.linspace(0, len(references) - 1, LEFT_OUT).astype(int))]
    squares = []
    for one in taken:
        out = cells.reference == one
        line = line_of(
            Cells(cells.y[~out], cells.x[~out], cells.reference[~out], cells.key[~out]), prior, keys
        )  # fmt: skip
        residuals = cells.y[out] - cells.x[out] @ line.slopes - line.intercepts[cells.key[out]]
        squares.append(np.mean(residuals**2))
    return float(np.sqrt(np.mean(squares)))


def spread_within(y: Floats, reference: Ints, key: Ints) -> float:
    """Standard deviation of lots about the mean of their reference; 0 where each has one lot."""
    _, places = np.unique(np.column_stack([reference, key]), axis=0, return_inverse=True)
    count = np.bincount(places)
    rest = y - (np.bincount(places, y) / count)[places]
    degrees = len(y) - len(count)
    return float(np.sqrt(np.sum(rest**2) / degrees)) if degrees else 0.0
