"""What forecasts cost: hourly series of 300 days, as the job makes them. See bench_jobs.py."""

import datetime as dt

import numpy as np

from jobs.forecast.issue import History, issue

DAYS = 300
FIRST = dt.date(2026, 1, 5)
AT = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
ZONES = ("UTC", "Europe/Madrid")


def forecasts(series: int) -> None:
    """What the job does between reading and writing: six methods over 112 days, and the choice."""
    found = issue([history(number) for number in range(series)], AT)
    assert len(found) == series
    assert all(None not in row["energy_kwh"] for row in found)


def history(number: int) -> History:
    """A plant that works from 6 to 22 on weekdays, with hours that were not measured."""
    draw = np.random.default_rng(number)
    day, hour = np.arange(DAYS)[:, None], np.arange(24)[None, :]
    works = (day % 7 < 5) & (hour >= 6) & (hour < 22)
    energy = (2 + 80 * works * (1 + draw.normal(size=(DAYS, 24)) / 10)).ravel()
    known = np.flatnonzero(draw.random(len(energy)) > 0.01)
    return History(
        "machine", f"m{number}", "electricity", ZONES[number % 2], FIRST,
        known.tolist(), energy[known].tolist(),
    )  # fmt: skip
