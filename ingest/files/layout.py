"""How a file of readings is laid out: what the options of `lotwatt ingest file` say, or a TOML file
with the same keys."""

import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ingest.errors import ConfigError

LAYOUTS = ("long", "wide")
STAMPS = ("end", "start")
MIDNIGHTS = ("opens", "closes")
DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|"}
SEPARATORS = {"comma": ",", "point": ".", "dot": ".", "space": " ", "apostrophe": "'", "none": ""}
NUMBERED = ("s", "ms", "us", "ns")
INTERVAL = re.compile(r"(\d+)\s*(ms|s|min|m|h|d)")
UNITS = {
    "ms": "milliseconds",
    "s": "seconds",
    "m": "minutes",
    "min": "minutes",
    "h": "hours",
    "d": "days",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Names are names of columns; what is None is found out from the file.

    `sensor` names the column that says which sensor (long), or the one sensor of all rows where no
    column has that name. `value` are the columns of values. `topics` says which sensor a name is;
    `topic` is a template for names that are neither topic nor code, such as plant/P1/{sensor}.
    `stamps` says which end of an `interval` a stamp is; readings stand at the end of theirs. Where
    the clock of a file goes back by less than `set_back`, it was set back by that much: what comes
    after is later than it says. `columns` are those of a list of orders or events.
    """

    layout: str | None = None
    time: str | None = None
    time_format: str = "auto"
    time_zone: str | None = None
    sensor: str | None = None
    value: tuple[str, ...] = ()
    lot: str | None = None
    reference: str | None = None
    operator: str | None = None
    machine: str | None = None
    decimal: str = "."
    thousands: str = ""
    delimiter: str | None = None
    encoding: str | None = None
    skip: int = 0
    stamps: str = "end"
    interval: timedelta | None = None
    midnight: str = "opens"
    set_back: timedelta | None = None
    topic: str = "{sensor}"
    topics: dict[str, str] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo | None:
        return None if self.time_zone is None else ZoneInfo(self.time_zone)

    def with_options(self, options: dict[str, Any]) -> "Layout":
        """What is said by options goes before what a file says. Raises ConfigError."""
        said = {name: value for name, value in options.items() if value not in (None, ())}
        for name in ("topics", "columns"):
            if name in said:
                said[name] = {**getattr(self, name), **said[name]}
        return checked(replace(self, **said))


def read_layout(path: Path) -> Layout:
    """A mapping file. Raises ConfigError with a sentence for what is not understood."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    said = {name.replace("-", "_"): value for name, value in said.items()}
    known = {each.name for each in fields(Layout)}
    if unknown := sorted(set(said) - known):
        raise ConfigError(
            f"{path} says {', '.join(unknown)}, which is not known;"
            f" it may say {', '.join(sorted(known))}"
        )
    if isinstance(said.get("value"), str):
        said["value"] = (said["value"],)
    for name, value in said.items():
        wanted = {"skip": int, "topics": dict, "columns": dict, "value": list | tuple}.get(
            name, str
        )
        if not isinstance(value, wanted):
            raise ConfigError(f"{path}: {name} is a {type(value).__name__}, which it cannot be")
    return checked(Layout(**{**said, "value": tuple(said.get("value", ()))}))


def checked(layout: Layout) -> Layout:
    """The layout with names of characters and intervals put in. Raises ConfigError."""
    try:
        ZoneInfo(layout.time_zone or "UTC")
    except (ValueError, OSError, KeyError) as error:
        raise ConfigError(
            f"time zone {layout.time_zone} is not known; say one such as Europe/Madrid"
        ) from error
    for name, value, choices in (
        ("layout", layout.layout or "long", LAYOUTS),
        ("stamps", layout.stamps, STAMPS),
        ("midnight", layout.midnight, MIDNIGHTS),
    ):
        if value not in choices:
            raise ConfigError(f"{name} is {value}; it can be {' or '.join(choices)}")
    shape = layout.time_format
    if shape not in ("auto", "iso", *NUMBERED) and "%" not in shape:
        raise ConfigError(
            f"time format {shape} is none of auto, iso, {', '.join(NUMBERED)},"
            " and no strptime format such as %d/%m/%Y %H:%M"
        )
    interval, set_back = interval_of(layout.interval), interval_of(layout.set_back)
    if layout.stamps == "start" and interval is None:
        raise ConfigError(
            "stamps that are the start of an interval need its length: --interval 15m"
        )
    delimiter = layout.delimiter
    if delimiter is not None:
        delimiter = DELIMITERS.get(delimiter, delimiter)
        if len(delimiter) != 1:
            raise ConfigError(f"delimiter {delimiter!r} is not one character")
    decimal = SEPARATORS.get(layout.decimal, layout.decimal)
    thousands = SEPARATORS.get(layout.thousands, layout.thousands)
    if decimal not in (".", ","):
        raise ConfigError(f"decimal is {decimal!r}; it can be . or ,")
    if thousands not in ("", ".", ",", " ", "'") or thousands == decimal:
        raise ConfigError(
            f"thousands is {thousands!r} and decimal {decimal!r}; thousands can be . , space or '"
            " and not the same as decimal"
        )
    if "{sensor}" not in layout.topic:
        raise ConfigError(f"topic {layout.topic} has no {{sensor}} in it")
    return replace(
        layout, interval=interval, set_back=set_back, delimiter=delimiter, decimal=decimal,
        thousands=thousands,
    )  # fmt: skip


def interval_of(text: str | timedelta | None) -> timedelta | None:
    """15m, 1h, 30s, 1d. Raises ConfigError."""
    if not isinstance(text, str):
        return text
    found = INTERVAL.fullmatch(text.strip())
    if found is None or int(found[1]) == 0:
        raise ConfigError(f"interval {text} is none such as 15m, 1h or 30s")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
