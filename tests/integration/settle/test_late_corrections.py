"""A correction of what was long ago shows everywhere after one pass of the scheduler.

Chunks are compressed by then, and later the raw readings are gone: nothing is erased.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest

from db.scheduler import run_pass
from tests.integration.settle.aggregates import assert_aggregates_are_true
from tests.sql.builders import (
    Connection,
    Row,
    assign,
    correct,
    declare,
    declare_sensor,
    declare_site,
    every,
    kw_meter,
    kwh_meter,
    load,
    lot,
    minutes,
    row,
    rows,
    settle,
    strike,
    thermometer,
)

STEP_S = 300
DAY = timedelta(days=1)


def near(value: float) -> object:
    return pytest.approx(value, abs=1e-6)


@pytest.fixture
def first(db: Connection) -> datetime:
    """Three days, forty days ago, on one machine: a counter of 12 kWh an hour and a thermometer.

    L1 (reference R1) from 08:00 to 10:00 of the first day, L2 (R2) from 10:00 to 12:00 and
    L3 (R2) from 08:00 to 10:00 of the second. A power meter beside it reads 12 kW.
    """
    declare_site(db, "m1", time_zone="UTC")
    kwh_meter(db, "meter", "m1", max_gap="15 minutes")
    kw_meter(db, "power", "m1", role="check_energy", max_gap="15 minutes")
    thermometer(db, "temperature", "m1", max_gap="15 minutes")
    declare_sensor(db, "pieces", machine="m1", role="output", unit="piece", max_gap="15 minutes")
    declare(
        db,
        references=[
            {"code": "R1", "temperature_maximum_c": 60},
            {"code": "R2", "temperature_minimum_c": 60},
        ],
        lots=[{"number": f"L{n}", "reference": f"R{min(n, 2)}"} for n in (1, 2, 3)],
    )
    start: datetime = row(db, "select date_bin('1 day', now(), 'epoch') - interval '40 days' as t")[
        "t"
    ]
    end = start + 3 * DAY
    load(db, "meter", *every(STEP_S, start, end, lambda hours: 5000 + 12 * hours))
    load(db, "power", *every(STEP_S, start, end, 12))
    load(db, "temperature", *every(STEP_S, start, end, lambda hours: 50 + hours))
    load(db, "pieces", *every(STEP_S, start, end, lambda hours: 24 * hours))
    eight, ten = start + timedelta(hours=8), start + timedelta(hours=10)
    assign(db, "m1", "L1", eight, ten)
    assign(db, "m1", "L2", ten, start + timedelta(hours=12))
    assign(db, "m1", "L3", eight + DAY, ten + DAY)
    return start


def one_pass(db: Connection) -> None:
    done = run_pass(db, policies=False)
    assert done.errors == []
    assert done.parked == 0
    assert rows(db, "select * from ops.stale_range") == []


def compress(db: Connection) -> None:
    for hypertable in ("telemetry.reading", "telemetry.slice"):
        db.execute("select compress_chunk(c, true) from show_chunks(%s) as c", [hypertable])
    compressed = row(
        db,
        "select count(*) as chunks from timescaledb_information.chunks"
        " where is_compressed and hypertable_schema = 'telemetry'",
    )
    assert compressed["chunks"] >= 2


def run_of(db: Connection, number: str) -> int:
    found = db.execute(
        "select r.run_id from plant.lot_run as r join plant.lot as t using (lot_id)"
        " where t.number = %s order by lower(r.during) limit 1",
        [number],
    ).fetchone()
    assert found is not None
    return int(found[0])


def move(db: Connection, run: int, number: str) -> None:
    db.execute("select plant.move_run(%s, %s, 'entered wrong')", [run, number])


def kwh(db: Connection, query: str, start: datetime) -> dict[str, float | None]:
    return dict(db.execute(query, [start]).fetchall())


LOTS = "select number, energy_kwh from api.lot where started_at >= %s"
REFERENCES = """
select reference, sum(energy_kwh) from api.reference_daily where time >= %s
group by reference order by reference
"""
DAYS = """
select to_char(time - min(time) over (), 'DD'), lot_kwh from api.energy_daily
where sensor = 'meter' and time >= %s order by time
"""
TOTALS = """
select s.code, sum(x.amount) as amount, sum(x.value_s) as value_s, sum(x.measured_s) as measured_s,
    sum(x.known_s) as known_s, sum(x.readings)::int as readings, min(x.minimum) as minimum,
    max(x.maximum) as maximum
from telemetry.slice as x join plant.sensor as s using (sensor_id) group by s.code order by s.code
"""


def totals(db: Connection) -> list[Row]:
    return [
        {name: near(v) if isinstance(v, float) else v for name, v in each.items()}
        for each in rows(db, TOTALS)
    ]


def assert_books_balance(db: Connection, start: datetime) -> None:
    """72 hours of 12 kWh, all of them accounted for."""
    found = {
        each["sensor"]: each
        for each in rows(
            db, "select * from api.meter_balance(%s, %s)", [start - DAY, start + 5 * DAY]
        )
    }
    assert found["meter"]["advance"] == near(72 * 12)
    assert found["power"]["advance"] == near(72 * 12)
    assert found["pieces"]["advance"] == near(72 * 24)
    for each in found.values():
        assert each["residual"] == near(0)
        assert each["lots"] + each["idle"] + each["unattributed"] == near(each["advance"])


def test_a_run_moved_after_weeks_shows_in_every_figure(db: Connection, first: datetime) -> None:
    one_pass(db)
    # 2 hours of 12 kWh each
    assert kwh(db, LOTS, first) == {"L1": near(24), "L2": near(24), "L3": near(24)}
    assert kwh(db, REFERENCES, first) == {"R1": near(24), "R2": near(48)}
    assert_aggregates_are_true(db)
    assert_books_balance(db, first)
    compress(db)
    before = totals(db)

    move(db, run_of(db, "L1"), "L3")
    one_pass(db)

    # L1 has nothing any more, L3 twice as much; R1's energy is R2's now; the days stay
    assert lot(db, "L1")["energy_kwh"] is None
    assert lot(db, "L3")["energy_kwh"] == near(48)
    assert lot(db, "L3")["energy_coverage"] == near(1)
    assert lot(db, "L3")["quantity"] == near(2 * 48)
    assert kwh(db, REFERENCES, first) == {"R2": near(72)}
    days = [each["lot_kwh"] for each in rows(
        db, "select lot_kwh from api.energy_daily where sensor = 'meter' order by time"
    )]  # fmt: skip
    assert [value or 0 for value in days] == [near(48), near(24), near(0), near(0)][: len(days)]
    month = row(db, "select sum(lot_kwh) as kwh from api.energy_monthly where sensor = 'meter'")
    assert month["kwh"] == near(72)
    # the band of R2 counts for it now: 50 + 8 to 50 + 10 C lie below 60 C until 10:00
    assert lot(db, "L3")["temperature_below_s"] == near(7200)

    told = rows(db, "select * from api.lot_change where figure = 'energy_kwh' order by lot")
    assert [(each["lot"], each["old_value"], each["new_value"]) for each in told] == [
        ("L1", near(24), None),
        ("L3", near(24), near(48)),
    ]
    assert all("moved from lot L1 to L3: entered wrong" in each["cause"] for each in told)
    assert totals(db) == before
    assert_aggregates_are_true(db)
    assert_books_balance(db, first)


def test_readings_in_compressed_chunks_can_be_corrected(db: Connection, first: datetime) -> None:
    """10 kW more at one of many readings 5 minutes apart: 10 kW x 300 s = 0.833 kWh more."""
    one_pass(db)
    compress(db)
    nine = first + timedelta(hours=9)
    correct(db, "power", nine, 22)
    strike(db, "meter", nine)
    one_pass(db)
    assert row(db, "select sum(amount) as kwh from telemetry.slice where sensor_id = 2")[
        "kwh"
    ] == near(72 * 12 + 10 * 300 / 3600)
    # a register that is read once less advances as before
    assert lot(db, "L1")["energy_kwh"] == near(24)
    # late readings come into compressed chunks too: the middle of two others, on the line
    load(db, "meter", (nine + minutes(2.5), 5000 + 12 * (9 + 2.5 / 60)))
    one_pass(db)
    assert lot(db, "L1")["energy_kwh"] == near(24)
    assert_aggregates_are_true(db)


def test_a_run_cut_anew_in_compressed_chunks_counts_once(db: Connection, first: datetime) -> None:
    """L2 until 12:00 ends at 11:50 instead: 10 minutes of 12 kWh an hour, 2 kWh, become idle."""
    one_pass(db)
    compress(db)
    before = totals(db)
    noon = first + timedelta(hours=12)
    assign(db, "m1", None, noon - minutes(10), noon + minutes(30), "correction")
    one_pass(db)
    assert lot(db, "L2")["energy_kwh"] == near(22)
    assert totals(db) == before
    assert_aggregates_are_true(db)
    assert_books_balance(db, first)


def drop_raw(db: Connection) -> None:
    """As the retention job does it, with readings kept for twenty days only."""
    db.execute("update ops.setting set value = '20 days' where name = 'raw_retention'")
    db.execute("call ops.drop_raw(0, '{}')")
    assert row(db, "select count(*) as left from telemetry.reading")["left"] == 0


def test_nothing_is_erased_when_readings_are_gone(db: Connection, first: datetime) -> None:
    one_pass(db)
    compress(db)
    before = totals(db)
    drop_raw(db)
    one_pass(db)
    assert totals(db) == before
    assert_books_balance(db, first)

    # whole runs change hands: exact. Only how long it was below 60 C, the band of R2, is not known
    # of L1's run, which had the band of R1; that is why it says estimated
    move(db, run_of(db, "L1"), "L3")
    one_pass(db)
    assert lot(db, "L3")["energy_kwh"] == near(48)
    assert lot(db, "L3")["is_estimated"] is True
    estimated = "select distinct s.code from telemetry.slice as x join plant.sensor as s"
    estimated += " using (sensor_id) where x.flags & 32 > 0"
    assert rows(db, estimated) == [{"code": "temperature"}]
    assert lot(db, "L1")["energy_kwh"] is None
    assert kwh(db, REFERENCES, first) == {"R2": near(72)}
    assert totals(db) == before
    assert_aggregates_are_true(db)
    assert_books_balance(db, first)
    told = rows(db, "select lot from api.lot_change where figure = 'energy_kwh' order by lot")
    assert [each["lot"] for each in told] == ["L1", "L3"]

    # cut anew inside quarter-hours: L2 from 12:05 to 12:20 too. 12 kWh an hour, shared by time:
    # 10 of the minutes of one quarter-hour and 5 of the next, 2 + 1 = 3 kWh
    noon = first + timedelta(hours=12)
    assign(db, "m1", "L2", noon + minutes(5), noon + minutes(20), "correction")
    one_pass(db)
    assert lot(db, "L2")["energy_kwh"] == near(27)
    assert lot(db, "L2")["is_estimated"] is True
    assert totals(db) == before
    assert_aggregates_are_true(db)
    assert_books_balance(db, first)

    # settled again from end to end: still there
    db.execute(
        "insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)"
        " select array_agg(sensor_id), '-infinity', 'infinity', 'again' from plant.sensor"
    )
    one_pass(db)
    assert totals(db) == before
    assert_books_balance(db, first)


def test_what_is_past_retention_is_refused_and_said(db: Connection, first: datetime) -> None:
    one_pass(db)
    drop_raw(db)
    with pytest.raises(psycopg.Error, match="past retention"):
        strike(db, "meter", first)
    with pytest.raises(AssertionError):
        load(db, "meter", (first + timedelta(seconds=1), 1.0))  # quarantined, not stored
    told = row(db, "select reason, count from ingest.quarantine")
    assert told == {"reason": "before_retention", "count": 1}


def test_readings_that_wait_to_be_settled_are_not_dropped(db: Connection, first: datetime) -> None:
    db.execute("update ops.setting set value = '20 days' where name = 'raw_retention'")
    db.execute("call ops.drop_raw(0, '{}')")
    assert row(db, "select count(*) as left from telemetry.reading")["left"] > 0
    settle(db)
    db.execute("call ops.drop_raw(0, '{}')")
    assert row(db, "select count(*) as left from telemetry.reading")["left"] == 0
    assert_books_balance(db, first)


def test_the_days_around_the_horizon_stay_whole(db: Connection) -> None:
    """A meter of 12 kWh an hour that runs on: the horizon lies within its readings."""
    declare_site(db, "m1")
    kwh_meter(db, "meter", "m1", max_gap="15 minutes")
    kw_meter(db, "power", "m1", role="check_energy", max_gap="15 minutes")
    now: datetime = row(db, "select date_bin('1 day', now(), 'epoch') as t")["t"]
    start, hours = now - 24 * DAY, 24 * 24
    load(db, "meter", *every(900, start, now, lambda hours: 12 * hours))
    load(db, "power", *every(900, start, now, 12))
    assign(db, "m1", "L1", now - 22 * DAY, now - 3 * DAY)
    one_pass(db)
    compress(db)
    before = totals(db)
    db.execute("update ops.setting set value = '10 days' where name = 'raw_retention'")
    db.execute("call ops.drop_raw(0, '{}')")
    oldest = row(db, "select min(time) as t from telemetry.reading")["t"]
    assert start < oldest < now - 10 * DAY
    # a run that crosses the horizon is moved, then everything is settled once more
    db.execute("insert into plant.lot (number) values ('L2')")
    move(db, run_of(db, "L1"), "L2")
    one_pass(db)
    db.execute(
        "insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)"
        " select array_agg(sensor_id), '-infinity', 'infinity', 'again' from plant.sensor"
    )
    one_pass(db)
    assert lot(db, "L2")["energy_kwh"] == near(19 * 24 * 12)
    assert lot(db, "L1")["energy_kwh"] is None
    assert totals(db) == before
    assert_aggregates_are_true(db)
    for each in rows(db, "select * from api.meter_balance(%s, %s)", [start, now + DAY]):
        assert each["advance"] == near(hours * 12)
        assert each["residual"] == near(0)
    # and in windows that begin before the horizon, at it and after it
    for days in range(1, 24):
        for each in rows(db, "select * from api.meter_balance(%s, %s)", [start + days * DAY, now]):
            assert each["residual"] == near(0), days
            assert each["advance"] == near((24 - days) * 24 * 12), days
