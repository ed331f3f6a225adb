"""Continuous aggregates are the plain query over slices: in real time, refreshed, and corrected."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db.scheduler import run_pass
from scripts.simulate.history import build_history
from scripts.simulate.plant import Spec, build
from tests.integration.settle.aggregates import assert_aggregates_are_true
from tests.sql.builders import (
    Connection,
    assert_run,
    declare_simulated,
    every,
    instant,
    kw_meter,
    load,
    rows,
    settle,
    store,
    tell,
)

DAY = timedelta(days=1)


def test_each_aggregate_is_the_plain_query_over_slices(db: Connection) -> None:
    plant = build(Spec(machines=4, meters=4, days=1, lots=12, seed=5))
    history = build_history(plant, 5)
    declare_simulated(
        db,
        [machine.code for machine in plant.machines],
        plant.sensors,
        plant.references,
        {lot.number: lot.reference for lot in plant.lots},
    )
    arrived = [(each.sensor, each.reading) for each in history.deliveries if each.reading]
    store(db, arrived)
    for said in plant.assertions:
        assert_run(db, said)
    tell(db, *plant.events)
    settle(db)

    # in real time: nothing is refreshed yet
    assert rows(db, "select * from ops.refresh_state") == []
    assert assert_aggregates_are_true(db) > 500

    # refreshed
    assert run_pass(db, policies=False).errors == []
    refreshed = rows(db, "select aggregate from ops.refresh_state")
    assert len(refreshed) == 6
    assert_aggregates_are_true(db)

    # corrected after that: one pass brings them up to date
    start = instant(plant.from_us)
    db.execute(
        "select plant.assign_run('m01', 'L00001', %s, %s, null, 'correction', 'test')",
        [start + timedelta(hours=5), start + timedelta(hours=7, minutes=3)],
    )
    done = run_pass(db, policies=False)
    assert done.errors == []
    assert done.written > 0
    assert_aggregates_are_true(db)

    # and what comes after the last refresh is there in real time
    kw_meter(db, "new", "m03", role="check_energy")
    load(db, "new", *every(300, instant(plant.to_us) + DAY, instant(plant.to_us) + 2 * DAY, 10))
    settle(db)
    assert rows(db, "select sum(amount) as kwh from api.sensor_hourly where sensor = 'new'") == [
        {"kwh": pytest.approx(240)}
    ]
    assert_aggregates_are_true(db)
