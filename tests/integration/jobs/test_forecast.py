"""The way of a forecast: meters, hours of places, the job, what SQL says of it afterwards."""

import math
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from psycopg.types.json import Jsonb

from jobs.energy.job import learn
from jobs.fit.parallel import Workers
from jobs.forecast import job as job_module
from jobs.forecast.job import foresee, note_holidays
from lotwatt import main
from tests.sql.builders import (
    Connection,
    at,
    declare,
    declare_sensor,
    declare_site,
    every,
    kwh_meter,
    load,
    row,
    rows,
    settle,
)

BEGIN = at("2026-01-05 00:00")  # a Monday
METER = {"sampling_interval": "15 minutes", "max_gap": "45 minutes"}


def register(days: int, seed: int = 1, start: datetime = BEGIN) -> list[tuple[datetime, float]]:
    """The register of a plant that works from 6 to 22 on weekdays, by the quarter-hour."""
    draw, total, found = random.Random(seed), 1000.0, [(start, 1000.0)]
    for quarter in range(days * 96):
        time = start + timedelta(minutes=15 * quarter)
        works = time.weekday() < 5 and 6 <= time.hour < 22
        total += 0.5 + (20 + 5 * math.sin(time.hour) + draw.gauss(0, 2)) * works
        found.append((time + timedelta(minutes=15), total))
    return found


def used(points: list[tuple[datetime, float]], start: datetime) -> float:
    values = dict(points)
    return values[start + timedelta(hours=1)] - values[start]


def run(db: Connection, name: str) -> dict[str, Any]:
    return row(db, "select * from api.forecast_run where place = %s and is_newest", [name])


def test_machine_line_and_site_are_foreseen(db: Connection) -> None:
    declare_site(db, "m1", "m2")
    points = register(70)
    kwh_meter(db, "e1", "m1", **METER)
    load(db, "e1", *points)
    settle(db)
    issued = BEGIN + timedelta(days=63, hours=9)
    assert foresee(db, issued + timedelta(minutes=20)) == 3 * 24

    found = rows(db, "select * from api.forecast where place = 'm1' order by time")
    assert [each["time"] for each in found] == [issued + timedelta(hours=h) for h in range(24)]
    assert {each["method"] for each in found} != {"naive"}
    for each in found:
        assert each["issued_at"] == issued
        assert each["actual_kwh"] == pytest.approx(used(points, each["time"]))
        assert each["low_kwh"] <= each["energy_kwh"] <= each["high_kwh"]
        assert each["energy_kwh"] == pytest.approx(each["actual_kwh"], abs=20)
    assert row(db, "select energy_kwh from api.forecast_run where place = 'line'") == row(
        db, "select energy_kwh from api.forecast_run where place = 'site'"
    )


def test_it_knows_nothing_of_what_comes_after(db: Connection) -> None:
    """The same forecast with and without the days that follow; made twice, it is one forecast."""
    declare_site(db, "m1")
    points = register(50)
    issued = BEGIN + timedelta(days=45)
    kwh_meter(db, "e1", "m1", **METER)
    query = "select time, energy_kwh, low_kwh, high_kwh, naive_kwh from api.forecast order by 1, 2"
    load(db, "e1", *(point for point in points if point[0] <= issued))
    settle(db)
    foresee(db, issued)
    first = rows(db, query)
    load(db, "e1", *(point for point in points if point[0] > issued))
    settle(db)
    foresee(db, issued)
    assert rows(db, query) == first
    foresee(db, issued + timedelta(days=1))
    assert len(rows(db, query)) == 2 * len(first)


def test_a_gap_is_a_gap(db: Connection) -> None:
    """Ten hours without readings: their energy is known, and spread; none of them trains."""
    declare_site(db, "m1")
    gap = BEGIN + timedelta(days=40, hours=5), BEGIN + timedelta(days=40, hours=15)
    kwh_meter(db, "e1", "m1", **METER)
    load(db, "e1", *(p for p in register(42) if not gap[0] < p[0] < gap[1]))
    settle(db)
    hours = rows(
        db,
        "select time from api.energy_hourly"
        " where level = 'site' and coverage < 1 and time < '2026-02-16' order by 1",
    )
    assert [each["time"] for each in hours] == [gap[0] + timedelta(hours=h) for h in range(10)]
    foresee(db, BEGIN + timedelta(days=42))
    assert run(db, "site")["history_hours"] == 42 * 24 - 10


def test_a_sum_with_a_silent_meter_is_not_complete(db: Connection) -> None:
    declare_site(db, "m1", "m2")
    kwh_meter(db, "e1", "m1", **METER)
    kwh_meter(db, "e2", "m2", **METER)
    load(db, "e1", *register(3))
    load(db, "e2", *register(2, start=BEGIN + timedelta(days=1))[:97])
    settle(db)
    found = rows(
        db,
        "select time, meters, coverage from api.energy_hourly"
        " where level = 'line' and energy_kwh is not null order by 1",
    )
    assert [(each["meters"], each["coverage"]) for each in found[::24]] == [
        (1, 1),
        (2, 1),
        (2, 0.5),
    ]


def test_a_meter_below_another_is_not_counted_twice(db: Connection) -> None:
    declare_site(db, "m1", "m2")
    declare_sensor(db, "top", site="site", kind="counter", quantity="energy", unit="kWh", **METER)
    kwh_meter(db, "e1", "m1", parent="top", **METER)
    kwh_meter(db, "e2", "m2", parent="e1", **METER)
    for sensor in ("top", "e1", "e2"):
        load(db, sensor, *every(900, BEGIN, BEGIN + timedelta(hours=1), lambda h: 100 + 10 * h))
    settle(db)
    found = rows(
        db,
        "select level, place, meters, energy_kwh from api.energy_hourly"
        " where energy_kwh is not null order by 1, 2",
    )
    assert [tuple(each.values()) for each in found] == [
        ("line", "line", 1, pytest.approx(10)), ("machine", "m1", 1, pytest.approx(10)),
        ("machine", "m2", 1, pytest.approx(10)), ("site", "site", 1, pytest.approx(10)),
    ]  # fmt: skip


def test_too_little_is_said(db: Connection) -> None:
    declare_site(db, "m1", "m2", "m3")
    for sensor, machine in (("e1", "m1"), ("e2", "m2"), ("e3", "m3")):
        kwh_meter(db, sensor, machine, **METER)
    load(db, "e1", *register(3))
    load(db, "e2", (BEGIN, 5.0))
    settle(db)
    foresee(db, BEGIN + timedelta(days=3))
    assert run(db, "m1")["reason"] == "only 3 days measured, fewer than 7"
    assert run(db, "m2")["reason"] == run(db, "m3")["reason"]
    assert run(db, "m3")["reason"] == "only 0 days measured, fewer than 7"
    assert rows(db, "select from api.forecast where energy_kwh is not null") == []
    foresee(db, BEGIN + timedelta(days=30))
    assert run(db, "m1")["method"] is None


def test_a_meter_that_fell_silent_is_not_foreseen(db: Connection) -> None:
    declare_site(db, "m1")
    kwh_meter(db, "e1", "m1", **METER)
    load(db, "e1", *register(40))
    settle(db)
    foresee(db, BEGIN + timedelta(days=49))
    assert run(db, "m1")["reason"] == "no hour was fully measured for 9 days"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [("Europe/Madrid", "2026-03-29", 23), ("Europe/Madrid", "2026-10-25", 25)],
)
def test_on_the_days_that_clocks_change(db: Connection, zone: str, day: str, hours: int) -> None:
    """The work follows the clock; each real hour has its forecast, whatever the clock does."""
    declare_site(db, "m1", time_zone=zone)
    kwh_meter(db, "e1", "m1", **METER)
    offset = timedelta(hours=1 if hours == 23 else 2)
    begin = at(f"{day} 00:00") - timedelta(days=42)
    load(db, "e1", *((t - offset, v) for t, v in register(42, start=begin)))
    settle(db)
    foresee(db, at(f"{day} 00:00") - offset)
    found = rows(db, "select * from api.forecast where place = 'm1' order by time")
    assert len({each["time"] for each in found}) == 24
    assert all(each["energy_kwh"] is not None for each in found)
    assert len({each["local_time"] for each in found}) == (24 if hours == 23 else 23)
    foresee(db, at(f"{day} 00:00") - offset + timedelta(hours=hours))
    monday = rows(db, "select * from api.forecast where place = 'm1' and is_newest order by time")
    busy = [each["local_time"].hour for each in monday if each["energy_kwh"] > 20]
    assert busy == list(range(6, 22))


def test_half_hours_of_india(db: Connection) -> None:
    declare_site(db, "m1", time_zone="Asia/Kolkata")
    kwh_meter(db, "e1", "m1", **METER)
    load(db, "e1", *register(30))
    settle(db)
    foresee(db, BEGIN + timedelta(days=29))
    found = rows(db, "select * from api.forecast where place = 'm1' order by time")
    assert found[0]["time"] == BEGIN + timedelta(days=28, hours=23, minutes=30)
    assert found[0]["actual_kwh"] == pytest.approx(2.0)


def test_a_holiday_is_as_a_sunday(db: Connection) -> None:
    declare_site(db, "m1", time_zone="UTC")
    declare(db, sites=[{"code": "site", "holiday_calendar": "ES-MD"}])
    kwh_meter(db, "e1", "m1", **METER)
    points = register(70)
    load(db, "e1", *points)
    settle(db)
    assert note_holidays(db) > 0
    assert note_holidays(db) == 0
    days = rows(
        db,
        "select day, name from analytics.holiday where day between '2026-01-01' and '2026-01-31'",
    )
    assert [each["day"].isoformat() for each in days] == ["2026-01-01", "2026-01-06"]
    db.execute(
        "select analytics.put_holidays('site', '2026-03-01', '2026-03-31', %s, %s)",
        [["2026-03-12"], ["Test"]],
    )
    foresee(db, at("2026-03-12 00:00"))
    (noon,) = rows(
        db, "select * from api.forecast where place = 'm1' and time = '2026-03-12 12:00Z'"
    )
    assert noon["energy_kwh"] == pytest.approx(2.0, abs=0.5)
    assert noon["naive_kwh"] > 50


def test_accuracy_by_hand(db: Connection) -> None:
    """Two hours foreseen as 10 and 12 within 9..11 and 11..13; used were 10 and 16; naive 6 and 18.

    Errors 0 and 4, naive 4 and 2: MASE 2/3. wMAPE 4/26. Coverage 1/2. MSIS: widths 2 and 2, the
    second 3 beyond: (2 + 2 + 40 x 3) / 2 = 62 over the naive error of 3.
    """
    declare_site(db, "m1")
    kwh_meter(db, "e1", "m1", **METER)
    begin = row(db, "select date_trunc('hour', now()) - interval '1 day' as t")["t"]
    load(
        db,
        "e1",
        *every(
            900, begin, begin + timedelta(hours=2), lambda h: 10 * min(h, 1) + 16 * max(h - 1, 0)
        ),
    )
    settle(db)
    said = {
        "level": "machine", "place": "m1", "carrier": "electricity", "issued_at": begin.isoformat(),
        "history_hours": 1, "method": "profile", "error_ratio": 0.5, "compared_days": 28,
        "times": [(begin + timedelta(hours=h)).isoformat() for h in (0, 1)],
        "energy_kwh": [10, 12], "low_kwh": [9, 11], "high_kwh": [11, 13], "naive_kwh": [6, 18],
    }  # fmt: skip
    db.execute("select analytics.put_forecasts(%s)", [Jsonb([said])])
    found = row(db, "select * from api.forecast_accuracy")
    assert found["hours"] == 2
    assert found["mase"] == pytest.approx(2 / 3)
    assert found["wmape_percent"] == pytest.approx(100 * 4 / 26)
    assert found["coverage_percent"] == 50
    assert found["msis"] == pytest.approx(62 / 3)


def test_as_the_role_of_jobs_and_in_parts(db: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A member of lotwatt_jobs may do all that the jobs do; wherever the fits run, the numbers are
    the same.
    """
    declare_site(db, "m1", "m2")
    for sensor, machine, seed in (("e1", "m1", 1), ("e2", "m2", 2)):
        kwh_meter(db, sensor, machine, **METER)
        load(db, sensor, *register(40, seed))
    settle(db)
    at_ = BEGIN + timedelta(days=40)
    foresee(db, at_)
    query = "select place, time, energy_kwh, low_kwh from api.forecast order by 1, 2"
    first = rows(db, query)
    monkeypatch.setattr(job_module, "BATCH", 1)
    db.execute("set role lotwatt_jobs")
    try:
        assert note_holidays(db) == 0
        assert foresee(db, at_, workers=Workers("threading")) == 96
        assert learn(db, BEGIN.date(), at_.date()) == 4
    finally:
        db.execute("reset role")
    assert rows(db, query) == first


def test_commands(db: Connection) -> None:
    declare_site(db, "m1")
    kwh_meter(db, "e1", "m1", **METER)
    load(db, "e1", *register(40))
    settle(db)
    said = CliRunner().invoke(main, ["forecast"], catch_exceptions=False).output
    assert "lotwatt jobs forecast makes them" in said
    told = BEGIN + timedelta(days=39)
    answer = CliRunner().invoke(main, ["jobs", "forecast", "--at", told.isoformat()])
    assert answer.exit_code == 0, answer.output
    assert "72 hours foreseen" in answer.output
    said = CliRunner().invoke(main, ["forecast", "--machine", "m1"], catch_exceptions=False).output
    assert "kWh in 24 hours, by the method" in said
    assert said.count("2026-02-13") >= 24
    said = CliRunner().invoke(main, ["forecast"], catch_exceptions=False).output
    assert [line.split()[:2] for line in said.splitlines()[1:]] == [
        ["site", "site"], ["line", "line"], ["machine", "m1"],
    ]  # fmt: skip
    said = CliRunner().invoke(main, ["forecast", "--line", "nowhere"]).output
    assert "no forecast of electricity of line nowhere" in said
