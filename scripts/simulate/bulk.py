"""Many readings fast, for benchmarks: arrays of (sensor_index, time_us, value)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.simulate.model import MINUTE, SECOND
from scripts.simulate.plant import DEFAULT_START_US

KINDS = ("counter", "power", "gauge", "state")


@dataclass(frozen=True, slots=True)
class Readings:
    """Parallel arrays, ordered by minute, then by sensor."""

    sensor_index: NDArray[np.int32]
    time_us: NDArray[np.int64]
    value: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.value)

    def batches(self, size: int) -> Iterator[Readings]:
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            yield Readings(self.sensor_index[part], self.time_us[part], self.value[part])


def kind_of(sensor_index: int) -> str:
    """Sensors take turns: counter, power, gauge, state."""
    return KINDS[sensor_index % len(KINDS)]


def generate(
    sensors: int,
    minutes: int,
    seed: int = 1,
    start_us: int = DEFAULT_START_US,
    per_minute: int = 1,
    jitter_s: float = 2.0,
) -> Readings:
    """per_minute readings of every sensor in every minute, values as devices round them."""
    random = np.random.default_rng(seed)
    ticks = minutes * per_minute
    interval_us = MINUTE // per_minute
    jitter_us = min(int(jitter_s * SECOND), interval_us // 2 - 1)
    times = start_us + interval_us // 2 + np.arange(ticks, dtype=np.int64)[:, None] * interval_us
    times = times + random.integers(-jitter_us, jitter_us + 1, size=(ticks, sensors))

    values = np.empty((ticks, sensors))
    level = random.uniform(10.0, 60.0, size=sensors)
    wave = np.sin(np.arange(ticks) / (240.0 * per_minute))[:, None]
    noisy = level * (1 + 0.3 * wave) + random.normal(0.0, 0.5, size=(ticks, sensors))
    values[:, 0::4] = np.round(
        1000.0 + np.cumsum(np.maximum(noisy[:, 0::4], 0.0), axis=0) / (60 * per_minute), 3
    )
    values[:, 1::4] = np.round(np.maximum(noisy[:, 1::4], 0.0), 2)
    values[:, 2::4] = np.round(150.0 + noisy[:, 2::4], 1)
    values[:, 3::4] = noisy[:, 3::4] > level[3::4]
    index = np.tile(np.arange(sensors, dtype=np.int32), ticks)
    return Readings(index, times.ravel(), values.ravel())
