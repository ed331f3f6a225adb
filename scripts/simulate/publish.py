"""A history as MQTT messages, in the order in which they are delivered."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from scripts.simulate.history import Delivery, History
from scripts.simulate.model import HOUR, Claim, LotEvent, Reading, rfc3339
from scripts.simulate.plant import Plant

BURST_S = 0.05
MOST_IN_FLIGHT = 100


@dataclass(frozen=True, slots=True)
class Message:
    received_us: int
    topic: str
    payload: bytes

    def as_dict(self) -> dict[str, str]:
        """For a line of JSON; a payload that is not UTF-8 is given in hex."""
        line = {"received": rfc3339(self.received_us), "topic": self.topic}
        try:
            return line | {"payload": self.payload.decode()}
        except UnicodeDecodeError:
            return line | {"payload_hex": self.payload.hex()}


class PublishError(Exception):
    """The broker refused the connection or a message."""


def messages(plant: Plant, history: History, seed: int = 1) -> list[Message]:
    """Readings and lot events together; one event in ten comes up to an hour late."""
    topics = {sensor.code: topic(plant, sensor.machine, sensor.code) for sensor in plant.sensors}
    found = [
        Message(delivery.received_us, topics[delivery.sensor], _payload(delivery))
        for delivery in history.deliveries
    ]
    found += _event_messages(plant, Random(f"events {seed}"))
    return sorted(found, key=lambda message: message.received_us)


def topic(plant: Plant, machine: str, leaf: str) -> str:
    """plant/<line>/<machine>/<sensor code, or lot>"""
    return f"plant/{plant.line_of(machine)}/{machine}/{leaf}"


def reading_payload(reading: Reading) -> bytes:
    fields: dict[str, object] = {
        "value": float(reading.value),
        "time": rfc3339(reading.time_us),
    }
    return json.dumps(fields | _claimed(reading.claim)).encode()


def event_payload(event: LotEvent) -> bytes:
    fields: dict[str, object] = {"event": event.event, "lot": event.lot}
    if event.event == "start":
        fields |= _without_none({"reference": event.reference, "operator": event.operator})
    else:
        fields |= _without_none({"good": event.good, "scrap": event.scrap})
    return json.dumps(fields | {"time": rfc3339(event.time_us)}).encode()


def _payload(delivery: Delivery) -> bytes:
    if delivery.reading is not None:
        return reading_payload(delivery.reading)
    return delivery.payload.replace(b"%s", rfc3339(delivery.received_us).encode())


def _claimed(claim: Claim | None) -> dict[str, object]:
    if claim is None:
        return {}
    return _without_none(
        {"lot": claim.lot, "reference": claim.reference, "operator": claim.operator}
    )


def _without_none(fields: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _event_messages(plant: Plant, random: Random) -> Iterator[Message]:
    for event in plant.events:
        delay = random.randint(20_000, 500_000)
        if random.random() < 0.1:
            delay += random.randint(0, HOUR)
        yield Message(
            event.time_us + delay, topic(plant, event.machine, "lot"), event_payload(event)
        )


def publish(
    found: Iterable[Message],
    host: str,
    port: int,
    rate: float,
    advanced: Callable[[int], Any] = lambda count: None,
) -> int:
    """Send with QoS 1 at `rate` messages a second (0: as fast as the broker takes them)."""
    from paho.mqtt import client as mqtt
    from paho.mqtt.enums import CallbackAPIVersion

    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    client.max_inflight_messages_set(MOST_IN_FLIGHT)
    try:
        client.connect(host, port)
    except OSError as error:
        raise PublishError(f"cannot connect to {host}:{port}: {error}") from error
    client.loop_start()
    try:
        return _send(client, found, rate, advanced)
    finally:
        client.disconnect()
        client.loop_stop()


def _send(
    client: Any, found: Iterable[Message], rate: float, advanced: Callable[[int], Any]
) -> int:
    started, sent = time.monotonic(), 0
    waiting: list[Any] = []
    for message in found:
        waiting.append(client.publish(message.topic, message.payload, qos=1))
        sent += 1
        if len(waiting) >= MOST_IN_FLIGHT:
            _confirm(waiting)
            advanced(MOST_IN_FLIGHT)
        ahead = sent / rate - (time.monotonic() - started) if rate else 0.0
        if ahead > BURST_S:
            time.sleep(ahead)
    advanced(len(waiting))
    _confirm(waiting)
    return sent


def _confirm(waiting: list[Any]) -> None:
    for sent in waiting:
        sent.wait_for_publish(30)
        if not sent.is_published():
            raise PublishError("the broker did not acknowledge a message within 30 s")
    waiting.clear()
