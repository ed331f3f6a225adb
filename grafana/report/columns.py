"""How a column of an answer is to look: defaults of its panel, then the overrides that match it."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from grafana.report import look
from grafana.report.frames import Field
from grafana.report.units import Manner

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A field, its place among those of its panel, and Grafana's settings of it."""

    field: Field
    place: int
    settings: Json
    manner: Manner

    @property
    def title(self) -> str:
        return str(self.settings.get("displayName") or self.field.label_name)

    @property
    def unit(self) -> str:
        return str(self.settings.get("unit") or "none")

    @property
    def decimals(self) -> int | None:
        found = self.settings.get("decimals")
        return None if found is None else int(found)

    @property
    def links(self) -> Sequence[Json]:
        return self.settings.get("links") or ()

    @property
    def is_hidden(self) -> bool:
        return bool(self.custom("hidden") or (self.custom("hideFrom") or {}).get("viz"))

    def custom(self, name: str, otherwise: Any = None) -> Any:
        found = self.settings.get("custom", {}).get(name)
        return otherwise if found is None else found

    def mapped(self, value: Any) -> Json | None:
        """What the value mappings say of a value: text and color, as far as they do."""
        for mapping in self.settings.get("mappings") or ():
            if found := said_by(mapping, value):
                return found
        return None

    def text(self, value: Any) -> str:
        mapped = self.mapped(value)
        if mapped and mapped.get("text"):
            return str(mapped["text"])
        if value is None:
            return str(self.settings.get("noValue") or "")
        return self.manner.say(value, self.unit, self.decimals)

    def colour(self, value: Any) -> str | None:
        """The colour of one value; None where it is that of ordinary text."""
        mapped = self.mapped(value)
        if mapped and mapped.get("color"):
            return look.colour(str(mapped["color"]))
        mode = self.settings.get("color", {})
        if mode.get("mode") == "fixed":
            return look.colour(str(mode.get("fixedColor", "")))
        if mode.get("mode") == "thresholds":
            number = is_number(value)
            return look.step(float(value), self.settings.get("thresholds")) if number else None
        return None

    @property
    def series_colour(self) -> str:
        """The one colour of a line or bar."""
        last = next((v for v in reversed(self.field.values) if v is not None), None)
        return self.colour(last) or look.classic(self.place)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def columns(fields: Iterable[Field], panel: Json, manner: Manner) -> list[Column]:
    """The fields of an answer, each with what its panel says of it."""
    config = panel.get("fieldConfig", {})
    found = []
    for place, field in enumerate(fields):
        settings = dict(config.get("defaults", {}))
        for override in config.get("overrides", ()):
            if not is_meant(override.get("matcher", {}), field, settings.get("displayName")):
                continue
            for each in override.get("properties", ()):
                name, value = each["id"], each.get("value")
                if name.startswith("custom."):
                    custom = {**settings.get("custom", {}), name.removeprefix("custom."): value}
                    settings["custom"] = custom
                else:
                    settings[name] = value
        found.append(Column(field, place, settings, manner))
    return found


def is_meant(matcher: Json, field: Field, title: str | None) -> bool:
    """Whether an override is about a field: by its name, by a pattern or by its type."""
    wanted = matcher.get("options")
    names = {field.name, field.label_name, title or field.name}
    match matcher.get("id"):
        case "byName":
            return wanted in names
        case "byNames":
            return bool(names & set((wanted or {}).get("names", ())))
        case "byRegexp":
            pattern = str(wanted)
            if pattern.startswith("/"):
                pattern = pattern[1:].rpartition("/")[0]
            return any(re.search(pattern, name) for name in names)
        case "byType":
            return str(wanted) == kind(field)
    return False


def kind(field: Field) -> str:
    if field.is_time:
        return "time"
    if field.is_number:
        return "number"
    return "boolean" if any(isinstance(value, bool) for value in field.values) else "string"


def said_by(mapping: Json, value: Any) -> Json | None:
    """What one of Grafana's four kinds of value mapping says of a value."""
    options: Any = mapping.get("options", {})
    match mapping.get("type"):
        case "value":
            found = options.get(key(value))
        case "range":
            low, high = options.get("from"), options.get("to")
            is_in = is_number(value) and (
                (low is None or value >= low) and (high is None or value <= high)
            )
            found = options.get("result") if is_in else None
        case "regex":
            pattern = str(options.get("pattern", "")).strip("/")
            is_in = isinstance(value, str) and bool(re.search(pattern, value))
            found = options.get("result") if is_in else None
        case "special":
            found = options.get("result") if is_special(options.get("match"), value) else None
        case _:
            found = None
    return found if isinstance(found, Mapping) else None


def is_special(match: Any, value: Any) -> bool:
    is_nan = isinstance(value, float) and math.isnan(value)
    return {
        "null": value is None,
        "nan": is_nan,
        "null+nan": value is None or is_nan,
        "true": value is True,
        "false": value is False,
        "empty": isinstance(value, str) and not value,
    }.get(str(match), False)


def key(value: Any) -> str:
    """A value as the key of a value mapping."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat()
    return "null" if value is None else str(value)
