"""Messages between the broker and the database: full by number, by size or by age."""

from collections import Counter
from dataclasses import dataclass

from ingest.decode import decode
from ingest.item import Drop, Event, Message, Reading, Rejection


@dataclass(frozen=True, slots=True)
class Limits:
    """A batch is due when it has one of these; more is never taken in before it is stored."""

    messages: int = 1000
    readings: int = 5000
    bytes: int = 4_000_000
    linger_s: float = 0.15


@dataclass(frozen=True, slots=True)
class Batch:
    messages: int
    readings: list[Reading]
    events: list[Event]
    rejections: list[Rejection]
    drops: Counter[str]
    acks: list[tuple[int, int]]


class Buffer:
    """Decodes what is added and keeps it, in the order received, until it is taken."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.clear()

    def clear(self) -> None:
        """Forget everything: what was not acknowledged comes again."""
        self._readings: list[Reading] = []
        self._events: list[Event] = []
        self._rejections: list[Rejection] = []
        self._drops: Counter[str] = Counter()
        self._acks: list[tuple[int, int]] = []
        self._bytes = 0
        self._due_at: float | None = None

    def __len__(self) -> int:
        return len(self._acks)

    def add(self, message: Message, now: float) -> None:
        for item in decode(message):
            kind = type(item)
            if kind is Reading:
                self._readings.append(item)  # type: ignore[arg-type]
            elif kind is Event:
                self._events.append(item)  # type: ignore[arg-type]
            elif kind is Rejection:
                self._rejections.append(item)  # type: ignore[arg-type]
            elif isinstance(item, Drop):
                self._drops[item.reason] += 1
        self._acks.append((message.mid, message.qos))
        self._bytes += len(message.payload)
        if self._due_at is None:
            self._due_at = now + self._limits.linger_s

    def is_full(self) -> bool:
        limits = self._limits
        return (
            len(self._acks) >= limits.messages
            or len(self._readings) + len(self._rejections) >= limits.readings
            or self._bytes >= limits.bytes
        )

    def time_left(self, now: float) -> float | None:
        """Seconds until the batch is due, None while there is none."""
        if self._due_at is None:
            return None
        return 0.0 if self.is_full() else max(0.0, self._due_at - now)

    def take(self) -> Batch:
        batch = Batch(
            len(self._acks), self._readings, self._events, self._rejections, self._drops, self._acks
        )
        self.clear()
        return batch
