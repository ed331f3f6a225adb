"""One round of a source: everything since the last one, and once more what may have changed.

The position moves at the end of a round, in the transaction that stores its last page: a round that
is cut off is read again from its beginning, and what was stored is a duplicate then. Where a source
hands out cursors that keep their meaning (`resume`), the position moves with each page.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ingest.api.client import Client, SourceError
from ingest.api.pages import pages
from ingest.api.source import Source
from ingest.errors import RefusedError
from ingest.importer import Importer
from ingest.item import Event, Imported, Order, Reading
from ingest.stamp import parse_stamp
from ingest.store import Counts

# A page is stored in pieces of so many items.
BATCH = 20_000


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when a round asks; `is_last` where it reaches to now."""

    since: datetime
    until: datetime
    is_last: bool


def window_of(source: Source, position: dict[str, Any], now: datetime) -> Window:
    """The overlap before the newest that was read is read again. Without a window in its questions
    a source always tells everything, and these times only bound nothing."""
    newest = position.get("newest")
    since = source.start if newest is None else parse_stamp(newest) - source.overlap
    since = max(source.start, since)
    until = now if source.window is None else min(now, since + source.overlap + source.window)
    return Window(since, until, until >= now)


def read_round(source: Source, client: Client, importer: Importer) -> tuple[Counts, bool]:
    """Read and store one window; False where there is more to read before now.

    Raises SourceError where the source cannot be read, TransientError where the database is away:
    the position is then where it was.
    """
    position = importer.position() or {}
    window = window_of(source, position, datetime.now(UTC))
    newest = parse_stamp(position["newest"]) if position.get("newest") else source.start
    cursor = position.get("cursor") if source.paging.resume else None
    total = Counts()
    keys: list[str] = []
    try:
        for document, after in asked(source, client, window, cursor):
            for items in batches(source, document):
                newest = max((newest, *(time for time in times(items) if time <= window.until)))
                keys += (item.key for item in items if isinstance(item, Order))
                total += importer.store(items)
            if source.paging.resume:
                cursor = after
                importer.store([], {**position, "cursor": cursor})
    except RefusedError as refused:
        raise SourceError(
            f"an answer of {source.name} is not as its decode says: {refused.detail}",
            hint="Compare it with records_path; an answer without records has an empty list there.",
        ) from refused
    except SourceError as error:
        raise SourceError(f"{error}" if source.name in str(error) else f"{source.name}: {error}",
                          hint=error.hint) from error  # fmt: skip
    if source.kind == "orders" and source.is_complete and not total.quarantined:
        importer.withdraw_missing(window.since, window.until, keys)
    if not window.is_last:
        newest = max(newest, window.until)
    importer.store([], {"newest": newest.isoformat(), "cursor": cursor})
    return total, window.is_last or not source.has_window


def asked(
    source: Source, client: Client, window: Window, cursor: str | None
) -> Iterator[tuple[object, str | None]]:
    names = {
        "since": stamp(window.since, source.window_format),
        "until": stamp(window.until, source.window_format),
    }

    def filled(text: str) -> str:
        for name, value in names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    parameters = {name: filled(text) for name, text in source.parameters.items()}
    yield from pages(
        source.paging, client.get, filled(source.url), parameters,
        lambda document: source.decode.count(document), cursor,
    )  # fmt: skip


def batches(source: Source, document: object) -> Iterator[list[Imported]]:
    """The items of an answer, in pieces; an answer without records is one that is empty."""
    items: list[Imported] = []
    for found in source.decode(document, datetime.now(UTC)):
        items += found
        if len(items) >= BATCH:
            yield items
            items = []
    if items:
        yield items


def times(items: list[Imported]) -> Iterator[datetime]:
    for item in items:
        if isinstance(item, Reading | Event):
            yield item.time
        elif isinstance(item, Order):
            yield item.start


def stamp(moment: datetime, shape: str) -> str:
    """A time as the source wants it, in UTC."""
    if shape == "iso":
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if shape in ("s", "ms"):
        return str(int(moment.timestamp() * (1000 if shape == "ms" else 1)))
    return moment.astimezone(UTC).strftime(shape)
