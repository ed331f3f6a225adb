"""Messages between the broker and the database: full by number, by size or by age."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from ingest.catalog import Catalog
from ingest.columns import Columns
from ingest.decode import decode
from ingest.item import Item, Message, Sorted
from ingest.wire import Packet

PREFIX = b"spBv1.0/"


class Nodes(Protocol):
    """What ingest.sparkplug.nodes is, which is loaded only where it is asked for."""

    def decode(self, message: Message) -> list[Item]: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """A batch is due when it has one of these; more is never taken in before it is stored.

    With `enough` messages it need not wait for more where no more are there: a broker with a narrow
    window sends the next only when these are acknowledged.
    """

    messages: int = 5000
    enough: int = 1000
    readings: int = 20_000
    bytes: int = 4_000_000
    linger_s: float = 0.15


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes to the database at once; `since` is the monotonic time of its first message."""

    messages: int
    columns: Columns
    items: Sorted
    acks: list[tuple[int, int]]
    since: float


class Buffer:
    """Decodes what is added and keeps it, in the order received, until it is taken.

    `nodes` are those of Sparkplug B, where there are any.
    """

    def __init__(self, limits: Limits, catalog: Catalog, nodes: Nodes | None = None) -> None:
        self._limits = limits
        self._nodes = nodes
        self.catalog = catalog
        self.clear()

    def clear(self) -> None:
        """Forget everything: what was not acknowledged comes again."""
        self._columns = Columns(self.catalog)
        self._items = Sorted()
        self._acks: list[tuple[int, int]] = []
        self._bytes = 0
        self.since: float | None = None

    def __len__(self) -> int:
        return len(self._acks)

    def use(self, catalog: Catalog) -> None:
        """Decode by another catalog from now on; what is in stays with the one it came by."""
        self.catalog = catalog
        if not len(self):
            self.clear()

    def add(self, packets: Iterable[Packet], now: float) -> None:
        """Decode messages; `now` is the monotonic time that says when the batch is due."""
        received_us = time.time_ns() // 1000
        columns, acks = self._columns, self._acks
        for packet in packets:
            topic, payload, mid, qos, _ = packet
            acks.append((mid, qos))
            self._bytes += len(payload)
            if not columns.add(topic, payload, received_us):
                self._decode(packet)
        if self.since is None and acks:
            self.since = now

    def _decode(self, packet: Packet) -> None:
        message = Message(
            packet.topic.decode("utf-8", "replace"), packet.payload, datetime.now(UTC),
            packet.is_retained, packet.mid, packet.qos,
        )  # fmt: skip
        if self._nodes is not None and packet.topic.startswith(PREFIX):
            items = self._nodes.decode(message)
        else:
            items = decode(message, self.catalog.mappings)
        for item in items:
            self._items.add(item)

    def is_full(self) -> bool:
        limits = self._limits
        return (
            len(self._acks) >= limits.messages
            or len(self._columns) + len(self._items.readings) + len(self._items.rejections)
            >= limits.readings
            or self._bytes >= limits.bytes
        )

    def has_enough(self) -> bool:
        return len(self._acks) >= min(self._limits.enough, self._limits.messages)

    def room(self) -> int:
        """How many messages may still be added before it is full by number."""
        return 0 if self.is_full() else self._limits.messages - len(self._acks)

    def time_left(self, now: float) -> float | None:
        """Seconds until the batch is due, None while there is none."""
        if self.since is None:
            return None
        return 0.0 if self.is_full() else max(0.0, self.since + self._limits.linger_s - now)

    def take(self) -> Batch:
        batch = Batch(len(self._acks), self._columns, self._items, self._acks, self.since or 0.0)
        self.clear()
        return batch
