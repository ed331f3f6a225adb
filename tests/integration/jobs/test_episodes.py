"""Episodes out of deviations, worked by hand: threshold 1.5, so they go on from 0.75."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integration.jobs.sensors import BEGIN, anomalies
from tests.sql.builders import Connection, declare_site, row, thermometer

Point = tuple[float, float]


@pytest.fixture
def sensor_id(db: Connection) -> int:
    declare_site(db, "m1")
    thermometer(db, "t1", "m1")
    return int(row(db, "select sensor_id from plant.sensor")["sensor_id"])


def hour(number: float) -> datetime:
    return BEGIN + timedelta(hours=number)


def judge(db: Connection, sensor_id: int, clock: float, *points: Point) -> list[dict[str, Any]]:
    """Deviations (hour, score) as they stand when the clock shows an hour; the episodes of them."""
    db.execute("delete from analytics.deviation")
    for at, score in points:
        db.execute(
            "insert into analytics.deviation (sensor_id, class, kind, time, regime, score, is_over)"
            " values (%s, 'process', 'level', %s, 0, %s, %s)",
            [sensor_id, hour(at), score, score >= 1.5],
        )
    db.execute(
        "insert into analytics.sensor_state values (%s, %s, %s, %s) on conflict (sensor_id)"
        " do update set scored_to = excluded.scored_to",
        [sensor_id, BEGIN, hour(clock), hour(clock)],
    )
    db.execute("select analytics.put_episodes(%s, %s, %s)", [[sensor_id], BEGIN, hour(clock)])
    return anomalies(db)


def spans(found: list[dict[str, Any]]) -> list[tuple[float, float, bool]]:
    return [
        ((a["opened_at"] - BEGIN) / timedelta(hours=1), (a["last_at"] - BEGIN) / timedelta(hours=1),
         a["is_open"])
        for a in found
    ]  # fmt: skip


def alerts(found: list[dict[str, Any]]) -> list[float]:
    return [(t - BEGIN) / timedelta(hours=1) for a in found for t in a["alerted_at"]]


def test_it_opens_at_the_threshold_and_goes_on_to_half_of_it(
    db: Connection, sensor_id: int
) -> None:
    found = judge(db, sensor_id, 40, (1, 1.0), (2, 1.6), (5, 0.8), (6, 0.7))
    assert spans(found) == [(2, 5, False)]


def test_below_the_threshold_nothing_opens(db: Connection, sensor_id: int) -> None:
    assert judge(db, sensor_id, 40, (1, 1.4), (2, 1.49)) == []


def test_what_lies_within_12_hours_is_one(db: Connection, sensor_id: int) -> None:
    assert spans(judge(db, sensor_id, 60, (1, 2), (13, 2))) == [(1, 13, False)]
    assert spans(judge(db, sensor_id, 60, (1, 2), (13.25, 2))) == [
        (1, 1, False),
        (13.25, 13.25, False),
    ]


def test_it_is_open_until_12_hours_went_by(db: Connection, sensor_id: int) -> None:
    assert spans(judge(db, sensor_id, 13, (1, 2))) == [(1, 1, True)]
    assert spans(judge(db, sensor_id, 13.25, (1, 2))) == [(1, 1, False)]


def test_it_alerts_at_its_start_when_it_doubles_and_each_day(
    db: Connection, sensor_id: int
) -> None:
    found = judge(db, sensor_id, 60, *((at, 1.6) for at in range(1, 30)))
    assert alerts(found) == [1, 25]
    found = judge(db, sensor_id, 60, (1, 1.6), (2, 3.1), (3, 3.2), (4, 3.3), (5, 6.3), (6, 6.5))
    assert alerts(found) == [1, 3, 6]


def test_two_episodes_within_a_day_alert_once(db: Connection, sensor_id: int) -> None:
    assert alerts(judge(db, sensor_id, 60, (1, 2), (14, 2.1), (40, 2))) == [1, 40]


def test_it_keeps_its_number_and_the_verdict(db: Connection, sensor_id: int) -> None:
    [first] = judge(db, sensor_id, 3, (1, 2), (2, 2))
    [grown] = judge(db, sensor_id, 9, (0.5, 1.9), (2, 2), (8, 5))
    assert grown["anomaly"] == first["anomaly"]
    assert grown["score"] == 5
    db.execute("select analytics.give_verdict(%s, 'real', 'seen')", [grown["anomaly"]])
    [kept] = judge(db, sensor_id, 40)
    assert (kept["anomaly"], kept["verdict"]) == (first["anomaly"], "real")


def test_one_that_the_data_no_longer_show_is_gone(db: Connection, sensor_id: int) -> None:
    assert len(judge(db, sensor_id, 9, (1, 2))) == 1
    assert judge(db, sensor_id, 9) == []
