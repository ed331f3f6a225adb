"""What learning and judging sensors cost: fits of many at once, and the score of an hour in SQL.

Run it with `make bench-jobs`. The fits that statsmodels can do as well are done with it too, one by
one and for a part of the sensors, in the same run: the numbers must agree, and the ratio of the
times says more than either. Scoring takes a scratch database on the server that DATABASE_URL names;
where that is not set, Debian's PostgreSQL stands in.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from db.connection import connect
from db.migrate import upgrade
from db.statements import load
from jobs.baselines import BATCH, fit_due
from jobs.fit.profile import autocorrelation, huber_levels
from jobs.fit.sensors import FEATURES, History, fit
from scripts.bench_forecast import forecasts
from scripts.bench_settle import bench_server

STATEMENTS = load("scripts/bench_jobs.sql")
AT = datetime(2026, 3, 30, tzinfo=UTC)
HOURS = 24 * 28
ONE_BY_ONE = 40
SERIES = 200
FORGIVEN = 1e-4  # of the levels' size; statsmodels stops at its own tolerance


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--sensors", default=1000, help="Sensors with 28 days of hours.")
@click.option("--score/--no-score", default=True, help="Score an hour of them in SQL.")
def bench(sensors: int, score: bool) -> None:
    """Measure fits and scores.

    Example: make bench-jobs ARGS="--sensors 10000 --no-score"
    """
    table = Table("what", "", "limit", title=f"{sensors:,} sensors x 28 days of hours")
    seconds, megabytes = apart(all_fits, sensors)
    limit = 10 if sensors <= 1000 else 90
    table.add_row("fit of all features", f"{seconds:.2f} s", f"{limit} s")
    table.add_row("memory of that, in all", f"{megabytes:.0f} MB", "500 MB")
    many, single, difference = same_fits(sensors)
    table.add_row("profile and AR(1), at once", f"{many * 1e3:.3f} ms a sensor", "")
    table.add_row("the same by statsmodels, one by one", f"{single * 1e3:.1f} ms a sensor", "")
    table.add_row("times faster", f"{single / many:.0f}", "30")
    table.add_row("largest relative difference", f"{difference:.1e}", f"{FORGIVEN:.0e}")
    seconds, megabytes = apart(forecasts, SERIES)
    table.add_row(f"forecasts of {SERIES} hourly series", f"{seconds:.2f} s", "60 s")
    table.add_row("memory of that, in all", f"{megabytes:.0f} MB", "")
    if score:
        measure_score(table, sensors)
    Console().print(table)
    if difference > FORGIVEN:
        raise click.ClickException("the two fits do not agree")


def series(number: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    draw = np.random.default_rng(seed)
    slots = np.broadcast_to(np.arange(HOURS) % 168, (number, HOURS))
    values = 3 * np.sin(2 * np.pi * slots / 24) + draw.standard_t(3, (number, HOURS))
    return values, np.asarray(slots, dtype=np.int64)


def all_fits(sensors: int) -> None:
    """As the job does it, in batches."""
    for start in range(0, sensors, BATCH):
        number = min(BATCH, sensors - start)
        values, slots = series(number, start)
        features = {name: np.abs(values) for name in FEATURES} | {"level": values, "slow": values}
        past = History(
            [(start + each, 0) for each in range(number)], slots,
            np.ones(values.shape, dtype=bool), np.zeros(values.shape, dtype=bool), features,
            [60.0] * number,
        )  # fmt: skip
        fit(past, 72)


def apart(work: Callable[[int], None], sensors: int) -> tuple[float, float]:
    """Seconds and peak memory of some work, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=measured, args=(there, work, sensors))
    process.start()
    seconds, megabytes = here.recv()
    process.join()
    return seconds, megabytes


def measured(said: Any, work: Callable[[int], None], sensors: int) -> None:
    begun = time.monotonic()
    work(sensors)
    seconds = time.monotonic() - begun
    said.send((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def same_fits(sensors: int) -> tuple[float, float, float]:
    """Seconds a sensor at once and one by one, and by how much the results differ."""
    import statsmodels.api as sm

    values, slots = series(min(sensors, 1000), 1)
    day = slots % 24
    begun = time.monotonic()
    levels = np.concatenate([
        huber_levels(values[start : start + BATCH], day[start : start + BATCH], 24)
        for start in range(0, len(values), BATCH)
    ])  # fmt: skip
    kept = autocorrelation(values)
    many = (time.monotonic() - begun) / len(values)
    number = min(ONE_BY_ONE, len(values))
    difference = 0.0
    dummies = np.eye(24)[day[0]]
    begun = time.monotonic()
    for each in range(number):
        found = sm.RLM(values[each], dummies, M=sm.robust.norms.HuberT()).fit()
        apart_ = values[each] - np.median(values[each])
        ar = sm.OLS(apart_[1:], apart_[:-1]).fit().params[0]
        size = float(np.max(np.abs(found.params)))
        difference = max(
            difference,
            float(np.max(np.abs(found.params - levels[each]))) / size,
            abs(float(ar) - float(kept[each])),
        )
    return many, (time.monotonic() - begun) / number, difference


def measure_score(table: Table, sensors: int) -> None:
    with bench_server() as (url, description):
        upgrade(url, plain=True)
        with connect(url, autocommit=True) as connection:
            for name in ("plant", "hours", "state", "slices", "readings", "analyze", "background"):
                connection.execute(STATEMENTS[name], {"sensors": sensors, "at": AT})
            begun = time.monotonic()
            written = fit_due(connection, AT)
            table.add_row("fit from and into the database", f"{time.monotonic() - begun:.2f} s", "")
            table.add_row("baselines written", f"{written:,}", "")
            connection.execute(STATEMENTS["analyze"])
            for name in ("first time", "again"):
                begun = time.monotonic()
                connection.execute(STATEMENTS["score"], {"at": AT})
                table.add_row(
                    f"score of an hour, {name}", f"{time.monotonic() - begun:.2f} s", "2 s"
                )
    table.caption = f"Server: {description}"


if __name__ == "__main__":
    bench()
