"""What the anomalies board shows: episodes, the band that a sensor keeps within, how good it is.

The expected value of each is worked out by hand in a comment.
"""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from tests.sql.builders import Connection, at, declare_site, kwh_meter, row, rows, thermometer

START = at("2026-03-03 00:00")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


def episode(
    db: Connection,
    sensor: str = "t1",
    kind: str = "level",
    score: float | None = 1.6,
    verdict: str | None = None,
    is_open: bool = False,
) -> None:
    """Three hours that began at START."""
    db.execute(
        "insert into analytics.episode (sensor_id, class, kind, regime, opened_at, last_at,"
        " peak_at, closed_at, score, actual, expected, verdict, alerted_at)"
        " select sensor_id, 'process', %(kind)s, 0, %(at)s, %(end)s, %(at)s,"
        " case when not %(open)s then %(end)s::timestamptz end, %(score)s, 30, 21, %(verdict)s,"
        " array[%(at)s, %(end)s]::timestamptz[]"
        " from plant.sensor where code = %(sensor)s",
        {
            "sensor": sensor, "kind": kind, "score": score, "verdict": verdict, "open": is_open,
            "at": START, "end": START + 3 * HOUR,
        },
    )  # fmt: skip


@pytest.fixture
def plant(db: Connection) -> Connection:
    declare_site(db, "m1")
    thermometer(db, "t1", "m1")
    kwh_meter(db, "kwh", "m1")
    return db


def test_an_episode_has_a_page_of_a_day_on_both_sides(plant: Connection) -> None:
    episode(plant)
    found = row(plant, "select * from api.episode")
    assert (found["page_from"], found["page_to"]) == (START - DAY, START + 3 * HOUR + DAY)
    assert (found["excess"], found["duration_s"]) == (9, 3 * 3600)
    assert (found["alerts"], found["last_alert_at"]) == (2, START + 3 * HOUR)


@pytest.mark.parametrize(
    ("score", "severity"),
    [(1.5, "low"), (2.49, "low"), (2.5, "medium"), (3.5, "high"), (None, "fault")],
)
def test_severity_comes_from_the_score(
    plant: Connection, score: float | None, severity: str
) -> None:
    episode(plant, score=score)
    assert row(plant, "select severity from api.episode")["severity"] == severity


@pytest.mark.parametrize(
    ("is_open", "verdict", "state"),
    [
        (True, None, "alerting"),
        (True, "real", "alerting"),
        (True, "false", "silenced"),
        (True, "planned-stop", "silenced"),
        (False, None, "closed"),
        (False, "false", "closed"),
    ],
)
def test_the_alert_goes_on_until_it_is_over_or_somebody_silences_it(
    plant: Connection, is_open: bool, verdict: str | None, state: str
) -> None:
    episode(plant, is_open=is_open, verdict=verdict)
    assert row(plant, "select alert_state from api.episode")["alert_state"] == state


def test_the_level_of_a_counter_is_per_hour(plant: Connection) -> None:
    episode(plant, "kwh")
    episode(plant, "t1")
    found = {
        each["sensor"]: each["measured_in"] for each in rows(plant, "select * from api.episode")
    }
    assert found == {"kwh": "kWh/h", "t1": "C"}


def test_sensors_say_how_many_anomalies_they_had(plant: Connection) -> None:
    episode(plant)
    episode(plant, is_open=True)
    found = rows(plant, "select * from api.anomaly_sensor order by sensor")
    assert [(each["sensor"], each["episodes"], each["open_episodes"]) for each in found] == [
        ("kwh", 0, 0),
        ("t1", 2, 1),
    ]
    assert [each["last_at"] for each in found] == [None, START + 3 * HOUR]


def test_a_precision_needs_ten_verdicts(plant: Connection) -> None:
    """Six real ones, two false, a planned stop: too few. With another real one, 7 of 10."""
    for verdict in ["real"] * 6 + ["false"] * 2 + ["planned-stop"] + [None] * 5:
        episode(plant, verdict=verdict)
    found = row(plant, "select * from api.detector_record")
    assert (found["episodes"], found["verdicts"], found["without_verdict"]) == (14, 9, 5)
    assert (found["precision"], found["is_enough"]) == (None, False)
    episode(plant, verdict="real")
    found = row(plant, "select * from api.detector_record")
    assert (found["verdicts"], found["precision"], found["is_enough"]) == (10, near(0.7), True)


# The band


def learned(db: Connection, sensor: str, *hours: tuple[int, float]) -> None:
    """The example of docs/analytics.md: centre 1, usual 2, excess 1, a cluster in 10 days."""
    sensor_id = row(db, "select sensor_id from plant.sensor where code = %s", [sensor])["sensor_id"]
    for hour, value in hours:
        db.execute(
            "insert into analytics.hour (sensor_id, regime, hour, quarters, value)"
            " values (%s, 0, %s, 4, %s)",
            [sensor_id, START + hour * HOUR, value],
        )
    db.execute(
        "insert into analytics.background values (%s, 0, %s, 100, 20, 100, 20)", [sensor_id, START]
    )
    db.execute(
        "insert into analytics.baseline (sensor_id, regime, feature, version, valid_from,"
        " history_from, hours, centre, usual, excess, clusters_per_day)"
        " values (%s, 0, 'level', 1, %s, %s, 100, 1, 2, 1, 0.1)",
        [sensor_id, START + HOUR, START - 30 * DAY],
    )


def band(db: Connection, sensor: str) -> list[dict[str, object]]:
    return rows(
        db, "select * from api.sensor_expected(%s, %s, %s)", [sensor, START, START + 12 * HOUR]
    )


def test_the_band_is_what_is_judged_by(plant: Connection) -> None:
    """Median 20, centre 1: 21 expected. Distance 2 + (1.5 + log 0.1) x 1 x ln 10 = 3.15."""
    learned(plant, "t1", (0, 25.0), (1, 30.0), (5, 22.0))
    distance = 2 + 0.5 * math.log(10)
    found = band(plant, "t1")
    assert [(each["time"], each["value"], each["expected"]) for each in found] == [
        # no baseline was valid at the end of this hour
        (START + HOUR, 25, None),
        (START + 2 * HOUR, 30, near(21)),
        # a gap
        (START + 3 * HOUR, None, None),
        (START + 6 * HOUR, 22, near(21)),
    ]
    assert (found[1]["low"], found[1]["high"]) == (near(21 - distance), near(21 + distance))
    assert round(float(str(found[1]["high"])), 2) == 24.15
    assert found[1]["regime"] == "none"


def test_the_band_has_a_limit_of_its_own_below(plant: Connection) -> None:
    """Below: distance 1 + (1.5 + log 0.1) x 0.5 x ln 10 = 1.58; above as before."""
    learned(plant, "t1", (1, 30.0))
    plant.execute(
        "update analytics.baseline"
        " set usual_below = 1, excess_below = 0.5, clusters_per_day_below = 0.1"
    )
    found = band(plant, "t1")[0]
    assert found["low"] == near(21 - 1 - 0.25 * math.log(10))
    assert found["high"] == near(21 + 2 + 0.5 * math.log(10))


def test_the_band_of_a_counter_does_not_go_below_zero(plant: Connection) -> None:
    learned(plant, "kwh", (1, 21.0))
    plant.execute("update analytics.baseline set usual = 50")
    assert band(plant, "kwh")[0]["low"] == 0


def test_a_deviation_that_does_not_matter_widens_the_band(plant: Connection) -> None:
    learned(plant, "t1", (1, 30.0))
    plant.execute(
        "insert into analytics.sensor_setting"
        " select sensor_id, 12 from plant.sensor where code = 't1'"
    )
    found = band(plant, "t1")[0]
    assert (found["low"], found["high"]) == (near(9), near(33))


def test_a_sensor_that_is_not_known_has_no_band(plant: Connection) -> None:
    assert band(plant, "nobody") == []
