"""What the temperature board shows: thermometers now and over time, time out of band, states.

The expected value of each is worked out by hand in a comment.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.sql.builders import (
    Connection,
    Row,
    assign,
    at,
    declare,
    declare_site,
    every,
    kwh_meter,
    load,
    rows,
    settle,
    thermometer,
)

START = at("2026-03-03 08:00")
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


# Now


def now_of(db: Connection) -> dict[str, Row]:
    return {found["sensor"]: found for found in rows(db, "select * from api.temperature_now")}


def oven(
    db: Connection, value: float, age: timedelta = timedelta(seconds=20), **band: float
) -> Row:
    """An oven with a range of 0 to 300. Where a band is given, a reference with it runs."""
    now = datetime.now(UTC)
    declare_site(db, "oven")
    thermometer(db, "t", "oven", minimum=0, maximum=300)
    load(db, "t", (now - age, value))
    if band:
        declare(
            db,
            references=[{"code": "R", **band}],
            lots=[{"number": "L1", "reference": "R"}],
        )
        assign(db, "oven", "L1", now - HOUR, None)
    return now_of(db)["t"]


def test_the_band_is_that_of_the_reference_that_runs(db: Connection) -> None:
    found = oven(db, 195, temperature_minimum_c=170, temperature_maximum_c=190)
    assert (found["minimum"], found["maximum"], found["band_of"]) == (170, 190, "reference")
    assert (found["lot"], found["reference"], found["judgement"]) == ("L1", "R", "above")
    assert found["age_s"] == pytest.approx(20, abs=15)


def test_between_lots_the_band_is_the_range_of_the_sensor(db: Connection) -> None:
    found = oven(db, 195)
    assert (found["minimum"], found["maximum"], found["band_of"]) == (0, 300, "sensor")
    assert (found["lot"], found["judgement"]) == (None, "within")


def test_a_band_with_one_end_judges_by_that(db: Connection) -> None:
    assert oven(db, 160, temperature_minimum_c=170)["judgement"] == "below"


def test_an_old_value_is_shown_and_not_judged(db: Connection) -> None:
    found = oven(db, 195, HOUR, temperature_minimum_c=170, temperature_maximum_c=190)
    assert (found["value"], found["judgement"]) == (195, "silent")


def test_without_a_band_nothing_is_judged_and_without_a_reading_nothing_shown(
    db: Connection,
) -> None:
    declare_site(db, "m1", "m2")
    thermometer(db, "bare", "m1")
    thermometer(db, "never", "m2")
    load(db, "bare", (datetime.now(UTC) - timedelta(seconds=5), 20.0))
    found = now_of(db)
    assert (found["bare"]["judgement"], found["bare"]["band_of"]) == ("no band", None)
    assert (found["never"]["judgement"], found["never"]["value"]) == ("silent", None)


# Over time


def series(db: Connection, sensor: str, start: datetime, end: datetime) -> list[tuple[object, ...]]:
    return db.execute(
        "select time, value, minimum, maximum from api.sensor_series(%s, %s, %s)",
        [[sensor], start, end],
    ).fetchall()


def test_a_short_time_shows_readings_and_a_row_without_value_in_a_gap(db: Connection) -> None:
    """Readings each minute, with a gap of 20 minutes where 5 are allowed."""
    declare_site(db, "m1")
    thermometer(db, "t", "m1", sampling_interval="1 minute", max_gap="5 minutes")
    load(db, "t", (START, 20.0), (START + MINUTE, 21.0), (START + 21 * MINUTE, 22.0))
    assert series(db, "t", START, START + HOUR) == [
        (START, 20, 20, 20),
        (START + MINUTE, 21, 21, 21),
        (START + 6 * MINUTE, None, None, None),
        (START + 21 * MINUTE, 22, 22, 22),
    ]


def test_a_struck_reading_is_not_shown(db: Connection) -> None:
    declare_site(db, "m1")
    thermometer(db, "t", "m1")
    load(db, "t", (START, 20.0), (START + MINUTE, 900.0))
    db.execute("update telemetry.reading set is_struck = value = 900")
    assert series(db, "t", START, START + HOUR) == [(START, 20, 20, 20)]


def two_hours(db: Connection) -> None:
    """20 C from 08:00, 30 C from 09:00 to 10:00, nothing until 12:00, 40 C until 13:00."""
    declare_site(db, "m1")
    thermometer(db, "t", "m1", sampling_interval="1 minute", max_gap="5 minutes")
    load(db, "t", *every(60, START, START + HOUR - MINUTE, 20))
    load(db, "t", *every(60, START + HOUR, START + 2 * HOUR, 30))
    load(db, "t", *every(60, START + 4 * HOUR, START + 5 * HOUR, 40))
    settle(db)


def test_days_show_quarter_hours_with_their_extremes(db: Connection) -> None:
    """2 days hold 2,880 readings: too many. The quarter-hour from 09:00 on begins with 20 C."""
    two_hours(db)
    found = {time: rest for time, *rest in series(db, "t", START, START + 2 * DAY)}
    assert found[START] == [near(20), 20, 20]
    assert found[START + HOUR + 15 * MINUTE] == [near(30), 30, 30]
    # the last measured quarter-hour is 09:45; then nothing, until 12:00
    assert found[START + 2 * HOUR + 15 * MINUTE] == [None, None, None]
    assert not [time for time in found if START + 3 * HOUR < time < START + 4 * HOUR]  # type: ignore[operator]
    assert found[START + 4 * HOUR] == [near(40), 40, 40]


def test_weeks_show_hours_and_months_show_six(db: Connection) -> None:
    two_hours(db)
    hours = {time: rest for time, *rest in series(db, "t", START, START + 30 * DAY)}
    assert hours[START + 4 * HOUR] == [near(40), 40, 40]
    months = {time: rest for time, *rest in series(db, "t", START, START + 100 * DAY)}
    # from 06:00: the hour at 20, the hour at 30; from 12:00: the hour at 40
    assert months[at("2026-03-03 06:00")][1:] == [20, 30]
    assert months[at("2026-03-03 06:00")][0] == pytest.approx(25, abs=0.2)
    assert months[at("2026-03-03 12:00")] == [near(40), 40, 40]
    assert len(months) == 2


def test_no_period_has_more_than_some_1500_points(db: Connection) -> None:
    declare_site(db, "m1")
    thermometer(db, "t", "m1", sampling_interval="1 minute", max_gap="5 minutes")
    load(db, "t", *every(60, START, START + 2 * DAY, 20))
    settle(db)
    assert len(series(db, "t", START, START + 1499 * MINUTE)) == 1500
    assert len(series(db, "t", START, START + 2 * DAY)) == 192


def test_a_counter_is_shown_per_hour(db: Connection) -> None:
    """1 kWh a quarter-hour is 4 kWh an hour; a rate has no extremes."""
    declare_site(db, "m1")
    kwh_meter(db, "kwh", "m1")
    load(db, "kwh", *every(60, START, START + HOUR, lambda hours: 100 + 4 * hours))
    settle(db)
    found = series(db, "kwh", START, START + HOUR)
    assert found == [(START + n * 15 * MINUTE, near(4), None, None) for n in range(4)]


# Out of the band


def test_time_out_of_band_by_lot_machine_and_reference(db: Connection) -> None:
    """170 to 190. L1: half an hour at 160, half at 180. L2: an hour at 200. L3: no band."""
    declare_site(db, "m1", "m2")
    for machine in ("m1", "m2"):
        thermometer(db, f"{machine}_t", machine, max_gap="5 minutes")
    declare(
        db,
        references=[
            {"code": "R", "temperature_minimum_c": 170, "temperature_maximum_c": 190},
            {"code": "free"},
        ],
        lots=[
            {"number": "L1", "reference": "R"},
            {"number": "L2", "reference": "R"},
            {"number": "L3", "reference": "free"},
        ],
    )
    half = START + HOUR / 2
    load(db, "m1_t", *every(60, START, half - MINUTE, 160))
    load(db, "m1_t", *every(60, half, START + HOUR, 180))
    load(db, "m2_t", *every(60, START, START + 2 * HOUR, 200))
    assign(db, "m1", "L1", START, START + HOUR)
    assign(db, "m2", "L2", START, START + HOUR)
    assign(db, "m2", "L3", START + HOUR, START + 2 * HOUR)
    settle(db)

    def by(what: str, machines: list[str] | None = None) -> list[tuple[object, ...]]:
        return db.execute(
            "select name, below_s, above_s, outside_s, measured_s, outside_share"
            " from api.out_of_band(%s, %s, %s, %s)",
            [what, START, START + 3 * HOUR, machines],
        ).fetchall()

    # in the minute between 160 and 180 it rises: half of that is below 170
    below = pytest.approx(1800, abs=60)
    assert by("lot") == [
        ("L2", 0, near(3600), near(3600), near(3600), near(1)),
        ("L1", below, 0, below, near(3600), pytest.approx(0.5, abs=0.02)),
    ]
    assert [name for name, *_ in by("machine")] == ["m2", "m1"]
    assert by("reference")[0][0] == "R"
    assert by("reference")[0][3] == pytest.approx(5400, abs=60)
    assert [name for name, *_ in by("lot", ["m1"])] == ["L1"]
    assert by("weather") == []


# States of machines


def test_states_are_given_for_every_machine_where_one_changes(db: Connection) -> None:
    """1,000 minutes: a point is a minute. m1 runs from 10 to 20 and from 20 to 30; m2 never."""
    declare_site(db, "m1", "m2")
    declare(db, lots=[{"number": "L1"}, {"number": "L2"}])
    assign(db, "m1", "L1", START + 10 * MINUTE, START + 20 * MINUTE)
    assign(db, "m1", "L2", START + 20 * MINUTE, START + 30 * MINUTE)
    found = db.execute(
        "select * from api.machine_state(%s, %s)", [START, START + 1000 * MINUTE]
    ).fetchall()
    assert found == [
        (START, "m1", 0),
        (START, "m2", 0),
        (START + 10 * MINUTE, "m1", 1),
        (START + 10 * MINUTE, "m2", 0),
        (START + 30 * MINUTE, "m1", 0),
        (START + 30 * MINUTE, "m2", 0),
    ]


def test_a_machine_that_ran_before_the_period_is_in_a_lot_at_its_start(db: Connection) -> None:
    declare_site(db, "m1")
    declare(db, lots=[{"number": "L1"}])
    assign(db, "m1", "L1", START - DAY, START + 5 * MINUTE)
    found = db.execute(
        "select time, state from api.machine_state(%s, %s, %s)",
        [START, START + 1000 * MINUTE, ["m1"]],
    ).fetchall()
    assert found == [(START, 1), (START + 5 * MINUTE, 0)]
    assert db.execute("select from api.machine_state(%s, %s)", [START, START]).fetchall() == []
