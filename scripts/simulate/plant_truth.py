"""Exact truth about a whole plant: effective runs, figures per lot and per machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scripts.simulate.model import SECOND, Reading, Run, Sensor
from scripts.simulate.plant import Plant
from scripts.simulate.runs import Conflict, claim_spans, payload_spans, runs
from scripts.simulate.timeline import Period
from scripts.simulate.truth import Balance, Slice, Slices, balance, lot_only, regroup, slices

Known = Mapping[str, Sequence[Reading]]


@dataclass(frozen=True, slots=True)
class LotTruth:
    """energy_kwh is a lower bound where energy_known_s < run_s.

    Coverage of energy counts every machine of the lot, metered or not; that of temperature
    counts the machines that have a process_temperature sensor. temperature_c is the mean where
    exactly one machine has it, else None; temperatures holds it for each machine.
    """

    lot: str
    run_s: Fraction
    energy_kwh: Fraction | None
    energy_measured_s: Fraction
    energy_known_s: Fraction
    energy_coverage: Fraction | None
    units: Fraction | None
    temperature_c: Fraction | None
    temperatures: dict[str, Fraction]
    temperature_minimum: Fraction | None
    temperature_maximum: Fraction | None
    temperature_measured_s: Fraction
    temperature_coverage: Fraction | None
    below_s: Fraction | None
    above_s: Fraction | None


@dataclass(frozen=True, slots=True)
class PlantTruth:
    runs: dict[str, list[Run]]
    conflicts: dict[str, list[Conflict]]
    slices: dict[str, Slices]
    lots: dict[str, LotTruth]
    balances: dict[str, Balance]


def plant_truth(
    plant: Plant,
    known: Known,
    shifts: Mapping[str, Sequence[Period]] | None = None,
    until_us: int | None = None,
) -> PlantTruth:
    """known: readings per sensor code. Open runs count until until_us (the plant's end)."""
    until_us = plant.to_us if until_us is None else until_us
    bands = plant.bands()
    effective: dict[str, list[Run]] = {}
    conflicts: dict[str, list[Conflict]] = {}
    for machine in plant.machines:
        effective[machine.code], conflicts[machine.code] = machine_runs(plant, known, machine.code)
    found = {
        sensor.code: slices(sensor, known.get(sensor.code, ()), effective[sensor.machine], bands)
        for sensor in plant.sensors
    }
    balances = {
        sensor.code: balance(
            sensor,
            known.get(sensor.code, ()),
            effective[sensor.machine],
            plant.from_us,
            plant.to_us,
            () if shifts is None else shifts.get(sensor.machine, ()),
        )
        for sensor in plant.sensors
        if sensor.kind in ("counter", "power")
    }
    lots = lot_truths(plant.sensors, found, effective, until_us)
    return PlantTruth(effective, conflicts, found, lots, balances)


def machine_runs(plant: Plant, known: Known, machine: str) -> tuple[list[Run], list[Conflict]]:
    sensors = [sensor for sensor in plant.sensors if sensor.machine == machine]
    gap = max((sensor.max_gap_us or 0 for sensor in sensors), default=0)
    claims = [
        span for sensor in sensors for span in claim_spans(sensor, known.get(sensor.code, ()))
    ]
    effective = runs(machine, plant.assertions, plant.events, claims, gap)
    return effective, payload_spans(claims, gap)[1]


def lot_truths(
    sensors: Iterable[Sensor],
    found: Mapping[str, Slices],
    effective: Mapping[str, list[Run]],
    until_us: int,
) -> dict[str, LotTruth]:
    seconds: dict[str, dict[str, Fraction]] = {}
    for machine, its_runs in effective.items():
        for run in its_runs:
            duration = Fraction(max(0, min(run.end_us, until_us) - run.from_us), SECOND)
            of_lot = seconds.setdefault(run.lot, {})
            of_lot[machine] = of_lot.get(machine, Fraction(0)) + duration
    parts = {code: regroup(its_slices, lot_only) for code, its_slices in found.items()}
    sensors = list(sensors)
    return {lot: _lot_truth(lot, sensors, parts, of_lot) for lot, of_lot in sorted(seconds.items())}


def _lot_truth(
    lot: str,
    sensors: Sequence[Sensor],
    parts: Mapping[str, Mapping[str | None, Slice]],
    seconds: Mapping[str, Fraction],
) -> LotTruth:
    energy, output, temperature = Slice(), Slice(), Slice()
    means: dict[str, Fraction] = {}
    temperature_s = Fraction(0)
    for sensor in sensors:
        if sensor.machine not in seconds:
            continue
        part = parts[sensor.code].get(lot, Slice())
        if sensor.role == "main_energy":
            energy.add(part)
        elif sensor.role == "output":
            output.add(part)
        elif sensor.role == "process_temperature":
            temperature.add(part)
            temperature_s += seconds[sensor.machine]
            if part.mean is not None:
                means[sensor.machine] = part.mean
    run_s = sum(seconds.values(), Fraction(0))
    return LotTruth(
        lot=lot,
        run_s=run_s,
        energy_kwh=energy.amount,
        energy_measured_s=energy.measured_s,
        energy_known_s=energy.known_s,
        energy_coverage=energy.measured_s / run_s if run_s else None,
        units=output.amount,
        temperature_c=next(iter(means.values())) if len(means) == 1 else None,
        temperatures=means,
        temperature_minimum=temperature.minimum,
        temperature_maximum=temperature.maximum,
        temperature_measured_s=temperature.measured_s,
        temperature_coverage=temperature.measured_s / temperature_s if temperature_s else None,
        below_s=temperature.below_s,
        above_s=temperature.above_s,
    )
