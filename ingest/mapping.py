"""Rows of ingest.mapping: which topic is decoded by which, and what is wrong with them."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from paho.mqtt.matcher import MQTTMatcher

from ingest.path import Path
from ingest.template import Template

TOPICS_REMEMBERED = 10_000
DEGREES = re.compile(r"^(°|deg|º)\s*")
UNITS = {
    "℃": "c", "celsius": "c", "cel": "c", "℉": "f", "fahrenheit": "f", "kelvin": "k",
    "percent": "%", "pcs": "piece", "pieces": "piece",
}  # fmt: skip

Row = dict[str, Any]


class Mapping:
    """One row, made ready. `error` says what is broken; then its messages are quarantined."""

    error: str | None = None

    def __init__(self, row: Row) -> None:
        self.name: str = row["name"]
        self.topic_filter: str = row["topic_filter"]
        self.known_topics: frozenset[str] = frozenset()
        try:
            self._read(row)
            self._compile(row)
        except Exception as error:  # whatever a library says of a text that somebody typed
            self.error = " ".join(str(error).split()) or type(error).__name__

    def _read(self, row: Row) -> None:
        self.is_ignored: bool = row["is_ignored"]
        self.format: str = row["format"]
        self.fields = None if row["fields"] is None else frozenset(row["fields"])
        self.has_numeric_strings: bool = row["numeric_strings"]
        self.has_decimal_comma: bool = row["decimal_comma"]
        self.has_booleans: bool = row["booleans"]
        self.states: dict[str, float] = row["states"] or {}
        self.time_format: str = row["time_format"]
        self.drops_unknown: bool = row["on_unknown"] == "drop"
        self.good_quality = frozenset(row["good_quality"] or ())
        self.drops_bad_quality: bool = row["on_bad_quality"] == "drop"
        self.unit = None if row["unit"] is None else plain_unit(row["unit"])

    def _compile(self, row: Row) -> None:
        self.records = path_of(row, "records_path")
        self.value = path_of(row, "value_path")
        self.time = path_of(row, "time_path")
        self.quality = path_of(row, "quality_path")
        self.unit_path = path_of(row, "unit_path")
        self.lot = path_of(row, "lot_path")
        self.reference = path_of(row, "reference_path")
        self.operator = path_of(row, "operator_path")
        self.machine = path_of(row, "machine_path")
        try:
            self.sensor_topic = Template(row["sensor_topic"])
        except ValueError as error:
            raise ValueError(f"sensor_topic: {error}") from error
        self.zone = None if row["time_zone"] is None else ZoneInfo(row["time_zone"])
        if "%" in self.time_format:
            now = datetime(2026, 11, 25, 13, 14, 15, tzinfo=UTC)
            datetime.strptime(now.strftime(self.time_format), self.time_format)
        others = (*self.sensor_topic.paths, self.time, self.quality, self.unit_path, self.lot,
                  self.reference, self.operator, self.machine)  # fmt: skip
        below = [path.steps_below(self.value) for path in others if path is not None]
        # Members of the object that mean something else than a value.
        self.not_fields = frozenset("/".join(steps) for steps in below if steps)


def path_of(row: Row, column: str) -> Path | None:
    if row[column] is None:
        return None
    try:
        return Path(row[column])
    except ValueError as error:
        raise ValueError(f"{column}: {error}") from error


def plain_unit(unit: str) -> str:
    """Units in one spelling: °C and degC are the same, mW and MW are not."""
    unit = DEGREES.sub("", unit.strip()).replace("³", "3").replace("²", "2")
    unit = unit if unit[:1] in ("m", "M") else unit.lower()
    return UNITS.get(unit, unit)


class Mappings:
    """All enabled rows in their order."""

    def __init__(self, mappings: Sequence[Mapping], units: dict[str, str]) -> None:
        self.filters = list(dict.fromkeys(mapping.topic_filter for mapping in mappings))
        self.errors = [(mapping.name, mapping.error) for mapping in mappings if mapping.error]
        self.units = units
        self.count = len(mappings)
        self._mappings = mappings
        self._matcher: Any = MQTTMatcher()  # type: ignore[no-untyped-call]
        for place in reversed(range(len(mappings))):
            self._matcher[mappings[place].topic_filter] = place
        # The same topics come again and again; the bound is for whoever makes up new ones.
        self.find = lru_cache(TOPICS_REMEMBERED)(self._find)

    @classmethod
    def load(cls, rows: Iterable[Sequence[Any]]) -> "Mappings":
        """From the rows of the function ingest.mappings(), one JSON object each."""
        mappings: list[Mapping] = []
        units: dict[str, str] = {}
        topics: frozenset[str] = frozenset()
        for (entry,) in rows:
            if "units" in entry:
                units = {topic: plain_unit(unit) for topic, unit in entry["units"].items()}
                topics = frozenset(entry["topics"] or ())
            else:
                mappings.append(Mapping(entry))
        for mapping in mappings:
            mapping.known_topics = topics
        return cls(mappings, units)

    def _find(self, topic: str) -> Mapping | None:
        """The first whose filter matches, even a broken one: a later one would be a guess."""
        place = min(self._matcher.iter_match(topic), default=None)
        return None if place is None else self._mappings[place]


NO_MAPPINGS = Mappings((), {})
