"""Records of an answer to items: readings by the columns of ingest.mapping, lot events by paths."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import orjson

from ingest.errors import ConfigError, RefusedError
from ingest.item import Event, Imported, Message, Order, order_key, reject
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
ORDERS: dict[str, Any] = {
    "records_path": None, "key_path": None, "lot_path": None, "reference_path": None,
    "machine_path": None, "start_path": None, "end_path": None, "planned_path": None,
    "good_path": None, "scrap_path": None, "operator_path": None, "time_format": "auto",
    "time_zone": None,
}  # fmt: skip
KINDS = {"readings": READINGS, "events": EVENTS, "orders": ORDERS}
NEEDED = {
    "readings": ("sensor_topic", "time_path"),
    "events": ("machine_topic", "event_path", "lot_path", "time_path"),
    "orders": ("lot_path", "machine_path", "start_path"),
}


class Decode(Protocol):
    def __call__(self, document: object, received_at: datetime) -> Iterator[Sequence[Imported]]:
        """The items of each record. Raises RefusedError where there are no records."""

    def count(self, document: object) -> int:
        """How many records an answer has. Raises RefusedError as above."""


def decoder_of(kind: str, name: str, said: dict[str, Any]) -> Decode:
    """Raises ConfigError for what cannot be used."""
    known = KINDS[kind]
    if unknown := sorted(set(said) - set(known)):
        raise ConfigError(
            f"its decode says {', '.join(unknown)}; for {kind} it knows {', '.join(known)}"
        )
    if missing := [column for column in NEEDED[kind] if not said.get(column)]:
        raise ConfigError(f"its decode has no {', '.join(missing)}")
    row = {**known, **said}
    if kind == "readings":
        return Readings(name, row)
    return Events(name, row) if kind == "events" else Orders(name, row)


class Readings:
    """By the code that decodes messages by a row of ingest.mapping."""

    def __init__(self, name: str, row: dict[str, Any]) -> None:
        self._topic = f"api/{name}"
        self._mapping = mapping_of(name, row)

    def count(self, document: object) -> int:
        return len(records_of(self._mapping, document))

    def __call__(self, document: object, received_at: datetime) -> Iterator[Sequence[Imported]]:
        for record in records_of(self._mapping, document):
            message = message_of(self._topic, record, received_at)
            yield decode_one(message, self._mapping, document, record)


class Listed:
    """What events and orders have in common: records with values at paths, each for itself."""

    def __init__(self, name: str, row: dict[str, Any]) -> None:
        self._topic = f"api/{name}"
        shared = {column: row[column] for column in row.keys() & READINGS.keys()}
        self._mapping = mapping_of(name, {**READINGS, **shared, "sensor_topic": "{topic}"})
        try:
            self._paths = {
                column.removesuffix("_path"): Path(row[column])
                for column in row if column.endswith("_path") and row[column]
            }  # fmt: skip
        except ValueError as error:
            raise ConfigError(f"its decode: {error}") from error

    def count(self, document: object) -> int:
        return len(records_of(self._mapping, document))

    def __call__(self, document: object, received_at: datetime) -> Iterator[Sequence[Imported]]:
        for record in records_of(self._mapping, document):
            message = message_of(self._topic, record, received_at)
            try:
                yield [self._item(message, document, record)]
            except RefusedError as refused:
                yield [reject(message, refused.reason, refused.detail)]

    def _item(self, message: Message, document: object, record: object) -> Imported:
        raise NotImplementedError

    def _find(self, name: str, document: object, record: object) -> Any:
        path = self._paths.get(name)
        return None if path is None else path.find(document, record)

    def _label(self, name: str, document: object, record: object) -> str | None:
        return parse_label(self._find(name, document, record), name)

    def _quantity(self, name: str, document: object, record: object) -> float | None:
        return parse_quantity(self._find(name, document, record), name)


class Events(Listed):
    """Starts and stops of lots, each on the machine whose topic it names."""

    def __init__(self, name: str, row: dict[str, Any]) -> None:
        super().__init__(name, row)
        self._words: dict[str, str] = row["events"] or {"start": "start", "stop": "stop"}
        try:
            self._machine_topic = Template(row["machine_topic"])
        except ValueError as error:
            raise ConfigError(f"its decode: {error}") from error

    def _item(self, message: Message, document: object, record: object) -> Event:
        word = self._find("event", document, record)
        event = self._words.get(str(word))
        if event is None:
            raise RefusedError("event_unknown", f"event is {str(word)[:64]}")
        lot = self._label("lot", document, record)
        if lot is None:
            raise RefusedError("lot_missing", "an event names its lot")
        return Event(
            f"{self._machine_topic.fill(message.topic, document, record)}/lot", event,
            time_of(message, self._mapping, document, record), lot,
            self._label("reference", document, record), self._label("operator", document, record),
            self._quantity("good", document, record), self._quantity("scrap", document, record),
            message.received_at,
        )  # fmt: skip


class Orders(Listed):
    """Which lot ran on which machine, from when to when."""

    def __init__(self, name: str, row: dict[str, Any]) -> None:
        super().__init__(name, row)
        self._times = {
            end: mapping_of(name, {
                **READINGS, "time_path": row[f"{end}_path"], "sensor_topic": "{topic}",
                "time_format": row["time_format"], "time_zone": row["time_zone"],
            })
            for end in ("start", "end") if row[f"{end}_path"]
        }  # fmt: skip

    def _item(self, message: Message, document: object, record: object) -> Order:
        lot = self._label("lot", document, record)
        if lot is None:
            raise RefusedError("lot_missing", "the order names no lot")
        start = self._time("start", message, document, record)
        if start is None:
            raise RefusedError("time_missing", "the order has no start")
        machine = self._label("machine", document, record)
        return Order(
            order_key(self._label("key", document, record), lot, machine, start), lot,
            self._label("reference", document, record), machine, start,
            self._time("end", message, document, record),
            self._quantity("planned", document, record), self._quantity("good", document, record),
            self._quantity("scrap", document, record), self._label("operator", document, record),
            message.received_at,
        )  # fmt: skip

    def _time(
        self, end: str, message: Message, document: object, record: object
    ) -> datetime | None:
        if self._find(end, document, record) in (None, ""):
            return None
        return time_of(message, self._times[end], document, record)


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
