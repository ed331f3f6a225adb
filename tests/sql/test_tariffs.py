"""Tariffs as a plant file declares them: the class of each quarter-hour, and what is refused."""

from datetime import datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.builders import Connection, Row, at, declare, every, load, rows, settle
from tests.sql.test_costs import MADRID, THREE, local, one_price, plant, three_classes

__all__ = ["plant"]


def test_every_quarter_hour_of_a_year_has_the_class_of_its_own_clock(db: Connection) -> None:
    """Against the rules read anew in Python, on the days on which clocks change too."""
    declare(
        db,
        tariffs=[{"code": "six", "site": "site", "from": "2026-01-01"}],
        tariff_prices=[
            {"tariff": "six", "class": name, "price_per_kwh": number / 100}
            for number, name in enumerate(("p1", "p2", "p6"), start=1)
        ],
        tariff_times=[
            {"tariff": "six", "class": "p6", "days": ["sat", "sun", "holiday"]},
            {"tariff": "six", "class": "p1", "months": [1, 2, 7, 12], "start": "09:15",
             "end": "14:30"},
            {"tariff": "six", "class": "p6", "start": "22:00", "end": "06:00"},
            {"tariff": "six", "class": "p2"},
        ],
    )  # fmt: skip

    def expected(moment: datetime) -> float:
        clock = moment.astimezone(MADRID)
        minute = clock.hour * 60 + clock.minute
        if clock.weekday() >= 5 or (clock.month, clock.day) in {(1, 1), (10, 12)}:
            return 0.03
        if clock.month in {1, 2, 7, 12} and 555 <= minute < 870:
            return 0.01
        return 0.03 if minute >= 1320 or minute < 360 else 0.02

    for first in ("2026-01-01", "2026-03-27", "2026-07-03", "2026-10-09", "2026-10-23"):
        begins = at(local(f"{first}T00:00").isoformat())
        load(db, "m1.kwh", *every(900, begins, begins + timedelta(days=5), lambda h: 4 * h))
    settle(db)
    found = db.execute(
        "select time, price_per_kwh::float8 from analytics.slice_cost where energy_kwh > 0"
    ).fetchall()
    assert len(found) == 5 * 480
    assert [(time, price) for time, price in found if price != expected(time)] == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tariff_times": [{"tariff": "2026", "class": "night"}]}, "names class night, which has"),
        ({"tariff_times": [{"tariff": "2026", "class": "peak", "days": ["x"]}]}, "no kind of day"),
        ({"tariff_times": [{"tariff": "2026", "class": "peak", "months": [13]}]}, "no month 13"),
        ({"tariff_times": [{"tariff": "2026", "class": "peak", "start": "10:05"}]}, "at 10:05"),
        ({"tariff_times": THREE["tariff_times"][:4]}, "leave public holidays|leave Mondays"),
        ({"tariff_times": []}, "3 classes and no times"),
        ({"tariff_prices": []}, "has no price"),
        ({"tariffs": [{"code": "2026", "site": "site", "from": "2026-02-01", "to": "2026-02-01"}]},
         "not after its first day"),
        ({"tariffs": [{"code": "2026", "site": "nowhere", "from": "2026-02-01"}]}, "nowhere"),
    ],
)  # fmt: skip
def test_a_tariff_that_cannot_be_meant_is_refused(
    db: Connection, changes: dict[str, list[Row]], message: str
) -> None:
    with pytest.raises(psycopg.DatabaseError, match=message):
        declare(db, **three_classes() | changes)


def test_two_tariffs_at_once_are_refused(db: Connection) -> None:
    declare(db, **one_price("a", 0.1))
    with pytest.raises(psycopg.DatabaseError, match="overlaps tariff a of the same site"):
        declare(db, **one_price("b", 0.2, **{"from": "2026-06-01"}))
    declare(db, emission_factors=[{"site": "site", "from": "2026-01-01", "kg_per_kwh": 0.1}])
    with pytest.raises(psycopg.DatabaseError, match="overlaps the factor from 2026-01-01"):
        declare(db, emission_factors=[{"site": "site", "from": "2026-05-01", "kg_per_kwh": 0.2}])


def test_declaring_the_same_again_changes_nothing(db: Connection) -> None:
    parts = three_classes() | {
        "emission_factors": [{"site": "site", "from": "2026-01-01", "kg_per_kwh": 0.12}]
    }
    first = rows(db, "select object, action from plant.apply(%s)", [Jsonb(parts)])
    assert [(x["object"], x["action"]) for x in first] == [
        ("tariff", "create"), ("emission factor", "create"),
    ]  # fmt: skip
    assert rows(db, "select * from plant.apply(%s)", [Jsonb(parts)]) == []
