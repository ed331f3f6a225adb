"""Records of an answer to items: readings by the columns of ingest.mapping, lot events by paths."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

import orjson

from ingest.errors import ConfigError, RefusedError
from ingest.item import Event, Item, Message, reject
from ingest.label import parse_label
from ingest.mapped import decode_one, time_of
from ingest.mapping import Mapping
from ingest.number import parse_quantity
from ingest.path import Path
from ingest.template import Template

# Columns of ingest.mapping that make sense of an answer, as they are where nothing is said.
READINGS: dict[str, Any] = {
    "records_path": None, "sensor_topic": None, "value_path": None, "fields": None,
    "numeric_strings": False, "decimal_comma": False, "booleans": False, "states": None,
    "time_path": None, "time_format": "auto", "time_zone": None, "quality_path": None,
    "good_quality": None, "on_bad_quality": "quarantine", "unit_path": None, "unit": None,
    "lot_path": None, "reference_path": None, "operator_path": None, "machine_path": None,
    "on_unknown": "hold",
}  # fmt: skip
EVENTS: dict[str, Any] = {
    "records_path": None, "machine_topic": None, "event_path": None, "events": None,
    "lot_path": None, "reference_path": None, "operator_path": None, "good_path": None,
    "scrap_path": None, "time_path": None, "time_format": "auto", "time_zone": None,
}  # fmt: skip
NEEDED = {
    "readings": ("sensor_topic", "time_path"),
    "events": ("machine_topic", "event_path", "lot_path", "time_path"),
}


class Decode(Protocol):
    def __call__(self, document: object, received_at: datetime) -> Iterator[list[Item]]:
        """The items of each record. Raises RefusedError where there are no records."""

    def count(self, document: object) -> int:
        """How many records an answer has. Raises RefusedError as above."""


def decoder_of(kind: str, name: str, said: dict[str, Any]) -> Decode:
    """Raises ConfigError for what cannot be used."""
    known = READINGS if kind == "readings" else EVENTS
    if unknown := sorted(set(said) - set(known)):
        raise ConfigError(
            f"its decode says {', '.join(unknown)}; for {kind} it knows {', '.join(known)}"
        )
    if missing := [column for column in NEEDED[kind] if not said.get(column)]:
        raise ConfigError(f"its decode has no {', '.join(missing)}")
    row = {**known, **said}
    return Readings(name, row) if kind == "readings" else Events(name, row)


class Readings:
    """By the code that decodes messages by a row of ingest.mapping."""

    def __init__(self, name: str, row: dict[str, Any]) -> None:
        self._topic = f"api/{name}"
        self._mapping = mapping_of(name, row)

    def count(self, document: object) -> int:
        return len(records_of(self._mapping, document))

    def __call__(self, document: object, received_at: datetime) -> Iterator[list[Item]]:
        for record in records_of(self._mapping, document):
            message = message_of(self._topic, record, received_at)
            yield decode_one(message, self._mapping, document, record)


class Events:
    """Starts and stops of lots, each on the machine whose topic it names."""

    def __init__(self, name: str, row: dict[str, Any]) -> None:
        self._topic = f"api/{name}"
        shared = {column: row[column] for column in row.keys() & READINGS.keys()}
        self._mapping = mapping_of(name, {**READINGS, **shared, "sensor_topic": "{topic}"})
        self._words: dict[str, str] = row["events"] or {"start": "start", "stop": "stop"}
        try:
            self._machine_topic = Template(row["machine_topic"])
            self._paths = {
                column.removesuffix("_path"): Path(row[column])
                for column in row if column.endswith("_path") and row[column]
            }  # fmt: skip
        except ValueError as error:
            raise ConfigError(f"its decode: {error}") from error

    def count(self, document: object) -> int:
        return len(records_of(self._mapping, document))

    def __call__(self, document: object, received_at: datetime) -> Iterator[list[Item]]:
        for record in records_of(self._mapping, document):
            message = message_of(self._topic, record, received_at)
            try:
                yield [self._event(message, document, record)]
            except RefusedError as refused:
                yield [reject(message, refused.reason, refused.detail)]

    def _event(self, message: Message, document: object, record: object) -> Event:
        def said(name: str) -> Any:
            path = self._paths.get(name)
            return None if path is None else path.find(document, record)

        word = said("event")
        event = self._words.get(str(word))
        if event is None:
            raise RefusedError("event_unknown", f"event is {str(word)[:64]}")
        lot = parse_label(said("lot"), "lot")
        if lot is None:
            raise RefusedError("lot_missing", "an event names its lot")
        return Event(
            f"{self._machine_topic.fill(message.topic, document, record)}/lot", event,
            time_of(message, self._mapping, document, record), lot,
            parse_label(said("reference"), "reference"),
            parse_label(said("operator"), "operator"),
            parse_quantity(said("good"), "good"), parse_quantity(said("scrap"), "scrap"),
            message.received_at,
        )  # fmt: skip


def mapping_of(name: str, row: dict[str, Any]) -> Mapping:
    mapping = Mapping({
        **row, "name": name, "topic_filter": "#", "is_ignored": False, "format": "json",
    })  # fmt: skip
    if mapping.error:
        raise ConfigError(f"its decode: {mapping.error}")
    return mapping


def records_of(mapping: Mapping, document: object) -> list[object]:
    """Raises RefusedError where an answer has not even an empty list: it means something else."""
    found = document if mapping.records is None else mapping.records.find(document, document)
    if found is None:
        path = "" if mapping.records is None else mapping.records.text
        raise RefusedError("path_mismatch", f"nothing at {path}" if path else "null")
    return found if isinstance(found, list) else [found]


def message_of(topic: str, record: object, received_at: datetime) -> Message:
    """What the quarantine keeps of a record that is refused."""
    try:
        payload = orjson.dumps(record)
    except TypeError:
        payload = repr(record).encode(errors="backslashreplace")
    return Message(topic, payload, received_at)
