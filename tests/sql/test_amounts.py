"""Meters that say what was used since the reading before, such as kWh of a quarter of an hour."""

import csv
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from db.statements import ROOT
from tests.sql.builders import (
    assign,
    at,
    correct,
    declare_sensor,
    declare_site,
    energy,
    load,
    lot,
    minutes,
    row,
    rows,
    settle,
    strike,
)

Connection = psycopg.Connection[tuple[Any, ...]]
Points = list[tuple[datetime, float]]
QUARTER = minutes(15)
STEEL = ROOT / "scripts/demo/data/steel_energy/steel_industry_15min_jan_sep.csv"


def meter(db: Connection, **settings: Any) -> None:
    declare_sensor(
        db, "e1", **{
            "machine": "m1", "kind": "amount", "role": "main_energy", "quantity": "energy",
            "unit": "kWh", "max_gap": "15 minutes",
        } | settings,
    )  # fmt: skip


def slices(db: Connection) -> list[tuple[Any, ...]]:
    settle(db)
    return db.execute(
        "select time, state, round(amount::numeric, 9), round(measured_s::numeric, 6), readings,"
        " flags from telemetry.slice order by time, state"
    ).fetchall()


def balance(db: Connection, begin: str, end: str) -> dict[str, Any]:
    settle(db)
    return row(db, "select * from api.meter_balance(%s, %s)", [at(begin), at(end)])


def test_a_quarter_of_an_hour_is_cut_where_a_lot_begins_and_ends(db: Connection) -> None:
    """6 kWh from 8:00 to 8:15, 3 kWh to 8:30, a lot from 8:05 to 8:21: 10/15 of 6 and 6/15 of 3."""
    declare_site(db, "m1")
    meter(db)
    assign(db, "m1", "L1", at("2026-03-02 08:05"), at("2026-03-02 08:21"))
    load(db, "e1", (at("2026-03-02 08:15"), 6), (at("2026-03-02 08:30"), 3))
    found = balance(db, "2026-03-02 07:00", "2026-03-02 10:00")
    assert lot(db, "L1")["energy_kwh"] == pytest.approx(5.2, abs=1e-12)
    assert found["advance"] == pytest.approx(9, abs=1e-12)
    assert found["lots"] == pytest.approx(5.2, abs=1e-12)
    assert found["residual"] == pytest.approx(0, abs=1e-12)


def test_what_is_not_told_is_a_gap(db: Connection) -> None:
    """Nothing for 9:00 to 9:30: the reading at 9:45 is of its own quarter of an hour alone."""
    declare_site(db, "m1")
    meter(db)
    load(db, "e1", (at("2026-03-02 09:00"), 2), (at("2026-03-02 09:45"), 4))
    found = [(f"{time:%H:%M}", float(amount), measured, flags)
             for time, _, amount, measured, _, flags in slices(db)]  # fmt: skip
    assert found == [("08:45", 2, 900, 0), ("09:30", 4, 900, 1)]
    assert energy(db, "e1")["total"] == 6
    assert balance(db, "2026-03-02 08:00", "2026-03-02 10:00")["unknown_s"] == 1800


def test_readings_closer_together_are_of_the_time_since_the_last(db: Connection) -> None:
    """At 8:15, 8:20 and 8:40: the second is of 5 minutes, the third of the 15 before it."""
    declare_site(db, "m1")
    meter(db)
    points = [("08:15", 3), ("08:20", 1), ("08:40", 6)]
    load(db, "e1", *((at(f"2026-03-02 {time}"), value) for time, value in points))
    found = [(f"{time:%H:%M}", float(amount), measured)
             for time, _, amount, measured, *_ in slices(db)]  # fmt: skip
    # 8:25 to 8:30 is 5 of the 15 minutes of 6 kWh
    assert found == [("08:00", 3, 900), ("08:15", 3, 600), ("08:30", 4, 600)]


@pytest.mark.parametrize(("value", "flag"), [(-1, 256), (50, 64)])
def test_what_cannot_be_meant_is_not_known(db: Connection, value: float, flag: int) -> None:
    """No meter gives back, and none shows 50 kWh in a quarter of an hour at 100 kW."""
    declare_site(db, "m1")
    meter(db, max_rate=100)
    load(db, "e1", (at("2026-03-02 08:15"), 3), (at("2026-03-02 08:30"), value))
    assert [(row[2] and float(row[2]), row[5]) for row in slices(db)] == [(3, 0), (None, flag)]
    found = balance(db, "2026-03-02 08:00", "2026-03-02 09:00")
    assert (found["advance"], found["unknown_s"], found["residual"]) == (3, 900, 0)


def test_late_corrected_and_struck_readings(db: Connection) -> None:
    """A reading that comes late takes from the next one the time that is its own."""
    declare_site(db, "m1")
    meter(db, max_gap="30 minutes")
    load(db, "e1", (at("2026-03-02 08:00"), 1), (at("2026-03-02 08:30"), 6))
    assert [float(row[2]) for row in slices(db)] == [0.5, 0.5, 3, 3]
    load(db, "e1", (at("2026-03-02 08:15"), 2))
    assert [float(row[2]) for row in slices(db)] == [0.5, 0.5, 2, 6]
    correct(db, "e1", at("2026-03-02 08:15"), 8)
    assert [float(row[2]) for row in slices(db)] == [0.5, 0.5, 8, 6]
    strike(db, "e1", at("2026-03-02 08:15"))
    assert [float(row[2]) for row in slices(db)] == [0.5, 0.5, 3, 3]


def test_the_unit_is_kwh_after_scale(db: Connection) -> None:
    declare_site(db, "m1")
    meter(db, scale=0.001)
    load(db, "e1", (at("2026-03-02 08:15"), 2500))
    settle(db)
    assert energy(db, "e1")["total"] == 2.5
    with pytest.raises(psycopg.errors.CheckViolation, match="energy of kind amount is in kWh"):
        meter(db, unit="Wh")


def test_pieces_may_be_amounts(db: Connection) -> None:
    declare_site(db, "m1")
    declare_sensor(db, "out", machine="m1", kind="amount", role="output", quantity="pieces",
                   unit="piece", max_gap="1 minute")  # fmt: skip
    assign(db, "m1", "L1", at("2026-03-02 08:00"), at("2026-03-02 08:10"))
    load(db, "out", *((at(f"2026-03-02 08:{n:02}"), 4) for n in range(1, 11)))
    settle(db)
    assert lot(db, "L1")["quantity"] == 40


def truth(points: Points, max_gap: timedelta) -> dict[datetime, float]:
    """Amounts by quarter of an hour, worked out apart from the database."""
    found: dict[datetime, float] = {}
    ordered = sorted(points)
    for n, (time, value) in enumerate(ordered):
        since = time - max_gap
        if n:
            since = max(since, ordered[n - 1][0])
        start = since
        while start < time:
            bucket = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0)
            end = min(time, bucket + QUARTER)
            found[bucket] = found.get(bucket, 0) + value * ((end - start) / (time - since))
            start = end
    return found


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_is_true(db: Connection, seed: int) -> None:
    rng = random.Random(seed)
    declare_site(db, "m1")
    meter(db, max_gap="20 minutes")
    begin = at("2026-03-02 08:00")
    times = sorted(rng.sample(range(0, 12 * 60), 40))
    points = [(begin + minutes(time), float(rng.randrange(1, 50))) for time in times]
    shuffled = rng.sample(points, len(points))
    for start in range(0, len(shuffled), 7):
        load(db, "e1", *shuffled[start : start + 7])
        settle(db)
    found = {time: float(amount) for time, _, amount, *_ in slices(db)}
    assert found == pytest.approx(truth(points, minutes(20)), abs=1e-9)
    whole = balance(db, "2026-03-02 00:00", "2026-03-03 00:00")
    assert whole["advance"] == pytest.approx(sum(value for _, value in points), abs=1e-9)
    assert whole["residual"] == pytest.approx(0, abs=1e-9)


def steel(days: int) -> Iterator[tuple[datetime, float]]:
    """The end of each quarter of an hour of the works in Korea, and its kWh."""
    zone = ZoneInfo("Asia/Seoul")
    with STEEL.open(newline="") as file:
        for n, line in enumerate(csv.DictReader(file)):
            if n == 96 * days:
                return
            start = datetime.fromisoformat(line["interval_start"]).replace(tzinfo=zone)
            yield start.astimezone(UTC) + QUARTER, float(line["usage_kwh"])


def test_days_of_a_real_plant(db: Connection) -> None:
    """Each day of plant time is the sum of its 96 values."""
    declare_site(db, "m1", time_zone="Asia/Seoul")
    meter(db)
    points = list(steel(3))
    load(db, "e1", *points)
    settle(db)
    sums = [sum(value for _, value in points[96 * day : 96 * day + 96]) for day in range(3)]
    found = rows(db, "select energy_kwh from api.energy_daily where sensor = 'e1' order by time")
    assert [each["energy_kwh"] for each in found] == pytest.approx(sums, abs=1e-9)


def test_more_than_it_can_be_is_judged_a_spike(db: Connection) -> None:
    declare_site(db, "m1")
    meter(db, max_rate=100)
    load(db, "e1", (at("2026-03-02 08:15"), 3), (at("2026-03-02 08:30"), 50))
    settle(db)
    (sensor_id,) = db.execute("select sensor_id from plant.sensor").fetchone() or (None,)
    found = rows(
        db,
        "select kind, time, actual from analytics.judge(%s, %s, %s) where kind = 'spike'",
        [[sensor_id], at("2026-03-02 08:00"), at("2026-03-02 09:00")],
    )
    assert found == [{"kind": "spike", "time": at("2026-03-02 08:30"), "actual": 50}]
