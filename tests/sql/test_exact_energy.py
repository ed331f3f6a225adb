"""Energy is exact: simulated plants with all their faults, against fractions worked out in Python.

Nothing here shares a line with the SQL. Readings, events and assertions arrive late and in
between settling, as they would; then every slice, every hour, every run and every lot is compared.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from scripts.simulate.history import Faults, History, build_history
from scripts.simulate.model import DAY, HOUR, Assertion, LotEvent, microseconds
from scripts.simulate.plant import Plant, Spec, build
from scripts.simulate.plant_truth import PlantTruth, plant_truth
from scripts.simulate.truth import hour_and_lot, hour_and_run, lot_only, run_only
from tests.sql.against_truth import Comparison, compare_slices, stored_runs, true_runs
from tests.sql.builders import (
    Connection,
    assert_run,
    declare_simulated,
    instant,
    rows,
    settle,
    store,
    tell,
)

DAYS = int(os.environ.get("LOTWATT_TEST_DAYS", "14"))
ROUNDS = 8
START_US = microseconds(datetime(2026, 3, 16, tzinfo=UTC))  # the clocks change on the 29th
WANTED = ("main_energy", "check_energy", "process_temperature")


def simulated(seed: int, days: int) -> Plant:
    """Four machines: declared, by events, by claims, and declared with claims that contradict.

    Six meters, counters (kWh, Wh, with daily resets) and power; two thermometers, one in F.
    """
    plant = build(
        Spec(machines=4, meters=5, days=days, lots=5 * days, seed=seed, start_us=START_US)
    )
    left_out = ("m01-check", "m02-check", "m02-temperature", "m03-temperature")
    sensors = tuple(
        replace(
            sensor,
            sampling_interval_s=60,
            max_gap_s=300,
            max_rate=None if sensor.code == "m02-energy" else sensor.max_rate,
        )
        for sensor in plant.sensors
        if sensor.role in WANTED and sensor.code not in left_out
    )
    return replace(plant, sensors=sensors)


def deliver(db: Connection, plant: Plant, history: History, seed: int) -> int:
    """In rounds of some days, each settled; half of the runs are entered a day to a week late."""
    random = Random(f"late {seed}")
    late = {run.key: random.randint(DAY, 7 * DAY) for run in plant.runs if random.random() < 0.5}

    def entered_us(said: Assertion | LotEvent) -> int:
        if isinstance(said, Assertion) and said.source == "correction":
            return plant.to_us + said.sequence  # what is corrected, a later word corrects again
        if isinstance(said, Assertion):
            key, time_us = (said.lot or "", said.from_us), said.to_us or said.from_us
        else:
            key, time_us = (said.lot, said.time_us), said.time_us
        return time_us + late.get(key, 0)

    said: list[Assertion | LotEvent] = sorted((*plant.assertions, *plant.events), key=entered_us)
    deliveries = [each for each in history.deliveries if each.reading is not None]
    length = (plant.to_us - plant.from_us) // ROUNDS
    stored = 0
    for number in range(ROUNDS):
        last = number == ROUNDS - 1
        until = plant.from_us + (number + 1) * length
        count = sum(last or each.received_us < until for each in deliveries)
        arrived, deliveries = deliveries[:count], deliveries[count:]
        stored += store(db, [(each.sensor, each.reading) for each in arrived if each.reading])[0]
        while said and (last or entered_us(said[0]) < until):
            one = said.pop(0)
            assert_run(db, one) if isinstance(one, Assertion) else tell(db, one)
        settle(db)
    return stored


Loaded = tuple[Connection, Plant, PlantTruth]


@pytest.fixture
def loaded(db: Connection, request: pytest.FixtureRequest) -> Loaded:
    seed, days = request.param
    plant = simulated(seed, days)
    history = build_history(plant, seed, Faults())
    declare_simulated(
        db,
        [machine.code for machine in plant.machines],
        plant.sensors,
        plant.references,
        {lot.number: lot.reference for lot in plant.lots},
    )
    stored = deliver(db, plant, history, seed)
    assert stored == sum(map(len, history.known.values()))
    return db, plant, plant_truth(plant, history.known)


@pytest.mark.parametrize("loaded", [(1, DAYS), (2, 3), (3, 3)], indirect=True, ids=str)
def test_every_hour_and_every_run_of_a_plant_is_exact(
    loaded: Loaded,
) -> None:
    db, plant, truth = loaded
    for machine in plant.machines:
        assert stored_runs(db, machine.code) == true_runs(truth.runs[machine.code])

    found = Comparison()
    groups = (hour_and_run, hour_and_lot, run_only, lot_only)
    compare_slices(found, db, plant.sensors, truth.slices, groups)
    print(found)
    found.check()

    check_balances(db, plant, truth, found)
    check_lots(db, truth, found)
    found.check()
    assert found.worst < 1e-6


def check_balances(db: Connection, plant: Plant, truth: PlantTruth, found: Comparison) -> None:
    """Lots + idle + unattributed = what each meter advanced, by a query of another kind."""
    balances = {
        row["sensor"]: row
        for row in rows(
            db,
            "select * from api.meter_balance(%s, %s)",
            # beyond the ends: a late hour belongs to the balance too
            [instant(plant.from_us - DAY), instant(plant.to_us + DAY)],
        )
    }
    assert balances.keys() == truth.balances.keys()
    for code, true in truth.balances.items():
        stored = balances[code]
        found.number(code, "lots", stored["lots"], sum(true.lots.values()))
        found.number(code, "idle", stored["idle"], true.idle)
        found.number(code, "unattributed", stored["unattributed"], true.unattributed)
        found.number(code, "advance", stored["advance"], true.advanced)
        found.number(code, "residual", stored["residual"], 0)
        assert true.residual == 0
    # and in windows that begin and end anywhere
    random = Random(7)
    for _ in range(5):
        from_us = random.randrange(plant.from_us, plant.to_us - HOUR, HOUR // 4)
        window = [instant(from_us), instant(from_us + random.randint(1, 300) * HOUR // 4)]
        for row in rows(db, "select * from api.meter_balance(%s, %s)", window):
            found.number((row["sensor"], window), "residual", row["residual"], 0)


def check_lots(db: Connection, truth: PlantTruth, found: Comparison) -> None:
    stored = {row["number"]: row for row in rows(db, "select * from api.lot")}
    assert truth.lots.keys() <= stored.keys()
    for lot, true in truth.lots.items():
        row = stored[lot]
        found.number(lot, "energy_kwh", row["energy_kwh"], true.energy_kwh)
        found.number(lot, "temperature_c_mean", row["temperature_c_mean"], true.temperature_c)
        if true.run_s and row["finished_at"] is not None:
            found.number(lot, "machine_s", row["machine_s"], true.run_s)
            found.number(lot, "energy_coverage", row["energy_coverage"], true.energy_coverage)
            found.number(
                lot, "temperature_coverage", row["temperature_coverage"], true.temperature_coverage
            )
        if true.temperature_c is not None:
            found.number(lot, "minimum", row["temperature_c_min"], true.temperature_minimum)
            found.number(lot, "maximum", row["temperature_c_max"], true.temperature_maximum)
            found.number(lot, "below_s", row["temperature_below_s"], true.below_s)
            found.number(lot, "above_s", row["temperature_above_s"], true.above_s)
