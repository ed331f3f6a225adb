"""Reads a file of readings and one of windows. What cannot be read is named with its line."""

import csv
import datetime as dt
import math
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

from jobs.errors import JobError

# Beyond this, squares and sums overflow; no sensor says such a thing.
LARGEST = 1e100
Reading = tuple[dt.datetime, float]
Window = tuple[dt.datetime, dt.datetime]


def readings(path: Path, zone: ZoneInfo) -> list[Reading]:
    """All readings in order of time. Rows may come in any order; a stamp that comes twice stays
    twice, in order of value, so that the order of the rows says nothing.

    Stamps without a zone are plant time; in the hour that autumn repeats, a stamp that comes twice
    is once before and once after the clock goes back.
    """
    found: list[Reading] = []
    seen: set[dt.datetime] = set()
    for line, row in rows(path, ("timestamp", "value")):
        stamp = instant(row["timestamp"], path, line)
        try:
            value = float(row["value"])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise JobError(f"{path.name}, line {line}: {row['value']!r} is no number")
        if abs(value) > LARGEST:
            raise JobError(f"{path.name}, line {line}: {row['value']} is beyond {LARGEST:g}")
        if stamp.tzinfo is None:
            local = stamp.replace(tzinfo=zone)
            stamp = local.astimezone(dt.UTC)
            if stamp in seen:
                stamp = local.replace(fold=1).astimezone(dt.UTC)
            seen.add(stamp)
        found.append((stamp.astimezone(dt.UTC), value))
    if len(found) < 2:
        raise JobError(f"{path.name} holds {len(found)} readings: nothing can be learned from that")
    found.sort()
    if found[0][0] == found[-1][0]:
        raise JobError(f"all readings of {path.name} are of one time: {found[0][0].isoformat()}")
    return found


def windows(path: Path, zone: ZoneInfo) -> list[Window]:
    """The windows in which something was wrong, in order of time."""
    found: list[Window] = []
    for line, row in rows(path, ("window_start", "window_end")):
        start, end = (instant(row[name], path, line) for name in ("window_start", "window_end"))
        start, end = (
            (stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)).astimezone(dt.UTC)
            for stamp in (start, end)
        )
        if end < start:
            raise JobError(f"{path.name}, line {line}: the window ends before it starts")
        found.append((start, end))
    return sorted(found)


def rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.DictReader(handle)
            missing = [name for name in columns if name not in (reader.fieldnames or [])]
            if missing:
                raise JobError(
                    f"{path.name} has no column {' and no column '.join(missing)}",
                    hint=f"Its first line has to name the columns {','.join(columns)}.",
                )
            for row in reader:
                yield reader.line_num, {name: row[name] or "" for name in columns}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise JobError(f"{path} cannot be read: {error}") from error


def instant(text: str, path: Path, line: int) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text.strip())
    except ValueError:
        raise JobError(
            f"{path.name}, line {line}: {text!r} is no time",
            hint="Write it as 2026-01-31T06:00:00, with an offset or in plant time.",
        ) from None
