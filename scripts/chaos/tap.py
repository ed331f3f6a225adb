"""Reads along between broker and loader: what was delivered, what was acknowledged.

It is a witness that shares no code with the loader: how many messages a kill left unacknowledged,
how many came again, and whether a number was ever delivered at all.
"""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scripts.chaos.traffic import number_of

PUBLISH, PUBACK = 3, 4
QOS = 0x06


@dataclass(slots=True)
class Packets:
    """The MQTT packets of one direction: (first byte, body)."""

    _rest: bytes = b""

    def feed(self, data: bytes) -> list[tuple[int, bytes]]:
        buffer = self._rest + data
        found = []
        start = 0
        while True:
            end = packet_end(buffer, start)
            if end is None or end[1] > len(buffer):
                break
            found.append((buffer[start], buffer[end[0] : end[1]]))
            start = end[1]
        self._rest = buffer[start:]
        return found


def packet_end(buffer: bytes, start: int) -> tuple[int, int] | None:
    """Where the body of the packet begins and ends; None while its length is not there yet."""
    length = 0
    for index in range(4):
        at = start + 1 + index
        if at >= len(buffer):
            return None
        length |= (buffer[at] & 0x7F) << (7 * index)
        if not buffer[at] & 0x80:
            return at + 1, at + 1 + length
    raise ValueError("not MQTT: a length of more than four bytes")


class Tap:
    """What passed in both directions, over all connections of the loader."""

    def __init__(self, messages: int) -> None:
        self.delivered = 0
        self.different = 0
        self.acknowledged = 0
        self.connections = 0
        self.first_delivered_at: NDArray[np.float64] = np.full(messages, np.nan)
        self._present: Connection | None = None

    @property
    def again(self) -> int:
        """Deliveries of what had been delivered before."""
        return self.delivered - self.different

    @property
    def waiting(self) -> int:
        """Messages delivered on the present connection and not acknowledged."""
        present = self._present
        return len(present.unacknowledged) if present is not None else 0

    def waiting_numbers(self) -> list[int]:
        present = self._present
        return sorted(present.unacknowledged.values()) if present is not None else []

    def opened(self) -> "Connection":
        self.connections += 1
        self._present = Connection(self)
        return self._present


class Connection:
    """One connection of the loader."""

    def __init__(self, tap: Tap) -> None:
        # Message id -> number.
        self.unacknowledged: dict[int, int] = {}
        self._tap = tap
        self._down, self._up = Packets(), Packets()

    def to_client(self, data: bytes) -> None:
        now = time.monotonic()
        tap = self._tap
        for head, body in self._down.feed(data):
            if head >> 4 != PUBLISH or not head & QOS:
                continue
            topic_end = 2 + int.from_bytes(body[:2], "big")
            number = number_of(body[topic_end + 2 :])
            if number is None:
                continue
            tap.delivered += 1
            self.unacknowledged[int.from_bytes(body[topic_end : topic_end + 2], "big")] = number
            # By the number, as Mosquitto forgets the mark of what it delivers again in a crash.
            if np.isnan(tap.first_delivered_at[number]):
                tap.first_delivered_at[number] = now
                tap.different += 1

    def to_server(self, data: bytes) -> None:
        for head, body in self._up.feed(data):
            if head >> 4 != PUBACK:
                continue
            if self.unacknowledged.pop(int.from_bytes(body[:2], "big"), None) is not None:
                self._tap.acknowledged += 1
