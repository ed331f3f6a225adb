"""Times of a file, in the plant's own time where they name no zone.

Daylight saving repeats an hour and skips another. A file in order of time tells the two passes of
the repeated hour apart: between them the clock goes back. Where it does not, as where only one pass
is there, nobody can tell which it was, and the times are refused.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from ingest.errors import RefusedError
from ingest.files.layout import NUMBERED, Layout
from ingest.stamp import (
    from_number,
    from_text,
    from_unit,
    in_window,
    instants,
    no_stamp,
    not_one,
)

# ISO 8601 writes the end of a day so.
END_OF_DAY = re.compile(r"\b24:00(?::00(?:\.0+)?)?\b")
DAY = timedelta(days=1)
NOON = 12
Entry = TypeVar("Entry")


class Stamps:
    """Cells to times: aware where the cell names a zone, else naive, in the plant's time."""

    def __init__(self, layout: Layout) -> None:
        self._shape = layout.time_format
        self._zone = layout.zone
        self._is_numbered = layout.time_format in NUMBERED
        # The same stamp stands in the rows of all sensors.
        self.parse_text = lru_cache(10_000)(self._parse_text)

    def parse(self, cell: object) -> datetime:
        """Raises RefusedError."""
        if isinstance(cell, str):
            return self.parse_text(cell.strip())
        if isinstance(cell, datetime):
            return cell
        if isinstance(cell, date):
            return datetime(cell.year, cell.month, cell.day)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return from_unit(cell, self._shape) if self._is_numbered else from_number(cell)
        raise no_stamp(cell)

    def _parse_text(self, text: str) -> datetime:
        if not text:
            raise RefusedError("time_missing", "there is no time")
        if self._is_numbered:
            return from_unit(number_of(text), self._shape)
        said, days = END_OF_DAY.subn("00:00", text)
        moment = self._parse_shape(said) if "%" in self._shape else self._parse_iso(said)
        return moment + DAY if days else moment

    def _parse_shape(self, text: str) -> datetime:
        try:
            return datetime.strptime(text, self._shape)
        except (ValueError, OverflowError):
            raise RefusedError("time_type", f"{text[:64]} is not {self._shape}") from None

    def _parse_iso(self, text: str) -> datetime:
        if self._shape == "auto" and text.replace(".", "", 1).isdigit():
            return from_number(number_of(text))
        try:
            return from_text(text)
        except RefusedError:
            raise RefusedError("time_type", f"{text[:64]} is no ISO 8601 time") from None


def number_of(text: str) -> float:
    try:
        return int(text) if text.isdigit() else float(text)
    except ValueError:
        raise RefusedError("time_type", text[:64]) from None


class Clock(Generic[Entry]):
    """One series of times in the order of the file, and what hangs on each of them."""

    def __init__(self, layout: Layout) -> None:
        self._zone = layout.zone
        self._shift = layout.interval if layout.stamps == "start" else None
        self._set_back = layout.set_back
        # How much later than they say the times are, since the clock was set back.
        self._behind = timedelta(0)
        self._closes = layout.midnight == "closes"
        self._last: datetime | None = None
        self._is_ascending = True
        # Which way most steps outside the repeated hour went: 1 or -1.
        self._steps = 0
        self._pending: list[tuple[datetime, Entry]] = []

    def add(
        self, moment: datetime, entry: Entry
    ) -> Iterator[tuple[datetime | RefusedError, Entry]]:
        """Times that are certain now, in UTC, each with its entry; others wait for later rows."""
        if moment.tzinfo is not None:
            yield from self.rest()
            yield self._checked(moment), entry
            return
        if self._zone is None:
            yield RefusedError("time_naive", f"{moment} names no zone: say --time-zone"), entry
            return
        if (refused := self._midnight(moment)) is not None:
            yield refused, entry
            return
        if self._closes and (moment.hour, moment.minute, moment.second) == (0, 0, 0):
            moment += DAY
        found = instants(moment, self._zone)
        if len(found) == 1:
            yield from self.rest()
            self._behind += self._went_back(moment)
            yield self._checked(found[0] + self._behind), entry
        elif found:
            self._pending.append((moment, entry))
        else:
            yield from self.rest()
            yield not_one(found, str(moment), self._zone), entry
        if self._last is not None and not self._pending:
            self._steps += 1 if moment > self._last else -1
        self._is_ascending = self._last is None or moment > self._last
        self._last = moment

    @property
    def is_waiting(self) -> bool:
        return bool(self._pending)

    @property
    def _forward(self) -> int:
        return -1 if self._steps < 0 else 1

    def _went_back(self, moment: datetime) -> timedelta:
        """By how much the clock was set back before this row; not by daylight saving."""
        last, set_back = self._last, self._set_back
        if set_back is None or last is None or not moment <= last < moment + set_back:
            return timedelta(0)
        return set_back

    def _midnight(self, moment: datetime) -> RefusedError | None:
        """00:00 right after the evening of the same day closes that day, or is a mistake: a day off
        in silence would be a wrong number."""
        last = self._last
        if (
            self._closes or last is None or not self._is_ascending
            or (moment.hour, moment.minute, moment.second) != (0, 0, 0)
            or last.date() != moment.date() or last.hour < NOON
        ):  # fmt: skip
            return None
        return RefusedError(
            "time_midnight",
            f"{moment} comes after {last}; where 00:00 closes a day, say --midnight closes",
        )

    def rest(self) -> Iterator[tuple[datetime | RefusedError, Entry]]:
        """What waits, told apart as far as it can be."""
        pending, self._pending = self._pending, []
        if not pending:
            return
        assert self._zone is not None
        # In a file that begins with its newest row, the second pass comes first.
        is_newest_first = self._forward < 0
        turns = [
            n
            for n in range(1, len(pending))
            if (pending[n][0] - pending[n - 1][0]) * self._forward <= timedelta(0)
        ]
        for n, (moment, entry) in enumerate(pending):
            first, second = instants(moment, self._zone)
            if len(turns) == 1:
                is_second = (n >= turns[0]) is not is_newest_first
                yield self._checked(second if is_second else first), entry
            else:
                why = "twice" if not turns else "in no order"
                yield (
                    RefusedError("time_ambiguous", f"{moment} is {why} in {self._zone}"),
                    entry,
                )

    def _checked(self, moment: datetime) -> datetime | RefusedError:
        try:
            moment = in_window(moment.astimezone(UTC), moment)
            return moment if self._shift is None else moment + self._shift
        except RefusedError as refused:
            return refused
        except OverflowError:
            return RefusedError("time_out_of_window", str(moment))


def instant_of(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """A time that stands alone, with no rows around it that could tell. Raises RefusedError."""
    if moment.tzinfo is None:
        if zone is None:
            raise RefusedError("time_naive", f"{moment} names no zone: say --time-zone")
        found = instants(moment, zone)
        if len(found) != 1:
            raise not_one(found, str(moment), zone)
        moment = found[0]
    return in_window(moment.astimezone(UTC), moment)
