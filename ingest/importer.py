"""How files and the plant's own APIs store what they say of the past.

As the loader does, and with a position that is written in the same transaction, so that reading
that was cut off goes on there.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from db.statements import load
from ingest.buffer import Batch
from ingest.catalog import Catalog
from ingest.columns import Columns
from ingest.errors import TransientError
from ingest.item import Event, Imported, Order, Reading, Sorted
from ingest.store import STATEMENTS as STORE
from ingest.store import Counts, Store, columns, reading_columns, transient

STATEMENTS = {**STORE, **load("ingest/importer.sql")}
NO_COLUMNS = Columns(Catalog(-1, {}))
NOT_SAID = object()
# Runs and lots follow in the same statement, which must end within its time.
ORDERS_AT_ONCE = 200


class Importer(Store):
    """A connection over which one source stores, as `way:name` in the ledger.

    With `corrects` the source is the one that knows: where it says another value than before, what
    is stored changes, on record, unless a person changed it. With `is_per_row` the quantities of
    orders are those of their row, to be added up for a lot; else each row says those of the lot.
    """

    application = "lotwatt import"
    statements = STATEMENTS

    def __init__(
        self, dsn: str | None, way: str, name: str, *, corrects: bool = False,
        is_per_row: bool = False,
    ) -> None:  # fmt: skip
        self.way = way
        self._corrects = corrects
        self._is_per_row = is_per_row
        self._position: object = NOT_SAID
        super().__init__(dsn, name)

    def position(self) -> Any:
        """How far the source has been read, None at first."""
        row = self._say("import_position", {"source": self._source})
        return None if row is None else row[0]

    def sensors(self) -> dict[str, str]:
        """Topics of all sensors by their codes."""
        return self._topics("import_sensors")

    def machines(self) -> dict[str, str]:
        """Topics of all machines by their codes."""
        return self._topics("import_machines")

    def _topics(self, name: str) -> dict[str, str]:
        try:
            return dict(self._connection.execute(self.statements[name]).fetchall())
        except psycopg.Error as error:
            raise transient(error) from error

    def store(self, items: Iterable[Imported], position: object = NOT_SAID) -> Counts:
        """Store items and, in the same transaction, how far the source is read then.

        Raises TransientError where the database cannot now; nothing is stored then.
        """
        found = Sorted.of(items)
        self._position = position
        return self.write(Batch(0, NO_COLUMNS, found, [], 0.0))

    def _write(self, batch: Batch, is_fast: bool) -> Counts:
        total = super()._write(batch, is_fast)
        orders = batch.items.orders
        for start in range(0, len(orders), ORDERS_AT_ONCE):
            total += self._call_orders(orders[start : start + ORDERS_AT_ONCE])
        if self._position is not NOT_SAID:
            self._connection.execute(
                self.statements["import_moved"],
                {"source": self._source, "position": Jsonb(self._position)},
            )
        return total

    def withdraw_missing(self, since: datetime, until: datetime, keys: Sequence[str]) -> int:
        """Take back what this source said of orders that started in [since, until) and are not
        among these any more; says how many. Raises TransientError."""
        row = self._say("import_orders_missing", {
            "source": self._source, "from": since, "to": until, "keys": list(keys),
        })  # fmt: skip
        assert row is not None
        count: int = row[0]
        return count

    def _call_orders(self, orders: Sequence[Order]) -> Counts:
        return self._call("import_orders", {
            **columns(orders, "key", "lot", "reference", "machine", "start", "end", "planned",
                      "good", "scrap", "operator", "received_at"),
            "is_per_row": self._is_per_row,
        })  # fmt: skip

    def _call_store(self, readings: Sequence[Reading], messages: int = 0) -> Counts:
        return self._call("import_readings", {
            **reading_columns(readings), "messages": messages, "corrects": self._corrects,
        })  # fmt: skip

    def _call_store_event(self, events: Sequence[Event]) -> Counts:
        return self._call("import_events", columns(
            events, "topic", "event", "time", "lot", "reference", "operator", "good", "scrap",
            "received_at",
        ))  # fmt: skip


def look_up(
    dsn: str | None, way: str, name: str, ask: Callable[[Importer], dict[str, str]]
) -> dict[str, str] | None:
    """What a dry run wants to know of the database; None where there is none to be asked."""
    try:
        with closing(Importer(dsn, way, name)) as importer:
            return ask(importer)
    except TransientError:
        return None
