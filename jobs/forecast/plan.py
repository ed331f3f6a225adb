"""Forecast from what is planned: energy of running hours by reference, as actual runs taught it."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm

from jobs.forecast.methods import (
    CLASS_DAYS,
    REFIT_EVERY,
    TRAINING_DAYS,
    Floats,
    Ints,
    profile,
)

METHOD = "plan"
# A reference has an effect of its own after so many hours of it; before, its machine's mean counts.
FEWEST_HOURS = 24
FEWEST_ENERGY_HOURS = 28 * 24
# More columns than these are added up to one of each machine: a site makes hundreds of references.
MOST_COLUMNS = 40
PROFILE_FROM = 62


@dataclass(frozen=True, slots=True)
class Shares:
    """Of one reference on a machine: shares of hours, by the numbers of hours."""

    reference: str
    ran_hours: Sequence[int]
    ran: Sequence[float]
    planned_hours: Sequence[int]
    planned: Sequence[float]


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """`days` are the rows of 24 hours for which there was a plan when they began."""

    machine: str
    days: Sequence[int]
    references: Sequence[Shares]


@dataclass(frozen=True, slots=True)
class Running:
    """columns x rows x 24: what ran, and what was to be expected: the plan, or what is usual."""

    ran: Floats
    expected: Floats
    machine: Ints
    is_planned: Ints  # rows


def running(plans: Sequence[MachinePlan], day_class: Ints, start_hour: int, over: int) -> Running:
    """The first `over` rows are over; of the others only the plan is known."""
    rows, hours = day_class.shape

    def grid(numbers: Sequence[int], shares: Sequence[float]) -> Floats:
        found = np.zeros(rows * hours)
        places = np.asarray(numbers, dtype=int) - start_hour
        inside = (places >= 0) & (places < len(found))
        found[places[inside]] = np.asarray(shares, dtype=float)[inside]
        return found.reshape(rows, hours)

    ran, expected, machine = [], [], []
    is_planned = np.zeros(rows, dtype=np.int64)
    for number, plan in enumerate(plans):
        days = np.isin(np.arange(rows), plan.days)
        is_planned |= days
        did = np.stack([grid(each.ran_hours, each.ran) for each in plan.references])
        meant = np.stack([grid(each.planned_hours, each.planned) for each in plan.references])
        did[:, over:] = np.nan
        usual = np.nan_to_num(profile(did, day_class, CLASS_DAYS, 0))
        ran.append(did)
        expected.append(np.where(days[:, None], meant, usual))
        machine += [number] * len(did)
    return Running(np.concatenate(ran), np.concatenate(expected), np.array(machine), is_planned)


def planned(
    values: Floats, day_class: Ints, found: Running, first: int, every: int = REFIT_EVERY
) -> Floats:
    """Rows from `first` on, rows x 24; NaN where no machine had a plan, or too little was learned.

    kWh = constant + sum of (kW of a reference) x (share of the hour), by Huber's regression
    (statsmodels) over 182 days of actual runs, + the median of what is left over, by hour and kind
    of day.
    """
    rows = len(values)
    foreseen = np.full_like(values, np.nan)
    for row in range(first, rows, every):
        past = slice(max(0, row - TRAINING_DAYS), row)
        columns = grouped(found, past)
        if not columns:
            continue
        ran = np.stack([found.ran[each].sum(axis=0) for each in columns], axis=-1)
        known = ~np.isnan(values[past])
        if known.sum() < FEWEST_ENERGY_HOURS:
            continue
        coefficients = fit(ran[past][known], values[past][known])
        ahead = slice(row, min(row + every, rows))
        reach = max(0, row - PROFILE_FROM)
        left = values - coefficients[0] - ran @ coefficients[1:]
        usual = profile(left[None, reach : ahead.stop], day_class[reach : ahead.stop], CLASS_DAYS,
                        row - reach)[0, row - reach :]  # fmt: skip
        expected = shared(found, columns, past)[ahead]
        foreseen[ahead] = coefficients[0] + expected @ coefficients[1:] + np.nan_to_num(usual)
    foreseen[found.is_planned == 0] = np.nan
    return foreseen[first:]


def grouped(found: Running, past: slice) -> list[Ints]:
    """Columns that have an effect together: single references, or all of a machine."""
    enough = np.nansum(found.ran[:, past], axis=(1, 2)) >= FEWEST_HOURS
    if enough.sum() > MOST_COLUMNS:
        return [np.flatnonzero(found.machine == each) for each in np.unique(found.machine[enough])]
    return [np.array([column]) for column in np.flatnonzero(enough)]


def shared(found: Running, columns: list[Ints], past: slice) -> Floats:
    """What is expected of each of these columns, rows x 24 x columns. A reference without a column
    counts as its machine's others, in the proportion in which they ran.
    """
    total = [np.nansum(found.ran[each][:, past]) for each in columns]
    expected = [found.expected[each].sum(axis=0) for each in columns]
    in_a_column = np.isin(np.arange(len(found.machine)), np.concatenate(columns))
    for machine in np.unique(found.machine):
        own = [n for n, each in enumerate(columns) if found.machine[each[0]] == machine]
        lacking = found.expected[(found.machine == machine) & ~in_a_column].sum(axis=0)
        for n in own:
            expected[n] = expected[n] + lacking * total[n] / sum(total[m] for m in own)
    return np.stack(expected, axis=-1)


def fit(x: Floats, y: Floats) -> Floats:
    """Constant and coefficients; by least squares where most hours fit exactly, and have no spread
    that Huber's estimate could go by.
    """
    x = sm.add_constant(x, has_constant="add")
    start = np.asarray(sm.OLS(y, x).fit().params)
    if np.median(np.abs(y - x @ start)) < 1e-9:
        return start
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it stopped early costs accuracy only
        found = np.asarray(sm.RLM(y, x, M=sm.robust.norms.HuberT()).fit(maxiter=30).params)
    return found if np.isfinite(found).all() else start


def plans_of(rows: Sequence[tuple[str, str, str, Shares, Sequence[int]]], level: str, place: str
             ) -> Iterator[MachinePlan]:  # fmt: skip
    """Of the machines of a place. rows: machine, line, site, shares, days with a plan."""
    which = {"machine": 0, "line": 1, "site": 2}[level]
    here = [row for row in rows if row[which] == place]
    for machine in dict.fromkeys(row[0] for row in here):
        own = [row for row in here if row[0] == machine]
        yield MachinePlan(machine, own[0][4], [row[3] for row in own])
