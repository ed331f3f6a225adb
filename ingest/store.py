"""Writes batches to the database: one transaction each, and one bad row never takes the others."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from os import dup
from socket import SHUT_RDWR, socket
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from db.connection import connect
from db.errors import NoDatabaseError
from db.statements import load
from ingest.buffer import Batch
from ingest.catalog import Catalog
from ingest.columns import Block, microseconds, moment
from ingest.errors import TransientError
from ingest.item import PAYLOAD_KEPT, Event, Reading, Rejection, Status, clean
from ingest.mapping import Mappings
from ingest.restore import Stored, written

STATEMENTS = load("ingest/statements.sql")
CALL_SIZE = 5000
RETRIES = 3
# After readings that were there already, so many batches at most go the way that expects them.
MOST_CAREFUL = 16
# Classes of SQLSTATE that blame the data. Anything else is the database's own trouble, even a
# missing function (a deploy under way): the broker keeps the messages and the loader tries again.
DATA_ERRORS = ("22", "23", "54")
# A dead peer shows within seconds and a stuck statement ends, so the loader can step back.
TIMEOUTS: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": "-c statement_timeout=15s -c lock_timeout=5s",
}

Row = TypeVar("Row", bound=Stored)


@dataclass(frozen=True, slots=True)
class Counts:
    """In which way readings, events and messages ended."""

    stored: int = 0
    duplicate: int = 0
    conflict: int = 0
    quarantined: int = 0
    dropped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.stored + other.stored,
            self.duplicate + other.duplicate,
            self.conflict + other.conflict,
            self.quarantined + other.quarantined,
            self.dropped + other.dropped,
        )


class Store:
    """A connection to the database and what the loader says over it."""

    application = "lotwatt loader"
    statements: Mapping[str, LiteralString] = STATEMENTS
    way = "mqtt"

    def __init__(self, dsn: str | None, client_id: str) -> None:
        self._client_id = client_id
        self._source = f"{self.way}:{client_id}"
        self._caution = 1
        self._careful = 0
        try:
            self._connection: psycopg.Connection[TupleRow] = connect(
                dsn, autocommit=True, application_name=f"{self.application} {client_id}", **TIMEOUTS
            )
        except (NoDatabaseError, psycopg.Error) as error:
            raise transient(error) from error

    def close(self) -> None:
        self._connection.close()

    def cut(self) -> None:
        """End the connection under a statement that another thread waits for."""
        with suppress(OSError, psycopg.Error), socket(fileno=dup(self._connection.fileno())) as own:
            own.shutdown(SHUT_RDWR)

    def load_catalog(self) -> Catalog:
        """Topics and mappings as they stand. The version is read first: what changes while the rest
        is read shows at the next batch."""
        try:
            version = self._admit()[0]
            rows = self._connection.execute(self.statements["catalog"]).fetchall()
            mappings = Mappings.load(
                self._connection.execute(self.statements["mappings"]).fetchall()
            )
            self._connection.execute(
                self.statements["note_mapping_errors"],
                {
                    "name": [name for name, _ in mappings.errors],
                    "error": [sentence for _, sentence in mappings.errors],
                },
            )
        except psycopg.Error as error:
            raise transient(error) from error
        return Catalog(version, dict(rows), mappings)

    def version(self) -> int:
        """The version of topics, settings and mappings: another one than the catalog's is news."""
        row = self._say("admit", {})
        assert row is not None
        version: int = row[0]
        return version

    def write(self, batch: Batch) -> Counts:
        """Store a batch; it is committed when this returns.

        The fast way copies readings and lets the unique index say whether one was there already.
        Then, and for whatever else the database has against the rows, nothing of it stays and the
        batch goes the way that judges each reading.
        """
        is_fast = len(batch.columns) > 0 and self._careful == 0
        self._careful = max(0, self._careful - 1)
        last: Exception | None = None
        for _ in range(RETRIES):
            try:
                with self._connection.transaction():
                    return self._write(batch, is_fast)
            except psycopg.errors.TransactionRollback as error:
                # A deadlock with another writer, which has gone on: the next try gets through.
                last = error
            except psycopg.Error as error:
                if not (is_fast and is_data_error(error)):
                    raise transient(error) from error
                is_fast = False
                self._caution = min(self._caution * 2, MOST_CAREFUL)
                self._careful = self._caution
                last = error
        assert last is not None
        raise transient(last) from last

    def _write(self, batch: Batch, is_fast: bool) -> Counts:
        """First the copy, then the row of the ledger, then all else: two writers that take what
        they share in one order wait for each other and do not deadlock."""
        copied = False
        total = Counts()
        readings = batch.items.readings
        if is_fast:
            version, from_time, to_time = self._admit()
            if version == batch.columns.catalog.version:
                block, rest = batch.columns.split(microseconds(from_time), microseconds(to_time))
                if len(block):
                    total += self._copy(block, batch.messages)
                    copied = True
                readings = batch.columns.readings(rest) + readings
                self._caution = 1
            else:
                readings = batch.columns.readings() + readings
        elif len(batch.columns):
            readings = batch.columns.readings() + readings
        if not copied:
            total += self._call_store((), batch.messages)
        for start in range(0, len(readings), CALL_SIZE):
            total += self._split(readings[start : start + CALL_SIZE], self._call_store)
        if batch.items.events:
            total += self._split(batch.items.events, self._call_store_event)
        if batch.items.statuses:
            total += self._split(batch.items.statuses, self._call_store_status)
        if batch.items.rejections:
            total += self._call_quarantine(batch.items.rejections)
        for reason, count in batch.items.drops.items():
            total += self._call("drop_messages", {"reason": reason, "count": count})
        return total

    def _admit(self) -> TupleRow:
        row = self._connection.execute(self.statements["admit"]).fetchone()
        assert row is not None
        return row

    def _copy(self, block: Block, messages: int) -> Counts:
        with self._connection.cursor() as cursor:
            with cursor.copy(self.statements["copy_readings"]) as copy:
                copy.write(block.copied())
            copied = cursor.rowcount
        return self._call("note_stored", {
            **block.quarters(), "messages": messages, "readings": copied,
            "received_at": moment(int(block.received.min())),
        })  # fmt: skip

    def _split(self, rows: Sequence[Row], call: Callable[[Sequence[Row]], Counts]) -> Counts:
        """Call with all rows; where the database blames the data, halve down to the bad ones."""
        try:
            with self._connection.transaction():
                return call(rows)
        except (psycopg.Error, UnicodeEncodeError) as error:
            if not is_data_error(error):
                raise
            if len(rows) == 1:
                return self._call_quarantine([refused(rows[0], describe(error))])
        middle = len(rows) // 2
        first = self._split(rows[:middle], call)
        return first + self._split(rows[middle:], call)

    def _call_store(self, readings: Sequence[Reading], messages: int = 0) -> Counts:
        return self._call("store", {**reading_columns(readings), "messages": messages})

    def _call_store_event(self, events: Sequence[Event]) -> Counts:
        return self._call("store_event", columns(
            events, "topic", "event", "time", "lot", "reference", "operator", "good", "scrap",
            "received_at",
        ))  # fmt: skip

    def _call_store_status(self, statuses: Sequence[Status]) -> Counts:
        return self._call(
            "store_status", columns(statuses, "topic", "is_online", "time", "received_at")
        )

    def _call_quarantine(self, rejections: Sequence[Rejection]) -> Counts:
        return self._call("quarantine_messages", columns(
            rejections, "topic", "payload", "payload_length", "reason", "detail", "received_at"
        ))  # fmt: skip

    def _call(self, name: str, values: Mapping[str, object]) -> Counts:
        row = self._connection.execute(
            self.statements[name], {"source": self._source, **values}
        ).fetchone()
        assert row is not None
        return Counts(*row)

    def seen(self, counters: Mapping[str, int], *, committed: bool) -> None:
        """Leave a sign of life."""
        self._say("loader_seen", {"counters": Jsonb(dict(counters)), "committed": committed})

    def subscribed(self, topics: Sequence[str] | None = None) -> list[str]:
        """The topic filters that the session of this client holds; with topics, writes them."""
        row = self._say("subscribed", {"topics": None if topics is None else list(topics)})
        assert row is not None
        return row[0] or []

    def hold_lease(self, holder: str, lifetime_s: float) -> tuple[str, Any]:
        """Take or renew the lease where it is free; tells who has it and until when."""
        lifetime = timedelta(seconds=lifetime_s)
        row = self._say("hold_lease", {"holder": holder, "lifetime": lifetime})
        assert row is not None
        return row[0], row[1]

    def release_lease(self, holder: str) -> None:
        self._say("release_lease", {"holder": holder})

    def _say(self, name: str, values: Mapping[str, object]) -> TupleRow | None:
        try:
            return self._connection.execute(
                self.statements[name], {"client_id": self._client_id, **values}
            ).fetchone()
        except psycopg.Error as error:
            raise transient(error) from error


def reading_columns(readings: Sequence[Reading]) -> dict[str, object]:
    """Columns of readings; where none carries a claim, the columns of claims stay away."""
    values = columns(readings, "topic", "time", "value", "received_at")
    claims = [reading.claim for reading in readings]
    if not any(claims):
        nothing = dict.fromkeys(("has_claim", "lot", "reference", "operator", "machine"))
        return {**values, **nothing}
    return {
        **values,
        "has_claim": [claim is not None for claim in claims],
        "lot": [claim and claim.lot for claim in claims],
        "reference": [claim and claim.reference for claim in claims],
        "operator": [claim and claim.operator for claim in claims],
        "machine": [claim and claim.machine for claim in claims],
    }


def columns(rows: Sequence[object], *names: str) -> dict[str, object]:
    return {name: [getattr(row, name) for row in rows] for name in names}


def refused(item: Stored, detail: str) -> Rejection:
    """What the database does not take, in the form that can be replayed."""
    payload = written(item)
    return Rejection(
        clean(item.topic), payload[:PAYLOAD_KEPT], len(payload), "data_error", detail,
        item.received_at,
    )  # fmt: skip


def is_data_error(error: Exception) -> bool:
    """Values that cannot even be sent (a zero character) have no SQLSTATE."""
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return error.sqlstate.startswith(DATA_ERRORS)
    return isinstance(error, psycopg.DataError | UnicodeEncodeError)


def describe(error: Exception) -> str:
    return clean(" ".join(f"{getattr(error, 'sqlstate', None) or ''} {error}".split()))[:256]


def transient(error: Exception) -> TransientError:
    reason = clean(" ".join(str(error).split()))
    return TransientError(reason or type(error).__name__)
