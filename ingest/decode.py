"""From an MQTT message to readings, events and rejections: pure, and never an exception.

23.4                                                     a bare number: time of receipt
{"value": 23.4, "time": "2026-05-04T12:00:00Z"}          also val, v; timestamp, timestamp_ms, ts, t
{"value": 23.4, "time": 1777896000, "lot": "L1"}         with what it claims: lot, reference,
                                                         operator, machine
{"time": 1777896000, "values": {"power": 7, "k": 20}}    one reading each, topic/power, topic/k
{"time": 1777896000, "power": 7, "k": 20}                the same; text beside numbers is ignored
[{...}, {...}]                                           several of these at once
{"event": "start", "lot": "L1", "time": 1777896000}      on <machine>/lot; stop with good and scrap
"""

from collections.abc import Iterable
from datetime import datetime
from math import isfinite
from typing import Any

import orjson

from ingest.diagnose import diagnose
from ingest.errors import RefusedError
from ingest.item import Claim, Drop, Event, Item, Message, Reading, reject
from ingest.label import parse_label
from ingest.mapping import NO_MAPPINGS, Mappings
from ingest.stamp import parse_stamp

LARGEST_PAYLOAD = 64 * 1024
LONGEST_TOPIC = 512
MOST_VALUES = 1000
LARGEST_VALUE = 1.7e308

VALUE_KEYS = ("value", "val", "v")
TIME_KEYS = ("time", "timestamp", "timestamp_ms", "ts", "t")
CLAIM_KEYS = frozenset(("lot", "reference", "operator", "machine"))
NOT_VALUES = CLAIM_KEYS.union(TIME_KEYS)
BOM = b"\xef\xbb\xbf"

Object = dict[str, Any]


class NoTimeError(Exception):
    """A retained message without its own time comes again with each subscription."""


def decode(message: Message, mappings: Mappings = NO_MAPPINGS) -> list[Item]:
    mapping = mappings.find(message.topic)
    if mapping is not None:
        return [reject(message, "bad_mapping", f"{mapping.name}: {mapping.error}")]
    if not message.payload:
        return [Drop("empty_payload")]
    try:
        return decode_document(message, parse(message))
    except RefusedError as refused:
        return [reject(message, refused.reason, refused.detail)]
    except NoTimeError:
        return [Drop("retained_no_time")]


def parse(message: Message) -> object:
    payload = message.payload
    if len(payload) > LARGEST_PAYLOAD:
        raise RefusedError("payload_too_large", f"{len(payload)} bytes")
    if len(message.topic) > LONGEST_TOPIC:
        raise RefusedError("topic_too_long", f"{len(message.topic)} characters")
    if "\0" in message.topic:
        raise RefusedError("text_nul", "topic")
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        if payload.startswith(BOM):
            return parse(Message(message.topic, payload[3:], message.received_at))
        raise diagnose(payload, str(error)) from None


def decode_document(message: Message, document: object) -> list[Item]:
    if type(document) is list:
        return decode_array(message, document)
    if message.topic.endswith("/lot"):
        return [decode_event(message, document)]
    if type(document) is dict:
        return decode_object(message, document)
    value = parse_value(document)
    if message.is_retained:
        raise NoTimeError
    return [Reading(message.topic, message.received_at, value, None, message.received_at)]


def decode_array(message: Message, array: list[object]) -> list[Item]:
    """Each element stands for itself: a bad one does not take the good ones with it."""
    if not array:
        raise RefusedError("no_value", "an empty array")
    if len(array) > MOST_VALUES:
        raise RefusedError("too_many_values", f"{len(array)} elements")
    items: list[Item] = []
    for position, element in enumerate(array):
        try:
            if type(element) is not dict:
                raise RefusedError("value_not_scalar", "not an object")
            items += decode_document(message, element)
        except RefusedError as refused:
            detail = f"element {position}: {refused.detail}"
            items.append(reject(message, refused.reason, detail))
        if len(items) > MOST_VALUES:
            raise RefusedError("too_many_values", f"more than {MOST_VALUES} values")
    return items


def decode_object(message: Message, document: Object) -> list[Item]:
    received_at = message.received_at
    for key in VALUE_KEYS:
        if key in document:
            value = parse_value(document[key])
            time = time_of(message, document)
            return [Reading(message.topic, time, value, claim_of(document), received_at)]
    if "values" in document:
        values = document["values"]
        if type(values) is not dict:
            raise RefusedError("value_not_scalar", "values is not an object")
        return decode_fields(message, document, values.items())
    numbers = [
        (field, value) for field, value in document.items()
        if (type(value) is float or type(value) is int) and field not in NOT_VALUES
    ]  # fmt: skip
    if not numbers:
        raise no_number(document)
    return decode_fields(message, document, numbers)


def decode_fields(
    message: Message, document: Object, fields: Iterable[tuple[str, object]]
) -> list[Item]:
    """One reading per field, on the topic of the message and the name of the field."""
    time = time_of(message, document)
    claim = claim_of(document)
    items: list[Item] = []
    for field, raw in fields:
        try:
            value = parse_value(raw)
            topic = f"{message.topic}/{parse_label(field, 'field') or ''}"
            if len(topic) > LONGEST_TOPIC:
                raise RefusedError("topic_too_long", f"{len(topic)} characters with the field")
            items.append(Reading(topic, time, value, claim, message.received_at))
        except RefusedError as refused:
            detail = f"{field[:64]}: {refused.detail}"
            items.append(reject(message, refused.reason, detail))
    if not items:
        raise RefusedError("no_value", "values is empty")
    if len(items) > MOST_VALUES:
        raise RefusedError("too_many_values", f"{len(items)} values")
    return items


def no_number(document: Object) -> RefusedError:
    """Text beside a number is an annotation; where there is no number, say what is there."""
    for field, raw in document.items():
        if field not in NOT_VALUES:
            try:
                parse_value(raw)
            except RefusedError as refused:
                return RefusedError(refused.reason, f"{field[:64]}: {refused.detail}")
    return RefusedError("no_value", "an object without a number")


def decode_event(message: Message, document: object) -> Event:
    if type(document) is not dict:
        raise RefusedError("event_unknown", "a lot event is an object")
    event = document.get("event")
    if event not in ("start", "stop"):
        raise RefusedError("event_unknown", f"event is {str(event)[:64]}")
    lot = parse_label(document.get("lot"), "lot")
    if lot is None:
        raise RefusedError("lot_missing", "an event names its lot")
    return Event(
        message.topic, event, time_of(message, document), lot,
        parse_label(document.get("reference"), "reference"),
        parse_label(document.get("operator"), "operator"),
        parse_quantity(document.get("good"), "good"),
        parse_quantity(document.get("scrap"), "scrap"),
        message.received_at,
    )  # fmt: skip


def time_of(message: Message, document: Object) -> datetime:
    for key in TIME_KEYS:
        if key in document:
            return parse_stamp(document[key])
    if message.is_retained:
        raise NoTimeError
    raise RefusedError("time_missing", "an object carries its time")


def claim_of(document: Object) -> Claim | None:
    """A field that is there and null claims nothing, which is not the same as claiming no field."""
    if CLAIM_KEYS.isdisjoint(document):
        return None
    return Claim(
        parse_label(document.get("lot"), "lot"),
        parse_label(document.get("reference"), "reference"),
        parse_label(document.get("operator"), "operator"),
        parse_label(document.get("machine"), "machine"),
    )


def parse_value(raw: object) -> float:
    if type(raw) is float or type(raw) is int:
        value = float(raw)
        if -LARGEST_VALUE <= value <= LARGEST_VALUE:
            return value
        reason = "value_out_of_range" if isfinite(value) else "value_not_finite"
        raise RefusedError(reason, str(value))
    if raw is None:
        raise RefusedError("value_null", "null")
    if type(raw) is str:
        raise RefusedError("value_is_string", f"a text: {raw[:64]}")
    if type(raw) is bool:
        raise RefusedError("value_type", str(raw).lower())
    raise RefusedError("value_not_scalar", f"a {type(raw).__name__}")


def parse_quantity(raw: object, field: str) -> float | None:
    if raw is None:
        return None
    try:
        quantity = parse_value(raw)
    except RefusedError as refused:
        raise RefusedError(refused.reason, f"{field}: {refused.detail}") from None
    if quantity < 0:
        raise RefusedError("value_out_of_range", f"{field} is below zero")
    return quantity
