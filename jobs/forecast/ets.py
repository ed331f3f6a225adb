"""Exponential smoothing, for the few series of whole sites: a second a fit."""

import warnings

import numpy as np
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from jobs.forecast.methods import Floats

HISTORY_DAYS = 56
REFIT_EVERY = 14


def ets(values: Floats, usual: Floats, first: int) -> Floats:
    """Rows from `first` on: the usual energy + smoothed deviations from it, with a daily season.

    values and usual: rows x 24. What was not measured deviates by nothing.
    """
    deviation = np.nan_to_num(values - usual)
    found = np.array(usual)
    parameters: Floats | None = None
    for row in range(first, len(values)):
        past = deviation[max(0, row - HISTORY_DAYS) : row].ravel()
        if len(past) < 14 * 24 or past.std() < 1e-9:
            continue
        model = ETSModel(
            past, error="add", seasonal="add", seasonal_periods=24,
            initialization_method="heuristic",
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the optimiser stopped early costs accuracy only
            if parameters is None or (row - first) % REFIT_EVERY == 0:
                parameters = np.asarray(model.fit(disp=False, maxiter=100).params)
            found[row] += np.asarray(model.smooth(parameters).forecast(24))
    return found[first:]
