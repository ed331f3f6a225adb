"""Rows of a list to orders, or to starts and stops of lots; each for itself."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from ingest.errors import ConfigError, RefusedError
from ingest.files.clock import Stamps, instant_of
from ingest.files.decode import cell, text_of
from ingest.files.layout import Layout
from ingest.files.numbers import Numbers
from ingest.files.table import BrokenRow, Row, Table
from ingest.item import Event, Order, Rejection, order_key
from ingest.label import parse_label

ORDER = (
    "key",
    "lot",
    "reference",
    "machine",
    "start",
    "end",
    "planned",
    "good",
    "scrap",
    "operator",
)
EVENT = ("event", "lot", "reference", "machine", "time", "good", "scrap", "operator")
NEEDED = {ORDER: ("lot", "machine", "start"), EVENT: ("event", "lot", "machine", "time")}


class Listed(NamedTuple):
    """A row, and what it is."""

    number: int
    item: Order | Event | Rejection


class Decoder:
    """One table. Raises ConfigError where a column that is needed is not there.

    `words` are what the list calls a start and a stop; `topics` the topics of machines by code.
    """

    def __init__(
        self, table: Table, layout: Layout, received_at: datetime, topics: Mapping[str, str],
        words: Mapping[str, str] | None,
    ) -> None:  # fmt: skip
        self._table = table
        self._zone = layout.zone
        self._stamps = Stamps(layout)
        self._numbers = Numbers(layout)
        self._received_at = received_at
        self._topics = topics
        self._words = words
        names = ORDER if words is None else EVENT
        if unknown := sorted(set(layout.columns) - set(names)):
            raise ConfigError(f"columns {', '.join(unknown)} are none of {', '.join(names)}")
        places = {column: place for place, column in reversed([*enumerate(table.columns)])}
        for name, column in layout.columns.items():
            if column not in places:
                raise ConfigError(
                    f"{table.name} has no column {column}; it has {', '.join(table.columns)}"
                )
            places[name] = places[column]
        self._places = {name: places[name] for name in names if name in places}
        if missing := [name for name in NEEDED[names] if name not in self._places]:
            raise ConfigError(
                f"which column of {table.name} is {missing[0]}? Say it: --column {missing[0]}=NAME."
                f" It has {', '.join(table.columns)}"
            )

    def __iter__(self) -> Iterator[Listed]:
        for number, row in self._table.rows:
            try:
                if isinstance(row, BrokenRow):
                    raise RefusedError("row_shape", row.why)
                item = self._order(row) if self._words is None else self._event(row, self._words)
            except RefusedError as refused:
                yield Listed(number, self._table.refuse(number, row, refused, self._received_at))
            else:
                yield Listed(number, item)

    def _order(self, row: Row) -> Order:
        lot, machine = self._label(row, "lot"), self._label(row, "machine")
        if lot is None:
            raise RefusedError("lot_missing", "the row names no lot")
        start = self._time(row, "start")
        if start is None:
            raise RefusedError("time_missing", "the row has no start")
        return Order(
            order_key(self._label(row, "key"), lot, machine, start), lot,
            self._label(row, "reference"), machine, start, self._time(row, "end"),
            self._quantity(row, "planned"), self._quantity(row, "good"),
            self._quantity(row, "scrap"), self._label(row, "operator"), self._received_at,
        )  # fmt: skip

    def _event(self, row: Row, words: Mapping[str, str]) -> Event:
        word, lot = self._label(row, "event"), self._label(row, "lot")
        if word is None or word not in words:
            raise RefusedError("event_unknown", f"event is {word}")
        if lot is None:
            raise RefusedError("lot_missing", "an event names its lot")
        time = self._time(row, "time")
        if time is None:
            raise RefusedError("time_missing", "the row has no time")
        machine = self._label(row, "machine") or ""
        return Event(
            f"{self._topics.get(machine, machine)}/lot", words[word], time, lot,
            self._label(row, "reference"), self._label(row, "operator"),
            self._quantity(row, "good"), self._quantity(row, "scrap"), self._received_at,
        )  # fmt: skip

    def _cell(self, row: Row, name: str) -> object:
        place = self._places.get(name)
        return None if place is None else cell(row, place)

    def _label(self, row: Row, name: str) -> str | None:
        return parse_label(text_of(self._cell(row, name)), name)

    def _time(self, row: Row, name: str) -> datetime | None:
        raw = self._cell(row, name)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        return instant_of(self._stamps.parse(raw), self._zone)

    def _quantity(self, row: Row, name: str) -> float | None:
        quantity = self._numbers.parse(self._cell(row, name))
        if quantity is not None and quantity < 0:
            raise RefusedError("value_out_of_range", f"{name} is below zero")
        return quantity
