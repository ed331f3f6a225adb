"""The forecast of the next 24 hours of many places: what is published, and why."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from jobs.forecast.choose import PAST_DAYS, Choice, choose, intervals
from jobs.forecast.ets import ets
from jobs.forecast.methods import (
    CLASS_DAYS,
    OFF,
    SATURDAY,
    WEEK,
    WORK,
    Floats,
    Grid,
    Ints,
    either,
    floor,
    half,
    half_name,
    predict,
    profile,
)
from jobs.forecast.plan import METHOD, MachinePlan, planned, running

HOURS = 24
HOUR = dt.timedelta(hours=1)
FALL_BACK = ("profile", "naive")


@dataclass(frozen=True, slots=True)
class History:
    """Measured hours of a place, numbered in plant time since the midnight of the first day."""

    level: str
    place: str
    carrier: str
    time_zone: str
    first_day: dt.date
    hours: Sequence[int]
    energy_kwh: Sequence[float]
    off_days: Sequence[dt.date] = ()
    plans: Sequence[MachinePlan] = ()


def issue(
    histories: Iterable[History], at: dt.datetime, *, with_ets: bool = False
) -> list[dict[str, Any]]:
    """Forecasts of the 24 hours from the plant hour that holds `at`; rows for put_forecasts.

    with_ets: sites have one method more, which takes seconds for each.
    """
    alike: dict[Any, list[History]] = defaultdict(list)
    for each in histories:
        alike[each.time_zone, each.first_day, tuple(each.off_days)].append(each)
    return [row for group in alike.values() for row in issue_alike(group, at, with_ets)]


def issue_alike(group: Sequence[History], at: dt.datetime, with_ets: bool) -> list[dict[str, Any]]:
    """The same for places that share time zone, first day and holidays."""
    zone, first_day = ZoneInfo(group[0].time_zone), group[0].first_day
    local = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    issued_at = local.astimezone(dt.UTC)
    rows = (local.date() - first_day).days
    times = [issued_at + k * HOUR for k in range(HOURS)]
    cells = [place_of(time.astimezone(zone), first_day, local.hour) for time in times]
    values = np.stack([values_of(each, rows, local.hour) for each in group])
    grid = Grid(values, *kinds(first_day, rows + 2, local.hour, group[0].off_days))
    first = max(min(WEEK, rows), rows - PAST_DAYS)
    foreseen = predict(grid, first)
    lowest = floor(values)[:, rows, 0]
    of_each = [{name: found[i] for name, found in foreseen.items()} for i in range(len(group))]
    for i, each in enumerate(group):
        if with_ets and each.level == "site":
            usual = profile(values[i : i + 1], grid.day_class, CLASS_DAYS, 0)[0]
            smoothed = either(ets(values[i], usual, first), of_each[i]["profile"])
            add(of_each[i], "ets", np.maximum(smoothed, lowest[i]))
        if each.plans:
            said = running(each.plans, grid.day_class, local.hour, rows)
            if said.is_planned[rows]:
                by_plan = planned(values[i], grid.day_class, said, first)
                add(
                    of_each[i],
                    METHOD,
                    np.maximum(either(by_plan, of_each[i]["profile"]), lowest[i]),
                )
    return [
        {
            "level": each.level, "place": each.place, "carrier": each.carrier,
            "issued_at": issued_at.isoformat(), "history_hours": len(each.hours),
            "times": [time.isoformat() for time in times],
            **publish(
                of_each[i], values[i, :rows], rows - first, cells, float(lowest[i]), rows,
            ),
        }
        for i, each in enumerate(group)
    ]  # fmt: skip


def add(foreseen: dict[str, Floats], name: str, values: Floats) -> None:
    """One method more, and the half of it."""
    foreseen[name] = values
    foreseen[half_name(name)] = half(values, foreseen["naive"])


def publish(
    foreseen: dict[str, Floats],
    actual: Floats,
    past: int,
    cells: Sequence[tuple[int, int]],
    lowest: float,
    rows: int,
) -> dict[str, Any]:
    """What is said of one place. `past`: how many of the rows foreseen are over."""
    nothing = [None] * HOURS
    found: dict[str, Any] = {
        "method": None, "error_ratio": None, "compared_days": 0, "energy_kwh": nothing,
        "low_kwh": nothing, "high_kwh": nothing, "naive_kwh": nothing,
    }  # fmt: skip
    measured = np.any(~np.isnan(actual), axis=1)
    if measured.sum() < WEEK:
        return found | {"reason": f"only {measured.sum()} days measured, fewer than {WEEK}"}
    if not np.any(measured[-WEEK:]):
        silent = int(np.argmax(measured[::-1]))
        return found | {"reason": f"no hour was fully measured for {silent} days"}
    over = actual[rows - past :] if past else actual[:0]
    choice: Choice = choose({name: each[:past] for name, each in foreseen.items()}, over)
    chosen = foreseen[choice.method]
    low, high = intervals(over - chosen[:past])

    def cell(name: str, row: int, hour: int) -> float:
        return float(foreseen[name][row - rows + past, hour])

    energy = []
    for row, hour in cells:
        candidates = (cell(name, row, hour) for name in (choice.method, *FALL_BACK))
        energy.append(next((value for value in candidates if not np.isnan(value)), np.nan))
    columns = [hour for _, hour in cells]
    return {
        "method": choice.method,
        "error_ratio": choice.ratio,
        "compared_days": choice.days,
        "reason": choice.reason,
        "energy_kwh": numbers(energy),
        "low_kwh": numbers(np.maximum(np.array(energy) + low[-1, columns], lowest)),
        "high_kwh": numbers(np.array(energy) + high[-1, columns]),
        "naive_kwh": numbers(cell("naive", row, hour) for row, hour in cells),
    }


def numbers(values: Iterable[float]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def place_of(local: dt.datetime, first_day: dt.date, start_hour: int) -> tuple[int, int]:
    """Row and column of an hour of plant time."""
    number = (local.date() - first_day).days * HOURS + local.hour - start_hour
    return divmod(number, HOURS)


def values_of(history: History, rows: int, start_hour: int) -> Floats:
    """rows + 2 x 24: the last two, which are still to come, are empty."""
    values = np.full((rows + 2) * HOURS, np.nan)
    places = np.asarray(history.hours, dtype=int) - start_hour
    inside = (places >= 0) & (places < rows * HOURS)
    values[places[inside]] = rounded(np.asarray(history.energy_kwh, dtype=float)[inside])
    return values.reshape(rows + 2, HOURS)


def rounded(values: Floats) -> Floats:
    """To 10 digits: a database may add up the same readings in another order, and the forecast from
    them shall be the same.
    """
    size = np.floor(np.log10(np.maximum(np.abs(values), 1e-300)))
    scale = 10 ** np.clip(9 - size, -300, 300)
    return np.asarray(np.round(values * scale) / scale)


def kinds(
    first_day: dt.date, rows: int, start_hour: int, off_days: Iterable[dt.date]
) -> tuple[Ints, Ints]:
    """Class and weekday of each cell. A holiday is as a Sunday."""
    off = set(off_days)
    days = [first_day + dt.timedelta(days=n) for n in range(rows + 1)]
    weekday = np.array([6 if day in off else day.weekday() for day in days])
    day_class = np.where(weekday == 6, OFF, np.where(weekday == 5, SATURDAY, WORK))
    # the columns after midnight are of the next day
    shift = (np.arange(HOURS) + start_hour) // HOURS
    index = np.arange(rows)[:, None] + shift[None, :]
    return day_class[index], weekday[index]
