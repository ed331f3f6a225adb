"""Fits elsewhere: the same numbers from threads, processes and a Dask cluster, also when a worker
dies."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.baselines import Part, fit_part
from jobs.energy.job import Part as Place
from jobs.energy.job import fitted
from jobs.errors import JobError
from jobs.fit.parallel import Workers
from jobs.fit.sensors import FEATURES, history
from jobs.forecast.issue import History, issue

HOURS = 24 * 28


def part(seed: int) -> Part:
    draw = np.random.default_rng(seed)
    rows = [
        {
            "sensor_id": seed * 100 + number, "regime": 0, "hours": list(range(1, HOURS + 1)),
            "slots": [hour % 168 for hour in range(HOURS)], "readings_per_hour": 12.0,
            "is_flagged": [False] * HOURS,
        } | {name: np.abs(draw.standard_normal(HOURS)).tolist() for name in FEATURES}
        for number in range(10)
    ]  # fmt: skip
    return Part(history(rows, HOURS), 72)


PARTS = [part(seed) for seed in range(6)]
WANTED = Workers().map(fit_part, PARTS)


FIRST_DAY = dt.date(2026, 3, 2)
AT = dt.datetime(2026, 5, 25, 6, tzinfo=dt.UTC)


def places(seed: int) -> list[History]:
    draw = np.random.default_rng(seed)
    hours = list(range(84 * 24 + 6))
    return [
        History(
            "machine", f"m{seed}.{number}", "electricity", "UTC", FIRST_DAY, hours,
            (20 + 10 * np.sin(np.array(hours) / 24 * 6.283) + draw.random(len(hours))).tolist(),
        ) for number in range(3)
    ]  # fmt: skip


PLACES = [places(seed) for seed in range(4)]
foresee = partial(issue, at=AT)
FORESEEN = Workers().map(foresee, PLACES)


def days_of(seed: int) -> Place:
    draw = np.random.default_rng(seed)
    units = draw.uniform(100, 300, 60).round()
    return {"level": "machine", "place": f"m{seed}", "carrier": "electricity"}, [
        (FIRST_DAY + dt.timedelta(days=day), 24 + 0.5 * made + noise, {"quantity:A": made})
        for day, (made, noise) in enumerate(zip(units, draw.normal(0, 1, 60), strict=True))
    ]


MEASURED = [days_of(seed) for seed in range(4)]
FITTED = Workers().map(fitted, MEASURED)


def or_die(marker: Path, work: Callable[[Any], Any], given: Any) -> Any:
    """The first worker that comes here dies in the middle of its work."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return work(given)
    os._exit(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    import distributed

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


WORK = [
    pytest.param(fit_part, PARTS, WANTED, id="baselines"),
    pytest.param(foresee, PLACES, FORESEEN, id="forecast"),
    pytest.param(fitted, MEASURED, FITTED, id="energy"),
]


@pytest.mark.parametrize("backend", ["threading", "loky"])
@pytest.mark.parametrize(("work", "given", "wanted"), WORK)
def test_the_same_numbers_on_this_machine(work: Any, given: Any, wanted: Any, backend: str) -> None:
    assert wanted
    assert Workers(backend, number=2).map(work, given) == wanted


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("work", "given", "wanted"), WORK)
def test_the_same_numbers_from_dask(cluster: Any, work: Any, given: Any, wanted: Any) -> None:
    assert Workers("dask", cluster.scheduler_address).map(work, given) == wanted


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("work", "given", "wanted"), WORK)
def test_a_dead_worker_costs_time_and_not_results(
    cluster: Any, tmp_path: Path, work: Any, given: Any, wanted: Any
) -> None:
    # with less than two workers joblib works here, and it would be the test that dies
    cluster.wait_for_workers(2)
    marker = tmp_path / "died"
    found = Workers("dask", cluster.scheduler_address).map(partial(or_die, marker, work), given)
    assert marker.exists()
    assert found == wanted


def test_what_is_missing_is_said() -> None:
    with pytest.raises(JobError, match="no Dask scheduler is named"):
        Workers("dask").map(fit_part, PARTS)


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_said() -> None:
    with pytest.raises(JobError, match="no Dask scheduler answers"):
        Workers("dask", "tcp://127.0.0.1:9").map(fit_part, PARTS)
