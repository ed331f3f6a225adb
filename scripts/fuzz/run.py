"""Throws mutated messages at decoder and store, and says what does not hold."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from db.connection import connect
from db.errors import LotwattError
from db.migrate import Connection
from db.statements import load
from ingest.buffer import Batch, Buffer, Limits
from ingest.catalog import Catalog
from ingest.columns import Columns
from ingest.decode import decode
from ingest.item import Drop, Event, Item, Message, Reading, Rejection, Status
from ingest.stamp import EARLIEST, LATEST
from ingest.store import Counts, Store
from ingest.wire import Packet
from scripts.fuzz.mutate import Mutator

STATEMENTS = load("scripts/fuzz/statements.sql")
BATCH = 1000
OUTCOMES = ("stored", "duplicate", "conflict", "quarantined", "dropped")


class FuzzError(LotwattError):
    """Something that must hold does not."""


@dataclass(slots=True)
class Findings:
    """What became of all that was thrown."""

    messages: int = 0
    items: int = 0
    fast: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    books: dict[str, int] = field(default_factory=dict)
    reasons: list[tuple[str, str, int]] = field(default_factory=list)
    readings: int = 0
    quarantine_rows: int = 0
    unknown_topics: int = 0


def fuzz(url: str, messages: int, seed: int, progress: Callable[[int], None]) -> Findings:
    """Fuzz a migrated, empty database. Raises FuzzError, with the seed of the batch."""
    findings = Findings()
    with connect(url, autocommit=True) as connection:
        connection.execute(STATEMENTS["plant"])
        store = Store(url, "fuzz")
        try:
            for start in range(0, messages, BATCH):
                count = min(BATCH, messages - start)
                throw(store, findings, seed + start // BATCH, count)
                progress(count)
        finally:
            store.close()
        check(connection, findings)
    return findings


def throw(store: Store, findings: Findings, seed: int, count: int) -> None:
    """One batch: decoded message by message, then stored as a whole."""
    mutator = Mutator(seed, datetime.now(UTC))
    buffer = Buffer(Limits(messages=BATCH), store.load_catalog())
    for number in range(count):
        packet = mutator.packet()
        try:
            items, is_fast = decoded(packet, buffer.catalog)
            buffer.add([packet], 0.0)
        except Exception as error:
            raise FuzzError(
                f"seed {seed}, message {number}: {type(error).__name__}: {error}",
                hint=f"topic {packet.topic!r}, payload {packet.payload[:2000]!r}",
            ) from error
        findings.messages += 1
        findings.fast += is_fast
        findings.items += len(items)
        findings.by_kind.update(type(item).__name__ for item in items)
    batch = buffer.take()
    counts = store.write(batch)
    if total(counts) != size(batch):
        raise FuzzError(f"seed {seed}: {size(batch)} came of decoding, {counts} of storing")


def decoded(packet: Packet, catalog: Catalog) -> tuple[list[Item], bool]:
    """What the decoder makes of a message, checked; and whether the fast way took it too."""
    now = datetime.now(UTC)
    topic = packet.topic.decode("utf-8", "replace")
    items = decode(Message(topic, packet.payload, now, packet.is_retained), catalog.mappings)
    require(bool(items), "nothing came of it")
    for item in items:
        require_storable(item)
    columns = Columns(catalog)
    is_fast = columns.add(packet.topic, packet.payload, int(now.timestamp() * 1e6))
    if is_fast:
        fast = [(row.topic, row.time, row.value) for row in columns.readings()]
        slow = [(i.topic, i.time, i.value) for i in items if isinstance(i, Reading)]
        require(fast == slow and len(slow) == len(items), f"fast way {fast}, general way {items}")
    return items, is_fast


def require_storable(item: Item) -> None:
    if isinstance(item, Drop):
        return
    require("\0" not in item.topic, "a topic with a zero character")
    item.topic.encode()
    if isinstance(item, Rejection):
        require("\0" not in item.detail and len(item.detail) <= 256, "a detail that is no text")
        require(len(item.payload) <= 4096, "a payload of more than 4 kB")
        (item.reason + item.detail).encode()
        return
    require(EARLIEST <= item.time < LATEST, f"time {item.time}")
    if isinstance(item, Reading):
        require(isfinite(item.value) and abs(item.value) <= 1e30, f"value {item.value}")
    else:
        require(isinstance(item, Event | Status), "an item of no kind")


def require(holds: bool, sentence: str) -> None:
    if not holds:
        raise AssertionError(sentence)


def size(batch: Batch) -> int:
    items = batch.items
    kept = (batch.columns, items.readings, items.events, items.statuses, items.rejections)
    return sum(len(each) for each in kept) + items.drops.total()


def total(counts: Counts) -> int:
    return sum(getattr(counts, name) for name in OUTCOMES)


def check(connection: Connection, findings: Findings) -> None:
    """The books balance, nothing impossible is stored, and all of it can be settled."""
    messages, received, *columns = row(connection, "books")
    findings.books = dict(zip(OUTCOMES, columns, strict=True))
    findings.reasons = list(connection.execute(STATEMENTS["reasons"]).fetchall())
    (findings.readings,) = row(connection, "readings")
    findings.quarantine_rows, findings.unknown_topics = row(connection, "rows_kept")
    if messages != findings.messages:
        raise FuzzError(f"{findings.messages} messages were sent, the ledger has {messages}")
    if not received == findings.items == sum(columns):
        raise FuzzError(f"decoded {findings.items}, received {received}, ended {findings.books}")
    for outcome in ("quarantined", "dropped"):
        explained = sum(count for name, _, count in findings.reasons if name == outcome)
        if explained != findings.books[outcome]:
            raise FuzzError(f"{outcome}: {findings.books[outcome]}, but {explained} with a reason")
    refused = [count for _, reason, count in findings.reasons if reason == "data_error"]
    if refused:
        raise FuzzError(f"the decoder let {refused[0]} items through that the database refuses")
    (impossible,) = row(connection, "impossible_readings")
    if impossible:
        raise FuzzError(f"{impossible} readings that no sensor can have sent are stored")
    while row(connection, "settle")[0]:
        pass
    parked = connection.execute(STATEMENTS["parked"]).fetchone()
    if parked is not None:
        raise FuzzError(f"what was stored cannot be settled: {parked[0]}")


def row(connection: Connection, name: str) -> tuple[Any, ...]:
    found = connection.execute(STATEMENTS[name]).fetchone()
    assert found is not None
    return found
