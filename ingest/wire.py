"""Reads PUBLISH packets in bulk: paho takes three system calls and much bookkeeping for each.

paho still does all the rest of MQTT. It gets a socket that serves from the same buffer, and only
ever one whole packet at a time, so that both always agree where the next packet begins.
"""

import ssl
import struct
from collections.abc import Iterable
from typing import Any, NamedTuple

READ_BYTES = 256 * 1024
ACK = struct.Struct(">BBH")


class Packet(NamedTuple):
    """A PUBLISH as it came; the id is 0 where the QoS is."""

    topic: bytes
    payload: bytes
    mid: int
    qos: int
    is_retained: bool


class BufferedSocket:
    """Stands between paho and a socket that does not block."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._buffer = b""
        self._at = 0
        self._allowed = 0
        self.is_closed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def fill(self) -> None:
        """Take what the network has, at most READ_BYTES more; an end shows as `is_closed`.

        A connection that breaks after it has brought something is an end as well: what came is
        there to be read first.
        """
        has_brought = False
        while len(self._buffer) - self._at < READ_BYTES:
            try:
                data = self._sock.recv(READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                if not has_brought:
                    raise
                data = b""
            has_brought = True
            if not data:
                self.is_closed = True
                return
            self._buffer = self._buffer[self._at :] + data
            self._at = 0

    def recv(self, size: int) -> bytes:
        """For paho: what `allow` has opened and no byte more."""
        size = min(size, self._allowed)
        if size == 0:
            if self.is_closed:
                return b""
            raise BlockingIOError
        data = self._buffer[self._at : self._at + size]
        self._at += size
        self._allowed -= size
        return data

    def allow(self) -> bool:
        """Open the next packet to paho, if all of it is here."""
        end = packet_end(self._buffer, self._at)
        if end is None:
            return False
        self._allowed = end - self._at
        return True

    def is_publish(self) -> bool:
        """Whether the next packet, as far as it is here, is one that `take` takes."""
        return self._at < len(self._buffer) and self._buffer[self._at] & 0xF4 == 0x30

    def is_empty(self) -> bool:
        return self._at >= len(self._buffer)

    def take(self, most: int) -> list[Packet]:
        """Whole PUBLISH packets from the head of the buffer, until something else comes."""
        packets: list[Packet] = []
        buffer = self._buffer
        at = self._at
        size = len(buffer)
        while len(packets) < most and at + 2 <= size:
            head = buffer[at]
            if head & 0xF4 != 0x30:  # another type, or QoS 2
                break
            length = buffer[at + 1]
            start = at + 2
            if length & 0x80:
                end = packet_end(buffer, at)
                if end is None:
                    break
                while buffer[start - 1] & 0x80:
                    start += 1
            else:
                end = start + length
                if end > size:
                    break
            body = start + 2 + (buffer[start] << 8 | buffer[start + 1]) if end - start >= 2 else end
            has_id = head & 0x02
            if body + (2 if has_id else 0) > end or body < start + 2:
                break  # malformed: paho says so and ends the connection
            topic = buffer[start + 2 : body]
            if has_id:
                mid = buffer[body] << 8 | buffer[body + 1]
                packets.append(Packet(topic, buffer[body + 2 : end], mid, 1, head & 1 == 1))
            else:
                packets.append(Packet(topic, buffer[body:end], 0, 0, head & 1 == 1))
            at = end
        self._at = at
        return packets


def packet_end(buffer: bytes, at: int) -> int | None:
    """Where the packet that begins at `at` ends, None while it is not all here.

    A length of more than four bytes cannot be: the five bytes that show it are the packet, and paho
    refuses it.
    """
    length = 0
    for position in range(4):
        if at + 1 + position >= len(buffer):
            return None
        byte = buffer[at + 1 + position]
        length |= (byte & 0x7F) << 7 * position
        if byte & 0x80 == 0:
            end = at + 2 + position + length
            return end if end <= len(buffer) else None
    return at + 6 if at + 6 <= len(buffer) else None


def acknowledgements(acks: Iterable[tuple[int, int]]) -> bytes:
    """PUBACK for QoS 1 and PUBCOMP for QoS 2, in one piece; QoS 0 has none."""
    return b"".join([ACK.pack(0x40 if qos == 1 else 0x70, 2, mid) for mid, qos in acks if qos])
