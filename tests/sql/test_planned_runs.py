"""Planned runs: a later plan holds from when it was said, and forecasts see what was known."""

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.builders import Connection, assign, at, declare, declare_site, rows

MONDAY = at("2026-03-02 00:00")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def plant(db: Connection) -> None:
    declare_site(db, "m1", time_zone="UTC")
    db.execute("insert into plant.reference (code) values ('A'), ('B')")


def plan(db: Connection, *runs: tuple[str, int, int], said: Any) -> list[dict[str, Any]]:
    """Of m1: (reference, first hour, last hour) of Monday; '' stands still."""
    items = [
        {
            "machine": "m1",
            "from": (MONDAY + begin * HOUR).isoformat(),
            "to": (MONDAY + end * HOUR).isoformat(),
            "planned_at": said.isoformat(),
        }
        | ({"reference": reference} if reference else {})
        for reference, begin, end in runs
    ]
    return rows(db, "select * from plant.apply(%s, false)", [Jsonb({"planned_runs": items})])


def history(db: Connection, to: Any) -> dict[str, dict[str, Any]]:
    found = rows(db, "select * from analytics.plan_history(%s, %s)", [MONDAY - 48 * HOUR, to])
    return {each["reference"]: each for each in found}


def test_a_later_plan_replaces_the_earlier_one_where_they_overlap(db: Connection) -> None:
    early, late = MONDAY - 12 * HOUR, MONDAY - 2 * HOUR
    assert [each["action"] for each in plan(db, ("A", 6, 14), said=early)] == ["create"]
    plan(db, ("B", 10, 16), said=late)
    found = rows(
        db, "select reference, in_force_s, is_replaced from api.planned_run order by planned_from"
    )
    assert [tuple(each.values()) for each in found] == [
        ("A", 4 * 3600, False), ("B", 6 * 3600, False),
    ]  # fmt: skip
    plan(db, ("", 6, 16), said=late + HOUR)  # it stands still after all
    found = rows(
        db, "select reference, in_force_s, is_replaced from api.planned_run order by planned_at"
    )
    assert [tuple(each.values()) for each in found] == [
        ("A", 0, True), ("B", 0, True), (None, 10 * 3600, False),
    ]  # fmt: skip


def test_the_same_plan_said_twice_is_one(db: Connection) -> None:
    said = MONDAY - 12 * HOUR
    plan(db, ("A", 6, 14), said=said)
    assert plan(db, ("A", 6, 14), said=said) == []
    assert len(rows(db, "select * from api.planned_run")) == 1


def test_a_forecast_sees_the_plan_that_was_known_when_its_day_began(db: Connection) -> None:
    """Hours count from 28 February 00:00: Monday 06:00 is 54. Planned on Sunday, it is known
    on Monday; a change said at 02:00 on Monday is not known at midnight, and is at 03:00."""
    plan(db, ("A", 6, 8), said=MONDAY - 12 * HOUR)
    plan(db, ("B", 7, 8), said=MONDAY + 2 * HOUR)
    known = history(db, MONDAY)["A"]
    assert known["planned_hours"] == [54, 55]
    assert known["planned_share"] == [1, 1]
    assert known["ran_hours"] == []
    later = history(db, MONDAY + 3 * HOUR)
    assert later["A"]["planned_hours"] == [54]
    assert later["B"]["planned_hours"] == [55]


def test_what_ran_is_told_by_shares_of_hours(db: Connection) -> None:
    """A ran from 05:30 to 07:15 on Sunday: half an hour, an hour, a quarter."""
    plan(db, ("A", 6, 8), said=MONDAY - 36 * HOUR)
    declare(db, lots=[{"number": "L1", "reference": "A"}])
    assign(db, "m1", "L1", MONDAY - 18.5 * HOUR, MONDAY - 16.75 * HOUR)
    ran = history(db, MONDAY)["A"]
    assert ran["ran_hours"] == [29, 30, 31]
    assert ran["ran_share"] == pytest.approx([0.5, 1, 0.25])


def test_a_machine_without_a_plan_has_none(db: Connection) -> None:
    assert history(db, MONDAY) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"machine": "m9"}, "m9"),
        ({"reference": "Z"}, "Z"),
        ({"to": "2026-03-01T00:00:00Z"}, "not after its start"),
        ({"planned_at": "2999-01-01T00:00:00Z"}, "still to come"),
        ({"quantity": -1}, "below 0"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    db: Connection, change: dict[str, Any], said: str
) -> None:
    item = {
        "machine": "m1", "reference": "A", "from": "2026-03-02T06:00:00Z",
        "to": "2026-03-02T08:00:00Z",
    }  # fmt: skip
    with pytest.raises(psycopg.Error, match=said):
        rows(db, "select * from plant.apply(%s, false)", [Jsonb({"planned_runs": [item | change]})])


def test_two_runs_of_one_plan_do_not_overlap(db: Connection) -> None:
    with pytest.raises(psycopg.Error, match="overlaps another planned run of machine m1"):
        plan(db, ("A", 6, 10), ("B", 9, 12), said=MONDAY - HOUR)
