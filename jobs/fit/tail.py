"""How far from its centre a feature goes, and how often: the tail beyond what is usual.

Peaks over threshold with runs declustering (S. Coles, An Introduction to Statistical Modeling of
Extreme Values, 2001, sections 4.2 and 5.3.2): hours beyond the 95 % quantile of the distance from
the median that lie no more than 12 hours apart are one cluster. With clusters per day r and mean
excess b of the highest of each, a distance d beyond the quantile u is exceeded r exp(-(d - u) / b)
times a day, so the score -log10 of that is s where it comes once in 10^s days.

Three things keep the limit, where the score opens an episode, from lying too near:

- A mean of n clusters is not known well. What the next will reach, given n from an exponential
  tail, is exceeded with (1 + x / (n b))^-n, and not with exp(-x / b) (the predictive distribution
  where nothing is known of the mean beforehand). b is raised by so much that the limit is where
  that says.
- A tail may be longer than exponential. Where history itself, the hours that were flagged too,
  went beyond the limit more often than the score says, u is raised until it did not.
- A feature that goes far one way, as a machine that stops now and then, would hide what goes the
  other way. So the side that stays nearer to its centre has a tail of its own, with twice its
  clusters, as if the other side were like it: where both are alike nothing changes, and no side is
  judged more leniently than by both together.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jobs.fit.rows import Column, Matrix, counts, medians, quantiles

SHARE = 0.95
SHARE_OF_SIDE = (1 + SHARE) / 2
# A side whose usual distance is next to nothing is not believed: at least this part of both.
LEAST_OF_BOTH = 1 / 4
# The scores that open an episode, of processes and of faults of a sensor.
OPENS, FAULT_OPENS = 1.5, 2.5
GAP_HOURS = 12
# A tail that falls off exponentially from its centre has u = ln(20) b, about 3 b. Few data may
# show a shorter one by chance; none is believed to be.
LEAST_EXCESS = 1 / 3
# That such tails are usual is known beforehand, and counts as much as so many clusters.
KNOWN_CLUSTERS = 3
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tails:
    """One number per row."""

    hours: NDArray[np.int64]
    centre: Column
    usual: Column
    excess: Column
    clusters_per_day: Column


def fit_tails(values: Matrix, is_flagged: Flags, *, least_usual: Column | None = None) -> Tails:
    """Fit what goes above the centre in rows of hourly values; a column is an hour.

    Rows without a value give NaN. Where the usual distance is nought `least_usual` stands in.
    """
    centre = medians(values)
    distance = values - centre[:, None]
    quiet = np.where(is_flagged, np.nan, distance)
    usual = quantiles(quiet, SHARE)
    if least_usual is not None:
        usual = np.where(usual > 0, usual, least_usual)
    return as_seen(beyond(quiet, centre, usual, FAULT_OPENS), distance, FAULT_OPENS)


def fit_sides(values: Matrix, is_flagged: Flags) -> tuple[Tails, Tails]:
    """Fit both sides of the centre, above and below it."""
    centre = medians(values)
    apart = values - centre[:, None]
    quiet = np.where(is_flagged, np.nan, apart)
    both = beyond(np.abs(quiet), centre, quantiles(np.abs(quiet), SHARE), OPENS)
    above, below = (as_seen(nearer(both, side * quiet), side * apart, OPENS) for side in (1, -1))
    return above, below


def nearer(both: Tails, distance: Matrix) -> Tails:
    """The tail of one side where its limit is nearer to the centre than that of both sides."""
    usual = np.maximum(quantiles(distance, SHARE_OF_SIDE), both.usual * LEAST_OF_BOTH)
    own = beyond(distance, both.centre, usual, OPENS, times=2)
    with np.errstate(invalid="ignore"):
        is_nearer = limit(own) < limit(both)
    return Tails(
        both.hours,
        both.centre,
        np.where(is_nearer, own.usual, both.usual),
        np.where(is_nearer, own.excess, both.excess),
        np.where(is_nearer, own.clusters_per_day, both.clusters_per_day),
    )


def as_seen(tails: Tails, distance: Matrix, opens: float) -> Tails:
    """Tails so far out that history itself went beyond the limit `opens` as often as that says.

    `distance` holds all hours, the flagged ones too.
    """
    allowed = np.rint(counts(distance) / 24 / 10**opens).astype(np.int64)
    peaks, owner = peaks_beyond(distance, limit(tails, opens / 2))
    order = np.lexsort((-peaks, owner))
    peaks, owner = peaks[order], owner[order]
    number = np.bincount(owner, minlength=len(distance))
    first = np.cumsum(number) - number
    has_more = (number > allowed) & (tails.excess > 0)
    highest = np.zeros(len(distance))
    highest[has_more] = peaks[first[has_more] + allowed[has_more]]
    with np.errstate(invalid="ignore", divide="ignore"):
        usual = tails.usual + np.where(has_more, (highest - limit(tails, opens)).clip(min=0), 0)
    return replace(tails, usual=usual)


def limit(tails: Tails, opens: float = OPENS) -> Column:
    """The distance from the centre that has a score of `opens`."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rare = (opens + np.log10(tails.clusters_per_day)).clip(min=0)
        result: Column = tails.usual + rare * tails.excess * math.log(10)
    return result


def peaks_beyond(distance: Matrix, limits: Column) -> tuple[Column, NDArray[np.int64]]:
    """The highest of each cluster of hours beyond the limit of its row, and the rows."""
    row, column = np.nonzero(distance > limits[:, None])
    if not len(row):
        return np.zeros(0), row
    is_new = np.ones(len(row), dtype=bool)
    is_new[1:] = (np.diff(row) != 0) | (np.diff(column) > GAP_HOURS)
    starts = np.flatnonzero(is_new)
    peaks: Column = np.maximum.reduceat(distance[row, column], starts)
    return peaks, row[starts]


def beyond(
    distance: Matrix, centre: Column, usual: Column, opens: float, *, times: float = 1
) -> Tails:
    """How far beyond the usual distance clusters of hours go, and how often a day they come.

    They are counted `times` over. The excess is such that the limit `opens` is where it should be.
    """
    number = len(distance)
    hours = counts(distance)
    peaks, owner = peaks_beyond(distance, usual)
    clusters = np.bincount(owner, minlength=number).astype(np.float64)
    sums = np.bincount(owner, peaks - usual[owner], minlength=number).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        excess = np.maximum(np.where(clusters > 0, sums / clusters, 0), usual * LEAST_EXCESS)
        # none seen beyond it: at most one in the time there is
        clusters = np.maximum(clusters, 1)
        per_day = times * clusters * 24 / hours
        known = clusters + KNOWN_CLUSTERS
        rare = np.maximum(opens * math.log(10) + np.log(per_day), 1e-9)
        excess = excess * known * np.expm1(rare / known) / rare
    return Tails(hours, centre, usual, excess, per_day)
