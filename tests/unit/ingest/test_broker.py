"""What the connection to the broker hands on, over a real socket."""

import socket

from ingest.broker import Broker
from ingest.config import MqttConfig
from ingest.wire import BufferedSocket


def publish(topic: bytes, mid: int) -> bytes:
    body = len(topic).to_bytes(2) + topic + mid.to_bytes(2) + b"1"
    return bytes([0x32, len(body)]) + body


def test_message_behind_one_of_the_brokers_own_is_handed_on() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        broker = Broker(MqttConfig())
        client = broker._client
        client.buffered = client._sock = BufferedSocket(ours)
        own = publish(b"$SYS/broker/publish/messages/dropped", 2)
        theirs.sendall(publish(b"a", 1) + own + publish(b"b", 3) + publish(b"c", 4))
        broker._fill()
        came = [packet.topic for _ in range(3) for packet in broker.poll(0, 2)]
    assert came == [b"a", b"b", b"c"]
