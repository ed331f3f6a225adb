"""A run: everything started, faults while messages flow, then drained and judged."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from db.errors import LotwattError
from scripts.chaos.broker import Broker
from scripts.chaos.database import Database
from scripts.chaos.disk import small_disk
from scripts.chaos.faults import Fault
from scripts.chaos.loader import Loader
from scripts.chaos.plan import Moment, Plan, make_plan
from scripts.chaos.proxy import Proxy
from scripts.chaos.tap import Tap
from scripts.chaos.traffic import STEP_MS, Traffic
from scripts.chaos.verdict import Verdict, judge
from scripts.chaos.world import NothingHappenedError, PublisherProcess, Times, World

# Until the loader acknowledges again after a fault; beyond that it hangs.
RECOVERY_S = 90
# So much of the messages may be gone when the last fault is over.
LAST = 0.97
# With nothing more coming, so long without a delivery is the end.
IDLE_S = 3
# The same while the loader holds messages: it may wait for the database.
STUCK_S = 45


@dataclass(frozen=True, slots=True)
class Settings:
    seed: int
    messages: int
    rate: float
    faults: tuple[Fault, ...]
    times: Times
    poison: int
    database_url: str | None
    wants_timescale: bool
    logs: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a fault."""

    name: str
    title: str
    # Seconds after the first message, and how many of them had been sent.
    at_s: float
    number: int
    happened: bool
    # Why it was not even tried, or None.
    missing: str | None
    seen: str
    took_s: float
    recovered_s: float | None


@dataclass(frozen=True, slots=True)
class Result:
    outcomes: list[Outcome]
    verdict: Verdict
    seconds: float
    database: str
    said: dict[str, int]


Report = Callable[[str], None]


@contextmanager
def world_of(settings: Settings, plan: Plan) -> Iterator[World]:
    """Everything but the messages: they begin when the loader has subscribed."""
    messages = settings.messages
    now_ms = time.time_ns() // 1_000_000_000 * 1000
    traffic = Traffic(
        messages, now_ms - 3_600_000 - (messages * STEP_MS // 1000 + 1) * 1000,
        plan.poison_from, plan.poison_to,
    )  # fmt: skip
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lotwatt-chaos-")))
        folder.chmod(0o755)
        if settings.logs:
            stack.callback(keep_logs, folder, settings.logs)
        (folder / "broker").mkdir()
        database = Database(
            settings.database_url, small_disk(), wants_timescale=settings.wants_timescale
        )
        stack.callback(database.remove)
        database.create()
        broker = Broker(folder / "broker")
        broker.start()
        stack.callback(broker.kill)
        tap = Tap(messages)
        broker_lane = Proxy(("127.0.0.1", broker.port), tap.opened)
        database_lane = Proxy(database.address)
        for lane in (broker_lane, database_lane):
            lane.start()
            stack.callback(lane.stop)
        loader = Loader(
            database.through(database_lane.port), broker_lane.port, folder / "loader.log"
        )
        stack.callback(loader.kill)
        loader.start()
        wait_subscribed(loader, broker)
        publisher = PublisherProcess(
            traffic, broker.port, settings.rate, folder / "record.npy", folder / "publisher.log"
        )
        stack.callback(publisher.kill)
        yield World(
            traffic, settings.times, broker, database, loader, tap, broker_lane, database_lane,
            publisher, folder,
        )  # fmt: skip


def keep_logs(folder: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for log in folder.rglob("*.log"):
        shutil.copy(log, target)


def wait_subscribed(loader: Loader, broker: Broker) -> None:
    """Before it has subscribed once, the broker keeps nothing for it; and until the broker has
    saved that, a kill -9 makes it forget the subscription."""
    deadline = time.monotonic() + 30
    while "event=connected" not in loader.said():
        if time.monotonic() > deadline or len(loader.exits) > 2:
            raise LotwattError(f"the loader does not start: {loader.said()[-1000:]}")
        time.sleep(0.05)
    subscribed_at = time.time()
    while broker.saved_at() <= subscribed_at:
        if time.monotonic() > deadline:
            raise LotwattError("the broker does not save what it holds")
        time.sleep(0.05)


def run(settings: Settings, report: Report) -> Result:
    plan = make_plan(
        settings.seed, settings.messages, settings.rate, settings.faults, settings.times,
        settings.poison,
    )  # fmt: skip
    with world_of(settings, plan) as world:
        report(f"database: {world.database.description}")
        needed_s = sum(fault.takes(settings.times) for fault in settings.faults)
        if settings.messages / settings.rate < needed_s:
            report(
                f"faults take about {needed_s:.0f} s: messages come slower, "
                f"about {settings.messages / needed_s:,.0f}/s, so that all of them meet messages"
            )
        began = time.monotonic()
        outcomes: list[Outcome] = []
        pace = Pace(world, settings)
        world.tick = pace.keep
        for index, moment in enumerate(plan.moments):
            pace.expect(plan.moments[index:])
            outcome = strike(world, moment, began, pace)
            outcomes.append(outcome)
            report(line(outcome))
            if outcome.recovered_s is None and outcome.missing is None:
                report("the loader does not come back: nothing more is tried")
                report(world.loader.said()[-3000:])
                break
        world.tick = lambda: world.publisher.set_rate(settings.rate)
        stuck = drain(world)
        seconds = time.monotonic() - began
        code = world.loader.end()
        verdict = judge(world, np.load(world.publisher.record))
        if stuck:
            verdict.problems.append(f"given to the loader and kept by it: messages {stuck[:10]}")
        if code != 0:
            verdict.problems.append(f"the loader ended with code {code} at the end")
        said = world.loader.said()
        events = ("connected", "database_away", "broker_away", "batch", "ended")
        counts = {event: said.count(f"event={event}") for event in events}
        return Result(outcomes, verdict, seconds, world.database.description, counts)


@dataclass(slots=True)
class Pace:
    """Messages must flow until the last fault: where they would not last, they come slower."""

    world: World
    settings: Settings
    _left: tuple[Moment, ...] = ()
    _since: float = 0.0

    def expect(self, left: tuple[Moment, ...]) -> None:
        """The first of these is next, or under way."""
        self._left = left
        self._since = time.monotonic()

    def begin(self) -> None:
        """The first fault begins now."""
        self._since = time.monotonic()

    def rate(self, elapsed_s: float) -> float:
        times = [moment.fault.takes(self.settings.times) for moment in self._left]
        seconds = max(1.0, times[0] - elapsed_s) + sum(times[1:])
        messages = LAST * self.settings.messages - self.world.publisher.sent
        return max(messages / seconds, self.settings.rate / 50)

    def is_late(self) -> bool:
        """No messages to spare: the next fault has to begin."""
        return self.rate(0.0) < self.settings.rate

    def keep(self) -> None:
        rate = self.rate(time.monotonic() - self._since)
        self.world.publisher.set_rate(min(self.settings.rate, rate))


def strike(world: World, moment: Moment, began: float, pace: Pace) -> Outcome:
    fault = moment.fault
    missing = fault.missing(world)
    if missing is None:
        world.pause(moment.pause_s)
        while world.publisher.sent < moment.number and not pace.is_late():
            world.pause(0.02)
    pace.begin()
    at, number = time.monotonic(), world.publisher.sent
    has_happened, seen, took_s, recovered_s = False, "", 0.0, None
    if missing is None:
        try:
            if world.publisher.has_ended():
                raise NothingHappenedError("the messages had ended before it")
            seen = fault.strike(world)
            has_happened = True
        except NothingHappenedError as error:
            seen = str(error)
        took_s = time.monotonic() - at
        recovered_s = recovery(world)
    return Outcome(
        fault.name, fault.title, at - began, number, has_happened, missing, seen, took_s,
        recovered_s,
    )  # fmt: skip


def recovery(world: World) -> float | None:
    """Seconds until the loader acknowledges messages; None where it does not."""
    began = time.monotonic()
    acknowledged = world.tap.acknowledged
    while time.monotonic() - began < RECOVERY_S:
        if world.tap.acknowledged > acknowledged or is_idle(world):
            return time.monotonic() - began
        world.pause(0.02)
    return None


def is_idle(world: World) -> bool:
    return world.publisher.has_ended() and world.tap.waiting == 0


def drain(world: World) -> list[int]:
    """Until every message is acknowledged by the broker and none comes to the loader any more.

    Returns the numbers that the loader was given and has not given back by then.
    """
    passed, since = (-1, -1), time.monotonic()
    while not world.publisher.has_ended():
        if world.publisher.acknowledged != passed[0]:
            passed, since = (world.publisher.acknowledged, 0), time.monotonic()
        if time.monotonic() - since > RECOVERY_S:
            raise LotwattError(f"the broker acknowledges nothing: {passed[0]:,} messages so far")
        world.pause(0.1)
    tap = world.tap
    passed, since = (-1, -1), time.monotonic()
    while time.monotonic() - since < (STUCK_S if tap.waiting else IDLE_S):
        if (tap.delivered, tap.acknowledged) != passed:
            passed, since = (tap.delivered, tap.acknowledged), time.monotonic()
        time.sleep(0.05)
    return tap.waiting_numbers()


def line(outcome: Outcome) -> str:
    if outcome.missing:
        return f"{outcome.title}: not done: {outcome.missing}"
    state = "" if outcome.happened else "DID NOT HAPPEN: "
    return (
        f"{outcome.at_s:6.1f} s  {outcome.number:>9,}  {outcome.title}: {state}{outcome.seen}"
        f" ({outcome.took_s:.1f} s, back after {outcome.recovered_s or 0:.1f} s)"
    )
