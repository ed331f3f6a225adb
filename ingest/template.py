"""Templates of sensor topics in mappings: `kepware/{1}/{id}`."""

import re
from collections.abc import Callable

from ingest.document import LONGEST_TOPIC
from ingest.errors import RefusedError
from ingest.label import parse_label
from ingest.path import Path

PART = re.compile(r"\{([^{}]+)\}")
# Stands in for the name of a member: no topic and no name can hold it.
FIELD = "\0"
LEVEL = re.compile(r"-?[1-9][0-9]?")

# Document, record, levels of the topic: what a part of a template is made from.
Part = Callable[[object, object, list[str]], str]


class Template:
    """{topic}, {1} and {-1} of the message; {field}; anything else is a path on the record."""

    def __init__(self, text: str) -> None:
        """Raises ValueError where a part is no path."""
        self.has_field = "{field}" in text
        self.paths: list[Path] = []
        self._parts: list[str | Part] = []
        for place, piece in enumerate(PART.split(text)):
            if place % 2 == 0:
                self._parts.append(piece)
            elif piece == "field":
                self._parts.append(FIELD)
            elif piece == "topic":
                self._parts.append(whole)
            elif LEVEL.fullmatch(piece):
                self._parts.append(level_of(int(piece)))
            else:
                self.paths.append(Path(piece))
                self._parts.append(name_of(self.paths[-1]))

    def fill(self, topic: str, document: object, record: object) -> str:
        """The topic of the sensor; where it depends on a field, to be finished by with_field."""
        levels = topic.split("/")
        return "".join(
            part if isinstance(part, str) else part(document, record, levels)
            for part in self._parts
        )


def whole(document: object, record: object, levels: list[str]) -> str:
    return "/".join(levels)


def level_of(number: int) -> Part:
    index = number - 1 if number > 0 else number

    def level(document: object, record: object, levels: list[str]) -> str:
        try:
            return levels[index]
        except IndexError:
            raise RefusedError("topic_too_short", f"no level {number} in the topic") from None

    return level


def name_of(path: Path) -> Part:
    def name(document: object, record: object, levels: list[str]) -> str:
        label = parse_label(path.find(document, record), path.text)
        if label is None:
            raise RefusedError("name_missing", f"{path.text} is not there")
        return label

    return name


def with_field(filled: str, field: str) -> str:
    return checked(filled.replace(FIELD, parse_label(field, "field") or ""))


def checked(topic: str) -> str:
    if len(topic) > LONGEST_TOPIC:
        raise RefusedError("topic_too_long", f"{len(topic)} characters in the topic of the sensor")
    return topic
