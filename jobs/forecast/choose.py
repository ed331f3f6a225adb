"""Which method to publish, and how wide its interval is: both from what it foresaw before."""

import math
from dataclasses import dataclass

import numpy as np

from jobs.forecast.methods import WEEK, Floats

# Which of those that beat naive is published: the best of so many days before.
CHOICE_DAYS = 28
# Fewer days tell nothing.
FEWEST_DAYS = 28
# What is published instead of the naive forecast has to be better by this share, also in the older
# and in the newer half of the days compared, and by so many standard errors. On plants that run on
# days as a coin falls, the best of some methods beats naive by chance: not by three.
MARGIN = 0.05
STANDARD_ERRORS = 3.0
INTERVAL_DAYS = 56
# Days that are foreseen again for both, and compared: intervals of the last 56 days, each from the
# 56 before it.
PAST_DAYS = 2 * INTERVAL_DAYS
NOMINAL = 0.95
TINY = 1e-9  # kWh
# By how much (on a scale of logarithms) a day with all hours outside stretches the next intervals,
# and how far that goes at the most: to the double, or to half.
PACE = 0.25
LONGEST_STRETCH = float(np.log(2))


@dataclass(frozen=True, slots=True)
class Choice:
    """Of one series: the method, its error in naive ones over the last 28 days, and why."""

    method: str
    ratio: float | None
    days: int
    reason: str | None


def choose(past: dict[str, Floats], actual: Floats) -> Choice:
    """past: rows x 24 for each method, actual: the same rows, the newest last."""
    rows = slice(max(0, len(actual) - PAST_DAYS), None)
    known = ~np.isnan(actual[rows]) & ~np.isnan(past["naive"][rows])
    is_day = known.any(axis=1)
    days = int(is_day.sum())
    if days < FEWEST_DAYS:
        return Choice(
            "naive",
            None,
            days,
            f"fewer than {FEWEST_DAYS} days to compare methods on ({days}): naive",
        )
    errors = {
        name: np.where(known, np.abs(actual[rows] - each[rows]), 0).sum(axis=1)[is_day]
        for name, each in past.items()
    }
    reference = errors.pop("naive")
    late = reference[-CHOICE_DAYS:].sum()
    better = {
        name: each[-CHOICE_DAYS:].sum() / late
        for name, each in errors.items()
        if is_better(each, reference)
    }
    if not better:
        said = f"no method beat the naive forecast beyond chance over {days} days: naive"
        return Choice("naive", 1.0, min(days, CHOICE_DAYS), said)
    best = min(better, key=better.__getitem__)
    return Choice(best, float(better[best]), CHOICE_DAYS, None)


def is_better(errors: Floats, reference: Floats) -> bool:
    """Whether errors by the day were lower than those of reference: of late, in either half of the
    days, and over all of them by more than chance brings about.
    """
    gain = reference - errors
    half = len(gain) // 2
    for part in (slice(-CHOICE_DAYS, None), slice(half), slice(half, None)):
        if gain[part].sum() <= MARGIN * reference[part].sum():
            return False
    return bool(gain.mean() > STANDARD_ERRORS * standard_error(gain))


def standard_error(daily: Floats) -> float:
    """Of the mean: from the spread of days, or from that of weeks where days that follow each other
    go together, whichever is larger.
    """
    spread = float(daily.std(ddof=1))
    weeks = daily[len(daily) % WEEK :].reshape(-1, WEEK).mean(axis=1)
    if len(weeks) > 1:
        spread = max(spread, float(weeks.std(ddof=1)) * math.sqrt(WEEK))
    return spread / math.sqrt(len(daily))


def intervals(errors: Floats) -> tuple[Floats, Floats]:
    """How far below and above a forecast the interval of each row reaches, and of the row to come
    (errors: rows x 24, actual - forecast). What is not known is NaN.

    Conformal: quantiles of the errors of the 56 rows before, those of the two neighbouring hours
    pooled, with the correction for a finite number of them. Errors that grow or shrink are
    followed: where more hours than 1 in 20 lay outside of late, intervals are stretched, else drawn
    in (after Gibbs, Candes 2021, on the width).
    """
    rows = len(errors)
    low, high = np.full((rows + 1, 24), np.nan), np.full((rows + 1, 24), np.nan)
    near = np.stack([np.roll(errors, 1, axis=1), errors, np.roll(errors, -1, axis=1)], axis=1)
    hours = np.arange(24)
    stretch = 0.0
    for row in range(1, rows + 1):
        pooled = np.sort(near[max(0, row - INTERVAL_DAYS) : row].reshape(-1, 24), axis=0)
        count = np.sum(~np.isnan(pooled), axis=0)
        rank = np.ceil((count + 1) * (1 + NOMINAL) / 2).astype(int)
        is_known = (count > 0) & (rank <= count)
        last = np.maximum(np.minimum(rank, count), 1) - 1
        below = np.where(is_known, pooled[np.maximum(count - 1 - last, 0), hours], np.nan)
        above = np.where(is_known, pooled[last, hours], np.nan)
        middle = (above + below) / 2
        low[row] = middle + (below - middle) * np.exp(stretch)
        high[row] = middle + (above - middle) * np.exp(stretch)
        if row < rows:
            seen = is_known & ~np.isnan(errors[row])
            if seen.any():
                outside = (errors[row] < low[row] - TINY) | (errors[row] > high[row] + TINY)
                stretch += PACE * (float(outside[seen].mean()) - (1 - NOMINAL))
                stretch = float(np.clip(stretch, -LONGEST_STRETCH, LONGEST_STRETCH))
    return low, high


@dataclass(frozen=True, slots=True)
class Measures:
    """How good forecasts were. Shares as fractions; MSIS in errors of the naive forecast."""

    hours: int
    mase_ratio: float | None
    wmape: float | None
    coverage: float | None
    msis: float | None


def measure(actual: Floats, foreseen: Floats, low: Floats, high: Floats, naive: Floats) -> Measures:
    """Over hours where both the energy and the naive forecast are known. MASE (Hyndman, Koehler
    2006) and MSIS (Gneiting, Raftery 2007) are scaled by the naive error of the same hours.
    """
    known = ~np.isnan(actual) & ~np.isnan(naive) & ~np.isnan(foreseen)
    if not known.any():
        return Measures(0, None, None, None, None)
    error = np.abs(actual - foreseen)[known].mean()
    scale = np.abs(actual - naive)[known].mean()
    used = np.abs(actual[known]).sum()
    known_width = known & ~np.isnan(low)
    y, lower, upper = actual[known_width], low[known_width], high[known_width]
    has_width = len(y) > 0
    beyond = np.maximum(lower - y, 0) + np.maximum(y - upper, 0)
    score = (upper - lower + 2 / (1 - NOMINAL) * beyond).mean() if has_width else None
    return Measures(
        int(known.sum()),
        float(error / scale) if scale > 0 else 1.0 if error == 0 else None,
        float(error * known.sum() / used) if used > 0 else None,
        float(np.mean((y >= lower - TINY) & (y <= upper + TINY))) if has_width else None,
        float(score / scale) if score is not None and scale > 0 else None,
    )
