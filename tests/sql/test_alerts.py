"""When api.alert fires: each kind is brought about, seen, and undone."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.sql.builders import (
    Connection,
    assign,
    declare,
    declare_sensor,
    declare_site,
    kwh_meter,
    load,
    rows,
    settle,
    thermometer,
)

MINUTE = timedelta(minutes=1)


def firing(db: Connection, kind: str) -> dict[str, float]:
    found = rows(db, "select object, firing from api.alert where alert = %s", [kind])
    return {each["object"]: each["firing"] for each in found}


@pytest.fixture
def now() -> datetime:
    """When the test begins: a whole run takes longer than a sensor may be silent."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def plant(db: Connection) -> None:
    declare_site(db, "m1", "m2")
    thermometer(db, "m1.t", "m1", minimum=10, maximum=90)
    kwh_meter(db, "m1.kwh", "m1", max_rate=100)
    declare_sensor(db, "m2.flow", machine="m2", kind="gauge", unit="l/min", quantity="flow")


def test_a_sensor_that_says_nothing(db: Connection, now: datetime) -> None:
    load(db, "m1.t", (now - MINUTE, 50))
    load(db, "m1.kwh", (now - timedelta(days=1), 1))
    load(db, "m2.flow", (now - timedelta(days=1), 1))
    # m2 has one sensor: it is that sensor that is silent
    assert firing(db, "sensor silent") == {"m1.t": 0, "m1.kwh": 1, "m2.flow": 1}
    assert firing(db, "machine silent") == {"m1": 0, "m2": 0}
    load(db, "m1.kwh", (now - MINUTE, 2))
    assert firing(db, "sensor silent")["m1.kwh"] == 0


def test_a_machine_that_says_nothing_is_one_alert(db: Connection, now: datetime) -> None:
    load(db, "m1.t", (now - timedelta(days=1), 50))
    load(db, "m1.kwh", (now - timedelta(days=1), 1))
    load(db, "m2.flow", (now - MINUTE, 1))
    assert firing(db, "sensor silent") == {"m1.t": 0, "m1.kwh": 0, "m2.flow": 0}
    assert firing(db, "machine silent") == {"m1": 1, "m2": 0}
    # a sensor that is taken out of service is missed by nobody
    declare(db, sensors=[{"code": "m1.t", "is_enabled": False}])
    assert firing(db, "machine silent") == {"m1": 0, "m2": 0}
    assert firing(db, "sensor silent") == {"m1.kwh": 1, "m2.flow": 0}


@pytest.mark.parametrize(("value", "expected"), [(9, 1), (50, 0), (91, 1)])
def test_a_temperature_out_of_its_band(
    db: Connection, now: datetime, value: float, expected: float
) -> None:
    load(db, "m1.t", (now - MINUTE, value))
    assert firing(db, "temperature out of band") == {"m1.t": expected}


def test_an_old_temperature_is_silent_and_not_out_of_band(db: Connection, now: datetime) -> None:
    load(db, "m1.t", (now - timedelta(days=1), 91))
    assert firing(db, "temperature out of band") == {"m1.t": 0}


def test_an_episode_alerts_until_it_closes_or_somebody_calls_it_false(db: Connection) -> None:
    assert firing(db, "anomaly")["m1.t"] == 0
    db.execute(
        """
        insert into analytics.episode (sensor_id, class, kind, regime, opened_at, last_at, peak_at)
        select sensor_id, 'process', 'level', 0, now() - interval '1 hour', now(), now()
        from plant.sensor where code = 'm1.t'
        """
    )
    assert firing(db, "anomaly") == {"m1.t": 1, "m1.kwh": 0, "m2.flow": 0}
    db.execute("update analytics.episode set verdict = 'false'")
    assert firing(db, "anomaly")["m1.t"] == 0


def test_messages_that_nobody_understands(db: Connection) -> None:
    assert firing(db, "quarantine growing") == {"quarantine": 0}
    for count, expected in ((10, 0), (1, 1)):
        db.execute(
            """
            select ingest.put_ledger_reason('test', now(), 'quarantined', '{not JSON}', %s)
            """,
            [count],
        )
        assert firing(db, "quarantine growing") == {"quarantine": expected}


def test_books_that_do_not_balance(db: Connection, now: datetime) -> None:
    assign(db, "m1", "L1", now - timedelta(hours=30), now - timedelta(hours=2))
    steps = [(now - timedelta(minutes=step), 1000 - step / 60) for step in range(1800, 0, -1)]
    load(db, "m1.kwh", *steps)
    settle(db)
    assert firing(db, "ledger broken")["m1.kwh"] == 0
    db.execute(
        "update telemetry.slice set amount = amount + 1 where time > now() - interval '5 hours'"
    )
    assert firing(db, "ledger broken")["m1.kwh"] == 1


def test_figures_that_are_behind(db: Connection, now: datetime) -> None:
    assert firing(db, "aggregates stale")["settling"] == 0
    load(db, "m1.t", (now - MINUTE, 50))
    db.execute("update ops.task_state set last_run_at = now() - interval '1 hour'")
    assert firing(db, "aggregates stale")["settling"] == 1
    settle(db)
    assert firing(db, "aggregates stale")["settling"] == 0


def test_a_loader_that_is_gone(db: Connection) -> None:
    assert firing(db, "loader")["loader"] == 1
