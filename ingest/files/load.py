"""A file into the database, or only looked at: the same decoding, counted the same way."""

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ingest.columns import microseconds
from ingest.errors import ConfigError, TransientError
from ingest.files.decode import Decoder, Found, Topic
from ingest.files.layout import Layout
from ingest.files.table import Table, digest, tables
from ingest.importer import Importer
from ingest.item import Item, Reading, Rejection
from ingest.store import Counts

BATCH = 20_000
# Where more of the first batch is refused, the layout is wrong rather than the file.
MOST_REFUSED = 0.5
SHOWN = 10
# And so many of what is not, for each reason.
EXAMPLES = 3

Progress = Callable[[int], None]


@dataclass(slots=True)
class Report:
    """What a file held. `rows` are rows of the file; all else counts values, one for each sensor of
    a row; a row that cannot be read counts as one. `accepted` + `quarantined` are all of them.

    What the file says twice for one instant in two ways counts as quarantined, reason conflict: the
    first is stored. `unknown_sensors` are topics that no sensor has; None: nobody could be asked.
    """

    file: str
    rows: int = 0
    accepted: int = 0
    quarantined: int = 0
    empty: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    dropped: int = 0
    first: datetime | None = None
    last: datetime | None = None
    unknown_sensors: list[str] | None = None
    sensors: Counter[str] = field(default_factory=Counter)

    def saw(self, found: Found) -> None:
        item = found.item
        if isinstance(item, Reading):
            self.accepted += 1
            self.sensors[item.topic] += 1
            if self.first is None or item.time < self.first:
                self.first = item.time
            if self.last is None or item.time > self.last:
                self.last = item.time
        elif item is None:
            self.empty += 1
        else:
            self.quarantined += 1
            self.reasons[item.reason] += 1

    def stored_as(self, counts: Counts, rejections: int = 0, held: int = 0) -> None:
        """How what was seen as accepted ended; `held` are readings of sensors that nobody declared.

        The database has reasons of its own (before_retention): `lotwatt quarantine list`.
        """
        self.stored += counts.stored
        self.duplicate += counts.duplicate
        self.conflict += counts.conflict
        self.dropped += counts.dropped
        self._turn_away("conflict", counts.conflict)
        self._turn_away("unknown_sensor", held)
        self._turn_away("by_the_database", counts.quarantined - rejections - held)

    def _turn_away(self, reason: str, count: int) -> None:
        if count:
            self.accepted -= count
            self.quarantined += count
            self.reasons[reason] += count

    def __add__(self, other: "Report") -> "Report":
        counts = ("rows", "accepted", "quarantined", "empty", "stored", "duplicate", "conflict",
                  "dropped")  # fmt: skip
        times = [time for time in (self.first, other.first) if time]
        lasts = [time for time in (self.last, other.last) if time]
        unknown = [
            each for each in (self.unknown_sensors, other.unknown_sensors) if each is not None
        ]
        return Report(
            other.file, **{name: getattr(self, name) + getattr(other, name) for name in counts},
            reasons=self.reasons + other.reasons, sensors=self.sensors + other.sensors,
            first=min(times, default=None), last=max(lasts, default=None),
            unknown_sensors=sorted({*chain(*unknown)}) if unknown else None,
        )  # fmt: skip


def topics(layout: Layout, sensors: Mapping[str, str]) -> Topic:
    """From the name of a sensor in a file to its topic: as the layout says, else a topic or a code
    that is known, else by the template."""
    known = frozenset(sensors.values())

    @lru_cache(100_000)
    def topic(name: str) -> str:
        said = layout.topics.get(name)
        if said is not None:
            return sensors.get(said, said)
        if name in known:
            return name
        return sensors.get(name) or layout.topic.replace("{sensor}", name)

    return topic


def decoders(
    path: Path, layout: Layout, sensors: Mapping[str, str]
) -> Iterator[tuple[Table, Decoder]]:
    received_at, topic = datetime.now(UTC), topics(layout, sensors)
    for table in tables(path, layout):
        yield table, Decoder(table, layout, topic, received_at)


def load(
    path: Path, layout: Layout, importer: Importer, *, anyway: bool, progress: Progress
) -> Report:
    """Store a file. Where it was cut off before, with the same content and layout, go on there.

    Raises ConfigError for a file that the layout does not fit: nothing is stored then.
    """
    identity = {
        "digest": digest(path),
        "layout": hashlib.sha256(repr(layout).encode()).hexdigest()[:16],
    }
    before = importer.position() or {}
    is_same = all(before.get(name) == value for name, value in identity.items())
    start = (before["table"], before["row"]) if is_same and not before["done"] else (0, 0)
    sensors = importer.sensors()
    known = frozenset(sensors.values())
    report = Report(path.name)
    is_checked = anyway or start != (0, 0)
    at = (0, 0)
    items: list[Item] = []

    def flush(is_done: bool) -> None:
        nonlocal is_checked
        rejections = sum(isinstance(item, Rejection) for item in items)
        if not is_checked and rejections > MOST_REFUSED * len(items):
            raise unfit(path, items, rejections)
        is_checked = True
        position = {**identity, "table": at[0], "row": at[1], "done": is_done}
        try:
            counts = importer.store(items, position)
            held = sum(isinstance(item, Reading) and item.topic not in known for item in items)
        except TransientError as error:
            raise TransientError(
                f"the database went away at row {at[1]} of {path.name}: {error}",
                hint="What was stored is stored. The same command goes on from there.",
            ) from error
        report.stored_as(counts, rejections, held)
        items.clear()

    for number, (table, decoder) in enumerate(decoders(path, layout, sensors)):
        if number < start[0]:
            continue
        skipped = start[1] if number == start[0] else 0
        for found in decoder:
            at = (number, max(decoder.done, skipped))
            if found.number <= skipped:
                continue
            report.saw(found)
            if found.item is not None:
                items.append(found.item)
            if len(items) >= BATCH:
                flush(False)
                progress(table.tell())
        report.rows += max(0, decoder.rows - skipped)
    flush(True)
    report.unknown_sensors = sorted(set(report.sensors) - known)
    progress(path.stat().st_size)
    return report


def unfit(path: Path, items: list[Item], rejections: int) -> ConfigError:
    first = next(item for item in items if isinstance(item, Rejection))
    return ConfigError(
        f"{rejections} of the first {len(items)} values of {path.name} would be quarantined,"
        f" as {first.reason}: {first.detail}. Nothing was stored",
        hint="Look at it with --dry-run and say how it is laid out; --anyway stores the rest.",
    )


@dataclass(slots=True)
class Trial:
    """A file as it would be stored, with its first readings and examples of what is refused."""

    report: Report
    layout: list[str] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)


def trial(
    path: Path, layout: Layout, sensors: Mapping[str, str] | None, progress: Progress
) -> Trial:
    """Decode a file and store nothing."""
    found = Trial(Report(path.name))
    times: dict[str, array[int]] = {}
    values: dict[str, array[float]] = {}
    for table, decoder in decoders(path, layout, sensors or {}):
        found.layout.append(described(table, decoder))
        for each in decoder:
            found.report.saw(each)
            item = each.item
            if isinstance(item, Reading):
                if len(found.readings) < SHOWN:
                    found.readings.append(item)
                times.setdefault(item.topic, array("q")).append(microseconds(item.time))
                values.setdefault(item.topic, array("d")).append(item.value)
            elif item is not None and found.report.reasons[item.reason] <= EXAMPLES:
                found.rejections.append(item)
            if each.number % BATCH == 0:
                progress(table.tell())
        found.report.rows += decoder.rows
    for topic, stamps in times.items():
        duplicates, conflicts = repeated(np.asarray(stamps), np.asarray(values[topic]))
        found.report.stored_as(Counts(duplicate=duplicates, conflict=conflicts))
    if sensors is not None:
        found.report.unknown_sensors = sorted(set(found.report.sensors) - set(sensors.values()))
    progress(path.stat().st_size)
    return found


def repeated(times: Any, values: Any) -> tuple[int, int]:
    """How many readings come again with the value that came first, and how many with another."""
    _, first, of = np.unique(times, return_index=True, return_inverse=True)
    is_other = values != values[first][of]
    conflicts = int(is_other.sum())
    return len(times) - len(first) - conflicts, conflicts


def described(table: Table, decoder: Decoder) -> str:
    """How a table was understood, in a line."""
    parts = [
        "long" if decoder.is_long else "wide",
        f"time in {decoder.time}",
        f"delimiter {table.delimiter!r}" if table.delimiter else "",
        table.encoding,
        f"all rows of sensor {decoder.sensor}" if decoder.sensor else "",
        f"left out, as they hold no numbers: {', '.join(decoder.left_out)}"
        if decoder.left_out else "",
    ]  # fmt: skip
    return f"{table.name}: {', '.join(part for part in parts if part)}"


def as_dict(report: Report) -> dict[str, Any]:
    """For JSON."""
    said = {each.name: getattr(report, each.name) for each in fields(report)}
    return {**said, "reasons": dict(report.reasons), "sensors": dict(report.sensors)}
