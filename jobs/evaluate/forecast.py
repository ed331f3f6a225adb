"""`lotwatt jobs evaluate forecast`: how good day-ahead forecasts are, on energy that is known.

Each of the last 56 days is foreseen at its start by what came before it, with the functions of the
job. Of the file only the energy is used, and of the day only what a calendar says: whatever was
measured together with the energy is not known the day before.
"""

import csv
import datetime as dt
import math
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import numpy as np

from db.cli.base import SETTINGS
from db.cli.output import to_json
from db.statements import ROOT
from jobs.errors import JobError
from jobs.evaluate.anomalies import zone_named
from jobs.evaluate.readings import instant, rows
from jobs.forecast.calendar import off_days
from jobs.forecast.choose import CHOICE_DAYS, PAST_DAYS, choose, intervals, measure
from jobs.forecast.issue import HOURS, kinds
from jobs.forecast.methods import METHODS, WEEK, Floats, Grid, floor, predict

SHIPPED = ROOT / "scripts" / "demo" / "data" / "steel_energy" / "steel_industry_15min_jan_sep.csv"
SHIPPED_HOLIDAYS = "KR"
EVALUATED_DAYS = 56
REFIT_EVERY = 7
FEWEST_DAYS = 4 * WEEK

Hourly = dict[dt.datetime, float]


@click.command(context_settings=SETTINGS)
@click.option(
    "--series", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Energy by the hour, columns timestamp,value: kWh of the hour that begins at timestamp."
    "  [default: the steel works shipped]",
)  # fmt: skip
@click.option(
    "--time-zone",
    help="Plant time of stamps that carry an offset.  [default: the clock that is written]",
)
@click.option("--holidays", "calendar", help="Holidays that the plant keeps, such as ES or ES-MD.")
@click.option("--format", "kind", type=click.Choice(["table", "json"]), default="table")
def forecast(path: Path | None, time_zone: str | None, calendar: str | None, kind: str) -> None:
    """Say how good forecasts of hourly energy are, 24 hours ahead, over the last 56 days.

    Without --series, on the real energy of the steel works that comes with the demo. mase_ratio is
    the mean absolute error in those of the week-ago naive forecast. Shares are fractions in JSON.

    Example: lotwatt jobs evaluate forecast --series FILE.csv --holidays ES-MD
    """
    if path is None:
        answer = evaluate(shipped(), SHIPPED_HOLIDAYS)
        found: dict[str, Any] = {"steel": answer}
    else:
        zone = zone_named(time_zone) if time_zone else None
        answer = evaluate(series(path, zone), calendar)
        # under the key of the shipped data too, so that whoever reads one can read the other
        found = {"series": path.name, **answer, "steel": answer}
    if kind == "json":
        click.echo(to_json(found))
        return
    for line in lines(found["steel"]):
        click.echo(line)


def shipped() -> Hourly:
    """The steel works: kWh of each quarter-hour, summed to hours. `interval_start` is put right:
    the stamp of the source is the end of the interval, dated a day early at midnight.
    """
    parts: dict[dt.datetime, list[float]] = defaultdict(list)
    with SHIPPED.open(newline="") as handle:
        for row in csv.DictReader(handle):
            start = dt.datetime.fromisoformat(row["interval_start"])
            parts[start.replace(minute=0)].append(float(row["usage_kwh"]))
    return {hour: sum(values) for hour, values in parts.items() if len(values) == 4}


def series(path: Path, zone: ZoneInfo | None) -> Hourly:
    """A file of hours, in any order. An hour that comes more than once (twice written, or repeated
    in autumn) is the mean of its values; one without a value is a gap.
    """
    found: dict[dt.datetime, list[float]] = defaultdict(list)
    for line, row in rows(path, ("timestamp", "value")):
        stamp = instant(row["timestamp"], path, line)
        text = row["value"].strip()
        try:
            value = float(text) if text and text.lower() not in {"null", "na", "nan"} else math.nan
        except ValueError:
            raise JobError(f"{path.name}, line {line}: {text!r} is no number") from None
        if not math.isfinite(value):
            continue
        if zone is not None and stamp.tzinfo is not None:
            stamp = stamp.astimezone(zone)
        hour = stamp.replace(tzinfo=None, minute=0, second=0, microsecond=0)
        found[hour].append(value)
    return {hour: math.fsum(values) / len(values) for hour, values in found.items()}


def grid_of(hourly: Hourly, calendar: str | None) -> Grid:
    first, last = min(hourly).date(), max(hourly).date()
    days = (last - first).days + 1
    values = np.full((days, HOURS), np.nan)
    for hour, value in hourly.items():
        values[(hour.date() - first).days, hour.hour] = value
    off = off_days(calendar, first, last) if calendar else {}
    return Grid(values[None], *kinds(first, days, 0, off))


def evaluate(hourly: Hourly, calendar: str | None) -> dict[str, Any]:
    """Forecasts of the last 56 days and how good they were: chosen, and each method by itself."""
    days = 1 + (max(hourly).date() - min(hourly).date()).days if hourly else 0
    if days < FEWEST_DAYS:
        raise JobError(
            f"the series spans {days} days: a forecast is compared with a week ago, on at least"
            f" {FEWEST_DAYS} days",
        )
    grid = grid_of(hourly, calendar)
    begin = max(2 * WEEK, grid.rows - EVALUATED_DAYS)
    first = max(WEEK, begin - PAST_DAYS)
    foreseen = {name: each[0] for name, each in predict(grid, first, REFIT_EVERY).items()}
    actual, lowest = grid.values[0, first:], floor(grid.values)[0, first:]
    past = begin - first
    issued = {name: issue_days(foreseen, actual, lowest, past, name) for name in (None, *METHODS)}

    def score(name: str | None, rows: slice = slice(None)) -> dict[str, Any]:
        chosen, low, high, _ = issued[name]
        return asdict(measure(
            actual[past:][rows], chosen[rows], low[rows], high[rows], foreseen["naive"][past:][rows]
        ))  # fmt: skip

    last = slice(-CHOICE_DAYS, None)
    published = issued[None][3]
    return {
        **score(None),
        "days": grid.rows - begin,
        "mase_ratio_last_28_days": score(None, last)["mase_ratio"],
        "published_days": {name: published.count(name) for name in foreseen if name in published},
        "methods": {name: score(name) for name in METHODS},
        "hours_in_series": len(hourly),
        "hours_missing": int(np.isnan(grid.values[0]).sum()),
    }


def issue_days(
    foreseen: dict[str, Floats], actual: Floats, lowest: Floats, past: int, name: str | None
) -> tuple[Floats, Floats, Floats, list[str]]:
    """What was issued for each day after the first `past`, by the method chosen on that day or by
    one and the same: energy, lower and upper end, and the method.
    """
    reach = {each: intervals(actual - values) for each, values in foreseen.items()}
    methods = [
        name
        or choose({each: values[:day] for each, values in foreseen.items()}, actual[:day]).method
        for day in range(past, len(actual))
    ]
    days = list(enumerate(methods, start=past))
    energy = np.array([foreseen[method][day] for day, method in days])
    low, high = (np.array([reach[method][end][day] for day, method in days]) for end in (0, 1))
    return energy, np.maximum(energy + low, lowest[past:]), energy + high, methods


def lines(answer: dict[str, Any]) -> list[str]:
    def said(value: float | None, percent: bool = False) -> str:
        if value is None:
            return "not known"
        return f"{100 * value:.1f} %" if percent else f"{value:.3f}"

    published = ", ".join(f"{name} {days}" for name, days in answer["published_days"].items())
    found = [
        f"days foreseen            {answer['days']}, {answer['hours']} hours",
        f"error / naive            {said(answer['mase_ratio'])}",
        f"  over the last 28 days  {said(answer['mase_ratio_last_28_days'])}",
        f"error / energy (wMAPE)   {said(answer['wmape'], True)}",
        f"inside the 95 % interval {said(answer['coverage'], True)}",
        f"MSIS                     {said(answer['msis'])}",
        f"days by method           {published}",
        "",
        f"{'method':<12}{'error / naive':>14}{'wMAPE':>10}{'inside':>10}{'MSIS':>10}",
    ]
    for name, each in answer["methods"].items():
        found.append(
            f"{name:<12}{said(each['mase_ratio']):>14}{said(each['wmape'], True):>10}"
            f"{said(each['coverage'], True):>10}{said(each['msis']):>10}"
        )
    return found
