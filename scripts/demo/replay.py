"""Publishes the messages of the demo and waits until the ledger has counted every reading."""

import time
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from db.embedded.control import Embedded
from db.errors import LotwattError
from db.migrate import Connection
from scripts.demo.loader import CLIENT_ID, STATEMENTS, Loader
from scripts.demo.message import Message
from scripts.demo.publisher import publish

LOOK_EVERY_S = 0.5
STALLED_S = 120.0


@dataclass(frozen=True, slots=True)
class Ledger:
    """In which way the readings and events of the loader ended."""

    received: int
    stored: int
    duplicate: int
    conflict: int
    quarantined: int
    dropped: int

    def __sub__(self, other: "Ledger") -> "Ledger":
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Ledger(*(mine - theirs for mine, theirs in pairs))

    def __str__(self) -> str:
        return (
            f"received {self.received:,} = stored {self.stored:,} + duplicate {self.duplicate:,}"
            f" + conflict {self.conflict:,} + quarantined {self.quarantined:,}"
            f" + dropped {self.dropped:,}"
        )


def ledger(connection: Connection) -> Ledger:
    row = connection.execute(STATEMENTS["ledger"], {"source": f"mqtt:{CLIENT_ID}"}).fetchone()
    assert row is not None
    return Ledger(*row)


class Watch:
    """Both bars, and the eye on the ledger: it asks the database now and then, not each time."""

    def __init__(
        self,
        connection: Connection,
        loader: Loader,
        progress: Progress,
        bars: tuple[TaskID, TaskID],
    ) -> None:
        self._connection = connection
        self._loader = loader
        self._progress = progress
        self._published, self._stored = bars
        self._before = ledger(connection)
        self._looked_at = self._moved_at = time.monotonic()
        self.seen = self._before - self._before

    def sent(self, count: int) -> None:
        now = time.monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._progress.update(self._published, completed=count)
            self.look()

    def look(self) -> None:
        self._loader.check()
        seen = ledger(self._connection) - self._before
        self._looked_at = time.monotonic()
        if seen.received != self.seen.received:
            self._moved_at = self._looked_at
        self.seen = seen
        self._progress.update(self._stored, completed=seen.received)

    def wait(self, published: int, readings: int) -> Ledger:
        self._progress.update(self._published, completed=published)
        self._moved_at = time.monotonic()
        while self.seen.received < readings:
            if time.monotonic() - self._moved_at > STALLED_S:
                raise LotwattError(
                    f"{readings:,} readings were published, the ledger stands still at"
                    f" {self.seen.received:,}: {self._loader.last_words()}"
                )
            time.sleep(LOOK_EVERY_S / 2)
            self.look()
        return self.seen


def replay(
    messages: Sequence[Message], server: Embedded, connection: Connection, loader: Loader,
    console: Console,
) -> Ledger:  # fmt: skip
    """Publish everything; returns what the ledger says when all of it has ended."""
    readings = sum(message.readings for message in messages)
    columns = (TextColumn("  {task.description:<10}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        bars = (
            progress.add_task("published", total=len(messages)),
            progress.add_task("stored", total=readings),
        )
        watch = Watch(connection, loader, progress, bars)
        publish(messages, server.mqtt_host, server.mqtt_port, watch.sent)
        return watch.wait(len(messages), readings)
