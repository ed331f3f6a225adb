"""The messages: 1,000 sensors on 20 machines, each measured twice a minute.

Either each sensor publishes for itself (`{"time": ..., "value": ...}` on its topic), or each
machine publishes all of its sensors at once (`{"time": ..., "values": {...}}` on its own).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
from numpy.typing import NDArray

from db.errors import LotwattError
from scripts.simulate.bulk import generate

MACHINES = 20
FIELDS = 50
SENSORS = MACHINES * FIELDS
TOPICS = "bench/#"
LINE_TOPICS = "lines/#"
PER_MINUTE = 2
TICK_MS = 60_000 // PER_MINUTE
Message = tuple[str, bytes]
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Shape:
    """How readings are packed into messages."""

    name: str
    readings: int


ONE = Shape("1 reading a message", 1)
MANY = Shape(f"{FIELDS} readings a message", FIELDS)


@dataclass(frozen=True, slots=True)
class Workload:
    """So many readings of each sensor, from `start` on; the same arguments, the same messages."""

    shape: Shape
    ticks: int
    start: datetime
    seed: int = 1

    @property
    def messages(self) -> int:
        return self.ticks * SENSORS // self.shape.readings

    @property
    def readings(self) -> int:
        return self.ticks * SENSORS

    @property
    def end(self) -> datetime:
        return self.start + timedelta(milliseconds=self.ticks * TICK_MS)

    def times_ms(self) -> NDArray[np.int64]:
        """A row for each tick, a column for each message of it; spread over the tick."""
        columns = SENSORS // self.shape.readings
        first = int(self.start.timestamp() * 1000)
        ticks = first + np.arange(self.ticks, dtype=np.int64)[:, None] * TICK_MS
        return ticks + np.arange(columns, dtype=np.int64) * (TICK_MS // columns) + 7

    def values(self) -> NDArray[np.float64]:
        """A row for each tick, a column for each sensor."""
        made = generate(SENSORS, -(-self.ticks // PER_MINUTE), self.seed, per_minute=PER_MINUTE)
        return made.value[: self.readings].reshape(self.ticks, SENSORS)

    def __iter__(self) -> Iterator[Message]:
        packed = self._singly if self.shape.readings == 1 else self._together
        for times, values in zip(self.times_ms(), self.values(), strict=True):
            yield from packed([stamp(each) for each in times.tolist()], values.tolist())

    def _singly(self, times: list[str], values: list[float]) -> Iterator[Message]:
        for topic, time, value in zip(SENSOR_TOPICS, times, values, strict=True):
            yield topic, orjson.dumps({"time": time, "value": value})

    def _together(self, times: list[str], values: list[float]) -> Iterator[Message]:
        for number, time in enumerate(times):
            part = values[number * FIELDS : (number + 1) * FIELDS]
            fields = dict(zip(FIELD_NAMES, part, strict=True))
            yield f"bench/m{number}", orjson.dumps({"time": time, "values": fields})

    def lines(self) -> Iterator[Message]:
        """Line protocol, a line for each reading: what Telegraf reads fastest into such rows."""
        for times, values in zip(self.times_ms(), self.values(), strict=True):
            for number, time in enumerate(times.tolist()):
                part = values[number * FIELDS : (number + 1) * FIELDS].tolist()
                rows = [
                    f"m,name={name} value={value} {time}000000"
                    for name, value in zip(FIELD_NAMES, part, strict=True)
                ]
                yield f"lines/m{number}", "\n".join(rows).encode()

    def keys(self) -> set[Key]:
        """Topic and time, in milliseconds, of every reading."""
        times = np.repeat(self.times_ms(), self.shape.readings, axis=1)
        return {
            (topic, time)
            for row in times.tolist()
            for topic, time in zip(SENSOR_TOPICS, row, strict=True)
        }


FIELD_NAMES = [f"s{field}" for field in range(FIELDS)]
SENSOR_TOPICS = [
    f"bench/m{machine}/{field}" for machine in range(MACHINES) for field in FIELD_NAMES
]


def stamp(time_ms: int) -> str:
    time = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


class Calendar:
    """Hands out time that nobody has used: a reading is stored once, so each run needs its own.

    It begins where chunks are not compressed yet: that is where a backlog comes from.
    """

    def __init__(self, days: float = 5.5) -> None:
        self._now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        self._next = self._now - timedelta(days=days)

    def workload(self, shape: Shape, messages: int, seed: int = 1) -> Workload:
        workload = Workload(
            shape, max(1, round(messages * shape.readings / SENSORS)), self._next, seed
        )
        self._next = workload.end
        if self._next > self._now:
            raise LotwattError(
                "so many messages reach into the future",
                hint="Ask for fewer rounds, fewer messages or a smaller backlog.",
            )
        return workload
