"""Quarantined messages once more: with today's decoder, mappings and sensors.

One transaction a message: what is good of it is stored and the message leaves the quarantine, or it
stays there with the reason that it has now. Its time of receipt is that of its first coming, and
however often it came, it is one message.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import TupleRow, class_row

from db.statements import load
from ingest.decode import decode
from ingest.item import PAYLOAD_KEPT, Item, Message, Sorted
from ingest.mapping import Mappings
from ingest.restore import restored
from ingest.store import columns, is_data_error, reading_columns

STATEMENTS = load("ingest/replay.sql")
OUTCOMES = ("stored", "duplicate", "conflict", "quarantined", "dropped")
Connection = psycopg.Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Kept:
    """A quarantined message with its payload."""

    reason: str
    topic: str
    detail: str | None
    payload: bytes
    payload_length: int
    digest: bytes
    first_at: datetime
    last_at: datetime
    count: int
    is_decoded: bool
    newest_id: int

    @property
    def obstacle(self) -> str | None:
        """Why it can never be replayed; None where it can be tried."""
        if self.payload_length > len(self.payload):
            return f"only the first {PAYLOAD_KEPT} of its {self.payload_length} bytes are kept"
        if not self.payload:
            return "only its topic and count are kept"
        if self.reason == "topic_too_long":
            return "only the beginning of its topic is kept"
        return None


@dataclass(frozen=True, slots=True)
class Replayed:
    """How the replay of one message ended. `stays` says why it is still in the quarantine."""

    quarantine_id: int
    counts: Counter[str] = field(default_factory=Counter)
    stays: str | None = None


def load_mappings(connection: Connection) -> Mappings:
    return Mappings.load(connection.execute(STATEMENTS["mappings"]).fetchall())


def kept(connection: Connection, quarantine_id: int) -> Kept | None:
    """Look at a message; inside a transaction it is locked until its end."""
    with connection.cursor(row_factory=class_row(Kept)) as cursor:
        return cursor.execute(STATEMENTS["kept"], {"id": quarantine_id}).fetchone()


def replay(connection: Connection, quarantine_id: int, mappings: Mappings) -> Replayed:
    """Replay one message; it is committed when this returns. The connection is in autocommit."""
    try:
        with connection.transaction():
            message = kept(connection, quarantine_id)
            if message is None:
                return Replayed(quarantine_id, stays="it is not in the quarantine")
            if message.obstacle is not None:
                return Replayed(quarantine_id, stays=message.obstacle)
            counts = write(connection, Sorted.of(items(message, mappings)))
            row = connection.execute(STATEMENTS["replayed"], {
                "id": quarantine_id, "count": message.count, "last_at": message.last_at,
                "newest_id": message.newest_id, "quarantined": counts["quarantined"],
            }).fetchone()  # fmt: skip
            return Replayed(quarantine_id, counts, None if row is None else row[0])
    except ValueError as error:
        return Replayed(quarantine_id, stays=str(error))
    except psycopg.Error as error:
        if connection.broken or not (is_data_error(error) or error.sqlstate == "P0001"):
            raise
        diag = error.diag
        said = ": ".join(text for text in (diag.message_primary, diag.message_hint) if text)
        return Replayed(quarantine_id, stays=said or type(error).__name__)


def items(message: Kept, mappings: Mappings) -> Sequence[Item]:
    """What a message holds. One value of a message that was understood is not decoded again: a
    mapping that fits its topic was meant for the message."""
    if message.is_decoded or message.reason == "data_error":
        return [restored(message.topic, message.payload, message.first_at)]
    return decode(Message(message.topic, message.payload, message.first_at), mappings)


def write(connection: Connection, found: Sorted) -> Counter[str]:
    """Store items as the loader does, but without its window of the past, nor bisecting."""

    def call(name: str, values: dict[str, Any]) -> Counter[str]:
        row = connection.execute(STATEMENTS[name], values).fetchone()
        return Counter(dict(zip(OUTCOMES, row or (), strict=True)))

    total: Counter[str] = Counter()
    if found.readings:
        total += call("replay", reading_columns(found.readings))
    if found.events:
        total += call("replay_event", columns(
            found.events, "topic", "event", "time", "lot", "reference", "operator", "good", "scrap",
            "received_at",
        ))  # fmt: skip
    if found.statuses:
        total += call(
            "replay_status", columns(found.statuses, "topic", "is_online", "time", "received_at")
        )
    if found.rejections:
        total += call("quarantine", columns(
            found.rejections, "topic", "payload", "payload_length", "reason", "detail",
            "received_at",
        ))  # fmt: skip
    for reason, count in found.drops.items():
        total += call("drop", {"reason": reason, "count": count})
    return +total
