"""Fits elsewhere: the same numbers from threads, processes and a Dask cluster, also when a worker
dies."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jobs.baselines import Part, fit_part
from jobs.errors import JobError
from jobs.fit.parallel import Workers
from jobs.fit.sensors import FEATURES, Row, history

HOURS = 24 * 28


def part(seed: int) -> Part:
    draw = np.random.default_rng(seed)
    rows = [
        {
            "sensor_id": seed * 100 + number, "regime": 0, "hours": list(range(1, HOURS + 1)),
            "slots": [hour % 168 for hour in range(HOURS)], "readings_per_hour": 12.0,
        } | {name: np.abs(draw.standard_normal(HOURS)).tolist() for name in FEATURES}
        for number in range(10)
    ]  # fmt: skip
    return Part(history(rows, HOURS), 72)


PARTS = [part(seed) for seed in range(6)]
WANTED = Workers().map(fit_part, PARTS)


def fit_or_die(marker: Path, given: Part) -> list[Row]:
    """The first worker that comes here dies in the middle of its work."""
    try:
        os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return fit_part(given)
    os._exit(1)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    import distributed

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        yield found


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_the_same_numbers_on_this_machine(backend: str) -> None:
    assert Workers(backend, number=2).map(fit_part, PARTS) == WANTED


@pytest.mark.filterwarnings("ignore")
def test_the_same_numbers_from_dask(cluster: Any) -> None:
    assert Workers("dask", cluster.scheduler_address).map(fit_part, PARTS) == WANTED


@pytest.mark.filterwarnings("ignore")
def test_a_dead_worker_costs_time_and_not_results(cluster: Any, tmp_path: Path) -> None:
    marker = tmp_path / "died"
    found = Workers("dask", cluster.scheduler_address).map(partial(fit_or_die, marker), PARTS)
    assert marker.exists()
    assert found == WANTED


def test_what_is_missing_is_said() -> None:
    with pytest.raises(JobError, match="no Dask scheduler is named"):
        Workers("dask").map(fit_part, PARTS)


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_said() -> None:
    with pytest.raises(JobError, match="no Dask scheduler answers"):
        Workers("dask", "tcp://127.0.0.1:9").map(fit_part, PARTS)
