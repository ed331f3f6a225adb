"""Dashboards in other languages: every text that people read is looked up in a catalogue.

English is the source. A language has a folder of catalogues, `locale/<language>/<board>.po`, as
translators' tools know them; a text that several boards use stands in one of them. What Grafana
itself reads, such as names of columns and variables, is never touched.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from grafana.boards.model import Json

LOCALES = ("en", "es")
# Keys of Grafana's JSON whose text people read.
READ = {"title", "description", "label", "noValue", "axisLabel", "text"}
# Names that people read: of annotations. Elsewhere a name is for Grafana.
ANNOTATIONS = "annotations"
# Overrides of columns: a list of {"id": ..., "value": ...}.
OVERRIDES = {"displayName", "noValue", "custom.fillBelowTo"}


class Untranslated(Exception):
    """A text that the catalogue of a language lacks."""


@cache
def catalogue(locale: str) -> dict[str, str]:
    """All that a language knows. Raises ValueError for a text that two files translate."""
    known: dict[str, str] = {}
    for path in sorted((Path(__file__).parent / "locale" / locale).glob("*.po")):
        with path.open("rb") as handle:
            found = read_po(handle, locale=locale)
        here = {str(each.id): str(each.string) for each in found if each.id and each.string}
        if twice := known.keys() & here.keys():
            raise ValueError(f"{path} translates what another file translates: {sorted(twice)}")
        known |= here
    return known


def translated(dashboard: Json, locale: str) -> Json:
    """The dashboard in a language. Raises Untranslated for a text that its catalogue lacks."""
    if locale == "en":
        return dashboard
    known = catalogue(locale)
    if missing := sorted(set(texts(dashboard)) - known.keys()):
        raise Untranslated(f"locale/{locale} lacks:\n" + "\n".join(missing))
    found = walk(dashboard, known.__getitem__)
    assert isinstance(found, dict)
    return found


def texts(dashboard: Json) -> Iterator[str]:
    """Every text of a dashboard that people read."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    walk(dashboard, note)
    yield from found


def walk(part: Any, say: Callable[[str], str], inside: str = "") -> Any:
    if isinstance(part, list):
        return [walk(each, say, inside) for each in part]
    if not isinstance(part, dict):
        return part
    is_override = set(part) == {"id", "value"}
    found = {}
    for key, value in part.items():
        is_read = (
            key in READ
            or (key == "name" and inside == ANNOTATIONS)
            or (key == "value" and is_override and part["id"] in OVERRIDES)
        )
        if is_read and isinstance(value, str) and value.strip():
            found[key] = say(value)
        elif key == "target":  # what goes to the database
            found[key] = value
        else:
            found[key] = walk(value, say, key if key == ANNOTATIONS else inside)
    return found
