"""A small plant whose sensors have a history, and days that pass over it."""

import math
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from jobs.baselines import replay
from tests.sql.builders import Connection, at, declare_site, load, rows, settle, thermometer

BEGIN = at("2026-03-02 00:00")
STEP_S = 300
Change = Callable[[datetime, float], float | None]


def day(number: float) -> datetime:
    return BEGIN + timedelta(days=number)


def wander(seed: int, days: float, start: datetime = BEGIN) -> list[tuple[datetime, float]]:
    """A temperature that wanders about 50, with a daily cycle and a noise of 0.3."""
    draw = random.Random(seed)
    slow, found = 0.0, []
    for index in range(int(days * 86400 / STEP_S)):
        slow = 0.997 * slow + draw.gauss(0, 0.01)
        hours = index * STEP_S / 3600
        value = 50 + 2 * math.sin(2 * math.pi * hours / 24) + slow + draw.gauss(0, 0.3)
        found.append((start + timedelta(seconds=index * STEP_S), value))
    return found


def changed(points: list[tuple[datetime, float]], change: Change) -> list[tuple[datetime, float]]:
    """The same readings, each as `change` makes it; None takes it out."""
    found = ((time, change(time, value)) for time, value in points)
    return [(time, value) for time, value in found if value is not None]


def one_sensor(db: Connection, points: list[tuple[datetime, float]], **settings: Any) -> None:
    declare_site(db, "m1", time_zone=settings.pop("time_zone", "UTC"))
    thermometer(db, "t1", "m1", sampling_interval="5 minutes", max_gap="15 minutes", **settings)
    load(db, "t1", *points)
    settle(db)


def pass_days(db: Connection, first: float, last: float) -> None:
    replay(db, day(first), day(last))


def anomalies(db: Connection) -> list[dict[str, Any]]:
    return rows(db, "select * from api.anomaly order by opened_at, anomaly")


def kinds(db: Connection) -> list[tuple[str, str]]:
    return [(found["class"], found["kind"]) for found in anomalies(db)]


def state(db: Connection) -> list[list[tuple[Any, ...]]]:
    """All that was learned and judged, without when it was done."""
    return [
        db.execute(query).fetchall()
        for query in (
            "select * from analytics.hour order by 1, 2, 3",
            "select * from analytics.background order by 1, 2, 3",
            "select sensor, regime, feature, version, valid_from, hours, reason, centre,"
            " usual_distance, mean_excess, clusters_per_day, profile from api.baseline"
            " order by 1, 2, 3, 4",
            "select sensor_id, class, kind, time, regime, actual, expected, usual_limit, score,"
            " is_over from analytics.deviation order by 1, 2, 3, 4",
            "select sensor, class, kind, opened_at, closed_at, last_at, score, actual, alerted_at"
            " from api.anomaly order by 1, 2, 3, 4",
        )
    ]
