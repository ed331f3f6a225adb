"""From an MQTT message to readings, events and rejections: pure, and never an exception.

23.4                                                     a bare number: time of receipt
{"value": 23.4, "time": "2026-05-04T12:00:00Z"}          also val, v; timestamp, timestamp_ms, ts, t
{"value": 23.4, "time": 1777896000, "lot": "L1"}         with what it claims: lot, reference,
                                                         operator, machine
{"time": 1777896000, "values": {"power": 7, "k": 20}}    one reading each, topic/power, topic/k
{"time": 1777896000, "power": 7, "k": 20}                the same; text beside numbers is ignored
[{...}, {...}]                                           several of these at once
{"event": "start", "lot": "L1", "time": 1777896000}      on <machine>/lot; stop with good and scrap
online                                                   on <device>/status, or offline; in quotes
{"status": "offline", "time": 1777896000}                the same; numbers beside it are readings

What differs is said by rows of ingest.mapping: see ingest.mapped.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from ingest.document import LARGEST_PAYLOAD as LARGEST_PAYLOAD
from ingest.document import LONGEST_TOPIC, MOST_VALUES, NoTimeError, Object, check_limits, parse
from ingest.errors import RefusedError
from ingest.item import Claim, Drop, Event, Item, Message, Reading, Status, reject
from ingest.label import parse_label
from ingest.mapped import decode_mapped
from ingest.mapping import NO_MAPPINGS, Mappings, plain_unit
from ingest.number import LARGEST_VALUE as LARGEST_VALUE
from ingest.number import parse_quantity, parse_value
from ingest.stamp import parse_stamp

VALUE_KEYS = ("value", "val", "v")
TIME_KEYS = ("time", "timestamp", "timestamp_ms", "ts", "t")
CLAIM_KEYS = frozenset(("lot", "reference", "operator", "machine"))
NOT_VALUES = CLAIM_KEYS.union(TIME_KEYS)
STATUSES = {"online": True, "offline": False}
BARE_STATUSES = {b"online": True, b'"online"': True, b"offline": False, b'"offline"': False}

# Topics of sensors that publish in their own unit, and that unit.
Units = Mapping[str, str]


def decode(message: Message, mappings: Mappings = NO_MAPPINGS) -> list[Item]:
    """What a message holds. A mapping that takes its topic is the only one that decodes it."""
    if not message.payload:
        return [Drop("empty_payload")]
    mapping = mappings.find(message.topic)
    if mapping is not None:
        return decode_mapped(message, mapping)
    try:
        check_limits(message)
        if message.topic.endswith("/status"):
            status = bare_status(message)
            if status is not None:
                return [status]
        return decode_document(message, parse(message.payload), mappings.units)
    except RefusedError as refused:
        return [reject(message, refused.reason, refused.detail)]
    except NoTimeError:
        return [Drop("retained_no_time")]


def decode_document(message: Message, document: object, units: Units) -> list[Item]:
    if type(document) is list:
        return decode_array(message, document, units)
    if message.topic.endswith("/lot"):
        return [decode_event(message, document)]
    if type(document) is dict:
        if message.topic.endswith("/status") and is_status(document.get("status")):
            return decode_status(message, document, units)
        return decode_object(message, document, units)
    value = parse_value(document)
    if message.is_retained:
        raise NoTimeError
    return [Reading(message.topic, message.received_at, value, None, message.received_at)]


def decode_array(message: Message, array: list[object], units: Units) -> list[Item]:
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
            items += decode_document(message, element, units)
        except RefusedError as refused:
            detail = f"element {position}: {refused.detail}"
            items.append(reject(message, refused.reason, detail))
        except NoTimeError:
            items.append(Drop("retained_no_time"))
        if len(items) > MOST_VALUES:
            raise RefusedError("too_many_values", f"more than {MOST_VALUES} values")
    return items


def decode_object(message: Message, document: Object, units: Units) -> list[Item]:
    received_at = message.received_at
    for key in VALUE_KEYS:
        if key in document:
            value = parse_value(document[key])
            time = time_of(message, document)
            if "unit" in document:
                check_unit(document["unit"], units.get(message.topic))
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


def check_unit(said: object, unit: str | None) -> None:
    """A device that says °F for a sensor in °C would be wrong by a factor and never be noticed."""
    if unit is not None and type(said) is str and said.strip() and plain_unit(said) != unit:
        raise RefusedError("unit_mismatch", f"unit is {said[:64]}, the sensor's is {unit}")


def bare_status(message: Message) -> Status | None:
    """A last will is often bare text, which is no JSON."""
    if len(message.payload) > 32:
        return None
    is_online = BARE_STATUSES.get(message.payload.strip().lower())
    if is_online is None:
        return None
    return Status(message.topic, is_online, message.received_at, message.received_at)


def is_status(raw: object) -> bool:
    return type(raw) is str and raw.strip().lower() in STATUSES


def decode_status(message: Message, document: Object, units: Units) -> list[Item]:
    """How a device stands; numbers beside it are readings. A retained status without a time of its
    own says how things stand now."""
    has_time = any(key in document for key in TIME_KEYS)
    time = time_of(message, document) if has_time else message.received_at
    online = STATUSES[document["status"].strip().lower()]
    items: list[Item] = [Status(message.topic, online, time, message.received_at)]
    if has_number(document):
        try:
            items += decode_object(message, document, units)
        except RefusedError as refused:
            items.append(reject(message, refused.reason, refused.detail))
        except NoTimeError:
            items.append(Drop("retained_no_time"))
    return items


def has_number(document: Object) -> bool:
    if "values" in document:
        return True
    return any(
        (type(value) is float or type(value) is int) and field not in NOT_VALUES
        for field, value in document.items()
    )


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
