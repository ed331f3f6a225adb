"""Baselines of sensors: from the features of their hours to the parameters that SQL scores with.

Pure: rows in, rows out, no database. Each sensor and regime is a row of a matrix.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.fit.profile import Profiles, Slots, fit_profiles, without_profile
from jobs.fit.rows import Matrix, counts, medians, quantiles
from jobs.fit.tail import SHARE, Tails, fit_sides, fit_tails

Row = dict[str, Any]
PROCESS = ("level", "slow", "drift")
# A mean of a day says little new from one hour to the next: a week of them is seven values.
LEAST_HOURS = {"slow": 168}
TEXTURE = ("noise", "spike", "shift")
FEATURES = (*PROCESS, *TEXTURE, "stuck")
# A fault of a sensor has to stand out of its noise by this, however quiet its history was.
TIMES_NOISE = 8
STUCK_TIMES, STUCK_LEAST, STUCK_WINDOW_HOURS = 3, 10, 48
GAP_TIMES = 1.5
SILENT_HOURS, SILENT_ONCE_IN_DAYS = 168, 92
CONSTANT = "no spread in its history: nothing to judge by"


@dataclass(frozen=True, slots=True)
class History:
    """What analytics.training gives, as matrices: rows are sensors and regimes, columns hours."""

    keys: list[tuple[int, int]]
    slots: Slots
    is_there: np.ndarray[Any, np.dtype[np.bool_]]
    is_flagged: np.ndarray[Any, np.dtype[np.bool_]]
    features: Mapping[str, Matrix]
    readings_per_hour: Sequence[float]


def history(rows: Iterable[Mapping[str, Any]], width: int) -> History:
    """`width`: hours of the range. A feature stands at the end of its hour: the first is 1."""
    found = list(rows)
    # a young plant has no hours at the start of the range: no columns for them
    begin = min((row["hours"][0] for row in found), default=1)
    shape = (len(found), width - begin + 1)
    slots = np.zeros(shape, dtype=np.int64)
    is_there = np.zeros(shape, dtype=bool)
    is_flagged = np.zeros(shape, dtype=bool)
    features = {name: np.full(shape, np.nan) for name in FEATURES}
    for number, row in enumerate(found):
        place = np.asarray(row["hours"], dtype=np.int64) - begin
        slots[number, place] = row["slots"]
        is_there[number, place] = True
        is_flagged[number, place] = row["is_flagged"]
        for name in FEATURES:
            features[name][number, place] = np.asarray(row[name], dtype=np.float64)
    return History(
        [(row["sensor_id"], row["regime"]) for row in found],
        slots,
        is_there,
        is_flagged,
        features,
        [row["readings_per_hour"] for row in found],
    )


def fit(past: History, minimum_hours: int) -> list[Row]:
    """Parameters of every feature of every row. Where there is too little, a row says so."""
    if not past.keys:
        return []
    result: list[Row] = []
    noise = medians(past.features["noise"])
    level_usual = np.zeros(len(past.keys))
    for name in PROCESS:
        values = past.features[name]
        profiles = fit_profiles(values, past.slots)
        above, below = fit_sides(without_profile(values, past.slots, profiles), past.is_flagged)
        if name == "level":
            level_usual = np.nan_to_num(np.maximum(above.usual, below.usual))
        result += parameters(past, name, above, minimum_hours, noise, below, profiles)
    for name in TEXTURE:
        values = past.features[name]
        tails = fit_tails(values, past.is_flagged, least_usual=level_usual)
        result += parameters(past, name, tails, minimum_hours, noise)
    result += stuck(past, minimum_hours)
    result += gaps(past)
    return result


def parameters(
    past: History,
    name: str,
    tails: Tails,
    minimum_hours: int,
    noise: np.ndarray[Any, np.dtype[np.float64]],
    below: Tails | None = None,
    profiles: Profiles | None = None,
) -> list[Row]:
    """`tails` of what goes above the centre; `below` and `profiles` are of processes only."""
    result = []
    # what is left of a profile may be the rounding of its numbers
    least = 1e-9 * quantiles(np.abs(past.features[name]), SHARE)
    is_spread = np.all([side.excess > least for side in (tails, below or tails)], axis=0)
    for number, (sensor_id, regime) in enumerate(past.keys):
        hours = int(tails.hours[number])
        if profiles is None and not hours:
            continue  # a meter has no readings whose texture could be judged
        row: Row = {"sensor_id": sensor_id, "regime": regime, "feature": name, "hours": hours}
        result.append(row)
        needed = max(minimum_hours, LEAST_HOURS.get(name, 0))
        if hours < needed:
            row["reason"] = f"too little history: {hours} of {needed} hours"
            continue
        row |= {
            "centre": finite(tails.centre[number]),
            "usual": finite(tails.usual[number]),
            "excess": finite(tails.excess[number]),
            "clusters_per_day": finite(tails.clusters_per_day[number]),
            "noise": finite(noise[number]),
        }
        if name == "noise":
            row["least"] = row["centre"]
        elif name in TEXTURE and row["noise"] is not None:
            row["least"] = TIMES_NOISE * row["noise"]
        if below is not None:
            row |= {
                "usual_below": finite(below.usual[number]),
                "excess_below": finite(below.excess[number]),
                "clusters_per_day_below": finite(below.clusters_per_day[number]),
            }
        if profiles is not None:
            size = int(profiles.size[number])
            row["profile"] = [finite(x) for x in profiles.levels[number, :size]] if size else None
            row["profile_gain"] = finite(profiles.gain[number])
            row["autocorrelation"] = finite(profiles.autocorrelation[number])
        if not is_spread[number]:
            row["reason"] = CONSTANT
    return result


def stuck(past: History, minimum_hours: int) -> list[Row]:
    """Three times the longest run of equal readings that was healthy, and never a short one."""
    values = past.features["stuck"]
    hours = counts(values)
    longest = np.max(np.nan_to_num(values), axis=1)
    result = []
    for number, (sensor_id, regime) in enumerate(past.keys):
        if not hours[number]:
            continue
        limit = max(STUCK_TIMES * float(longest[number]), STUCK_LEAST)
        row: Row = {
            "sensor_id": sensor_id, "regime": regime, "feature": "stuck",
            "hours": int(hours[number]), "centre": float(longest[number]), "usual": limit,
        }  # fmt: skip
        if hours[number] < minimum_hours:
            row["reason"] = f"too little history: {hours[number]} of {minimum_hours} hours"
        elif limit > past.readings_per_hour[number] * STUCK_WINDOW_HOURS:
            row["reason"] = "it holds one value for so long that a stuck sensor looks the same"
        result.append(row)
    return result


def gaps(past: History) -> list[Row]:
    """How long a sensor is silent as a habit, in seconds: what comes once in a quarter of a year.

    From the silences of whole hours, whose lengths fall off exponentially, by what is known of
    their mean from so few (see jobs.fit.tail); at most half more than the longest. In the first
    week nobody knows its habits: a week-end would be its first silence.
    """
    by_sensor: dict[int, list[int]] = {}
    for number, (sensor_id, _) in enumerate(past.keys):
        by_sensor.setdefault(sensor_id, []).append(number)
    result: list[Row] = []
    for sensor_id, numbers in by_sensor.items():
        seen = np.flatnonzero(past.is_there[numbers].any(axis=0))
        since = past.is_there.shape[1] - int(seen[0])
        row: Row = {
            "sensor_id": sensor_id, "regime": 0, "feature": "silent", "hours": len(seen),
        }  # fmt: skip
        result.append(row)
        if since < SILENT_HOURS:
            row["reason"] = f"too little history: first heard {since} of {SILENT_HOURS} hours ago"
            continue
        missing = np.diff(seen) - 1
        missing = missing[missing > 0]
        number = len(missing)
        if number:
            times = number * SILENT_ONCE_IN_DAYS * 24 / since
            longest = float(missing.sum()) * (times ** (1 / number) - 1)
            if longest > 0:
                row["usual"] = 3600 * min(longest, GAP_TIMES * float(missing.max()))
    return result


def finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
