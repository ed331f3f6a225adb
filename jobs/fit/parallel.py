"""Fits in parts, here or elsewhere: joblib sends each part to a thread, a process or a Dask worker.

A part has to hold all that its fit needs, and a fit must not ask the database: then where it ran
changes nothing, and a part whose worker died is simply fitted again, by another.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

import click
import joblib

from jobs.errors import JobError

Part = TypeVar("Part")
Fitted = TypeVar("Fitted")
BACKENDS = ("none", "threading", "loky", "dask")


@dataclass(frozen=True, slots=True)
class Workers:
    """Where fits run. `number` of threads or processes; a Dask cluster has as many as it has."""

    backend: str = "none"
    scheduler: str | None = None
    number: int = -1

    def map(self, function: Callable[[Part], Fitted], parts: Iterable[Part]) -> list[Fitted]:
        """What `function` makes of each part, in order.

        Raises JobError where there is no Dask here, or no scheduler at the address.
        """
        if self.backend == "none":
            return [function(part) for part in parts]
        with self.place():
            return list(
                joblib.Parallel(n_jobs=self.number)(joblib.delayed(function)(p) for p in parts)
            )

    def place(self) -> AbstractContextManager[Any]:
        if self.backend != "dask":
            here: AbstractContextManager[Any] = joblib.parallel_config(backend=self.backend)
            return here
        if self.scheduler is None:
            raise JobError(
                "no Dask scheduler is named", hint="Name one with --scheduler tcp://host:8786."
            )
        return OnDask(self.scheduler)


HERE = Workers()


class OnDask(AbstractContextManager[None]):
    """joblib's Dask backend over a client of its own, closed at the end."""

    def __init__(self, scheduler: str) -> None:
        try:
            import distributed
        except ImportError as error:
            raise JobError(
                "the package distributed is not installed here",
                hint="Install the version that the scheduler has: pip install distributed.",
            ) from error
        try:
            client: Any = distributed.Client
            self._client = client(scheduler, timeout=10)
        except (OSError, TimeoutError) as error:
            raise JobError(
                f"no Dask scheduler answers at {scheduler}",
                hint="Start one with `dask scheduler`, and workers with `dask worker`.",
            ) from error
        self._config = joblib.parallel_config(backend="dask", client=self._client)

    def __enter__(self) -> None:
        self._config.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._config.__exit__(*error)
        self._client.close()


Command = Callable[..., Any]


def with_workers(command: Command) -> Command:
    """The options --backend and --scheduler; the command gets both by name."""
    command = click.option(
        "--scheduler", help="Address of the Dask scheduler, such as tcp://host:8786."
    )(command)
    return click.option(
        "--backend",
        type=click.Choice(BACKENDS),
        default="none",
        help="Where fits run: none one after another, threading, loky (processes), dask.",
    )(command)
