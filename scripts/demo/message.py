"""What the demo publishes: topic, payload and when a device would have sent it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parent / "data"


@dataclass(frozen=True, slots=True)
class Message:
    """`readings` is how many readings or events the ledger has to count for it."""

    time: datetime
    topic: str
    payload: dict[str, Any] | list[dict[str, Any]]
    readings: int


def stamp(time: datetime) -> str:
    """RFC 3339 in UTC, as devices should send it."""
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def one(topic: str, time: datetime, value: float) -> Message:
    """A message that holds one value."""
    return Message(time, topic, {"time": stamp(time), "value": value}, 1)


def several(topic: str, time: datetime, values: dict[str, float], **claim: str | None) -> Message:
    """A message that holds several values of one instant, and what it claims about itself."""
    payload = {"time": stamp(time), "values": values, **claim}
    return Message(time, topic, payload, len(values))


def event(topic: str, time: datetime, kind: str, lot: str, **more: str | float) -> Message:
    """A lot starts or stops on a machine."""
    payload = {"event": kind, "lot": lot, "time": stamp(time), **more}
    return Message(time, f"{topic}/lot", payload, 1)


def in_order(*streams: Iterable[Message]) -> list[Message]:
    """All messages as a broker would have seen them."""
    return sorted((message for stream in streams for message in stream), key=lambda m: m.time)
