"""What the connection to the broker hands on, over a real socket."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.broker import Broker
from ingest.config import MqttConfig
from ingest.errors import BrokerError
from ingest.wire import BufferedSocket

DROPPED = b"$SYS/broker/publish/messages/dropped"


def publish(topic: bytes, mid: int, payload: bytes = b"1") -> bytes:
    """QoS 1, or 0 where there is no id."""
    body = len(topic).to_bytes(2) + topic + (mid.to_bytes(2) if mid else b"") + payload
    return bytes([0x32 if mid else 0x30, len(body)]) + body


def test_message_behind_one_of_the_brokers_own_is_handed_on() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        broker = Broker(MqttConfig())
        client = broker._client
        client.buffered = client._sock = BufferedSocket(ours)
        own = publish(DROPPED, 0, b"12")
        theirs.sendall(publish(b"a", 1) + own + publish(b"b", 3) + publish(b"c", 4))
        broker._fill()
        came = [packet.topic for _ in range(3) for packet in broker.poll(0, 2)]
    assert came == [b"a", b"b", b"c"]
    assert broker.dropped == 12


def test_what_settings_subscribe_to_is_handed_on_to_be_acknowledged() -> None:
    """With QoS 1 the broker waits for it, and would send nothing more some day."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        broker = Broker(MqttConfig())
        client = broker._client
        client.buffered = client._sock = BufferedSocket(ours)
        theirs.sendall(publish(DROPPED, 1, b"9" * 50) + publish(b"$SYS/broker/uptime", 2))
        theirs.sendall(publish(DROPPED, 0, b"9" * 50))
        broker._fill()
        assert [packet.mid for packet in broker.poll(0, 10)] == [1, 2]
    assert broker.dropped == 0


def test_why_a_broker_refuses_is_told_although_it_hangs_up_at_once() -> None:
    """Under load the answer and the end of the connection are often read together."""

    def refuse(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"\x20\x02\x00\x05")
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1000):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as other:
        other.submit(refuse, listener)
        broker = Broker(MqttConfig(port=listener.getsockname()[1]))
        with pytest.raises(BrokerError, match="the broker refuses the connection: Not authorized"):
            broker.connect(["plant/#"])
        broker._client.disconnect()


def test_what_came_before_the_connection_broke_is_read() -> None:
    class Broken:
        def __init__(self) -> None:
            self._data = [publish(b"a", 7)]

        def recv(self, _: int) -> bytes:
            if not self._data:
                raise ConnectionResetError
            return self._data.pop()

    buffered = BufferedSocket(Broken())
    buffered.fill()
    assert buffered.is_closed
    assert [packet.mid for packet in buffered.take(10)] == [7]
