"""How far from its centre a feature goes, and how often: the tail beyond what is usual.

Peaks over threshold with runs declustering (S. Coles, An Introduction to Statistical Modeling of
Extreme Values, 2001, sections 4.2 and 5.3.2): hours beyond the 95 % quantile of the distance from
the median that lie no more than 12 hours apart are one cluster. With clusters per day r and mean
excess b of the highest of each, a distance d beyond the quantile u is exceeded r exp(-(d - u) / b)
times a day, so the score -log10 of that is s where it comes once in 10^s days.

A feature that goes far one way, as a machine that stops now and then, would hide what goes the
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
# What limits of a side and of both are compared at: a score that opens an episode.
OPENS = 1.5
GAP_HOURS = 12
# A tail that falls off exponentially from its centre has u = ln(20) b, about 3 b. Few data may
# show a shorter one by chance; none is believed to be.
LEAST_EXCESS = 1 / 3


@dataclass(frozen=True, slots=True)
class Tails:
    """One number per row."""

    hours: NDArray[np.int64]
    centre: Column
    usual: Column
    excess: Column
    clusters_per_day: Column


def fit_tails(values: Matrix, *, least_usual: Column | None = None) -> Tails:
    """Fit what goes above the centre in rows of hourly values; a column is an hour.

    Rows without a value give NaN. Where the usual distance is nought `least_usual` stands in.
    """
    centre = medians(values)
    distance = values - centre[:, None]
    usual = quantiles(distance, SHARE)
    if least_usual is not None:
        usual = np.where(usual > 0, usual, least_usual)
    return beyond(distance, centre, usual)


def fit_sides(values: Matrix) -> tuple[Tails, Tails]:
    """Fit both sides of the centre, above and below it."""
    centre = medians(values)
    apart = values - centre[:, None]
    both = beyond(np.abs(apart), centre, quantiles(np.abs(apart), SHARE))
    above, below = (nearer(both, distance) for distance in (apart, -apart))
    return above, below


def nearer(both: Tails, distance: Matrix) -> Tails:
    """The tail of one side where its limit is nearer to the centre than that of both sides."""
    usual = np.maximum(quantiles(distance, SHARE_OF_SIDE), both.usual * LEAST_OF_BOTH)
    own = beyond(distance, both.centre, usual)
    own = replace(own, clusters_per_day=2 * own.clusters_per_day)
    with np.errstate(invalid="ignore"):
        is_nearer = limit(own) < limit(both)
    return Tails(
        both.hours,
        both.centre,
        np.where(is_nearer, own.usual, both.usual),
        np.where(is_nearer, own.excess, both.excess),
        np.where(is_nearer, own.clusters_per_day, both.clusters_per_day),
    )


def limit(tails: Tails) -> Column:
    with np.errstate(invalid="ignore", divide="ignore"):
        rare = OPENS + np.log10(tails.clusters_per_day)
    result: Column = tails.usual + rare * tails.excess * math.log(10)
    return result


def beyond(distance: Matrix, centre: Column, usual: Column) -> Tails:
    """How far beyond the usual distance clusters of hours go, and how often a day they come."""
    number = len(distance)
    hours = counts(distance)
    row, column = np.nonzero(distance > usual[:, None])
    clusters: Column = np.zeros(number)
    sums: Column = np.zeros(number)
    if len(row):
        is_new = np.ones(len(row), dtype=bool)
        is_new[1:] = (np.diff(row) != 0) | (np.diff(column) > GAP_HOURS)
        starts = np.flatnonzero(is_new)
        peak = np.maximum.reduceat(distance[row, column], starts)
        owner = row[starts]
        clusters = np.bincount(owner, minlength=number).astype(np.float64)
        sums = np.bincount(owner, peak - usual[owner], minlength=number).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        excess = np.maximum(np.where(clusters > 0, sums / clusters, 0), usual * LEAST_EXCESS)
        # none seen beyond it: at most one in the time there is
        per_day = np.maximum(clusters, 1) * 24 / hours
    return Tails(hours, centre, usual, excess, per_day)
