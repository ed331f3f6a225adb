"""Rows of ingest.mapping, ready to decode with: which topic is decoded by which, and what is wrong with them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from paho.mqtt.matcher import MQTTMatcher

TOPICS_REMEMBERED = 10_000

Row = dict[str, Any]


class Mapping:
    """One row; where it is broken, `error` says why and its messages are quarantined."""

    def __init__(self, row: Row) -> None:
        self.name: str = row["name"]
        self.topic_filter: str = row["topic_filter"]
        self.error: str | None = None


class Mappings:
    """All enabled rows in their order."""

    def __init__(self, mappings: Sequence[Mapping], units: dict[str, str]) -> None:
        self.filters = [mapping.topic_filter for mapping in mappings]
        self.errors = [(mapping.name, mapping.error) for mapping in mappings if mapping.error]
        self.units = units
        self._mappings = mappings
        self._matcher = MQTTMatcher()
        for place in reversed(range(len(mappings))):
            self._matcher[mappings[place].topic_filter] = place
        # The same topics come again and again; the bound is for whoever makes up new ones.
        self.find = lru_cache(TOPICS_REMEMBERED)(self._find)

    @classmethod
    def load(cls, rows: Iterable[Sequence[Any]]) -> "Mappings":
        """From the rows of the function ingest.mappings(), one JSON object each."""
        mappings: list[Mapping] = []
        units: dict[str, str] = {}
        for (entry,) in rows:
            if "units" in entry:
                units = entry["units"]
            else:
                mappings.append(Mapping(entry))
        return cls(mappings, units)

    def _find(self, topic: str) -> Mapping | None:
        """The first mapping whose filter matches, even a broken one: a later one would be a guess."""
        place = min(self._matcher.iter_match(topic), default=None)
        return None if place is None else self._mappings[place]


NO_MAPPINGS = Mappings((), {})
