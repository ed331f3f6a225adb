"""Readings of known sensors as columns: the fast way from a payload to a binary COPY.

It takes what needs no judgement: a topic that is a sensor, a number, a time. Whatever is not quite
so goes the general way (ingest.decode, ingest.store), which ends in the same rows; a test holds the
two against each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from ingest.catalog import Catalog
from ingest.document import LARGEST_PAYLOAD, MOST_VALUES
from ingest.errors import RefusedError
from ingest.item import Reading
from ingest.number import LARGEST_VALUE
from ingest.stamp import parse_stamp

Numbers = npt.NDArray[np.int64]
NUMBER_TYPES = frozenset((float, int))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# PostgreSQL counts microseconds from here.
POSTGRES_EPOCH_US = 946_684_800_000_000
QUARTER_US = 15 * 60 * 1_000_000
# A row of COPY in binary: the number of fields, then each with its length before it.
ROW = np.dtype([
    ("fields", ">i2"),
    ("time_length", ">i4"), ("time", ">i8"),
    ("sensor_length", ">i4"), ("sensor", ">i4"),
    ("value_length", ">i4"), ("value", ">f8"),
    ("received_length", ">i4"), ("received", ">i8"),
])  # fmt: skip
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_END = b"\xff\xff"


def microseconds(moment: datetime) -> int:
    """Since 1970. A float of seconds holds them exactly enough to be rounded, until 2100."""
    return round(moment.timestamp() * 1_000_000)


def moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


@dataclass(slots=True)
class Columns:
    """Readings in the order received; times and receipts stand once a message, with a count."""

    catalog: Catalog
    sensors: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sensors)

    def add(self, topic: bytes, payload: bytes, received_us: int) -> bool:
        """Take the readings of a message if it is of the plain kind; False: go the general way."""
        if len(payload) > LARGEST_PAYLOAD:
            return False
        try:
            document = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return False
        if type(document) is not dict:
            return False
        shape = self.catalog.shape(topic, tuple(document))
        if shape is None:
            return False
        sensor_ids: tuple[int, ...] | None = shape.sensor_ids
        stamp = document[shape.time_key]
        quotes = 2 * (len(document) + (type(stamp) is str))
        if shape.values_key is None:
            values = [value for key, value in document.items() if key != shape.time_key]
        elif sensor_ids:
            values = [document[shape.values_key]]
        else:
            below = document["values"]
            if type(below) is not dict or len(below) > MOST_VALUES:
                return False
            sensor_ids = self.catalog.nested(topic, tuple(below))
            values = list(below.values())
            quotes += 2 * len(below)
        if not sensor_ids or not NUMBER_TYPES.issuperset(map(type, values)):
            return False
        # A key that stands there twice shows as more quotes than the document has keys and texts.
        if payload.count(b'"') != quotes:
            return False
        if max(values) > LARGEST_VALUE or min(values) < -LARGEST_VALUE:
            return False
        try:
            time = microseconds(parse_stamp(stamp))
        except RefusedError:
            return False
        self.sensors += sensor_ids
        self.values += values
        self.times.append(time)
        self.received.append(received_us)
        self.counts.append(len(values))
        return True

    def readings(self, positions: Numbers | None = None) -> list[Reading]:
        """The same as the general way would have them."""
        times, received = self._repeated()
        topics = self.catalog.topics
        chosen: Iterator[int] | range = (
            range(len(self)) if positions is None else iter(positions.tolist())
        )
        return [
            Reading(topics[self.sensors[n]], moment(int(times[n])), float(self.values[n]), None,
                    moment(int(received[n])))
            for n in chosen
        ]  # fmt: skip

    def split(self, from_us: float, to_us: float) -> tuple["Block", Numbers]:
        """What may be copied, and the positions of the rest: out of [from, to], or said twice."""
        times, received = self._repeated()
        sensors = np.array(self.sensors, dtype=np.int32)
        order = np.lexsort((times, sensors))
        sorted_times, sorted_sensors = times[order], sensors[order]
        again = np.zeros(len(order), dtype=np.bool_)
        again[1:] = (sorted_times[1:] == sorted_times[:-1]) & (
            sorted_sensors[1:] == sorted_sensors[:-1]
        )
        fits = (sorted_times >= from_us) & (sorted_times <= to_us) & ~again
        chosen = order[fits]
        values = np.array(self.values, dtype=np.float64)
        block = Block(sensors[chosen], times[chosen], values[chosen], received[chosen])
        return block, np.sort(order[~fits])

    def _repeated(self) -> tuple[Numbers, Numbers]:
        return (
            np.repeat(np.array(self.times, dtype=np.int64), self.counts),
            np.repeat(np.array(self.received, dtype=np.int64), self.counts),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """Rows for telemetry.reading, sorted by sensor and time as its index is."""

    sensors: npt.NDArray[np.int32]
    times: Numbers
    values: npt.NDArray[np.float64]
    received: Numbers

    def __len__(self) -> int:
        return len(self.sensors)

    def copied(self) -> bytes:
        """Time, sensor, value and receipt in the binary format of COPY."""
        rows = np.empty(len(self), dtype=ROW)
        rows["fields"] = 4
        rows["time_length"] = rows["value_length"] = rows["received_length"] = 8
        rows["sensor_length"] = 4
        rows["time"] = self.times - POSTGRES_EPOCH_US
        rows["sensor"] = self.sensors
        rows["value"] = self.values
        rows["received"] = self.received - POSTGRES_EPOCH_US
        return COPY_HEAD + rows.tobytes() + COPY_END

    def quarters(self) -> dict[str, object]:
        """The quarter-hours that the rows fall into: first and last time of each, and its sensors.

        `quarter` is the position of a sensor's quarter-hour, counted from 1.
        """
        quarters = self.times // QUARTER_US
        changes = (np.diff(self.sensors) != 0) | (np.diff(quarters) != 0)
        first = np.flatnonzero(np.concatenate(([True], changes)))
        last = np.concatenate((first[1:] - 1, [len(self) - 1]))
        starts, nth = np.unique(quarters[first], return_inverse=True)
        from_us = np.full(len(starts), np.iinfo(np.int64).max)
        to_us = np.zeros(len(starts), dtype=np.int64)
        np.minimum.at(from_us, nth, self.times[first])
        np.maximum.at(to_us, nth, self.times[last])
        return {
            "from": [moment(us) for us in from_us.tolist()],
            "to": [moment(us) for us in to_us.tolist()],
            "quarter": literal(nth + 1),
            "sensor_id": literal(self.sensors[first]),
        }


def literal(numbers: npt.NDArray[np.signedinteger[Any]]) -> str:
    """An array as PostgreSQL reads it: psycopg takes 50 times as long to write a list."""
    return "{" + ",".join(map(str, numbers.tolist())) + "}"
