"""What the summary shows: totals against the period before, energy by machine, what needs a look.

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
    kw_meter,
    load,
    row,
    rows,
    settle,
    thermometer,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
# A period of one day, and the day before it.
START = at("2026-03-03 00:00")
END = START + DAY


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-9)


def lot(
    db: Connection, number: str, machine: str, start: datetime, quantity: float | None, kw: float
) -> None:
    """A lot of one hour at a steady power."""
    declare(db, lots=[{"number": number, "good_quantity": quantity}])
    load(db, f"{machine}_kw", *every(60, start, start + HOUR, kw))
    assign(db, machine, number, start, start + HOUR)


def two_machines(db: Connection) -> None:
    declare_site(db, "m1", "m2")
    kw_meter(db, "m1_kw", "m1")
    kw_meter(db, "m2_kw", "m2")


def totals(db: Connection, machines: list[str] | None = None) -> Row:
    return row(db, "select * from api.totals_compared(%s, %s, %s)", [START, END, machines])


def test_totals_stand_beside_those_of_the_period_before(db: Connection) -> None:
    """Before: 100 units, 10 kWh in 1 lot. Now: 60 + 90 units, 12 + 18 kWh in 2 lots."""
    two_machines(db)
    lot(db, "before", "m1", START - DAY + 8 * HOUR, 100, 10)
    lot(db, "first", "m1", START + 8 * HOUR, 60, 12)
    lot(db, "second", "m2", START + 9 * HOUR, 90, 18)
    settle(db)
    found = totals(db)
    assert (found["products"], found["products_before"]) == (150, 100)
    assert found["products_change_percent"] == near(50)
    assert (found["lots"], found["lots_before"], found["lots_change_percent"]) == (2, 1, 100)
    # 150 / 2 against 100 / 1
    assert found["products_per_lot"] == near(75)
    assert found["products_per_lot_change_percent"] == near(-25)
    assert (found["energy_kwh"], found["energy_kwh_before"]) == (near(30), near(10))
    assert found["energy_kwh_change_percent"] == near(200)
    # 30 / 150 against 10 / 100
    assert found["energy_kwh_per_unit"] == near(0.2)
    assert found["energy_kwh_per_unit_change_percent"] == near(100)
    assert (found["energy_coverage"], found["energy_coverage_change_percent"]) == (near(1), near(0))


def test_totals_are_those_of_api_totals(db: Connection) -> None:
    two_machines(db)
    lot(db, "first", "m1", START + 8 * HOUR, 60, 12)
    lot(db, "second", "m2", START + 9 * HOUR, None, 18)
    settle(db)
    plain = row(db, "select * from api.totals(%s, %s)", [START, END])
    found = totals(db)
    assert {name: found[name] for name in plain} == plain


def test_a_change_is_not_known_where_one_side_is_not(db: Connection) -> None:
    """Nothing before: no change, and no infinity. A lot without a count: lots, but no products."""
    two_machines(db)
    lot(db, "first", "m1", START + 8 * HOUR, None, 12)
    settle(db)
    found = totals(db)
    assert (found["lots"], found["lots_before"]) == (1, 0)
    assert found["products"] is None
    changes = {value for name, value in found.items() if name.endswith("_change_percent")}
    assert changes == {None}


def test_totals_of_one_machine_are_of_the_lots_that_it_ran(db: Connection) -> None:
    two_machines(db)
    lot(db, "first", "m1", START + 8 * HOUR, 60, 12)
    lot(db, "second", "m2", START + 9 * HOUR, 90, 18)
    declare(
        db,
        lots=[
            {
                "number": "nowhere",
                "good_quantity": 7,
                "started_at": (START + HOUR).isoformat(),
                "finished_at": (START + 2 * HOUR).isoformat(),
            }
        ],
    )
    settle(db)
    assert totals(db, ["m1"])["products"] == 60
    assert totals(db, [])["lots"] == 0
    # a lot on no machine counts where all machines are asked for
    assert totals(db, ["m1", "m2"])["products"] == totals(db)["products"] == 157


# Energy by machine


def energy(db: Connection, start: datetime, end: datetime) -> list[tuple[object, ...]]:
    return db.execute("select * from api.machine_energy(%s, %s)", [start, end]).fetchall()


def test_bars_are_hours_then_days_of_the_plant_then_months(db: Connection) -> None:
    """10 kW from 21:00 to 24:00 UTC; in Madrid a day begins at 23:00 UTC: 2 hours, then 1."""
    declare_site(db, "m1", time_zone="Europe/Madrid")
    kw_meter(db, "m1_kw", "m1")
    start = at("2026-03-03 21:00")
    load(db, "m1_kw", *every(60, start, start + 3 * HOUR, 10))
    settle(db)
    hours = energy(db, start, start + 3 * HOUR)
    assert hours == [(start + n * HOUR, "m1", near(10), near(3600)) for n in range(3)]
    midnight = at("2026-03-03 23:00")
    # the day in which the period begins is whole
    assert energy(db, start + 2 * HOUR, start + 10 * DAY) == [
        (midnight, "m1", near(10), near(3600)),
    ]
    assert energy(db, start + HOUR, start + 10 * DAY) == [
        (midnight - DAY, "m1", near(20), near(7200)),
        (midnight, "m1", near(10), near(3600)),
    ]
    assert energy(db, start, start + 200 * DAY) == [
        (at("2026-02-28 23:00"), "m1", near(30), near(3 * 3600)),
    ]


def test_an_hour_that_comes_twice_is_two_bars(db: Connection) -> None:
    """On 25 October 2026 Madrid has 02:00 twice, at 00:00 and 01:00 UTC; the day has 25 hours."""
    declare_site(db, "m1", time_zone="Europe/Madrid")
    kw_meter(db, "m1_kw", "m1")
    start = at("2026-10-24 22:00")
    load(db, "m1_kw", *every(300, start, start + 25 * HOUR, 10))
    settle(db)
    assert energy(db, start, start + 25 * HOUR) == [
        (start + n * HOUR, "m1", near(10), near(3600)) for n in range(25)
    ]
    # the last reading opens a day of which nothing is known
    assert energy(db, start, start + 5 * DAY)[0] == (start, "m1", near(250), near(25 * 3600))


def test_hours_of_india_begin_at_half_past(db: Connection) -> None:
    declare_site(db, "m1", time_zone="Asia/Kolkata")
    kw_meter(db, "m1_kw", "m1")
    start = at("2026-03-03 05:30")
    load(db, "m1_kw", *every(60, start, start + HOUR / 2, 10))
    settle(db)
    assert energy(db, start, start + HOUR) == [(start, "m1", near(5), near(1800))]


# What needs a look


def test_attention_counts_what_runs_and_what_is_silent(db: Connection) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    declare_site(db, "m1")
    thermometer(db, "heard", "m1")
    kw_meter(db, "silent", "m1")
    load(db, "heard", (now - timedelta(seconds=30), 20.0))
    load(db, "silent", (now - timedelta(hours=2), 5.0))
    declare(db, lots=[{"number": "L1"}])
    assign(db, "m1", "L1", now - HOUR, None)
    found = row(db, "select * from api.attention")
    assert (found["running_lots"], found["sensors"], found["silent_sensors"]) == (1, 2, 1)
    checks = {check["check_name"]: check["is_ok"] for check in rows(db, "select * from api.health")}
    assert not checks["silent sensors"]
    assert found["failed_checks"] == sum(not is_ok for is_ok in checks.values())


def test_an_open_anomaly_counts_until_somebody_calls_it_false(db: Connection) -> None:
    declare_site(db, "m1")
    thermometer(db, "t1", "m1")
    db.execute(
        "insert into analytics.episode (sensor_id, class, kind, regime, opened_at, last_at,"
        " peak_at) select sensor_id, 'process', 'level', 0, %(at)s, %(at)s, %(at)s"
        " from plant.sensor",
        {"at": START},
    )
    assert row(db, "select open_anomalies from api.attention")["open_anomalies"] == 1
    db.execute("update analytics.episode set verdict = 'false'")
    assert row(db, "select open_anomalies from api.attention")["open_anomalies"] == 0
