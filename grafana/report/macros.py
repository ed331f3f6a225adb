"""Grafana's macros of PostgreSQL with TimescaleDB, expanded as Grafana 9.3 and newer expand them.

Arguments are split at every comma, and the first `)` ends a macro: neither may stand inside an
argument. A name that is no macro is an error, as it is in Grafana. Variables are put in by the same
pass, so that the value of a variable is never read as a macro or as another variable.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.errors import LotwattError

MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
DURATION = re.compile(r"(\d+)(ms|[smhdwMy])")
SECONDS = {
    "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0,
    "M": 2592000.0, "y": 31536000.0,
}  # fmt: skip
# What `timeInterval` of the datasource says: nothing finer than a minute is asked for.
FINEST = timedelta(minutes=1)
# Grafana rounds an interval: up to this many ms (the first), it is that many ms (the second).
STEPS_MS = (
    (10, 1), (15, 10), (35, 20), (75, 50), (150, 100), (350, 200), (750, 500), (1500, 1000),
    (3500, 2000), (7500, 5000), (12500, 10000), (17500, 15000), (25000, 20000), (45000, 30000),
    (90000, 60000), (210000, 120000), (450000, 300000), (750000, 600000), (1050000, 900000),
    (1500000, 1200000), (2700000, 1800000), (5400000, 3600000), (9000000, 7200000),
    (16200000, 10800000), (32400000, 21600000), (86400000, 43200000), (172800000, 86400000),
    (604800000, 86400000), (1814400000, 604800000), (3628799999, 2592000000),
)  # fmt: skip
YEAR_MS = 31536000000
NAMES_MS = (
    ("y", YEAR_MS), ("d", 86400000), ("h", 3600000), ("m", 60000), ("s", 1000), ("ms", 1),
)  # fmt: skip


class MacroError(LotwattError):
    """A macro that Grafana would not expand either."""


@dataclass(frozen=True, slots=True)
class Span:
    """The time range of a page. Both ends belong to it, and both have a time zone."""

    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Fill:
    """What $__timeGroup wants in empty buckets: None (a gap), "previous", or a number."""

    interval_s: float
    value: float | str | None


@dataclass(frozen=True, slots=True)
class Expanded:
    sql: str
    fill: Fill | None


def expand(
    text: str,
    span: Span,
    *,
    interval: timedelta,
    put_in: Callable[[str], str] = lambda part: part,
) -> Expanded:
    """The statement that goes to the database. `put_in` replaces variables in a piece of it.

    Raises MacroError for an unknown macro, a missing argument or an interval that cannot be read.
    """
    milliseconds = round(interval.total_seconds() * 1000)
    for name, value in (
        ("$__interval_ms", str(milliseconds)),
        ("$__interval", interval_text(milliseconds)),
        ("$__unixEpochFrom()", str(unix(span.begin))),
        ("$__unixEpochTo()", str(unix(span.end))),
    ):
        text = text.replace(name, value)
    parts: list[str] = []
    fill: Fill | None = None
    at = 0
    for found in MACRO.finditer(text):
        name = found[1]
        # as Grafana did before 5.3: followed by a comma, the bucket is the column "time"
        if name == "__timeGroup" and text[found.end() : found.end() + 1] == ",":
            name = "__timeGroupAlias"
        arguments = [part.strip(" ") for part in put_in(found[2]).split(",")]
        said, wanted = evaluate(name, arguments, span)
        fill = wanted or fill
        parts += [put_in(text[at : found.start()]), said]
        at = found.end()
    return Expanded("".join([*parts, put_in(text[at:])]), fill)


def evaluate(name: str, arguments: list[str], span: Span) -> tuple[str, Fill | None]:
    """What one macro stands for, and how empty buckets are filled."""
    first = arguments[0]
    begin, end = span.begin, span.end
    match name:
        case "__time":
            return f'{first} AS "time"', None
        case "__timeEpoch":
            return f'extract(epoch from {first}) as "time"', None
        case "__timeFilter":
            return f"{first} BETWEEN '{rfc3339(begin)}' AND '{rfc3339(end)}'", None
        case "__timeFrom":
            return f"'{rfc3339(begin)}'", None
        case "__timeTo":
            return f"'{rfc3339(end)}'", None
        case "__unixEpochFilter":
            return f"{first} >= {unix(begin)} AND {first} <= {unix(end)}", None
        case "__unixEpochNanoFilter":
            return f"{first} >= {nanoseconds(begin)} AND {first} <= {nanoseconds(end)}", None
        case "__unixEpochNanoFrom":
            return str(nanoseconds(begin)), None
        case "__unixEpochNanoTo":
            return str(nanoseconds(end)), None
        case "__timeGroup" | "__unixEpochGroup":
            seconds, fill = group(name, arguments)
            if name == "__timeGroup":
                return f"time_bucket('{seconds:.3f}s',{first})", fill
            divisor = str(int(seconds)) if seconds.is_integer() else repr(seconds)
            return f"floor(({first})/{divisor})*{divisor}", fill
        case "__timeGroupAlias" | "__unixEpochGroupAlias":
            said, fill = evaluate(name.removesuffix("Alias"), arguments, span)
            return f'{said} AS "time"', fill
    raise MacroError(f'unknown macro "{name}"', hint="Grafana would refuse it too.")


def group(name: str, arguments: list[str]) -> tuple[float, Fill | None]:
    if len(arguments) < 2:
        raise MacroError(f"macro {name} needs time column and interval and optional fill value")
    seconds = duration_s(arguments[1].strip("'"))
    if seconds is None:
        raise MacroError(f"error parsing interval {arguments[1]}")
    if len(arguments) != 3:
        return seconds, None
    wanted = arguments[2]
    if wanted.upper() == "NULL":
        return seconds, Fill(seconds, None)
    if wanted == "previous":
        return seconds, Fill(seconds, "previous")
    try:
        return seconds, Fill(seconds, float(wanted))
    except ValueError:
        raise MacroError(f"error parsing fill value {wanted}") from None


def duration_s(text: str) -> float | None:
    """Seconds of 5m, 1h30m or 45 (which is seconds); None where it is nothing of that."""
    if text.isdigit():
        return float(text)
    parts = DURATION.findall(text)
    if not parts or "".join(f"{count}{unit}" for count, unit in parts) != text:
        return None
    return sum(int(count) * SECONDS[unit] for count, unit in parts)


def interval_for(span: Span, points: int) -> timedelta:
    """$__interval of a panel that is so many points wide, rounded as Grafana rounds it."""
    wanted_ms = (span.end - span.begin) / timedelta(milliseconds=1) / points
    if wanted_ms < FINEST / timedelta(milliseconds=1):
        return FINEST
    rounded = next((step for limit, step in STEPS_MS if wanted_ms <= limit), YEAR_MS)
    return timedelta(milliseconds=rounded)


def interval_text(milliseconds: int) -> str:
    """1m, 2h, 30d: the largest unit that goes into it, without what is left over, as Grafana."""
    name, size = next(((n, s) for n, s in NAMES_MS if milliseconds >= s), ("ms", 1))
    return f"{max(milliseconds // size, 1)}{name}"


def rfc3339(moment: datetime) -> str:
    """In UTC, with as many digits of the second as it has: as Go writes RFC3339Nano."""
    text = moment.astimezone(UTC).isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if "." in text else text) + "Z"


def unix(moment: datetime) -> int:
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))


def nanoseconds(moment: datetime) -> int:
    return ((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) * 1000
