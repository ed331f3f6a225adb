"""Forecasts of the next 24 hours by each method, of many series at once.

A series is a grid: one row for each 24 hours of plant time, cut at the hour of issue, and one
column for each hour. A row is foreseen with the rows above it only. Values are kWh an hour, NaN
where the hour was not measured. When clocks change a column has no hour, or the mean of two.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

METHODS = ("naive", "profile", "recent", "weekday", "regression", "blend")
WORK, SATURDAY, OFF = 0, 1, 2
WEEK = 7

# A profile is the median of so many days of a class, or of so many of a weekday. On the shipped
# data anything from 20 to 40 serves as well, and fewer serve worse; where a plant has changed, the
# median of a few days sees it within a week.
CLASS_DAYS = 28
RECENT_DAYS = 7
WEEKDAYS = 8
FEWEST = 3

# The regression learns from so many days; fewer than these and it says nothing.
TRAINING_DAYS = 182
FEWEST_TRAINING_DAYS = 28
RECENT_HOURS = 3
# Draws coefficients towards zero, that is to the profile: a hundredth of the variance of an input.
RIDGE = 0.01
ITERATIONS = 12
REFIT_EVERY = 14


@dataclass(frozen=True, slots=True)
class Grid:
    """values: series x rows x 24; day_class and weekday: rows x 24, known for more rows than values
    where the last rows are still to come. `weekday` is 0 for Monday, and 6 for a holiday.
    """

    values: Floats
    day_class: Ints
    weekday: Ints

    @property
    def rows(self) -> int:
        return int(self.values.shape[1])


def lagged(values: Floats, days: int) -> Floats:
    found = np.full_like(values, np.nan)
    found[:, days:] = values[:, :-days]
    return found


def naive(values: Floats) -> Floats:
    """The same hour a week ago; where that was not measured, up to four weeks ago."""
    found = lagged(values, WEEK)
    for weeks in (2, 3, 4):
        if values.shape[1] > weeks * WEEK:
            found = np.where(np.isnan(found), lagged(values, weeks * WEEK), found)
    return found


def medians(values: Floats) -> Floats:
    """Median along the second axis without NaN; NaN where there are fewer than three values."""
    ordered = np.sort(values, axis=1)  # NaN come last
    count = np.sum(~np.isnan(values), axis=1)
    last = np.maximum(count - 1, 0)
    low = np.take_along_axis(ordered, (last // 2)[:, None], axis=1)[:, 0]
    high = np.take_along_axis(ordered, ((last + 1) // 2)[:, None], axis=1)[:, 0]
    return np.where(count >= FEWEST, (low + high) / 2, np.nan)


def profile(values: Floats, kinds: Ints, days: int, first: int) -> Floats:
    """For each row from `first` on the median, by hour, of the last `days` rows of its kind."""
    found = np.full_like(values, np.nan)
    for columns in alike(kinds):
        kind = kinds[:, columns[0]]
        for row in range(first, values.shape[1]):
            same = np.flatnonzero(kind[:row] == kind[row])[-days:]
            if len(same) >= FEWEST:
                found[:, row, columns] = medians(values[:, same][:, :, columns])
    return found


def alike(kinds: Ints) -> list[Ints]:
    """Columns before and after midnight: the kind of a day is that of its date."""
    groups: list[list[int]] = []
    for column in range(kinds.shape[1]):
        if groups and np.array_equal(kinds[:, column], kinds[:, groups[-1][0]]):
            groups[-1].append(column)
        else:
            groups.append([column])
    return [np.array(group) for group in groups]


def known_mean(values: Floats, axis: int | tuple[int, ...]) -> Floats:
    """Mean of what is known, 0 where nothing is."""
    count = np.sum(~np.isnan(values), axis=axis)
    return np.asarray(np.nansum(values, axis=axis) / np.maximum(count, 1))


def inputs(deviation: Floats) -> Floats:
    """What the regression looks at, as deviations from the profile: the same hour 1, 2 and 7 days
    ago, the last hours before the forecast, the last day, the last week. Not measured: as usual.

    Returns series x 24 x rows x inputs.
    """
    series, rows, hours = deviation.shape
    found = np.zeros((series, hours, rows, 7))
    found[..., 0] = 1
    for place, days in enumerate((1, 2, 7), start=1):
        found[..., place] = np.nan_to_num(lagged(deviation, days)).transpose(0, 2, 1)
    found[:, :, 1:, 4] = known_mean(deviation[:, :-1, -RECENT_HOURS:], 2)[:, None]
    day = known_mean(deviation, 2)
    found[:, :, 1:, 5] = day[:, None, :-1]
    total = np.cumsum(np.concatenate([np.zeros((series, 1)), day], axis=1), axis=1)
    found[:, :, WEEK:, 6] = ((total[:, WEEK:-1] - total[:, : -WEEK - 1]) / WEEK)[:, None]
    return found


def least_absolute(x: Floats, y: Floats, start: Floats | None = None) -> Floats:
    """Coefficients with the least sum of absolute errors, of many regressions at once.

    By weighted least squares, repeated: absolute errors are what a forecast is judged by, and a day
    out of the ordinary weighs no more than any other. x: regressions x rows x inputs, y:
    regressions x rows with NaN where nothing is to be learned. The first input is constant.
    """
    known = ~np.isnan(y)
    target = np.where(known, y, 0)
    count = np.maximum(known.sum(1), 1)
    size = np.sqrt(np.sum(known[..., None] * x**2, axis=1) / count[:, None])
    size = np.where(size < 1e-9, 1, size)
    scaled = x / size[:, None]
    ridge = np.full(x.shape[2], RIDGE)
    ridge[0] = 1e-9
    weights = known.astype(float)
    least: Floats | None = None
    found = np.zeros((x.shape[0], x.shape[2])) if start is None else start * size
    for step in range(ITERATIONS if start is None else ITERATIONS // 2):
        if step or start is not None:
            residual = np.abs(target - np.matmul(scaled, found[..., None])[..., 0])
            if least is None or step < 3:
                mean = np.sum(residual * known, axis=1) / count
                least = np.maximum(0.05 * mean, 1e-9)[:, None]
            weights = known / np.maximum(residual, least)
        weighted = scaled * weights[..., None]
        total = np.maximum(weights.sum(1), 1e-300)
        normal = np.matmul(weighted.transpose(0, 2, 1), scaled) / total[:, None, None]
        normal += np.eye(x.shape[2]) * (ridge + 1e-12)
        right = np.matmul(weighted.transpose(0, 2, 1), target[..., None])[..., 0] / total[:, None]
        found = np.linalg.solve(normal, right[..., None])[..., 0]
    return found / size


def regression(values: Floats, by_class: Floats, first: int, every: int = REFIT_EVERY) -> Floats:
    """Profile + what late deviations tell, learned anew every `every` rows from `first` on."""
    series, rows, hours = values.shape
    found = np.full_like(values, np.nan)
    deviation = values - by_class
    x = inputs(deviation).reshape(series * hours, rows, -1)
    y = deviation.transpose(0, 2, 1).reshape(series * hours, rows)
    coefficients: Floats | None = None
    for row in range(first, rows, every):
        past = slice(max(0, row - TRAINING_DAYS), row)
        coefficients = least_absolute(x[:, past], y[:, past], coefficients)
        is_enough = (~np.isnan(y[:, past])).sum(1) >= FEWEST_TRAINING_DAYS
        ahead = slice(row, min(row + every, rows))
        part = np.matmul(x[:, ahead], coefficients[..., None])[..., 0]
        part[~is_enough] = np.nan
        found[:, ahead] = part.reshape(series, hours, -1).transpose(0, 2, 1)
    return found + by_class


def predict(grid: Grid, first: int, every: int = REFIT_EVERY) -> dict[str, Floats]:
    """Each method's forecast of each row from `first` on, from the rows above it only.

    NaN where nothing can be said: no measured hour to go by.
    """
    values = grid.values
    reach = max(0, first - TRAINING_DAYS)
    by_class = profile(values, grid.day_class, CLASS_DAYS, reach)
    found = {
        "naive": naive(values),
        "profile": by_class,
        "recent": profile(values, grid.day_class, RECENT_DAYS, first),
        "weekday": profile(values, grid.weekday, WEEKDAYS, first),
        "regression": regression(values, by_class, first, every),
    }
    # where a method cannot speak yet, the simpler one speaks for it
    found["profile"] = either(by_class, found["naive"])
    found["recent"] = either(found["recent"], found["naive"])
    found["weekday"] = either(found["weekday"], found["profile"])
    found["regression"] = either(found["regression"], found["profile"])
    found["blend"] = (found["profile"] + found["regression"]) / 2
    found |= {
        half_name(name): half(each, found["naive"])
        for name, each in found.items()
        if name != "naive"
    }
    lowest = floor(values)
    return {name: np.maximum(each, lowest)[:, first:] for name, each in found.items()}


def half_name(method: str) -> str:
    """The mean of a method and the naive forecast: of two errors that differ a part cancels out."""
    return f"half {method}"


def half(method: Floats, reference: Floats) -> Floats:
    return either((method + reference) / 2, method)


def either(first: Floats, second: Floats) -> Floats:
    return np.where(np.isnan(first), second, first)


def floor(values: Floats) -> Floats:
    """For each row zero, or the lowest value above it where that is negative (who feeds in)."""
    lowest = np.fmin.accumulate(
        np.fmin(0, values).min(axis=2, keepdims=True, initial=0, where=~np.isnan(values)), axis=1
    )
    return np.concatenate([np.zeros_like(lowest[:, :1]), lowest[:, :-1]], axis=1)
