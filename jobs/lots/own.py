"""References with enough lots: a term of its own for each, and effects that they have in common."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import stats

from jobs.lots.parts import CONFIDENCE, OWN_LOTS, Input, Level, Lots, Term, columns, index_of
from jobs.lots.regression import NOTHING, Floats, Ints, centered, errors, huber, spread

# So many lots for each effect that is estimated, beyond the terms of the references.
LOTS_PER_EFFECT = 5
# An effect stays where it takes at least this share off the error of lots left out.
GAIN = 0.02
# A base load of its own takes at least this off the mean error of a reference.
OWN_GAIN = 0.05
# The spread of a reference counts as if so many lots of the common spread were added to its own.
SPREAD_LOTS = 10
# What holds where too few lots estimate it: the machine's power, for the time that it took.
ASSUMED = {("energy", "machine_s"): 1.0, ("energy", "quantity"): 0.0, ("duration", "quantity"): 0.5}
# What a lot uses before its first unit, as a share of the median quantity of its reference.
BASE_LOADS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# A reference with fewer lots has the base load that fits all references best.
BASE_LOAD_LOTS = 10


@dataclass(slots=True)
class Chosen:
    """Which effects are estimated: `x` are the columns of `inputs`, then those of machines."""

    inputs: list[Input]
    y: Floats
    x: Floats
    error: float
    base_loads: Floats
    common_base_load: float = 0.0


@dataclass(frozen=True, slots=True)
class Own:
    """What lots of known references say; `spread` is of one lot about the term of its reference.

    `shifts` are the base loads of references in units; `base_load` is for one that is not known.
    """

    terms: list[Term]
    levels: list[Level]
    spread: float
    base_load: float
    shifts: dict[str, float] = field(default_factory=dict)

    def terms_of(self, shift: float) -> list[Term]:
        """The terms of a reference whose lots use as much as `shift` units before the first."""
        return [term.shifted(shift) for term in self.terms]


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
    names, groups = index_of(lots.reference)
    taken = choose(y[whole], x[whole], groups, lots, target, inputs)
    if any(each.is_driver for each in inputs) and not any(each.is_driver for each in taken.inputs):
        return None
    found = huber(taken.y, taken.x, groups)
    count = len(taken.inputs)
    on_machine = taken.x[:, count:] @ found.slopes[count:]
    degrees = max(len(lots) - len(names) - taken.x.shape[1], 1)
    common = spread(found.left_out)
    halves = half_widths(found.left_out, groups, common, float(stats.t.ppf(CONFIDENCE, degrees)))
    said = errors(taken.y, taken.x, groups) if with_errors and count else None
    terms = []
    for each in inputs:
        place = taken.inputs.index(each) if each in taken.inputs else None
        if place is None and (each.is_driver or not ASSUMED.get((target, each.name))):
            continue
        raw = each.raw(lots)
        terms.append(Term(
            each,
            ASSUMED[target, each.name] if place is None else float(found.slopes[place]),
            float(raw.min()), float(raw.max()),
            None if said is None or place is None else float(said[0][place]),
            None if said is None or place is None else float(said[1][place]),
        ))  # fmt: skip
    levels = []
    for g, name in enumerate(names):
        mine = np.flatnonzero(groups == g)
        if taken.x.shape[1] > count:
            for machine in dict.fromkeys(lots.machine[mine]):
                there = mine[lots.machine[mine] == machine]
                levels.append(Level(
                    0, "", float(found.intercepts[g] + on_machine[there[0]]), halves[g], len(mine),
                    None, True, reference=name, machine=machine,
                ))  # fmt: skip
        levels.append(Level(
            1, "", float(found.intercepts[g] + np.mean(on_machine[mine])), halves[g], len(mine),
            "reference, on other machines" if taken.x.shape[1] > count else None,
            taken.x.shape[1] == count, reference=name,
        ))  # fmt: skip
    middles = medians(lots.quantity, groups)
    shifts = {name: float(taken.base_loads[g] * middles[g]) for g, name in enumerate(names)}
    return Own(
        terms, levels, common, taken.common_base_load, {n: s for n, s in shifts.items() if s}
    )


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
    return np.asarray(np.eye(len(names))[places][:, 1:], float)


def medians(values: Floats, groups: Ints) -> Floats:
    return np.array([np.median(values[groups == g]) for g in range(int(groups.max()) + 1)])


def choose(
    y: Floats, x: Floats, groups: Ints, lots: Lots, target: str, inputs: Sequence[Input]
) -> Chosen:
    """Time and quantity where they vary, then what takes enough off the error of lots left out:
    drivers one by one, machines, and base loads. What is assumed of the others is taken off y.
    """
    room = (len(y) - int(groups.max()) - 1) // LOTS_PER_EFFECT
    inside, _ = centered(x, groups, np.ones(len(y)))
    varies = np.sqrt((inside**2).mean(axis=0)) > 1e-6
    wanted = sorted(
        (i for i in range(len(inputs)) if varies[i]), key=lambda i: inputs[i].name != "machine_s"
    )
    base = [i for i in wanted if not inputs[i].is_driver][:room]
    for i, each in enumerate(inputs):
        if i not in base and not each.is_driver:
            y = y - ASSUMED[target, each.name] * x[:, i]
    none = np.zeros(int(groups.max()) + 1)
    found = Chosen([inputs[i] for i in base], y, x[:, base], 0.0, none)
    found.error = left_out_error(y, found.x, groups)
    drivers = [i for i in wanted if inputs[i].is_driver]
    while drivers and len(found.inputs) < room:
        tried = [
            (left_out_error(y, np.column_stack([found.x, x[:, i]]), groups), i) for i in drivers
        ]
        error, best = min(tried)
        if not error < (1 - GAIN) * found.error:
            break
        found.error, found.x = error, np.column_stack([found.x, x[:, best]])
        found.inputs.append(inputs[best])
        drivers.remove(best)
    machines = np.column_stack([found.x, machine_columns(lots)])
    if found.x.shape[1] < machines.shape[1] <= room:
        error = left_out_error(y, machines, groups)
        if error < (1 - GAIN) * found.error:
            found.error, found.x = error, machines
    if any(each.name == "quantity" for each in found.inputs) and found.x.shape[1] < room:
        add_base_loads(found, groups, lots.quantity)
    return found


def add_base_loads(found: Chosen, groups: Ints, quantity: Floats) -> None:
    """ln(quantity + base load): the one that suits all references best, then, where many lots tell
    it, that of each. A reference that has its own costs a lot's worth of freedom.
    """
    place = next(i for i, each in enumerate(found.inputs) if each.name == "quantity")
    middles = medians(quantity, groups)
    lots = np.bincount(groups)

    def with_loads(loads: Floats) -> Floats:
        x = found.x.copy()
        x[:, place] = np.log(quantity + (loads * middles)[groups])
        return x

    tried = [(left_out_error(found.y, with_loads(load + 0 * middles), groups), load)
             for load in BASE_LOADS[1:]]  # fmt: skip
    error, load = min(tried)
    if error < (1 - GAIN) * found.error:
        found.error, found.common_base_load = error, load
        found.base_loads = load + 0 * middles
        found.x = with_loads(found.base_loads)
    loads = found.base_loads.copy()
    for _ in range(2):
        slopes = huber(found.y, with_loads(loads), groups).slopes
        for g in np.flatnonzero(lots >= BASE_LOAD_LOTS):
            mine = groups == g
            usual, sizes = found.base_loads[g], {}
            for load in BASE_LOADS:
                x = found.x[mine].copy()
                x[:, place] = np.log(quantity[mine] + load * middles[g])
                rest = found.y[mine] - x @ slopes
                sizes[load] = float(np.mean(np.abs(rest - np.median(rest))))
            best = min(sizes, key=lambda load: sizes[load])
            loads[g] = best if sizes[best] < (1 - OWN_GAIN) * sizes[usual] else usual
    degrees = len(quantity) - len(middles) - found.x.shape[1]
    own = int(np.sum(loads != found.base_loads))
    if own and degrees > 2 * own:
        error = left_out_error(found.y, with_loads(loads), groups) * np.sqrt(
            degrees / (degrees - own)
        )
        if error < (1 - GAIN) * found.error:
            found.error, found.base_loads, found.x = float(error), loads, with_loads(loads)


def left_out_error(y: Floats, x: Floats, groups: Ints) -> float:
    """Root mean square error of lots left out, of which none counts more than 3 spreads."""
    left_out = huber(y, x, groups).left_out
    limit = max(3 * spread(left_out), NOTHING)
    return float(np.sqrt(np.mean(np.clip(left_out, -limit, limit) ** 2)))
