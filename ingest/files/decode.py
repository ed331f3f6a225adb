"""Rows of a file to readings: each with its sensor and time, or kept with the reason why not."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple

from ingest.errors import ConfigError, RefusedError
from ingest.files.clock import Clock, Stamps
from ingest.files.layout import Layout
from ingest.files.numbers import Numbers
from ingest.files.table import BrokenRow, Row, Table
from ingest.item import Claim, Reading, Rejection
from ingest.label import parse_label
from ingest.template import checked

TIME_NAMES = (
    "time", "timestamp", "datetime", "date_time", "ts", "date", "fecha", "hora", "fecha_hora",
    "zeit", "datum", "zeitstempel",
)  # fmt: skip
SENSOR_NAMES = ("sensor", "tag", "topic", "name", "signal", "variable", "point", "metric")
VALUE_NAMES = ("value", "val", "valor", "wert")
CLAIMS = ("lot", "reference", "operator", "machine")
# So many rows are looked at to see which columns hold numbers.
LOOKED_AT = 100

Topic = Callable[[str], str]


class Entry(NamedTuple):
    """A row whose time is being told: what it says of which topics, as it stands in the file."""

    number: int
    cells: list[tuple[str, object]]
    claim: Claim | None
    row: Row


class Found(NamedTuple):
    """An item, and the row it came of. None: a cell without a value, which is a gap."""

    number: int
    item: Reading | Rejection | None


class Decoder:
    """One table. Raises ConfigError where columns are not there or cannot be told."""

    def __init__(self, table: Table, layout: Layout, topic: Topic, received_at: datetime) -> None:
        self._table = table
        self._layout = layout
        self._topic = topic
        self._received_at = received_at
        self._numbers = Numbers(layout)
        self._stamps = Stamps(layout)
        self._head = list(islice(table.rows, LOOKED_AT))
        self._places: dict[str, int] = {}
        for place, name in enumerate(table.columns):
            self._places.setdefault(name, place)
        self.time = layout.time or self._named(TIME_NAMES) or table.columns[0]
        self._time = [self._place(name) for name in self._time_columns()]
        self.is_long = self._is_long()
        self._sensor: int | None = None
        self.sensor: str | None = None
        self.left_out: list[str] = []
        if self.is_long:
            self._prepare_long()
        else:
            self._prepare_wide()
        self._claims = {
            name: self._place(said) for name in CLAIMS if (said := getattr(layout, name))
        }
        self._topics = {} if self._sensor is not None else {
            place: self._topic_of(self.sensor or name) for place, name in self._values.items()
        }  # fmt: skip
        # Rows up to this one are in what was given out: the place to go on from.
        self.done = 0
        self.rows = 0
        self._clocks: dict[str, Clock[Entry]] = {}
        self._waiting: dict[str, int] = {}

    def _time_columns(self) -> list[str]:
        """Date and time may be two columns: Fecha+Hora."""
        return [self.time] if self.time in self._places else self.time.split("+")

    def _topic_of(self, name: str) -> str:
        try:
            return checked(self._topic(parse_label(name, "sensor") or ""))
        except RefusedError as refused:
            raise ConfigError(
                f"{name[:64]!r} of {self._table.name} is no name of a sensor: {refused.detail}",
                hint="Say --value for the columns to take, or --map for what they are.",
            ) from refused

    def _named(self, names: tuple[str, ...]) -> str | None:
        """The column with the first of these names that there is."""
        by_name = {column.lower(): column for column in reversed(self._table.columns)}
        return next((by_name[name] for name in names if name in by_name), None)

    def _place(self, name: str) -> int:
        place = self._places.get(name.strip())
        if place is None:
            raise ConfigError(
                f"{self._table.name} has no column {name}; it has {', '.join(self._table.columns)}"
            )
        if self._table.columns.count(name.strip()) > 1:
            raise ConfigError(
                f"{self._table.name} has more than one column {name}: which is meant?"
            )
        return place

    def _is_long(self) -> bool:
        if self._layout.layout is not None:
            return self._layout.layout == "long"
        if self._layout.sensor is not None:
            return True
        return None not in (self._named(SENSOR_NAMES), self._named(VALUE_NAMES))

    def _prepare_long(self) -> None:
        layout = self._layout
        if len(layout.value) > 1:
            raise ConfigError(f"a long file has one column of values, not {len(layout.value)}")
        sensor = layout.sensor or self._named(SENSOR_NAMES)
        value = layout.value[0] if layout.value else self._named(VALUE_NAMES)
        if value is None:
            known = {sensor, *(getattr(layout, name) for name in CLAIMS)}
            places = self._places.items()
            others = [name for name, at in places if at not in self._time and name not in known]
            value = others[0] if len(others) == 1 else None
        for said, option in ((value, "--value"), (sensor, "--sensor")):
            if said is None:
                raise ConfigError(
                    f"which column of {self._table.name} is it? Say {option}."
                    f" It has {', '.join(self._table.columns)}"
                )
        assert value is not None
        assert sensor is not None
        self._values = {self._place(value): value}
        if sensor in self._places and self._place(sensor) not in self._values:
            self._sensor = self._place(sensor)
        else:
            # The one sensor of all rows.
            self.sensor = sensor

    def _prepare_wide(self) -> None:
        layout = self._layout
        claims = {said for name in CLAIMS if (said := getattr(layout, name))}
        names = layout.value or tuple(
            name for name, place in self._places.items()
            if place not in self._time and name and name not in claims
        )  # fmt: skip
        if not layout.value:
            self.left_out = [name for name in names if not self._holds_numbers(self._places[name])]
            names = tuple(name for name in names if name not in self.left_out)
        self._values = {self._place(name): name for name in names}
        if layout.sensor is not None and len(self._values) == 1:
            self.sensor = layout.sensor
        if not self._values:
            raise ConfigError(
                f"no column of {self._table.name} holds numbers with decimal"
                f" {layout.decimal!r}; it has {', '.join(self._table.columns)}"
            )

    def _holds_numbers(self, place: int) -> bool:
        """A column of texts is none of values. An empty one may fill further down."""
        is_empty = True
        for _, row in self._head:
            try:
                if place < len(row) and self._numbers.parse(row[place]) is not None:
                    return True
            except RefusedError:
                is_empty = False
        return is_empty

    def __iter__(self) -> Iterator[Found]:
        for number, row in chain(self._head, self._table.rows):
            self.rows = number
            yield from self._row(number, row)
            self.done = min(self._waiting.values(), default=number + 1) - 1
        for clock in self._clocks.values():
            yield from self._told(clock.rest())
        self._waiting.clear()

    def _row(self, number: int, row: Row) -> Iterator[Found]:
        try:
            if isinstance(row, BrokenRow):
                raise RefusedError("row_shape", row.why)
            if any(row[len(self._table.columns) :]):
                raise RefusedError(
                    "row_shape", f"{len(row)} cells, {len(self._table.columns)} columns"
                )
            moment = self._stamps.parse(self._time_cell(row))
            series, cells = self._cells(row)
            entry = Entry(number, cells, self._claim(row), row)
        except RefusedError as refused:
            yield Found(number, self._refused(number, row, self._table.name, refused))
            return
        clock = self._clocks.get(series)
        if clock is None:
            clock = self._clocks[series] = Clock(self._layout)
        yield from self._told(clock.add(moment, entry))
        if clock.is_waiting:
            self._waiting.setdefault(series, number)
        else:
            self._waiting.pop(series, None)

    def _time_cell(self, row: Row) -> object:
        if len(self._time) == 1:
            return cell(row, self._time[0])
        parts = [cell(row, place) for place in self._time]
        return " ".join(str(part).strip() for part in parts if part is not None)

    def _cells(self, row: Row) -> tuple[str, list[tuple[str, object]]]:
        """The series that the row belongs to, and its values by topic."""
        if self._sensor is None:
            return "", [(topic, cell(row, place)) for place, topic in self._topics.items()]
        name = parse_label(text_of(cell(row, self._sensor)), "sensor")
        if name is None:
            raise RefusedError("name_missing", "the row names no sensor")
        (place,) = self._values
        return name, [(checked(self._topic(name)), cell(row, place))]

    def _claim(self, row: Row) -> Claim | None:
        if not self._claims:
            return None
        said = {
            name: parse_label(text_of(cell(row, place)), name)
            for name, place in self._claims.items()
        }
        return Claim(*(said.get(name) for name in CLAIMS))

    def _told(self, told: Iterator[tuple[datetime | RefusedError, Entry]]) -> Iterator[Found]:
        for moment, entry in told:
            number = entry.number
            if isinstance(moment, RefusedError):
                yield Found(number, self._refused(number, entry.row, entry.cells[0][0], moment))
                continue
            for topic, raw in entry.cells:
                try:
                    value = self._numbers.parse(raw)
                except RefusedError as refused:
                    yield Found(number, self._refused(number, entry.row, topic, refused))
                    continue
                if value is None:
                    yield Found(number, None)
                else:
                    yield Found(
                        number, Reading(topic, moment, value, entry.claim, self._received_at)
                    )

    def _refused(self, number: int, row: Row, topic: str, refused: RefusedError) -> Rejection:
        return self._table.refuse(number, row, refused, self._received_at, topic)


def cell(row: Row, place: int) -> object:
    """Rows may end early: what is not there is empty."""
    return row[place] if place < len(row) else None


def text_of(raw: object) -> object:
    """A lot may be a number in a Parquet file."""
    if isinstance(raw, str):
        return raw.strip() or None
    return raw if raw is None else str(raw)
