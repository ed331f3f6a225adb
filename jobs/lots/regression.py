"""Robust regression with a term of its own for each group, on logarithms."""

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Huber's constant: 95 % as efficient as least squares where errors are normal.
TUNING = 1.345
# Turns a median of absolute values into a standard deviation.
MAD = 1.4826
# Less than this on a scale of logarithms is rounding.
NOTHING = 1e-9
# Iterations end when weights and slopes change by less.
SETTLED = 1e-7


@dataclass(frozen=True, slots=True)
class Fit:
    """y = intercept of its group + x @ slopes. `left_out`: residuals, each as if not fitted to."""

    slopes: Floats
    intercepts: Floats
    weights: Floats
    left_out: Floats


def centered(x: Floats, groups: Ints, weights: Floats) -> tuple[Floats, Floats]:
    """x less its weighted mean by group, and these means."""
    total = np.bincount(groups, weights)
    means = np.empty((len(total), x.shape[1]))
    for i, column in enumerate(x.T):
        means[:, i] = np.bincount(groups, weights * column) / total
    return x - means[groups], means


def huber(y: Floats, x: Floats, groups: Ints) -> Fit:
    """Huber's M-estimate by iterated weights, as statsmodels' RLM does it (a test compares them),
    but with the groups taken out first, so that a hundred of them cost no more than one.
    """
    weights: Floats = np.ones(len(y))
    both = np.column_stack([x, y])
    slopes: Floats = np.zeros(x.shape[1])
    for _ in range(100):
        part, means = centered(both, groups, weights)
        root = np.sqrt(weights)[:, None]
        old = slopes
        slopes = np.asarray(
            np.linalg.lstsq(part[:, :-1] * root, part[:, -1] * root[:, 0])[0], float
        )
        residuals = part[:, -1] - part[:, :-1] @ slopes
        scale = MAD * np.median(np.abs(residuals))
        if scale < NOTHING:
            break
        before = weights
        weights = np.minimum(1, TUNING * scale / np.maximum(np.abs(residuals), NOTHING))
        if (
            np.abs(weights - before).max() < SETTLED
            and np.abs(slopes - old).max(initial=0) < SETTLED
        ):
            break
    part, means = centered(both, groups, weights)
    residuals = part[:, -1] - part[:, :-1] @ slopes
    inside = part[:, :-1]
    inverse = np.linalg.pinv(inside.T @ (inside * weights[:, None]))
    total = np.bincount(groups, weights)
    leverage = weights * (1 / total[groups] + np.einsum("ij,jk,ik->i", inside, inverse, inside))
    left_out = residuals / np.maximum(1 - leverage, 0.05)
    return Fit(slopes, means[:, -1] - means[:, :-1] @ slopes, weights, left_out)


def errors(y: Floats, x: Floats, groups: Ints) -> tuple[Floats, Floats]:
    """Standard errors and p-values of the slopes, by statsmodels' RLM."""
    inside, _ = centered(x, groups, np.ones(len(y)))
    scale = np.sqrt((inside**2).mean(axis=0))  # columns of one size: else small ones count as none
    design = np.column_stack([inside / scale, np.eye(groups.max() + 1)[groups]])
    found = sm.RLM(y, design, M=sm.robust.norms.HuberT(TUNING)).fit()
    count = x.shape[1]
    return np.asarray(found.bse[:count] / scale), np.asarray(found.pvalues[:count])


def spread(residuals: Floats) -> float:
    """Robust standard deviation about zero; of fewer than 5, the root of the mean square."""
    count = len(residuals)
    if count < 5:
        return float(np.sqrt(np.mean(residuals**2))) if count else 0.0
    # Each with its mirror image, so that it is about zero, whatever the middle is. These are not
    # independent: on normal values the estimate is too large by a factor of about 1 + 2.4 / n.
    both = np.concatenate([residuals, -residuals])
    return float(sm.robust.scale.qn_scale(both)) / (1 + 2.4 / count)
