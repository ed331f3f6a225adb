"""Labelled time of a machine: which run, lot, idle or unattributed an instant belongs to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from scripts.simulate.model import FOREVER, Run

Label = TypeVar("Label")
Period = tuple[int, int]
Share = tuple[str, str | None]
IDLE: Share = ("idle", None)
UNATTRIBUTED: Share = ("unattributed", None)


@dataclass(frozen=True, slots=True)
class Timeline(Generic[Label]):
    """labels[i] holds from starts[i] to starts[i+1]; the first start lies before all time."""

    starts: tuple[int, ...]
    labels: tuple[Label, ...]

    def at(self, time_us: int) -> Label:
        return self.labels[bisect_right(self.starts, time_us) - 1]

    def cut(self, from_us: int, to_us: int, step_us: int) -> Iterable[tuple[int, int, Label]]:
        """Parts of [from_us, to_us) between multiples of step_us and changes of label."""
        while from_us < to_us:
            index = bisect_right(self.starts, from_us)
            change = self.starts[index] if index < len(self.starts) else FOREVER
            end = min(to_us, change, (from_us // step_us + 1) * step_us)
            yield from_us, end, self.labels[index - 1]
            from_us = end


def of_runs(runs: Iterable[Run]) -> Timeline[Run | None]:
    """Label: the run, or None."""
    timeline: list[tuple[int, Run | None]] = [(-FOREVER, None)]
    for run in _in_order(runs):
        if timeline[-1][0] == run.from_us:
            timeline.pop()
        timeline += [(run.from_us, run), (run.end_us, None)]
    return Timeline(tuple(start for start, _ in timeline), tuple(label for _, label in timeline))


def of_shares(runs: Iterable[Run], shifts: Sequence[Period] = ()) -> Timeline[Share]:
    """Label: ("lot", number), IDLE or UNATTRIBUTED. Shifts are [from, to) periods."""
    ordered = _in_order(runs)
    by_run = of_runs(ordered)
    bounds = {-FOREVER, *by_run.starts, *(bound for shift in shifts for bound in shift)}
    first_end = min((run.end_us for run in ordered), default=FOREVER)
    last_start = max((run.from_us for run in ordered), default=-FOREVER)

    def label(time_us: int) -> Share:
        run = by_run.at(time_us)
        if run is not None:
            return ("lot", run.lot)
        is_between = first_end <= time_us < last_start
        is_idle = is_between or any(start <= time_us < end for start, end in shifts)
        return IDLE if is_idle else UNATTRIBUTED

    starts = tuple(sorted(bounds))
    return Timeline(starts, tuple(label(start) for start in starts))


def _in_order(runs: Iterable[Run]) -> list[Run]:
    ordered = sorted(runs, key=lambda run: run.from_us)
    for earlier, later in pairwise(ordered):
        if later.from_us < earlier.end_us:
            raise ValueError(f"runs of {earlier.lot} and {later.lot} overlap")
    return ordered
