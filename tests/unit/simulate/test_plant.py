"""The generator: same seed same plant, every awkward case is there, messages round-trip."""

from __future__ import annotations

import json
from datetime import datetime
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from scripts.simulate import bulk
from scripts.simulate.__main__ import main
from scripts.simulate.history import NO_FAULTS, History, build_history, finally_known
from scripts.simulate.model import HOUR, QUARTER, Reading, microseconds
from scripts.simulate.pieces import trace
from scripts.simulate.plant import Plant, Spec, build
from scripts.simulate.plant_truth import lot_truths, plant_truth
from scripts.simulate.publish import Message, event_payload, messages
from scripts.simulate.truth import slices

SPEC = Spec(seed=1)


@pytest.fixture(scope="module")
def plant() -> Plant:
    return build(SPEC)


@pytest.fixture(scope="module")
def history(plant: Plant) -> History:
    return build_history(plant, SPEC.seed)


@pytest.fixture(scope="module")
def sent(plant: Plant, history: History) -> list[Message]:
    return messages(plant, history)


def test_same_seed_same_messages(sent: list[Message]) -> None:
    plant = build(SPEC)
    assert messages(plant, build_history(plant, SPEC.seed)) == sent
    assert build(Spec(seed=8)).runs != plant.runs


def test_awkward_runs(plant: Plant) -> None:
    first = [run for run in plant.runs_of("m01") if run.end_us <= plant.from_us + 2 * HOUR]
    assert len({run.lot for run in first if run.end_us <= plant.from_us + HOUR}) == 2
    assert first[0].end_us == first[1].from_us
    assert any(run.from_us // QUARTER == run.end_us // QUARTER for run in first)
    machines = [run.machine for run in plant.runs if run.lot == "L00004"]
    assert machines == ["m01", "m02"]
    assert len(plant.lots) == SPEC.lots
    plain = build(Spec(two_lots_in_an_hour=False, run_inside_a_quarter=False, corrections=False))
    assert all(said.source == "declared" for said in plain.assertions)


def test_sizes() -> None:
    plant = build(Spec(machines=6, meters=3, lots=20, days=2, unmetered=1))
    assert (len(plant.machines), len(plant.lines), len(plant.lots)) == (6, 2, 20)
    assert len(plant.sensors) == 6 * 3 - 1
    with pytest.raises(ValueError, match="meters is 9"):
        build(Spec(meters=9))


def test_faults_are_there(plant: Plant, history: History) -> None:
    seen: set[str] = set()
    for sensor in plant.sensors:
        known = trace(sensor, history.known[sensor.code])
        seen |= set(known.left_out.values()) | {why for _, _, why in known.unknown}
        seen |= {flag for piece in known.pieces for flag in piece.flags}
    assert seen >= {"dip", "spike", "gap", "reset", "rollover", "spread"}
    arrived = [found.reading.time_us for found in history.deliveries if found.reading]
    assert arrived != sorted(arrived)
    assert len(arrived) > sum(map(len, history.known.values()))


def test_without_faults_everything_is_measured() -> None:
    plant = build(Spec(machines=1, meters=2, lots=4))
    history = build_history(plant, 1, NO_FAULTS)
    assert len(history.deliveries) == sum(map(len, history.known.values()))
    truth = plant_truth(plant, history.known)
    assert all(lot.energy_coverage == 1 for lot in truth.lots.values())


def test_first_value_for_an_instant_stays(history: History) -> None:
    conflicts = 0
    first: dict[tuple[str, int], Reading] = {}
    for delivery in history.deliveries:
        if delivery.reading is not None:
            key = (delivery.sensor, delivery.reading.time_us)
            conflicts += first.setdefault(key, delivery.reading).value != delivery.reading.value
    assert conflicts > 0
    assert finally_known(history.deliveries) == history.known
    assert all(reading in history.known[sensor] for (sensor, _), reading in [*first.items()][:50])


def test_messages_say_what_is_known(plant: Plant, history: History, sent: list[Message]) -> None:
    """Decoding the payloads in order gives the known readings, exactly."""
    known: dict[str, dict[int, float]] = {}
    for message in sent:
        leaf = message.topic.rsplit("/", 1)[1]
        try:
            fields = json.loads(message.payload)
            time_us = microseconds(datetime.fromisoformat(fields["time"]))
            value = float("nan" if isinstance(fields["value"], str) else fields["value"])
        except (ValueError, KeyError, TypeError):
            continue
        if np.isfinite(value) and time_us > 0:
            known.setdefault(leaf, {}).setdefault(time_us, value)
    expected = {
        sensor: {reading.time_us: float(reading.value) for reading in readings}
        for sensor, readings in history.known.items()
    }
    assert known == expected
    assert {message.topic for message in sent} >= {"plant/line-1/m02/lot"}


def test_event_payloads(plant: Plant) -> None:
    start, stop = (
        next(event for event in plant.events if event.event == kind) for kind in ("start", "stop")
    )
    assert list(json.loads(event_payload(start))) == [
        "event",
        "lot",
        "reference",
        "operator",
        "time",
    ]
    assert list(json.loads(event_payload(stop))) == ["event", "lot", "good", "scrap", "time"]


def test_truth_of_the_whole_plant(plant: Plant, history: History) -> None:
    truth = plant_truth(plant, history.known)
    assert all(found.residual == 0 for found in truth.balances.values())
    sources = {run.source for runs in truth.runs.values() for run in runs}
    assert sources == {"correction", "declared", "event", "payload"}
    assert truth.conflicts["m03"]  # its oven was stuck on the lot before
    assert set(truth.lots) == {lot.number for lot in plant.lots}
    assert all(0 <= (lot.energy_coverage or 0) <= 1 for lot in truth.lots.values())


def test_lot_on_a_metered_and_an_unmetered_machine() -> None:
    """One hour on each: 60 kWh from the meter of one, coverage one half, 1 temperature."""
    plant = build(Spec(machines=2, meters=2, unmetered=1, attribution=("declared",)))
    meter, oven, other_oven = plant.sensors
    runs = {
        machine: [run for run in plant.runs_of(machine) if run.lot == "L00004"]
        for machine in ("m01", "m02")
    }
    start, end = runs["m01"][0].from_us, runs["m01"][0].end_us
    other = runs["m02"][0]
    readings = [Reading(start, 0.0), Reading(end, 60.0)]
    warm = [Reading(start, 180.0), Reading(start + 60_000_000, 190.0)]
    found = {
        meter.code: slices(meter, readings, runs["m01"]),
        oven.code: slices(oven, warm, runs["m01"]),
        other_oven.code: slices(other_oven, [], runs["m02"]),
    }
    lot = lot_truths(plant.sensors, found, runs, plant.to_us)["L00004"]
    both = F(end - start + other.end_us - other.from_us, 1_000_000)
    # The only interval is longer than max_gap: known, not measured.
    assert (lot.energy_kwh, lot.energy_measured_s) == (60, 0)
    assert lot.energy_known_s == F(end - start, 1_000_000)
    assert lot.run_s == both
    assert (lot.temperature_c, lot.temperatures) == (185, {"m01": 185})
    assert lot.temperature_coverage == 60 / both


def test_bulk() -> None:
    found = bulk.generate(sensors=8, minutes=30, seed=3)
    assert len(found) == 240
    assert len({*zip(found.sensor_index.tolist(), found.time_us.tolist(), strict=True)}) == 240
    counter = found.value[found.sensor_index == 4]
    assert bulk.kind_of(4) == "counter"
    assert (np.diff(counter) >= 0).all()
    assert sum(map(len, found.batches(100))) == 240
    assert np.array_equal(found.value, bulk.generate(8, 30, 3).value)


def test_command(tmp_path: Path) -> None:
    out, truth = tmp_path / "out.jsonl", tmp_path / "truth.json"
    arguments = ["--machines", "1", "--meters", "2", "--lots", "3"]
    result = CliRunner().invoke(main, [*arguments, "--out", str(out), "--truth", str(truth)])
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert f"messages={len(lines)}" in result.output
    balances = json.loads(truth.read_text(encoding="utf-8"))["balances"]
    assert F(balances["m01-energy"]["residual"]) == 0
    assert CliRunner().invoke(main, arguments).exit_code == 2
    assert CliRunner().invoke(main, ["--publish", "nowhere"]).exit_code == 2


def test_command_says_when_there_is_no_broker() -> None:
    result = CliRunner().invoke(main, ["--machines", "1", "--publish", "127.0.0.1:1"])
    assert result.exit_code == 1
    assert "cannot connect to 127.0.0.1:1" in result.output
