"""The demo from start to end. Every step is the way a plant would go; only the past is replayed."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console

from db.connection import connect
from db.embedded import control
from db.embedded.control import Embedded
from db.errors import LotwattError
from db.migrate import Connection, upgrade
from db.scheduler import Pass, run_pass
from db.statements import ROOT
from scripts.demo import dryer, loader, machine, oven, steel
from scripts.demo.loader import STATEMENTS
from scripts.demo.message import Message, in_order
from scripts.demo.replay import Ledger, replay
from scripts.demo.show import OUTLIER, PAGES, TABLES, next_steps

PLANT = "scripts/demo/plant.toml"
# The last lot ends a little before now.
LAST_LOT_AGO = timedelta(minutes=5)
OVEN_AGO = timedelta(minutes=30)
# What is normal for sensors is learned day by day of the past, and each day judged by what was
# before it: so many days, of which the machine's temperature has 79.
DAYS_LEARNED = timedelta(days=87)
# After that, the last days of the boards hold nothing of the demo any more.
LONG_AGO = timedelta(hours=6)
# What cron starts in a plant, in this order.
JOBS = ("lots", "golden", "energy", "forecast")


@dataclass(slots=True)
class Demo:
    """One run: what it works with and what came of it."""

    state_dir: Path
    console: Console
    data: str | None = None
    end: datetime = datetime.min
    is_second: bool = False
    messages: int = 0
    ledger: Ledger | None = None
    settled: Pass | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.console.print(f"[bold]{name}[/bold]")
        begun = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - begun
        self.console.print(f"  [dim]{self.seconds[name]:.1f} s[/dim]")


def forget(state_dir: Path) -> None:
    """Stop the server and throw its data away."""
    control.stop(state_dir)
    shutil.rmtree(state_dir / "data", ignore_errors=True)


def run(demo: Demo) -> Embedded:
    """Run the demo; the server that it returns is left running."""
    server = bring_in(demo)
    learn(demo, server)
    for words in TABLES:
        demo.console.print(f"\n[bold]lotwatt {' '.join(words)}[/bold]")
        for line in lotwatt(server, *words):
            demo.console.print(line.rstrip(), markup=False, soft_wrap=True)
    next_steps(demo.console, server, demo.state_dir)
    return server


def bring_in(demo: Demo) -> Embedded:
    """The plant and its history, up to the figures of its lots."""
    with demo.step("Start the embedded TimescaleDB and MQTT broker"):
        server = control.start(demo.state_dir, data=demo.data)
        demo.console.print(
            f"  database on port {server.pg_port}, broker on port {server.mqtt_port}"
        )
    with demo.step("Bring the schema to the current state"):
        upgrade(server.dsn, progress=lambda line: demo.console.print(f"  {line}"))
    with connect(server.dsn, autocommit=True, application_name="lotwatt demo") as connection:
        with demo.step("Declare the plant"):
            demo.console.print(f"  {lotwatt(server, 'plant', 'apply', PLANT)[-1]}  ({PLANT})")
            connection.execute(STATEMENTS["past_window"])
            set_end(demo, connection)
        with demo.step("Replay the data over MQTT, through the loader"):
            receive(demo, server, connection)
        with demo.step("Settle, and bring the aggregates up to date"):
            with demo.console.status("  settling"):
                demo.settled = settle(connection)
            demo.console.print(f"  slices written: {demo.settled.written:,}")
    return server


def learn(demo: Demo, server: Embedded) -> None:
    """What is normal, whether all holds, and the dashboards as pages."""
    with demo.step("Learn what is normal for sensors, and judge them by it, day by day"):
        since = (demo.end - DAYS_LEARNED).isoformat()
        for line in lotwatt(server, "jobs", "baselines", "--since", since):
            demo.console.print(f"  {line}", markup=False)
    with demo.step("Learn"):
        for name in JOBS:
            for line in lotwatt(server, "jobs", name):
                demo.console.print(f"  {line}", markup=False)
    with demo.step("Check the invariants"):
        for line in lotwatt(server, "verify"):
            demo.console.print(f"  {line}", markup=False)
    with demo.step("Write the dashboards as pages"):
        # first, so that the list of lots leads to it
        file = str(demo.state_dir / PAGES / f"{OUTLIER}.html")
        lotwatt(server, "lot", "report", OUTLIER, "--out", file)
        lotwatt(server, *report(demo))


def set_end(demo: Demo, connection: Connection) -> None:
    """When the replayed history ends: just before now, or where the first run let it end."""
    row = connection.execute(STATEMENTS["is_replayed"]).fetchone()
    demo.is_second = bool(row and row[0])
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    row = connection.execute(STATEMENTS["end"], {"end": now - LAST_LOT_AGO}).fetchone()
    assert row is not None
    demo.end = row[0]
    if demo.is_second:
        demo.console.print(
            f"  This database holds the demo already, up to {demo.end:%Y-%m-%d %H:%M} UTC. The same"
            " history is replayed: every reading is a duplicate and no figure changes."
            " (make demo ARGS=--fresh starts anew.)"
        )


def report(demo: Demo) -> list[str]:
    """The command that writes the pages: of the last days, or of those that were replayed once."""
    words = ["report", "--all", "--out", str(demo.state_dir / PAGES)]
    if datetime.now(UTC) - demo.end < LONG_AGO:
        return words
    begin, end = demo.end - timedelta(days=7), demo.end + timedelta(hours=1)
    return [*words, "--from", begin.isoformat(), "--to", end.isoformat()]


def history(end: datetime) -> list[Message]:
    return in_order(
        dryer.messages(end),
        oven.messages(end - OVEN_AGO),
        machine.messages(end),
        steel.messages(end),
    )


def receive(demo: Demo, server: Embedded, connection: Connection) -> None:
    messages = history(demo.end)
    demo.messages = len(messages)
    process = loader.start(server, connection, demo.state_dir)
    try:
        demo.ledger = replay(messages, server, connection, process, demo.console)
        process.stop()
        loader.forget_session(server)
    finally:
        process.kill()
    demo.console.print(f"  {demo.ledger}")


def settle(connection: Connection) -> Pass:
    """What the scheduler does, until nothing is left. Policies (compression) are left to it."""
    done = run_pass(connection, policies=False)
    if done.errors or done.parked:
        raise LotwattError("; ".join(done.errors) or f"{done.parked} ranges could not be settled")
    return done


def lotwatt(server: Embedded, *words: str) -> list[str]:
    """Run the command `lotwatt` as a person would; returns what it says, line by line."""
    answer = subprocess.run(
        [sys.executable, ROOT / "lotwatt.py", *words], cwd=ROOT, text=True, capture_output=True,
        env={**os.environ, "DATABASE_URL": server.dsn},
    )  # fmt: skip
    if answer.returncode != 0:
        said = (answer.stderr + answer.stdout).strip()
        raise LotwattError(f"lotwatt {' '.join(words)} failed:\n{said}")
    return answer.stdout.splitlines()
