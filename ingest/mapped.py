"""From a message to readings by a row of ingest.mapping: pure, and never an exception."""

from collections.abc import Iterator
from datetime import datetime

from ingest.document import MOST_VALUES, NoTimeError, check_limits, parse
from ingest.errors import RefusedError
from ingest.item import Claim, Drop, Item, Message, Reading, reject
from ingest.label import parse_label
from ingest.mapping import Mapping, plain_unit
from ingest.number import parse_text, parse_value
from ingest.senml import resolve
from ingest.stamp import (
    UNITS,
    from_text,
    from_unit,
    in_window,
    in_zone,
    no_stamp,
    parse_stamp,
    with_zone,
)
from ingest.template import checked, with_field

DEEPEST_FIELD = 16


def decode_mapped(message: Message, mapping: Mapping) -> list[Item]:
    if mapping.error is not None:
        return [reject(message, "bad_mapping", f"mapping {mapping.name}: {mapping.error}")]
    if mapping.is_ignored:
        return [Drop("ignored")]
    try:
        check_limits(message)
        items: list[Item] = []
        for document in documents(message, mapping, items):
            try:
                items += decode_records(message, mapping, document)
            except RefusedError as refused:
                items.append(refusal(message, mapping, refused))
            if len(items) > MOST_VALUES:
                raise RefusedError("too_many_values", f"more than {MOST_VALUES} values")
    except RefusedError as refused:
        return [refusal(message, mapping, refused)]
    except NoTimeError:
        return [Drop("retained_no_time")]
    return items or [refusal(message, mapping, RefusedError("no_value", "nothing there"))]


def refusal(message: Message, mapping: Mapping, refused: RefusedError) -> Item:
    return reject(message, refused.reason, f"mapping {mapping.name}: {refused.detail}")


def documents(message: Message, mapping: Mapping, items: list[Item]) -> Iterator[object]:
    """The documents of a message. A bad line of NDJSON does not take the good ones with it."""
    payload = message.payload
    if mapping.format == "text":
        try:
            yield payload.decode("utf-8-sig").strip(" \t\r\n")
        except UnicodeDecodeError as error:
            raise RefusedError("encoding", f"not UTF-8 at byte {error.start}") from None
    elif mapping.format == "ndjson":
        lines = payload.splitlines()
        if len(lines) > MOST_VALUES:
            raise RefusedError("too_many_values", f"{len(lines)} lines")
        for number, line in enumerate(lines, 1):
            if line and not line.isspace():
                try:
                    yield parse(line)
                except RefusedError as refused:
                    refused.detail = f"line {number}: {refused.detail}"
                    items.append(refusal(message, mapping, refused))
    elif mapping.format == "senml":
        yield resolve(parse(payload), message.received_at, message.is_retained)
    else:
        yield parse(payload)


def decode_records(message: Message, mapping: Mapping, document: object) -> list[Item]:
    found = document if mapping.records is None else mapping.records.find(document, document)
    records = found if type(found) is list else [found]
    if len(records) > MOST_VALUES:
        raise RefusedError("too_many_values", f"{len(records)} records")
    items: list[Item] = []
    for place, record in enumerate(records):
        where = f"record {place}: " if type(found) is list else ""
        items += decode_one(message, mapping, document, record, where)
        if len(items) > MOST_VALUES:
            raise RefusedError("too_many_values", f"more than {MOST_VALUES} values")
    return items


def decode_one(
    message: Message, mapping: Mapping, document: object, record: object, where: str = ""
) -> list[Item]:
    """The items of one record; it takes no other with it. `where` begins what is said of it."""
    try:
        if isinstance(record, RefusedError):
            raise record
        return decode_record(message, mapping, document, record)
    except RefusedError as refused:
        if refused.reason == "bad_quality" and mapping.drops_bad_quality:
            return [Drop("bad_quality")]
        refused.detail = f"{where}{refused.detail}"
        return [refusal(message, mapping, refused)]
    except NoTimeError:
        return [Drop("retained_no_time")]


def decode_record(
    message: Message, mapping: Mapping, document: object, record: object
) -> list[Item]:
    if mapping.quality is not None:
        check_quality(mapping, mapping.quality.find(document, record))
    if mapping.unit_path is not None:
        check_unit(mapping, mapping.unit_path.find(document, record))
    time = time_of(message, mapping, document, record)
    claim = claim_of(mapping, document, record)
    topic = mapping.sensor_topic.fill(message.topic, document, record)
    raw = record if mapping.value is None else mapping.value.find(document, record)
    received_at = message.received_at
    if not mapping.sensor_topic.has_field:
        if is_unwanted(mapping, topic):
            return [Drop("unknown_sensor")]
        return [Reading(checked(topic), time, number_of(mapping, raw), claim, received_at)]
    if type(raw) is not dict:
        raise RefusedError("value_not_scalar", f"no object but {type(raw).__name__}")
    items: list[Item] = []
    for field, value in members(mapping, raw):
        try:
            sensor = with_field(topic, field)
            if is_unwanted(mapping, sensor):
                items.append(Drop("unknown_sensor"))
                continue
            items.append(Reading(sensor, time, number_of(mapping, value), claim, received_at))
        except RefusedError as refused:
            refused.detail = f"{field[:64]}: {refused.detail}"
            items.append(refusal(message, mapping, refused))
    if not items:
        raise RefusedError("no_value", "an object without a number")
    return items


def is_unwanted(mapping: Mapping, topic: str) -> bool:
    return mapping.drops_unknown and topic not in mapping.known_topics


def members(
    mapping: Mapping, node: dict[str, object], above: str = "", depth: int = 0
) -> Iterator[tuple[str, object]]:
    """Values of an object and of the objects in it; other texts beside them are annotations."""
    if depth > DEEPEST_FIELD:
        raise RefusedError("json_depth", f"more than {DEEPEST_FIELD} objects in each other")
    for name, value in node.items():
        field = f"{above}{name}"
        if field in mapping.not_fields:
            continue
        if type(value) is dict:
            yield from members(mapping, value, f"{field}/", depth + 1)
        elif mapping.fields is not None:
            if field in mapping.fields:
                yield field, value
        elif is_value(mapping, value):
            yield field, value


def is_value(mapping: Mapping, raw: object) -> bool:
    kind = type(raw)
    if kind is str:
        if raw in mapping.states:
            return True
        return mapping.has_numeric_strings and is_number(raw, mapping.has_decimal_comma)  # type: ignore[arg-type]
    return kind is float or kind is int or (kind is bool and mapping.has_booleans)


def is_number(text: str, decimal_comma: bool) -> bool:
    try:
        return parse_text(text, decimal_comma) is not None
    except RefusedError:
        return True


def number_of(mapping: Mapping, raw: object) -> float:
    kind = type(raw)
    if kind is str:
        text: str = raw.strip(" \t\r\n")  # type: ignore[attr-defined]
        if text in mapping.states:
            return parse_value(mapping.states[text])
        is_bare = mapping.format == "text"
        if is_bare and mapping.has_booleans and text.lower() in ("true", "false"):
            return float(text.lower() == "true")
        if is_bare or mapping.has_numeric_strings or mapping.has_decimal_comma:
            number = parse_text(text, mapping.has_decimal_comma)
            if number is not None:
                return number
        if mapping.states:
            raise RefusedError("state_unknown", f"{text[:64]} is none of the states")
    elif kind is bool and mapping.has_booleans:
        return float(raw is True)
    return parse_value(raw)


def check_quality(mapping: Mapping, raw: object) -> None:
    kind = type(raw)
    if raw is None:
        said = "null"
    elif kind is bool:
        said = str(raw).lower()
    else:
        said = str(raw).strip() if kind is str or kind is int or kind is float else kind.__name__
    if said not in mapping.good_quality:
        raise RefusedError("bad_quality", f"quality is {said[:64]}")


def check_unit(mapping: Mapping, raw: object) -> None:
    if type(raw) is not str or plain_unit(raw) != mapping.unit:
        raise RefusedError("unit_mismatch", f"unit is {str(raw)[:64]}")


def claim_of(mapping: Mapping, document: object, record: object) -> Claim | None:
    if mapping.lot is None:
        return None
    paths = (mapping.lot, mapping.reference, mapping.operator, mapping.machine)
    return Claim(*(
        None if path is None else parse_label(path.find(document, record), path.text)
        for path in paths
    ))  # fmt: skip


def time_of(message: Message, mapping: Mapping, document: object, record: object) -> datetime:
    if mapping.time is None:
        if message.is_retained:
            raise NoTimeError
        return message.received_at
    raw = mapping.time.find(document, record)
    if raw is None:
        if message.is_retained:
            raise NoTimeError
        raise RefusedError("time_missing", f"{mapping.time.text} is not there")
    kind = type(raw)
    shape = mapping.time_format
    if shape in UNITS or shape == "ns":
        return in_window(from_unit(seconds_of(raw), shape), raw)
    if "%" in shape:
        return local(message, mapping, parse_shape(raw, shape), str(raw)[:64])
    if kind is str:
        return local(message, mapping, from_text(raw), raw)
    if shape == "iso":
        raise no_stamp(raw)
    return parse_stamp(raw)


def seconds_of(raw: object) -> float:
    """A number of the unit that the mapping names; in quotes as well: nothing is left to guess."""
    if type(raw) is str and raw.isascii() and raw.isdigit() and len(raw) <= 20:
        return int(raw)
    if type(raw) is str:
        number = parse_text(raw)
        if number is None:
            raise RefusedError("time_type", raw[:64])
        return number
    if type(raw) is int or type(raw) is float:
        return raw
    raise no_stamp(raw)


def parse_shape(raw: object, shape: str) -> datetime:
    if type(raw) is not str and type(raw) is not int:
        raise no_stamp(raw)
    text = str(raw)
    if len(text) > 64:
        raise RefusedError("time_type", text[:64])
    try:
        return datetime.strptime(text.strip(" "), shape)
    except (ValueError, OverflowError):
        raise RefusedError("time_type", f"{text} is not {shape}") from None


def local(message: Message, mapping: Mapping, moment: datetime, text: str) -> datetime:
    if moment.tzinfo is None and mapping.zone is not None:
        if not 2000 <= moment.year <= 2100:
            raise RefusedError("time_out_of_window", text)
        moment = in_zone(moment, mapping.zone, message.received_at, text)
    return in_window(with_zone(moment, text), text)
