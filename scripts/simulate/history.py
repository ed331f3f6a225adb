"""Readings of a plant with all that goes wrong on their way, and what is finally known of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

from scripts.simulate.model import DAY, HOUR, MINUTE, SECOND, Claim, Reading, Run, Sensor
from scripts.simulate.plant import Plant
from scripts.simulate.waveform import waveform

STUCK_US = 25 * MINUTE
BAD_PAYLOADS = (
    b"",
    b"null",
    b"23,4",
    b"NaN",
    b'{"value": NaN, "time": "%s"}',
    b'{"value": 1e400, "time": "%s"}',
    b'{"value": "running", "time": "%s"}',
    b'{"value": null, "time": "%s"}',
    b'{"value": [], "time": "%s"}',
    b'{"value": 1, "time": "2026-02-30T00:00:00Z"}',
    b'{"value": 1, "time": "yesterday"}',
    b'{"value": 1, "time": "1969-12-31T23:59:59Z"}',
    b'{"value": 1, "time": "%s"',
    b"\xff\xfe{\x00}\x00",
    b"<html>502</html>",
)


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of readings, but for outages (a day and sensor) and jitter (seconds)."""

    late: float = 0.05
    duplicate: float = 0.01
    out_of_order: float = 0.02
    conflict: float = 0.001
    bad: float = 0.003
    missing: float = 0.005
    dip: float = 0.002
    spike: float = 0.002
    outages: float = 1.0
    jitter_s: float = 2.0


NO_FAULTS = Faults(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message about one sensor; reading None means that payload is not usable."""

    received_us: int
    sensor: str
    reading: Reading | None
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class History:
    """deliveries in the order in which they arrive; known: what a correct loader ends up with."""

    deliveries: tuple[Delivery, ...]
    known: dict[str, tuple[Reading, ...]]


def build_history(plant: Plant, seed: int, faults: Faults | None = None) -> History:
    faults = faults or Faults()
    deliveries: list[Delivery] = []
    for sensor in plant.sensors:
        deliveries += _deliveries(plant, sensor, Random(f"{sensor.code} {seed}"), faults)
    deliveries.sort(key=lambda delivery: delivery.received_us)
    return History(tuple(deliveries), finally_known(deliveries))


def finally_known(deliveries: Iterable[Delivery]) -> dict[str, tuple[Reading, ...]]:
    """The first value that arrives for an instant stays; another one is a conflict, not stored."""
    known: dict[str, dict[int, Reading]] = {}
    for delivery in deliveries:
        if delivery.reading is not None:
            of_sensor = known.setdefault(delivery.sensor, {})
            of_sensor.setdefault(delivery.reading.time_us, delivery.reading)
    return {
        sensor: tuple(reading for _, reading in sorted(readings.items()))
        for sensor, readings in sorted(known.items())
    }


def _deliveries(plant: Plant, sensor: Sensor, random: Random, faults: Faults) -> Iterator[Delivery]:
    for reading in _readings(plant, sensor, random, faults):
        received_us = reading.time_us + random.randint(20, 500) * 1000
        if random.random() < faults.late:
            received_us += random.randint(MINUTE, 6 * HOUR)
        elif random.random() < faults.out_of_order:
            received_us += random.randint(5, 90) * SECOND
        yield Delivery(received_us, sensor.code, reading)
        if random.random() < faults.duplicate:
            yield Delivery(received_us + random.randint(1, 30) * SECOND, sensor.code, reading)
        if random.random() < faults.conflict:
            other = replace(reading, value=float(reading.value) + 1.0)
            yield Delivery(received_us + 40 * SECOND, sensor.code, other)
        if random.random() < faults.bad:
            yield Delivery(received_us + 1, sensor.code, None, random.choice(BAD_PAYLOADS))


def _readings(plant: Plant, sensor: Sensor, random: Random, faults: Faults) -> Iterator[Reading]:
    outages = _outages(plant, random, faults)
    runs = plant.runs_of(sensor.machine)
    times = _times(plant, sensor, random, faults)
    claims = _Claims(plant, sensor, random)
    for time_us, value in waveform(sensor, runs, times, random):
        if random.random() < faults.missing:
            continue
        if any(start <= time_us < end for start, end in outages):
            continue
        if sensor.kind == "counter":
            value = _spoiled(value, sensor, random, faults)
        yield Reading(time_us, value, claims.at(time_us))


def _spoiled(value: float, sensor: Sensor, random: Random, faults: Faults) -> float:
    chance = random.random()
    if chance < faults.dip:
        return random.choice((0.0, round(value * 0.99, 3)))
    if sensor.max_rate is not None and chance < faults.dip + faults.spike:
        return round(value + 50_000 / float(sensor.scale), 3)
    return value


def _outages(plant: Plant, random: Random, faults: Faults) -> list[tuple[int, int]]:
    count = round(faults.outages * (plant.to_us - plant.from_us) / DAY)
    starts = [random.randrange(plant.from_us, plant.to_us) for _ in range(count)]
    return [(start, start + random.randint(6 * MINUTE, 75 * MINUTE)) for start in starts]


def _times(plant: Plant, sensor: Sensor, random: Random, faults: Faults) -> list[int]:
    """Distinct instants; a state sensor also reports at every change."""
    interval_us = sensor.sampling_interval_s * SECOND
    jitter_us = min(int(faults.jitter_s * SECOND), interval_us // 2 - 1)
    times = {
        tick + random.randint(-jitter_us, jitter_us)
        for tick in range(plant.from_us + interval_us, plant.to_us, interval_us)
    }
    if sensor.kind == "state":
        for run in plant.runs_of(sensor.machine):
            times |= {run.from_us, run.end_us}
    return sorted(times)


class _Claims:
    """Claims of one sensor: it learns of a new lot some seconds late, and may be mistaken.

    contradicted: it names another lot now and then during a run. payload: the temperature
    sensor is stuck on the lot before for the first STUCK_US of the machine's last run.
    """

    def __init__(self, plant: Plant, sensor: Sensor, random: Random) -> None:
        self.attribution = plant.attribution[sensor.machine]
        self.is_claiming = self.attribution in ("payload", "contradicted") and sensor.role in (
            "main_energy",
            "process_temperature",
        )
        self.runs: list[Run] = plant.runs_of(sensor.machine)
        self.lag_us = random.randint(0, 20 * SECOND)
        self.can_stick = self.attribution == "payload" and sensor.kind == "gauge"
        self.references = {lot.number: lot.reference for lot in plant.lots}
        self.random = random

    def at(self, time_us: int) -> Claim | None:
        if not self.is_claiming:
            return None
        moment = time_us - self.lag_us
        run = next((run for run in self.runs if run.from_us <= moment < run.end_us), None)
        if run is None:
            return Claim(operator="op-1")
        if self.attribution == "contradicted" and self.random.random() < 0.02:
            run = self.random.choice(self.runs)
        is_last = len(self.runs) > 1 and run == self.runs[-1]
        if self.can_stick and is_last and moment < run.from_us + STUCK_US:
            run = self.runs[-2]
        return Claim(run.lot, self.references[run.lot], "op-1")
