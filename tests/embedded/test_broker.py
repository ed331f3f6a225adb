"""The MQTT broker: QoS 1, durable sessions, and no stall behind a long query."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from db.embedded.control import Embedded
from tests.embedded.conftest import Connect

Messages = queue.Queue[mqtt.MQTTMessage]
Client = Callable[..., tuple[mqtt.Client, Messages]]


@pytest.fixture
def client(server: Embedded) -> Iterator[Client]:
    """Opens connected MQTT clients with a thread each; gives the client and what it receives."""
    opened: list[mqtt.Client] = []

    def open_one(
        name: str, *, clean: bool = True, topic: str | None = None
    ) -> tuple[mqtt.Client, Messages]:
        received: Messages = queue.Queue()
        is_ready = threading.Event()
        one = mqtt.Client(
            CallbackAPIVersion.VERSION2, name, clean_session=clean, protocol=mqtt.MQTTv311
        )
        one.max_queued_messages_set(0)
        one.max_inflight_messages_set(500)
        one.on_message = lambda _client, _data, message: received.put(message)
        one.on_subscribe = lambda *_: is_ready.set()

        def on_connect(*_: Any) -> None:
            if topic is None:
                is_ready.set()
            else:
                one.subscribe(topic, qos=1)

        one.on_connect = on_connect
        one.connect(server.mqtt_host, server.mqtt_port)
        one.loop_start()
        assert is_ready.wait(5)
        opened.append(one)
        return one, received

    yield open_one
    for one in opened:
        one.disconnect()
        one.loop_stop()


def take(received: Messages, count: int, seconds: float = 10) -> list[str]:
    deadline = time.monotonic() + seconds
    payloads: list[str] = []
    while len(payloads) < count:
        payloads.append(
            received.get(timeout=max(deadline - time.monotonic(), 0.01)).payload.decode()
        )
    return payloads


def test_qos_1(client: Client) -> None:
    publisher, _ = client("publisher")
    _, received = client("subscriber", topic="plant/#")
    info = publisher.publish("plant/line/sensor", "1.5", qos=1)
    info.wait_for_publish(5)
    message = received.get(timeout=5)
    assert (message.topic, message.payload, message.qos) == ("plant/line/sensor", b"1.5", 1)


def test_durable_session(client: Client) -> None:
    publisher, _ = client("publisher")
    first, received = client("durable", clean=False, topic="durable/#")
    publisher.publish("durable/a", "before", qos=1).wait_for_publish(5)
    assert take(received, 1) == ["before"]
    first.disconnect()
    first.loop_stop()
    for i in range(2000):
        info = publisher.publish("durable/a", str(i), qos=1)
    info.wait_for_publish(10)
    _, received = client("durable", clean=False)
    assert take(received, 2000) == [str(i) for i in range(2000)]


def test_thousands_of_messages_a_second(client: Client) -> None:
    publisher, _ = client("publisher")
    _, received = client("subscriber", topic="fast/#")
    started = time.monotonic()
    for i in range(6000):
        publisher.publish("fast/a", str(i), qos=1)
    assert take(received, 6000, seconds=20) == [str(i) for i in range(6000)]
    assert 6000 / (time.monotonic() - started) > 1000


def test_long_query_does_not_stall_the_broker(client: Client, connect: Connect) -> None:
    publisher, _ = client("publisher")
    _, received = client("subscriber", topic="stall/#")
    is_done = threading.Event()
    connection = connect()

    def work() -> None:
        connection.execute("select count(*) from generate_series(1, 8000000)")
        is_done.set()

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.2)
    slowest = 0.0
    rounds = 0
    while not is_done.is_set():
        sent = time.monotonic()
        publisher.publish("stall/a", "x", qos=1)
        take(received, 1, seconds=5)
        slowest = max(slowest, time.monotonic() - sent)
        rounds += 1
    thread.join()
    assert rounds > 10
    assert slowest < 0.5
