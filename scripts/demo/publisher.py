"""Publishes messages with QoS 1, with no more of them under way than the window."""

import threading
from collections.abc import Callable, Iterable

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from db.errors import LotwattError
from scripts.demo.message import Message

WINDOW = 500
ANSWER_S = 60.0


def publish(
    messages: Iterable[Message], host: str, port: int, progress: Callable[[int], None]
) -> None:
    """Send all messages in order; returns when the broker has acknowledged every one."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    client.max_inflight_messages_set(WINDOW)
    window = threading.Semaphore(WINDOW)
    # Nothing that could raise: an exception in a callback would end paho's thread unseen.
    client.on_publish = lambda *_: window.release()
    client.connect(host, port)
    client.loop_start()
    try:
        for sent, message in enumerate(messages, start=1):
            take(window)
            answer = client.publish(message.topic, orjson.dumps(message.payload), qos=1)
            if answer.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                raise LotwattError(f"the broker went away: {paho.error_string(answer.rc)}")
            progress(sent)
        for _ in range(WINDOW):
            take(window)
    finally:
        client.disconnect()
        client.loop_stop()


def take(window: threading.Semaphore) -> None:
    if not window.acquire(timeout=ANSWER_S):
        raise LotwattError(f"the broker acknowledged nothing for {ANSWER_S:.0f} s")
