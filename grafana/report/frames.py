"""Answers as Grafana's frames: series of a chart, columns of a table."""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from db.errors import LotwattError
from grafana.report.macros import Fill, Span
from grafana.report.source import Answer


class FrameError(LotwattError):
    """An answer that is not what its panel needs."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a frame. `name` is what overrides name; `label_name` adds labels to it."""

    name: str
    values: list[Any]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        """Numbers, or nothing at all: a column of NULLs may be either."""
        return any_is(self.values, int | float) and not any_is(self.values, bool)

    @property
    def is_time(self) -> bool:
        return any_is(self.values, datetime)

    @property
    def label_name(self) -> str:
        """As Grafana names a series without a displayName."""
        if not self.labels:
            return self.name
        if len(self.labels) == 1:
            return f"{self.name} {next(iter(self.labels.values()))}"
        said = ", ".join(f'{name}="{value}"' for name, value in sorted(self.labels.items()))
        return f"{self.name} {{{said}}}"


@dataclass(frozen=True, slots=True)
class Frame:
    """`times` of a time series: ascending, one for each value of each field."""

    fields: list[Field]
    times: list[datetime] = field(default_factory=list)

    @property
    def length(self) -> int:
        return len(self.fields[0].values) if self.fields else 0


def any_is(values: Sequence[Any], kind: Any) -> bool:
    found = next((value for value in values if value is not None), None)
    return isinstance(found, kind)


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if value is None or isinstance(value, int | float | str | datetime):
        return value
    return str(value)


def table(answer: Answer) -> Frame:
    """Every column as it came."""
    columns = zip(*answer.rows, strict=True) if answer.rows else ([] for _ in answer.columns)
    return Frame([
        Field(name, [plain(value) for value in values])
        for name, values in zip(answer.columns, columns, strict=True)
    ])  # fmt: skip


def series(answer: Answer, fill: Fill | None, span: Span) -> Frame:
    """Numbers over time: one series for each numeric column and combination of texts.

    Raises FrameError where there is no column "time".
    """
    frame = table(answer)
    by_name = {each.name.lower(): each for each in frame.fields}
    if "time" not in by_name:
        raise FrameError("no time column found", hint='A time series needs a column "time".')
    stamps = [as_time(value) for value in by_name["time"].values]
    rest = [each for each in frame.fields if each.name.lower() != "time"]
    texts = [each for each in rest if any_is(each.values, str)]
    numbers = [each for each in rest if each not in texts]
    if texts:
        found = wide(stamps, texts, numbers)
    else:
        kept = [place for place, stamp in enumerate(stamps) if stamp is not None]
        found = Frame(
            [replace(each, values=[number(each.values[p]) for p in kept]) for each in numbers],
            [stamp for stamp in stamps if stamp is not None],
        )
    return filled(found, fill, span) if fill and found.times else found


def as_time(value: Any) -> datetime | None:
    """A time, or seconds since 1970, as macros of epochs return them."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return None if value is None else datetime.fromtimestamp(float(value), UTC)


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def wide(stamps: list[datetime | None], texts: list[Field], numbers: list[Field]) -> Frame:
    """Long to wide: where a series has no row at a time that another has, it has a gap there."""
    times = sorted({stamp for stamp in stamps if stamp is not None})
    place_of = {time: place for place, time in enumerate(times)}
    is_metric = len(texts) == len(numbers) == 1 and texts[0].name == "metric"
    found: dict[tuple[str, tuple[str, ...]], Field] = {}
    for row, stamp in enumerate(stamps):
        if stamp is None:
            continue
        labels = tuple(str(each.values[row] or "") for each in texts)
        for each in numbers:
            key = (each.name, labels)
            if key not in found:
                said = {text.name: label for text, label in zip(texts, labels, strict=True)}
                found[key] = Field(
                    labels[0] if is_metric else each.name,
                    [None] * len(times),
                    {} if is_metric else said,
                )
            found[key].values[place_of[stamp]] = number(each.values[row])
    ordered = sorted(found, key=lambda key: [each.name for each in numbers].index(key[0]))
    return Frame([found[key] for key in ordered], times)


def filled(frame: Frame, fill: Fill, span: Span) -> Frame:
    """One value for each interval of the range, empty ones filled as $__timeGroup says."""
    step = timedelta(seconds=fill.interval_s)
    seconds = int(span.begin.timestamp() // fill.interval_s * fill.interval_s)
    at = datetime.fromtimestamp(seconds, UTC)
    times: list[datetime] = []
    places: list[int | None] = []
    while at <= span.end:
        # the last of what came in (at - step, at]
        place = bisect.bisect_right(frame.times, at) - 1
        is_there = place >= 0 and frame.times[place] > at - step
        times.append(at)
        places.append(place if is_there else None)
        at += step
    fields = []
    for each in frame.fields:
        values: list[float | None] = []
        for found in places:
            if found is not None:
                values.append(each.values[found])
            elif fill.value == "previous":
                values.append(values[-1] if values else None)
            else:
                values.append(None if fill.value is None else float(fill.value))
        fields.append(replace(each, values=values))
    return Frame(fields, times)
