"""Everything that a run has under way, and what faults need to know of it."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from db.errors import LotwattError
from db.statements import ROOT
from scripts.chaos.broker import Broker
from scripts.chaos.database import Database
from scripts.chaos.loader import Loader
from scripts.chaos.proxy import Proxy
from scripts.chaos.tap import Tap
from scripts.chaos.traffic import Traffic

POLL_S = 0.005


class NothingHappenedError(Exception):
    """The fault was there and nobody noticed: it proves nothing."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long the faults last, in seconds."""

    database_away: float = 15
    broker_away: float = 3
    disk_full: float = 15
    cut: float = 10
    frozen: float = 15
    stopped: float = 20
    clock: float = 5


SHORT = Times(
    database_away=1.5, broker_away=0.5, disk_full=0.5, cut=1, frozen=1, stopped=1, clock=0.5
)


class PublisherProcess:
    """The publisher as a process, and what it says of itself."""

    def __init__(self, traffic: Traffic, port: int, rate: float, record: Path, log: Path) -> None:
        self.record = record
        self.sent = self.acknowledged = self.sent_again = self.connections = 0
        self._rate = rate
        settings = {
            "traffic": asdict(traffic), "port": port, "rate": rate, "record": str(record),
        }  # fmt: skip
        with log.open("ab") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "scripts.chaos.publisher", json.dumps(settings)],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
            )  # fmt: skip
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def has_ended(self) -> bool:
        code = self._process.poll()
        if code:
            raise LotwattError(f"the publisher failed with code {code}")
        return code == 0

    def set_rate(self, rate: float) -> None:
        if abs(rate - self._rate) < 0.05 * self._rate or self.has_ended():
            return
        self._rate = rate
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"rate": rate}) + "\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            self.sent, self.acknowledged = said["sent"], said["acknowledged"]
            self.sent_again, self.connections = said["sent_again"], said["connections"]


@dataclass(slots=True)
class BrokerKill:
    """A kill -9 of the broker: when (time.monotonic), and how old its last save then was."""

    at: float
    saved_ago_s: float


@dataclass(slots=True)
class World:
    traffic: Traffic
    times: Times
    broker: Broker
    database: Database
    loader: Loader
    tap: Tap
    broker_lane: Proxy
    database_lane: Proxy
    publisher: PublisherProcess
    folder: Path
    broker_kills: list[BrokerKill] = field(default_factory=list)
    tick: Callable[[], None] = lambda: None

    def wait(self, condition: Callable[[], Any], timeout_s: float, otherwise: str) -> None:
        """Until something shows; that it does not is said with `otherwise`."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                raise NothingHappenedError(f"{otherwise} within {timeout_s:.0f} s")
            time.sleep(POLL_S)

    def pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.tick()
            time.sleep(min(0.1, max(0.0, until - time.monotonic())))

    def behind(self) -> int:
        """Messages that the broker has acknowledged and not delivered, as far as is known."""
        return max(0, self.publisher.acknowledged - self.tap.different)

    def wait_said(self, event: str, since: int, timeout_s: float = 60) -> None:
        self.wait(
            lambda: event in self.loader.said(since), timeout_s, f"the loader did not say {event}"
        )

    def wait_in_hand(self) -> int:
        """Until the loader has messages that it has not acknowledged; how many."""
        self.wait(lambda: self.tap.waiting, 10, "the loader had nothing in hand")
        return self.tap.waiting
