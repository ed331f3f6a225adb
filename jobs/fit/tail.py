"""How far from its centre a feature goes, and how often: the tail beyond what is usual.

Peaks over threshold with runs declustering (S. Coles, An Introduction to Statistical Modeling of
Extreme Values, 2001, sections 4.2 and 5.3.2): hours beyond the 95 % quantile of the distance from
the median that lie no more than 12 hours apart are one cluster. With clusters per day r and mean
excess b of the highest of each, a distance d beyond the quantile u is exceeded r exp(-(d - u) / b)
times a day, so the score -log10 of that is s where it comes once in 10^s days.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.fit.rows import Column, Matrix, counts, medians, quantiles

SHARE = 0.95
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


def fit_tails(
    values: Matrix, *, is_two_sided: bool = True, least_usual: Column | None = None
) -> Tails:
    """Fit rows of hourly values; a column is an hour. Rows without a value give NaN."""
    centre = medians(values)
    distance = values - centre[:, None]
    if is_two_sided:
        distance = np.abs(distance)
    usual = quantiles(distance, SHARE)
    if least_usual is not None:
        usual = np.where(usual > 0, usual, least_usual)
    hours = counts(values)
    row, column = np.nonzero(distance > usual[:, None])
    clusters: Column = np.zeros(len(values))
    sums: Column = np.zeros(len(values))
    if len(row):
        is_new = np.ones(len(row), dtype=bool)
        is_new[1:] = (np.diff(row) != 0) | (np.diff(column) > GAP_HOURS)
        starts = np.flatnonzero(is_new)
        peak = np.maximum.reduceat(distance[row, column], starts)
        owner = row[starts]
        number = len(values)
        clusters = np.bincount(owner, minlength=number).astype(np.float64)
        over = peak - usual[owner]
        sums = np.bincount(owner, over, minlength=number).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        excess = np.maximum(np.where(clusters > 0, sums / clusters, 0), usual * LEAST_EXCESS)
        # none seen beyond it: at most one in the time there is
        per_day = np.maximum(clusters, 1) * 24 / hours
    return Tails(hours, centre, usual, excess, per_day)
