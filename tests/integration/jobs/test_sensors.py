"""Baselines and scores of sensors: repeatable, whatever the order; told why where there is none."""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import accumulate

import pytest
from click.testing import CliRunner

from db.scheduler import run_pass
from jobs.baselines import fit_due
from lotwatt import main
from tests.integration.jobs.sensors import (
    BEGIN,
    anomalies,
    changed,
    day,
    kinds,
    one_sensor,
    pass_days,
    state,
    wander,
)
from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare,
    declare_site,
    every,
    kw_meter,
    kwh_meter,
    load,
    row,
    rows,
    settle,
    thermometer,
)

STEP = day(12)


def stepped(days: float) -> list[tuple[datetime, float]]:
    return changed(wander(1, days), lambda t, v: v + 8 if STEP <= t < STEP + WHILE else v)


WHILE = timedelta(hours=12)


def reset(db: Connection) -> None:
    db.execute(
        "truncate analytics.episode, analytics.verdict, analytics.deviation, analytics.baseline,"
        " analytics.hour, analytics.background, analytics.sensor_state, telemetry.reading,"
        " telemetry.slice, analytics.rewritten, analytics.rescore"
    )


def test_the_same_data_gives_the_same_in_any_order(db: Connection) -> None:
    points = stepped(14)
    one_sensor(db, points)
    pass_days(db, 0, 14)
    first = state(db)
    assert kinds(db) != []
    reset(db)
    random.Random(2).shuffle(points)
    load(db, "t1", *points)
    settle(db)
    pass_days(db, 0, 14)
    assert state(db) == first


def test_scoring_again_changes_nothing(db: Connection) -> None:
    one_sensor(db, stepped(14))
    pass_days(db, 0, 14)
    before = state(db), [a["anomaly"] for a in anomalies(db)]
    for first, last in ((12, 13), (11.5, 12.25), (0, 14), (13.9, 14)):
        db.execute("select analytics.score(%s, %s)", [day(first), day(last)])
    fit_due(db, day(13))
    assert (state(db), [a["anomaly"] for a in anomalies(db)]) == before


def test_late_readings_are_judged_by_the_scheduler(db: Connection) -> None:
    """Half of the day with the step comes two days late: all is as if it had come in time."""
    points = stepped(14)
    one_sensor(db, points)
    pass_days(db, 0, 14)
    wanted = state(db)
    reset(db)
    late = [p for p in points if STEP + WHILE / 2 <= p[0] < STEP + WHILE]
    load(db, "t1", *[p for p in points if p not in late])
    settle(db)
    pass_days(db, 0, 14)
    assert state(db) != wanted
    load(db, "t1", *late)
    settle(db)
    # what was late comes first; then the time since, which is no matter here
    db.execute("select analytics.score_due()")
    while row(db, "select count(*) as n from analytics.rescore")["n"]:
        db.execute("select analytics.score_due()")
    hours, medians, _, _, found = state(db)
    assert (hours, medians) == (wanted[0], wanted[1])
    assert [a[:4] for a in found] == [a[:4] for a in wanted[4]]


def test_a_pass_without_baselines_keeps_nothing(db: Connection) -> None:
    one_sensor(db, wander(1, 1))
    assert row(db, "select count(*) as n from analytics.rewritten")["n"] > 0
    assert run_pass(db, policies=False).errors == []
    assert row(db, "select count(*) as n from analytics.rewritten")["n"] == 0
    assert row(db, "select count(*) as n from analytics.hour")["n"] == 0


def test_the_scheduler_judges_what_comes_in(db: Connection) -> None:
    now = row(db, "select date_bin('1 day', now(), 'epoch') as at")["at"]
    points = changed(
        wander(1, 15, now - timedelta(days=14)),
        lambda t, v: None if t > now + timedelta(hours=1) else v,
    )
    points = [(t, v) for t, v in points if t <= now]
    one_sensor(db, points[:-12])
    fit_due(db, now - timedelta(hours=2))
    load(db, "t1", *[(t, v + 30) for t, v in points[-12:]])
    assert run_pass(db, policies=False).errors == []
    assert {"level", "shift"} & {kind for _, kind in kinds(db)}


def test_nothing_below_what_matters_is_an_anomaly(db: Connection) -> None:
    one_sensor(db, stepped(14))
    db.execute("select analytics.set_minimum_deviation('t1', 50)")
    pass_days(db, 0, 14)
    assert [kind for class_, kind in kinds(db) if class_ == "process"] == []


@pytest.mark.parametrize("meter", [kw_meter, kwh_meter])
def test_money_waits_for_a_tariff_and_energy_is_above_expected(
    db: Connection, meter: Callable[..., None]
) -> None:
    """A meter of about 50 kW uses 8 kW more for 12 hours: about 96 kWh are at stake."""
    declare_site(db, "m1")
    meter(db, "p1", "m1", sampling_interval="5 minutes", max_gap="15 minutes")
    points = stepped(14)
    if meter is kwh_meter:
        register = accumulate(value / 12 for _, value in points)
        points = [(t, kwh) for (t, _), kwh in zip(points, register, strict=True)]
    load(db, "p1", *points)
    settle(db)
    pass_days(db, 0, 14)
    found = [a for a in anomalies(db) if a["class"] == "process"]
    assert len(found) == 1
    assert found[0]["energy_kwh"] == pytest.approx(96, rel=0.15)
    assert found[0]["cost"] is None


def test_the_job_forgets_hours_that_nothing_looks_back_on(db: Connection) -> None:
    one_sensor(db, stepped(14))
    pass_days(db, 0, 14)
    before = [a["anomaly"] for a in anomalies(db)]
    said = CliRunner().invoke(main, ["jobs", "baselines", "--at", day(13 + 236).isoformat()])
    assert said.exit_code == 0, said.output
    assert row(db, "select min(hour) as at from analytics.hour")["at"] == day(13)
    assert [a["anomaly"] for a in anomalies(db)] == before
    assert row(db, "select state from api.job_run")["state"] == "done"


def test_a_member_of_lotwatt_jobs_may_do_it_and_a_reader_see_it(db: Connection) -> None:
    one_sensor(db, stepped(14))
    db.execute("set role lotwatt_jobs")
    pass_days(db, 0, 14)
    db.execute("set role lotwatt_reader")
    seen = kinds(db), row(db, "select count(*) as n from api.baseline")["n"] > 0
    db.execute("reset role")
    assert seen == (kinds(db), True)
    assert kinds(db) != []


# What a person says


def first_anomaly(db: Connection) -> int:
    return int(next(a["anomaly"] for a in anomalies(db) if a["class"] == "process"))


def level_hours(db: Connection, at_: datetime) -> int:
    fit_due(db, at_, is_all=True)
    return int(row(db, "select hours from api.baseline where feature = 'level' and valid_from = %s",
                   [at_])["hours"])  # fmt: skip


def test_verdicts_decide_what_is_learned(db: Connection) -> None:
    one_sensor(db, stepped(14))
    pass_days(db, 0, 14)
    number = first_anomaly(db)
    flagged = level_hours(db, day(14))
    said = CliRunner().invoke(main, ["anomalies", "verdict", str(number), "false", "--reason", "x"])
    assert said.exit_code == 0, said.output
    assert f"anomaly {number} of t1 is false" in said.output
    as_false = level_hours(db, day(14))
    assert as_false > flagged
    db.execute("select analytics.give_verdict(%s, 'real', 'bearing worn')", [number])
    assert level_hours(db, day(14)) <= flagged < as_false
    found = next(a for a in anomalies(db) if a["anomaly"] == number)
    assert (found["verdict"], found["verdict_reason"]) == ("real", "bearing worn")
    [precision] = rows(db, "select * from api.detector_precision where real_episodes > 0")
    assert precision["precision"] == 1


def test_a_planned_stop_is_not_judged_and_its_anomaly_stays(db: Connection) -> None:
    one_sensor(db, stepped(14))
    pass_days(db, 0, 14)
    number = first_anomaly(db)
    db.execute("select analytics.give_verdict(%s, 'planned-stop', 'cleaning')", [number])
    db.execute("select analytics.score(%s, %s)", [day(0), day(14)])
    assert next(a for a in anomalies(db) if a["anomaly"] == number)["verdict"] == "planned-stop"
    during = row(db, "select during from analytics.planned_stop")["during"]
    assert rows(db, "select from analytics.deviation where time <@ %s", [during]) == []


def test_a_stop_planned_ahead_does_not_alarm(db: Connection) -> None:
    declare_site(db, "m1")
    said = CliRunner().invoke(main, [
        "anomalies", "stop", "m1", STEP.isoformat(), day(13).isoformat(), "--reason", "holidays",
    ])  # fmt: skip
    assert said.exit_code == 0, said.output
    one_sensor(db, stepped(12.5))
    pass_days(db, 0, 13)
    assert kinds(db) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["verdict", "77", "real", "--reason", "x"], "there is no anomaly 77"),
        (["minimum", "nope", "1"], "there is no sensor nope"),
        (["stop", "m9", "2026-01-02", "2026-01-03", "--reason", "x"], "m9"),
    ],
)
def test_what_is_not_there_is_said(db: Connection, words: list[str], told: str) -> None:
    said = CliRunner().invoke(main, ["anomalies", *words])
    assert said.exit_code == 1
    assert told in said.output


def test_the_command_lists_them(db: Connection) -> None:
    said = CliRunner().invoke(main, ["anomalies"])
    assert said.output == "no anomalies\n"
    one_sensor(db, stepped(14))
    pass_days(db, 0, 14)
    listed = json.loads(CliRunner().invoke(main, ["anomalies", "--format", "json"]).output)
    assert [a["anomaly"] for a in listed] == [a["anomaly"] for a in anomalies(db)]
    table = CliRunner().invoke(main, ["anomalies", "--machine", "m1", "--limit", "1"]).output
    assert "t1" in table


# Too little, too odd


def reasons(db: Connection) -> dict[str, str | None]:
    found = rows(db, "select feature, reason from api.baseline where valid_to is null")
    return {each["feature"]: each["reason"] for each in found}


def test_a_sensor_with_one_reading(db: Connection) -> None:
    one_sensor(db, [(BEGIN, 20.0)])
    pass_days(db, 0, 3)
    assert reasons(db) == {"level": "no history"}


def test_a_constant_sensor(db: Connection) -> None:
    one_sensor(db, every(300, day(0), day(12), 20.0))
    pass_days(db, 0, 12)
    found = reasons(db)
    assert "no spread" in str(found["level"])
    assert "holds one value" in str(found["stuck"])
    assert kinds(db) == []


def test_a_sensor_that_went_silent_in_training(db: Connection) -> None:
    one_sensor(db, changed(wander(1, 14), lambda t, v: None if day(3) <= t < day(8) else v))
    pass_days(db, 0, 14)
    assert ("sensor", "silent") in kinds(db)
    assert reasons(db)["level"] is None


def test_gaps_and_clock_errors(db: Connection) -> None:
    points = wander(1, 14)
    ahead = [(t + timedelta(seconds=17), v) for t, v in points if day(4) <= t < day(5)]
    some = changed(points, lambda t, v: None if t.hour in (3, 4) and t.day % 2 else v)
    one_sensor(db, sorted({**dict(some), **dict(ahead)}.items()))
    pass_days(db, 0, 14)
    assert reasons(db)["level"] is None


@pytest.mark.parametrize("start", ["2026-03-15 00:00", "2026-10-11 00:00"])
def test_days_on_which_the_clock_moves(db: Connection, start: str) -> None:
    """Both in Madrid: 29 March and 25 October. A daily cycle in UTC that plant time shifts."""
    first = at(start)
    one_sensor(db, wander(1, 18, first), time_zone="Europe/Madrid")
    from jobs.baselines import replay

    replay(db, first, first + timedelta(days=18))
    found = rows(db, "select count(*) as n from api.baseline where feature = 'level'"
                     " and reason is null")  # fmt: skip
    assert found[0]["n"] > 5
    hours = rows(db, "select count(*) as n from analytics.hour")
    assert hours[0]["n"] == 18 * 24


# Regimes


def test_a_machine_that_is_off_between_lots_is_not_silent(db: Connection) -> None:
    """It speaks for the 12 hours of each lot only; in the last one it stops after three."""
    declare_site(db, "m1")
    thermometer(db, "t1", "m1", sampling_interval="5 minutes", max_gap="15 minutes")
    points = changed(wander(3, 5), lambda t, v: v if t.hour < 12 and t < day(4.125) else None)
    load(db, "t1", *points)
    for number in range(5):
        assign(db, "m1", f"L{number}", day(number), day(number + 0.5))
    settle(db)
    pass_days(db, 0, 5)
    [found] = anomalies(db)
    assert found["kind"] == "silent"
    assert day(4.125) < found["opened_at"] <= day(4.125) + timedelta(minutes=30)
    assert found["last_at"] <= day(4.5)


def test_changeovers_do_not_alarm_and_idle_is_judged_by_itself(db: Connection) -> None:
    """Twenty lots of 12 hours at 80 degrees, idle at 30 between: no step of them is an anomaly."""
    declare_site(db, "m1")
    thermometer(db, "t1", "m1", sampling_interval="5 minutes", max_gap="15 minutes")
    declare(db, references=[{"code": "R", "unit": "kg"}],
            lots=[{"number": f"L{n}", "reference": "R"} for n in range(20)])  # fmt: skip
    points = wander(3, 20)

    def value(time: datetime, base: float) -> float:
        return base + 30 if (time - BEGIN).total_seconds() % 86400 < 43200 else base - 20

    load(db, "t1", *changed(points, value))
    for number in range(20):
        assign(db, "m1", f"L{number}", day(number), day(number + 0.5))
    settle(db)
    pass_days(db, 0, 20)
    assert [a for a in anomalies(db) if a["class"] == "process"] == []
    used = rows(db, "select regime from api.baseline where feature = 'level' and is_used")
    assert {each["regime"] for each in used} == {"R", "idle"}
