"""References with enough lots: a term of its own for each, and effects that they have in common."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from jobs.lots.parts import CONFIDENCE, OWN_LOTS, Input, Level, Lots, Term, columns, index_of
from jobs.lots.regression import NOTHING, Floats, Ints, centered, errors, huber, spread

# So many lots for each effect that is estimated, beyond the terms of the references.
LOTS_PER_EFFECT = 5
# A driver, or machines, stay where they take at least this share off the error of lots left out.
GAIN = 0.02
# The spread of a reference counts as if so many lots of the common spread were added to its own.
SPREAD_LOTS = 10
# What holds where too few lots estimate it: the machine's power, for the time that it took.
ASSUMED = {("energy", "machine_s"): 1.0, ("energy", "quantity"): 0.0, ("duration", "quantity"): 0.5}


@dataclass(frozen=True, slots=True)
class Own:
    """What lots of known references say; `spread` is of one lot about the term of its reference."""

    terms: list[Term]
    levels: list[Level]
    spread: float
    estimated: list[Input]

    def named(self, slopes: str, rank: int) -> Iterator[Level]:
        for level in self.levels:
            yield replace(level, slopes=slopes, rank=rank + level.rank)


def fit_own(lots: Lots, target: str, inputs: Sequence[Input], *, with_errors: bool) -> Own | None:
    """None where no reference has 5 lots with all inputs, or where none of the drivers helps."""
    y, x = lots.target(target), columns(inputs, lots)
    whole = np.flatnonzero(np.isfinite(y) & np.isfinite(x).all(axis=1))
    names, groups = index_of(lots.reference[whole])
    many = np.bincount(groups, minlength=len(names)) >= OWN_LOTS
    whole = whole[many[groups]]
    if not len(whole):
        return None
    lots = lots.take(whole)
    y, x = y[whole], x[whole]
    names, groups = index_of(lots.reference)
    estimated, y_left, machines = chosen(y, x, groups, lots, target, inputs)
    if any(each.is_driver for each in inputs) and not any(each.is_driver for each in estimated):
        return None
    taken = np.column_stack(
        [columns(estimated, lots), machine_columns(lots) if machines else x[:, :0]]
    )
    found = huber(y_left, taken, groups)
    count = len(estimated)
    on_machine = taken[:, count:] @ found.slopes[count:]
    degrees = max(len(y) - len(names) - taken.shape[1], 1)
    common = spread(found.left_out)
    halves = half_widths(found.left_out, groups, common, float(stats.t.ppf(CONFIDENCE, degrees)))
    said = errors(y_left, taken, groups) if with_errors and count else None
    terms = []
    for each in inputs:
        place = estimated.index(each) if each in estimated else None
        if place is None and (each.is_driver or not ASSUMED.get((target, each.name))):
            continue
        coefficient = ASSUMED[target, each.name] if place is None else float(found.slopes[place])
        raw = each.raw(lots)
        terms.append(Term(
            each, coefficient, float(raw.min()), float(raw.max()),
            None if said is None or place is None else float(said[0][place]),
            None if said is None or place is None else float(said[1][place]),
        ))  # fmt: skip
    levels = []
    for g, name in enumerate(names):
        mine = np.flatnonzero(groups == g)
        if machines:
            for machine in dict.fromkeys(lots.machine[mine]):
                there = mine[lots.machine[mine] == machine]
                levels.append(Level(
                    0, "", float(found.intercepts[g] + on_machine[there[0]]), halves[g], len(mine),
                    None, reference=name, machine=machine,
                ))  # fmt: skip
        levels.append(Level(
            1, "", float(found.intercepts[g] + np.mean(on_machine[mine])), halves[g], len(mine),
            "reference, on other machines" if machines else None, reference=name,
        ))  # fmt: skip
    return Own(terms, levels, common, estimated)


def half_widths(left_out: Floats, groups: Ints, common: float, factor: float) -> list[float]:
    found = []
    for g in range(int(groups.max()) + 1):
        mine = left_out[groups == g]
        variance = (SPREAD_LOTS * common**2 + len(mine) * spread(mine) ** 2) / (
            SPREAD_LOTS + len(mine)
        )
        found.append(factor * float(np.sqrt(variance)))
    return found


def machine_columns(lots: Lots) -> Floats:
    """One for each machine but the first: 1 where a lot ran on it."""
    names, places = index_of(lots.machine)
    return np.eye(len(names))[places][:, 1:]


def chosen(
    y: Floats, x: Floats, groups: Ints, lots: Lots, target: str, inputs: Sequence[Input]
) -> tuple[list[Input], Floats, bool]:
    """Inputs that are estimated, y less what is assumed of others, and whether machines differ."""
    room = (len(y) - int(groups.max()) - 1) // LOTS_PER_EFFECT
    inside, _ = centered(x, groups, np.ones(len(y)))
    varies = np.sqrt((inside**2).mean(axis=0)) > 1e-6
    wanted = sorted(
        range(len(inputs)), key=lambda i: (inputs[i].is_driver, inputs[i].name != "machine_s")
    )
    base = [i for i in wanted if varies[i] and not inputs[i].is_driver][:room]
    for i, each in enumerate(inputs):
        if i not in base and not each.is_driver:
            y = y - ASSUMED[target, each.name] * x[:, i]
    error = left_out_error(y, x[:, base], groups)
    drivers = [i for i in wanted if varies[i] and inputs[i].is_driver]
    while drivers and len(base) < room:
        tried = [(left_out_error(y, x[:, [*base, i]], groups), i) for i in drivers]
        better, best = min(tried)
        if not better < (1 - GAIN) * error:
            break
        error, base = better, [*base, best]
        drivers.remove(best)
    machines = machine_columns(lots)
    helps = (
        0 < machines.shape[1] <= room - len(base)
        and left_out_error(y, np.column_stack([x[:, base], machines]), groups) < (1 - GAIN) * error
    )
    return [inputs[i] for i in base], y, bool(helps)


def left_out_error(y: Floats, x: Floats, groups: Ints) -> float:
    """Root mean square error of lots left out, of which none counts more than 3 spreads."""
    left_out = huber(y, x, groups).left_out
    limit = max(3 * spread(left_out), NOTHING)
    return float(np.sqrt(np.mean(np.clip(left_out, -limit, limit) ** 2)))
