"""Scores of sensors: worked out by hand, and the same whatever the unit."""

import json
from datetime import timedelta

import pytest

from tests.integration.jobs.sensors import anomalies, day, one_sensor, pass_days
from tests.integration.jobs.test_sensors import reset, stepped
from tests.sql.builders import (
    Connection,
    Row,
    declare_site,
    every,
    load,
    row,
    settle,
    thermometer,
)


def judged(db: Connection, then: float, minutes: int = 60, **fitted: object) -> Row:
    """The level of a sensor that was at 20 for ten days and then an hour elsewhere, by this fit,
    so many minutes after it went there."""
    declare_site(db, "m1")
    thermometer(db, "t1", "m1", sampling_interval="5 minutes", max_gap="15 minutes")
    load(db, "t1", *every(300, day(0), day(10) - timedelta(minutes=5), 20.0))
    load(db, "t1", *every(300, day(10), day(10) + timedelta(hours=1), then))
    settle(db)
    sensor_id = row(db, "select sensor_id from plant.sensor")["sensor_id"]
    db.execute("select analytics.prepare_history(%s, %s)", [[sensor_id], day(10)])
    baseline = {"sensor_id": sensor_id, "regime": 0, "feature": "level", "hours": 240} | fitted
    db.execute(
        "select analytics.put_baselines(%s, %s, %s)", [day(10), day(0), json.dumps([baseline])]
    )
    db.execute("select analytics.score(%s, %s)", [day(10), day(10) + timedelta(hours=1)])
    return row(db, "select * from analytics.deviation where kind = 'level' and time = %s",
               [day(10) + timedelta(minutes=minutes)])  # fmt: skip


ABOVE = {"centre": 1, "usual": 2, "excess": 1, "clusters_per_day": 0.1}
BELOW = {"usual_below": 3, "excess_below": 2, "clusters_per_day_below": 0.05}


def test_a_score_worked_by_hand(db: Connection) -> None:
    """Level at 20 for ten days, then an hour at 30. The baseline says centre 1, usual 2, mean
    excess 1, a cluster in 10 days. Distance 30 - 20 - 1 = 9, so the score is
    -log10(0.1) + (9 - 2) / ln 10 = 1 + 3.0401 = 4.0401; the limit of 1.5 is reached at
    21 + 2 + (1.5 - 1) ln 10 = 24.1513.
    """
    found = judged(db, 30, **ABOVE)
    assert (found["actual"], found["expected"]) == (30, 21)
    assert found["score"] == pytest.approx(4.0401, abs=1e-4)
    assert found["usual_limit"] == pytest.approx(24.1513, abs=1e-4)


def test_a_score_below_worked_by_hand(db: Connection) -> None:
    """Each side has a tail of its own. At 12 the distance below is 21 - 12 = 9. Usual there is 3,
    mean excess 2, a cluster in 20 days: the score is -log10(0.05) + (9 - 3) / (2 ln 10)
    = 1.3010 + 1.3029 = 2.6039; the limit of 1.5 is reached at 21 - 3 - (1.5 - 1.3010) 2 ln 10
    = 17.0837. By the tail above it would be 4.0401.
    """
    found = judged(db, 12, **ABOVE, **BELOW)
    assert (found["actual"], found["expected"]) == (12, 21)
    assert found["score"] == pytest.approx(2.6039, abs=1e-4)
    assert found["usual_limit"] == pytest.approx(17.0837, abs=1e-4)


def test_between_two_hours_of_a_profile_worked_by_hand(db: Connection) -> None:
    """The profile says 0 until midnight and 40 for the hour after it. A quarter to one, three
    quarters of the way, 20 + 1 + 30 = 51 is expected, and all between 21 and 61 is usual: the day
    may go from the one to the other in a step. At 72 the distance is 21 and 10 + 2 of it usual:
    the score is 1 + (21 - 12) / ln 10 = 4.9087; the limit is 51 + 12 + 0.5 ln 10 = 64.1513.
    """
    profile = [40.0] + [0.0] * 23
    found = judged(db, 72, 45, profile=profile, **ABOVE)
    assert (found["actual"], found["expected"]) == pytest.approx((72, 51))
    assert found["score"] == pytest.approx(4.9087, abs=1e-4)
    assert found["usual_limit"] == pytest.approx(64.1513, abs=1e-4)


def seen(db: Connection) -> tuple[list[tuple[object, ...]], list[float]]:
    """What opened and closed when, by which detector; and how far each was from normal."""
    found = anomalies(db)
    return (
        [(a["class"], a["kind"], a["opened_at"], a["closed_at"]) for a in found],
        [a["score"] or 0 for a in found],
    )


@pytest.mark.parametrize(("scale", "offset"), [(1, 300), (1000, 0), (0.001, 0), (-1, 0), (-9, 7)])
def test_the_unit_of_a_sensor_does_not_matter(db: Connection, scale: float, offset: float) -> None:
    """Celsius, Kelvin, milli- and kilo-; and one that counts downward: the same episodes."""
    points = stepped(14)
    one_sensor(db, points)
    pass_days(db, 0, 14)
    wanted, scores = seen(db)
    assert wanted
    reset(db)
    load(db, "t1", *[(time, scale * value + offset) for time, value in points])
    settle(db)
    pass_days(db, 0, 14)
    found, found_scores = seen(db)
    assert found == wanted
    assert found_scores == pytest.approx(scores, rel=1e-5)
