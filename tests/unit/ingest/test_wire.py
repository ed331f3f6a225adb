"""Packets read in bulk against packets as they were sent, however the network cuts them."""

import socket
import ssl
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.enums import MQTTErrorCode

from ingest.client import BufferedClient
from ingest.config import MqttConfig
from ingest.wire import BufferedSocket, Packet, acknowledgements, packet_end

PINGRESP = b"\xd0\x00"
SUBACK = b"\x90\x03\x00\x01\x01"

publishes = st.builds(
    Packet,
    topic=st.binary(min_size=1, max_size=40),
    payload=st.one_of(st.binary(max_size=20), st.binary(min_size=100, max_size=400)),
    mid=st.integers(1, 65535),
    qos=st.integers(0, 1),
    is_retained=st.booleans(),
).map(lambda packet: packet if packet.qos else packet._replace(mid=0))


def length(size: int) -> bytes:
    """A length as MQTT 3.1.1 writes it (2.2.3)."""
    out = bytearray()
    while True:
        size, byte = divmod(size, 128)
        out.append(byte | 0x80 if size else byte)
        if not size:
            return bytes(out)


def encoded(packet: Packet) -> bytes:
    body = len(packet.topic).to_bytes(2) + packet.topic
    if packet.qos:
        body += packet.mid.to_bytes(2)
    body += packet.payload
    head = 0x30 | packet.qos << 1 | packet.is_retained
    return bytes([head]) + length(len(body)) + body


class Cut:
    """A socket that gives the stream in pieces of these sizes and would block in between."""

    def __init__(self, stream: bytes, sizes: list[int]) -> None:
        self._stream = stream
        self._sizes = sizes
        self._gives = True

    def recv(self, size: int) -> bytes:
        self._gives = not self._gives
        if self._gives:
            raise BlockingIOError
        size = min(size, self._sizes.pop() if self._sizes else size)
        data, self._stream = self._stream[:size], self._stream[size:]
        return data


@given(
    st.lists(st.one_of(publishes, st.sampled_from([PINGRESP, SUBACK])), max_size=20),
    st.lists(st.integers(1, 60), max_size=40),
    st.integers(1, 7),
)
def test_every_packet_comes_out_once_and_in_order(
    sent: list[Packet | bytes], sizes: list[int], most: int
) -> None:
    stream = b"".join(encoded(each) if isinstance(each, Packet) else each for each in sent)
    buffered = BufferedSocket(Cut(stream, sizes))
    out: list[Packet | bytes] = []
    while not buffered.is_closed:
        buffered.fill()
        while True:
            packets = buffered.take(most)
            assert len(packets) <= most
            out += packets
            if packets or buffered.is_publish():
                if not packets:
                    break
                continue
            if not buffered.allow():
                break
            out.append(buffered.recv(1) + buffered.recv(1000))
            if not buffered.is_closed:
                with pytest.raises(BlockingIOError):
                    buffered.recv(1)
    assert out == sent
    assert buffered.recv(1) == b""


@pytest.mark.parametrize(
    "packet",
    [
        b"\x32\x01\x00",  # shorter than the length of a topic
        b"\x32\x04\x00\x09ab",  # a topic longer than the packet
        b"\x32\x04\x00\x02ab",  # no room for the id
        b"\x30\x00",
        b"\x34\x06\x00\x02ab\x00\x01",  # QoS 2, which is never subscribed to
        b"\x36\x06\x00\x02ab\x00\x01",
        b"\x32\xff\xff\xff\xff\x01",  # a length of five bytes
    ],
)
def test_what_is_malformed_is_left_to_paho(packet: bytes) -> None:
    buffered = BufferedSocket(Cut(packet + b"....", [100]))
    buffered.fill()
    buffered.fill()
    assert buffered.take(10) == []
    assert buffered.allow()


def test_an_incomplete_packet_waits() -> None:
    whole = encoded(Packet(b"plant/t", b"x" * 200, 7, 1, False))
    for size in range(len(whole)):
        buffered = BufferedSocket(Cut(whole, [1000, size] if size else [1000]))
        if size:
            buffered.fill()
            assert buffered.take(10) == []
            assert not buffered.allow()
        buffered.fill()
        buffered.fill()
        assert [packet.mid for packet in buffered.take(10)] == [7]


def test_a_tls_socket_that_would_block_is_no_end() -> None:
    class Tls:
        def recv(self, _: int) -> bytes:
            raise ssl.SSLWantReadError

    buffered = BufferedSocket(Tls())
    buffered.fill()
    assert not buffered.is_closed


@given(st.integers(0, 268_435_455))
def test_the_length_of_a_packet(size: int) -> None:
    head = b"\x30" + length(size)
    assert packet_end(head, 0) == (len(head) if size == 0 else None)
    assert packet_end(head[:-1], 0) is None


def test_acknowledgements_are_what_paho_would_send() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        client = BufferedClient(MqttConfig(), "test", clean_session=True)

        def created() -> Any:
            return ours

        client._create_socket = created  # type: ignore[method-assign]
        client.connect("127.0.0.1")
        client.ack(7, 1)
        client.ack(65_535, 1)
        client.ack(8, 2)
        while client.want_write():
            assert client.loop_write() == MQTTErrorCode.MQTT_ERR_SUCCESS
        assert theirs.recv(1000).endswith(acknowledgements([(7, 1), (9, 0), (65_535, 1), (8, 2)]))
