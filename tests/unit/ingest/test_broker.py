"""What the connection to the broker hands on, over a real socket."""

import socket

from ingest.broker import Broker
from ingest.config import MqttConfig
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
