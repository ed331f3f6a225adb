"""A robust level for each hour of the day or week, and whether it is worth having.

The level is Huber's M-estimate with the residuals' MAD as scale, worked out by iteratively
reweighted means: what statsmodels' RLM gives for a regression on dummies of the slots.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.fit.rows import Column, Matrix, counts, medians

TUNING = 1.345
CONSISTENCY = 0.6744897501960817
TOLERANCE = 1e-8
ROUNDS = 50
DAY, WEEK = 24, 168
# A profile has to lower the error on days that it has not seen by a tenth; one of the week, by a
# twentieth more than one of the day.
LEAST_GAIN, LEAST_GAIN_OF_WEEK = 0.1, 0.05
Slots = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Profiles:
    """Levels of each row's slots (as many rows as were asked for), and the gain on unseen days."""

    size: NDArray[np.int64]
    levels: Matrix
    gain: Column
    autocorrelation: Column


def huber_levels(values: Matrix, slots: Slots, size: int) -> Matrix:
    """Robust level of each slot (columns) in each row; NaN for a slot without a value."""
    number = len(values)
    row = np.broadcast_to(np.arange(number)[:, None], values.shape)
    is_there = ~np.isnan(values)
    place = (row * size + slots)[is_there]
    known = values[is_there]
    residuals = np.full(values.shape, np.nan)
    weights = np.ones(len(known))
    levels = np.zeros(number * size)
    for _ in range(ROUNDS):
        weight = np.bincount(place, weights, minlength=number * size)
        total = np.bincount(place, weights * known, minlength=number * size)
        with np.errstate(invalid="ignore"):
            new = total / weight
        change = np.nanmax(np.abs(new - levels), initial=0)
        levels = new
        residual = known - levels[place]
        residuals[is_there] = residual
        scale = medians(np.abs(residuals)) / CONSISTENCY
        if change <= TOLERANCE * max(float(np.nanmax(np.abs(levels), initial=0)), 1.0):
            break
        size_of = np.abs(residual)
        limit = TUNING * scale[row[is_there]]
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = np.where(size_of <= limit, 1.0, limit / size_of)
        # where most residuals are nought there is nothing to weigh by
        weights = np.where(limit > 0, weights, 1.0)
    return levels.reshape(number, size)


def held_out_gain(values: Matrix, slots: Slots, size: int, block_hours: int) -> Column:
    """By how much a profile lowers the mean error on blocks of time that it was not fitted to."""
    block = (np.arange(values.shape[1]) // block_hours) % 2
    with_profile = np.zeros(len(values))
    without = np.zeros(len(values))
    row = np.arange(len(values))[:, None]
    for side in (0, 1):
        seen = np.where(block == side, values, np.nan)
        unseen = np.where(block == side, np.nan, values)
        centre = medians(seen)
        levels = huber_levels(seen, slots, size)
        expected = levels[row, slots]
        expected = np.where(np.isnan(expected), centre[:, None], expected)
        with_profile += np.nansum(np.abs(unseen - expected), axis=1)
        without += np.nansum(np.abs(unseen - centre[:, None]), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        gain: Column = np.where(without > 0, 1 - with_profile / without, 0.0)
    return gain


def fit_profiles(values: Matrix, week_slots: Slots) -> Profiles:
    """Choose for each row no profile, one of the day or one of the week. Columns are hours.

    A profile needs its period at least four times over: four days, or four weeks.
    """
    number = len(values)
    hours = counts(values)
    day_slots = week_slots % DAY
    size = np.zeros(number, dtype=np.int64)
    gain = np.zeros(number)
    levels = np.zeros((number, WEEK))
    enough = hours >= 4 * DAY
    if enough.any():
        gained = held_out_gain(values[enough], day_slots[enough], DAY, DAY)
        gain[enough] = gained
        chosen = np.flatnonzero(enough)[gained >= LEAST_GAIN]
        size[chosen] = DAY
    enough = hours >= 4 * WEEK
    if enough.any():
        gained = held_out_gain(values[enough], week_slots[enough], WEEK, WEEK)
        better = (gained >= LEAST_GAIN) & (gained >= gain[enough] + LEAST_GAIN_OF_WEEK)
        chosen = np.flatnonzero(enough)[better]
        size[chosen] = WEEK
        gain[chosen] = gained[better]
    for period, slots in ((DAY, day_slots), (WEEK, week_slots)):
        chosen = np.flatnonzero(size == period)
        if len(chosen):
            found = huber_levels(values[chosen], slots[chosen], period)
            levels[chosen, :period] = found
    return Profiles(size, levels, gain, autocorrelation(values))


def without_profile(values: Matrix, week_slots: Slots, profiles: Profiles) -> Matrix:
    row = np.arange(len(values))[:, None]
    slot = np.where(profiles.size[:, None] == DAY, week_slots % DAY, week_slots)
    result: Matrix = values - np.where(profiles.size[:, None] > 0, profiles.levels[row, slot], 0.0)
    return result


def autocorrelation(values: Matrix) -> Column:
    """How much of an hour's distance from the centre is left in the next: least squares, AR(1)."""
    apart = values - medians(values)[:, None]
    before, after = apart[:, :-1], apart[:, 1:]
    both = ~np.isnan(before) & ~np.isnan(after)
    top = np.sum(np.where(both, before * after, 0), axis=1)
    bottom = np.sum(np.where(both, before**2, 0), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        result: Column = np.where(bottom > 0, top / bottom, np.nan)
    return result
