"""One energy baseline: energy of a day against what was made, the kind of day and drivers."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Inputs = Mapping[str, float | None]

FEWEST_DAYS = 28
DAYS_PER_COEFFICIENT = 5
FEWEST_OF_A_KIND = 3
# Another set of inputs has to lower the cross-validated error by this share.
GAIN = 0.02
LAGS = 7
SIGNIFICANT = 0.05
KINDS = ("saturday", "off")

# ASHRAE Guideline 14-2014, calibrated to hours; and its limit for months, below which R2, which is
# low where there is little to explain, is not asked for.
CV_RMSE_LIMIT, CV_RMSE_MONTHS, NMBE_LIMIT = 0.30, 0.15, 0.10
R2_LIMIT = 0.75  # IPMVP


@dataclass(frozen=True, slots=True)
class Fit:
    """A regression on named inputs. `left_out`: errors of days that were not fitted to."""

    names: tuple[str, ...]
    x: Floats
    y: Floats
    left_out: Floats

    @property
    def cv_rmse(self) -> float:
        return float(np.sqrt(np.mean(self.left_out**2)) / np.mean(self.y))

    @property
    def nmbe(self) -> float:
        return float(np.mean(self.left_out) / np.mean(self.y))


def baseline(
    days: Sequence[dt.date], energy_kwh: Sequence[float], inputs: Sequence[Inputs]
) -> dict[str, Any]:
    """All that one version holds, as analytics.put_energy_models takes it, but for its place."""
    if len(days) < FEWEST_DAYS:
        return nothing(days, f"only {len(days)} days fully measured, fewer than {FEWEST_DAYS}")
    if np.mean(energy_kwh) <= 0:
        return nothing(days, "no energy was used in the baseline period")
    weeks = np.array([(day - days[0]).days // 7 for day in days])
    fit = select(rounded(energy_kwh), inputs, weeks)
    count, size = fit.x.shape
    coefficients, errors, p_values = estimate(fit)
    residuals = fit.y - fit.x @ coefficients
    variance = float(np.sum((fit.y - fit.y.mean()) ** 2))
    # what rounding leaves of energy that does not vary is no variance
    is_flat = variance <= 1e-12 * float(np.sum(fit.y**2))
    r2 = None if is_flat else float(1 - np.sum(residuals**2) / variance)
    terms: list[dict[str, Any]] = [
        {
            "input": name,
            "coefficient": float(coefficients[i]),
            "standard_error": float(errors[i]),
            "p_value": p_values[i],
            "minimum": float(fit.x[:, i].min()),
            "maximum": float(fit.x[:, i].max()),
        }
        for i, name in enumerate(fit.names)
    ]
    reasons = conditions(fit, terms, r2)
    # a kind of day that never came: known as such, so that one that comes is seen to be beyond
    terms += [
        {"input": kind, "coefficient": 0.0, "standard_error": None, "p_value": None,
         "minimum": 0.0, "maximum": 0.0}
        for kind in KINDS if kind not in fit.names and not any(kind in each for each in inputs)
    ]  # fmt: skip
    return {
        "baseline_from": days[0].isoformat(), "baseline_to": days[-1].isoformat(), "days": count,
        "mean_kwh": float(fit.y.mean()),
        "rmse_kwh": float(np.sqrt(np.sum(residuals**2) / (count - size))),
        "r2": r2, "cv_rmse": fit.cv_rmse, "nmbe": fit.nmbe,
        "autocorrelation": autocorrelation(days, residuals),
        "t_90": float(stats.t.ppf(0.95, count - size)),
        "is_valid": not reasons, "reason": "; ".join(reasons) or None, "terms": terms,
    }  # fmt: skip


def estimate(fit: Fit) -> tuple[Floats, Floats, list[float | None]]:
    """Coefficients, standard errors that allow for autocorrelation (Newey and West), p-values: NULL
    where nothing but rounding is left to estimate an error from.
    """
    found = sm.OLS(fit.y, fit.x).fit(cov_type="HAC", cov_kwds={"maxlags": LAGS})
    coefficients = np.asarray(found.params)
    errors = np.sqrt(np.maximum(np.diag(found.cov_params()), 0))
    return coefficients, errors, [
        float(2 * stats.norm.sf(abs(value) / error)) if error > 0 else None
        for value, error in zip(coefficients, errors, strict=True)
    ]  # fmt: skip


def rounded(values: Sequence[float | None]) -> Floats:
    """To 10 digits: a database may add up the same readings in another order, and what is learned
    from them shall be the same. NaN for what is not known.
    """
    return np.array([np.nan if value is None else float(f"{value:.10g}") for value in values])


def nothing(days: Sequence[dt.date], reason: str) -> dict[str, Any]:
    return {
        "baseline_from": days[0].isoformat() if days else None,
        "baseline_to": days[-1].isoformat() if days else None,
        "days": len(days), "is_valid": False, "reason": reason, "terms": [],
    }  # fmt: skip


def select(y: Floats, inputs: Sequence[Inputs], weeks: NDArray[np.int64]) -> Fit:
    """The simplest of the sets of inputs that no other one beats on weeks left out: kinds of day,
    with hours run, or with the quantity of each reference; then drivers, each if it counts.
    """
    kinds = [kind for kind in KINDS if is_usable(column(inputs, kind))]
    names = sorted({name for each in inputs for name in each})
    quantities = [name for name in names if name.startswith("quantity:")]
    drivers = [name for name in names if name.startswith("driver:") and is_known(inputs, name)]
    best = crossed(y, inputs, kinds, weeks)
    for more in (["run_h"], quantities):
        chosen = [name for name in more if is_usable(column(inputs, name))]
        # a reference that came too seldom to be told apart would bend the others
        if not chosen or len(chosen) < len(more) or not fits_in(y, kinds, chosen):
            continue
        if any(np.isnan(column(inputs, name)).any() for name in chosen):
            continue
        best = better(best, crossed(y, inputs, [*kinds, *chosen], weeks))
    for driver in drivers:
        if fits_in(y, best.names, [driver]):
            tried = crossed(y, inputs, [*best.names[1:], driver], weeks)
            p_value = estimate(tried)[2][-1]
            if p_value is None or p_value < SIGNIFICANT:
                best = better(best, tried)
    return best


def column(inputs: Sequence[Inputs], name: str) -> Floats:
    """An input by day: what is not there is 0 (nothing run, nothing made), what is unknown NaN."""
    return rounded([each.get(name, 0.0) for each in inputs])


def is_usable(values: Floats) -> bool:
    """Neither almost always nor almost never zero, and not the same on all days."""
    some = np.count_nonzero(np.nan_to_num(values))
    return bool(some >= FEWEST_OF_A_KIND and np.nanmax(values) > np.nanmin(values))


def is_known(inputs: Sequence[Inputs], name: str) -> bool:
    """A driver must be known on every day, or it says nothing of some; and it must vary."""
    values = rounded([each.get(name) for each in inputs])
    return not np.isnan(values).any() and bool(values.std() > 0)


def fits_in(y: Floats, names: Sequence[str], more: Sequence[str]) -> bool:
    return (1 + len(names) + len(more)) * DAYS_PER_COEFFICIENT <= len(y)


def better(old: Fit, new: Fit) -> Fit:
    return new if new.cv_rmse < (1 - GAIN) * old.cv_rmse else old


def crossed(
    y: Floats, inputs: Sequence[Inputs], names: Sequence[str], weeks: NDArray[np.int64]
) -> Fit:
    """A fit; its errors come from fits without the week of the day: neighbouring days are alike."""
    x = np.column_stack([np.ones(len(y)), *(column(inputs, name) for name in names)])
    left_out = np.empty(len(y))
    for week in np.unique(weeks):
        out = weeks == week
        coefficients = np.linalg.lstsq(x[~out], y[~out])[0]
        left_out[out] = y[out] - x[out] @ coefficients
    return Fit(("constant", *names), x, y, left_out)


def autocorrelation(days: Sequence[dt.date], residuals: Floats) -> float:
    """Of neighbouring days, between 0 and 0.95. A negative one would only make more of the data."""
    pairs = [i for i in range(1, len(days)) if (days[i] - days[i - 1]).days == 1]
    total = float(np.sum(residuals**2))
    if not pairs or total == 0:
        return 0.0
    before = residuals[np.array(pairs) - 1]
    share = float(np.sum(before * residuals[pairs])) / total * len(days) / len(pairs)
    return min(max(share, 0.0), 0.95)


def conditions(fit: Fit, terms: Sequence[dict[str, Any]], r2: float | None) -> list[str]:
    """What is not as it must be for a baseline to be valid, in sentences."""
    found = []
    if fit.cv_rmse > CV_RMSE_LIMIT:
        found.append(
            f"CV(RMSE) of days left out is {100 * fit.cv_rmse:.0f} %,"
            f" above {100 * CV_RMSE_LIMIT:.0f} % (ASHRAE Guideline 14)"
        )
    if abs(fit.nmbe) > NMBE_LIMIT:
        found.append(
            f"NMBE of days left out is {100 * fit.nmbe:.0f} %,"
            f" beyond {100 * NMBE_LIMIT:.0f} % (ASHRAE Guideline 14)"
        )
    if r2 is not None and r2 < R2_LIMIT and fit.cv_rmse > CV_RMSE_MONTHS:
        found.append(f"R2 is {r2:.2f}, below {R2_LIMIT} (IPMVP)")
    for term in terms:
        is_variable = term["input"] not in ("constant", *KINDS)
        if is_variable and term["p_value"] is not None and term["p_value"] >= SIGNIFICANT:
            found.append(f"p of {term['input']} is {term['p_value']:.2f}, not below {SIGNIFICANT}")
    return found
