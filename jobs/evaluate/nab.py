"""The score of the Numenta Anomaly Benchmark, standard profile, for one file.

A. Lavin and S. Ahmad, Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly
Benchmark, 2015. Within a window the earliest detection counts, by where it lies: y = -1 at the
window's first row, 0 after its last; after a window a false one costs more the further away it is.
"""

import bisect
import datetime as dt
import math
from collections.abc import Sequence

Window = tuple[dt.datetime, dt.datetime]
COST = 0.11  # of a false detection far from any window; the standard profile
PROBATION_SHARE, PROBATION_ROWS = 0.15, 750
STEEPNESS = 5
FAR = 3  # window lengths after a window from which a false detection costs all of it


def sigmoid(position: float) -> float:
    """Worth of a detection at a position: near 1 at the start of a window, 0 at its end."""
    if position > FAR:
        return -1.0
    return 2 / (1 + math.exp(STEEPNESS * position)) - 1


BEST = sigmoid(-1)


def nab_standard(
    times: Sequence[dt.datetime], windows: Sequence[Window], detections: Sequence[dt.datetime]
) -> float | None:
    """100 for every window found in its first row and nothing else, 0 for nothing found.

    `times` are the stamps of the file's rows in order; a detection counts as the row at it or just
    before it. None where there is no window to find.
    """
    if not windows:
        return None
    first = min(int(PROBATION_SHARE * len(times)), PROBATION_ROWS)
    spans = sorted(
        (bisect.bisect_left(times, start), bisect.bisect_right(times, end) - 1)
        for start, end in windows
    )
    found: dict[int, float] = {}
    cost = 0.0
    for time in detections:
        row = max(bisect.bisect_right(times, time) - 1, 0)
        if row < first:
            continue
        number = next((n for n, (start, end) in enumerate(spans) if start <= row <= end), None)
        if number is not None:
            start, end = spans[number]
            worth = sigmoid(-(end - row + 1) / (end - start + 1)) / BEST
            found[number] = max(found.get(number, worth), worth)
            continue
        before = [span for span in spans if span[1] < row]
        if not before:
            cost += COST
        else:
            start, end = before[-1]
            cost -= COST * sigmoid((row - end) / max(end - start, 1))
    missed = len(spans) - len(found)
    raw = sum(found.values()) - missed - cost
    return 100 * (raw + len(spans)) / (2 * len(spans))
