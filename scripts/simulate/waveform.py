"""What a sensor would show if nothing went wrong, as the raw value it publishes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from math import sin
from random import Random

from scripts.simulate.model import DAY, HOUR, Run, Sensor

DECIMALS = {"energy": 2, "power": 1, "temperature": 1, "count": 0, "state": 0, "pressure": 3}


def waveform(
    sensor: Sensor, runs: list[Run], times: Iterable[int], random: Random
) -> Iterator[tuple[int, float]]:
    """(time, raw value) for each time, in order. Counters without rollover reset once a day."""
    level = random.uniform(20, 60)
    total = _first_total(sensor, random)
    reset_us = random.randrange(DAY)
    starts = [run.from_us for run in runs]
    before: int | None = None
    for time_us in times:
        run = _run_at(runs, starts, time_us)
        rate = _rate(sensor, run is not None, level, time_us, random)
        if sensor.kind == "counter":
            if before is not None:
                total += rate * (time_us - before) / HOUR
                if sensor.rollover_at is not None:
                    total %= float(sensor.rollover_at)
                elif (time_us - reset_us) // DAY != (before - reset_us) // DAY:
                    total = rate * ((time_us - reset_us) % DAY) / HOUR
            before = time_us
            rate = total
        raw = (rate - float(sensor.value_offset)) / float(sensor.scale)
        yield time_us, _rounded(sensor, raw)


def _first_total(sensor: Sensor, random: Random) -> float:
    if sensor.rollover_at is not None:
        return float(sensor.rollover_at) * 0.85
    return random.uniform(0, 500) if sensor.role == "output" else random.uniform(1_000, 90_000)


def _run_at(runs: list[Run], starts: list[int], time_us: int) -> Run | None:
    index = bisect_right(starts, time_us) - 1
    return runs[index] if index >= 0 and time_us < runs[index].end_us else None


def _rate(sensor: Sensor, is_running: bool, level: float, time_us: int, random: Random) -> float:
    """kW, pieces per hour, degC, bar or a state."""
    wave = sin(time_us / (7 * HOUR / 10))
    if sensor.quantity in ("energy", "power"):
        return max(0.0, (level + 5 * wave if is_running else 2.5) + random.gauss(0, 0.4))
    if sensor.quantity == "count":
        return 180.0 if is_running else 0.0
    if sensor.quantity == "temperature":
        if sensor.role == "setpoint":
            return 185.0 if is_running else 60.0
        return (185 + 9 * wave if is_running else 70) + random.gauss(0, 1.5)
    if sensor.quantity == "state":
        return 2.0 if is_running else random.choice((0.0, 1.0))
    return 6 + wave + random.gauss(0, 0.05)


def _rounded(sensor: Sensor, raw: float) -> float:
    """As a device publishes it; pieces never round up, so that they never fall."""
    if sensor.quantity == "count":
        return float(int(raw))
    return round(raw, DECIMALS[sensor.quantity])
