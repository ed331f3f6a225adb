"""What comes in and what is made of it: messages, readings, events, statuses,
rejections and drops."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

PAYLOAD_KEPT = 4096


# Messages and readings come by the thousand, so they are tuples: a frozen dataclass takes longer to
# make.
class Message(NamedTuple):
    """An MQTT message as it came; `mid` and `qos` are what its acknowledgement needs."""

    topic: str
    payload: bytes
    received_at: datetime
    is_retained: bool = False
    mid: int = 0
    qos: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """What a reading says about itself. A claim of nothing says that no lot is on the machine."""

    lot: str | None
    reference: str | None
    operator: str | None
    machine: str | None


class Reading(NamedTuple):
    topic: str
    time: datetime
    value: float
    claim: Claim | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """A lot starts or stops on the machine that owns the topic."""

    topic: str
    event: str
    time: datetime
    lot: str
    reference: str | None
    operator: str | None
    good: float | None
    scrap: float | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """A row of a list of orders: a lot on a machine (code or topic) from one instant to another.

    `key` is what the list calls it, or lot, machine and start. What is None was not said; without
    an end it goes on.
    """

    key: str
    lot: str
    reference: str | None
    machine: str | None
    start: datetime
    end: datetime | None
    planned: float | None
    good: float | None
    scrap: float | None
    operator: str | None
    received_at: datetime


def order_key(said: str | None, lot: str, machine: str | None, start: datetime) -> str:
    """What an order is called, by its list or else by what it says."""
    return said or f"{lot} {machine} {start.isoformat()}"


@dataclass(frozen=True, slots=True)
class Status:
    """What <anything>/status says of a device, mostly by its last will."""

    topic: str
    is_online: bool
    time: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Rejection:
    """A message, or one value of it, for the quarantine."""

    topic: str
    payload: bytes
    payload_length: int
    reason: str
    detail: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """A message that holds nothing to keep; it is only counted."""

    reason: str


Item = Reading | Event | Status | Rejection | Drop
# Lists of orders come by file and API alone.
Imported = Item | Order


@dataclass(frozen=True, slots=True)
class Sorted:
    """Items by kind, each kind in the order in which it came; drops only as counts by reason."""

    readings: list[Reading] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    drops: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, items: Iterable[Imported]) -> "Sorted":
        found = cls()
        for item in items:
            found.add(item)
        return found

    def add(self, item: Imported) -> None:
        if isinstance(item, Reading):
            self.readings.append(item)
        elif isinstance(item, Event):
            self.events.append(item)
        elif isinstance(item, Order):
            self.orders.append(item)
        elif isinstance(item, Status):
            self.statuses.append(item)
        elif isinstance(item, Rejection):
            self.rejections.append(item)
        else:
            self.drops[item.reason] += 1


def reject(message: Message, reason: str, detail: str) -> Rejection:
    """The quarantine keeps the first 4 kB; no text of ours may carry what the database refuses."""
    return Rejection(
        clean(message.topic), message.payload[:PAYLOAD_KEPT], len(message.payload),
        reason, clean(detail)[:256], message.received_at,
    )  # fmt: skip


def clean(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
