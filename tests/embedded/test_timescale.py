"""What Lotwatt needs of TimescaleDB Community."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]


@pytest.fixture
def readings(admin: Connection) -> Iterator[str]:
    admin.execute("drop table if exists readings cascade")
    admin.execute("create table readings (time timestamptz not null, sensor int, value float)")
    admin.execute("select create_hypertable('readings', by_range('time', interval '1 day'))")
    admin.execute(
        "insert into readings select t, s, s + extract(hour from t) from generate_series("
        "timestamptz '2025-01-01', '2025-01-05', interval '5 minutes') t, generate_series(1, 5) s"
    )
    yield "readings"
    admin.execute("drop table if exists readings cascade")


def test_continuous_aggregate_and_its_job(admin: Connection, readings: str) -> None:
    admin.execute(
        "create materialized view readings_hourly with (timescaledb.continuous,"
        " timescaledb.materialized_only = false) as select time_bucket('1 hour', time) as bucket,"
        " sensor, sum(value) as total, count(*) as n from readings group by 1, 2 with no data"
    )
    job = admin.execute(
        "select add_continuous_aggregate_policy('readings_hourly', null, interval '1 hour',"
        " interval '1 hour')"
    ).fetchone()
    assert job is not None
    admin.execute("call run_job(%s)", job)
    raw = admin.execute("select sum(value), count(*) from readings").fetchone()
    assert admin.execute("select sum(total), sum(n) from readings_hourly").fetchone() == raw
    admin.execute("update readings set value = value + 1 where sensor = 1")
    admin.execute("call refresh_continuous_aggregate('readings_hourly', null, null)")
    raw = admin.execute("select sum(value), count(*) from readings").fetchone()
    assert admin.execute("select sum(total), sum(n) from readings_hourly").fetchone() == raw


def test_compression(admin: Connection, readings: str) -> None:
    before = admin.execute("select count(*), sum(value) from readings").fetchone()
    admin.execute(
        "alter table readings set (timescaledb.compress, timescaledb.compress_segmentby = 'sensor')"
    )
    admin.execute("select compress_chunk(c) from show_chunks('readings') c")
    assert admin.execute("select count(*), sum(value) from readings").fetchone() == before
    row = admin.execute(
        "select count(*) from timescaledb_information.chunks"
        " where hypertable_name = 'readings' and is_compressed"
    ).fetchone()
    assert row == (5,)
    admin.execute("insert into readings values ('2025-01-02 00:00:01', 1, 1)")
    admin.execute("select drop_chunks('readings', timestamptz '2025-01-03')")
    row = admin.execute("select min(time)::date::text from readings").fetchone()
    assert row == ("2025-01-03",)


def test_gapfill(admin: Connection) -> None:
    rows = admin.execute(
        "select time_bucket_gapfill('1 hour', t, timestamptz '2025-01-01', '2025-01-01 05:00')"
        " from (values (timestamptz '2025-01-01 02:10')) v(t) group by 1"
    ).fetchall()
    assert len(rows) == 5


def test_community_license(admin: Connection) -> None:
    assert admin.execute("show timescaledb.license").fetchone() == ("timescale",)
