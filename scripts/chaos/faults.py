"""The faults. Each says what was seen of it; one that nobody noticed raises an error."""

import os
import re
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.chaos.database import DISK_FULL
from scripts.chaos.world import BrokerKill, NothingHappenedError, Times, World

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
TWO_HOURS_S = 7200


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    title: str
    strike: Callable[[World], str]
    # Seconds from the strike until the loader works again, roughly: for the pace of the messages.
    takes: Callable[[Times], float]
    # Why it cannot be done here, or None.
    missing: Callable[[World], str | None] = lambda _: None


def kill_loader(world: World) -> str:
    in_hand = world.wait_in_hand()
    again = world.tap.again
    exits = len(world.loader.exits)
    world.loader.send(signal.SIGKILL)
    world.wait(lambda: len(world.loader.exits) > exits, 10, "the loader did not die")
    world.wait(lambda: world.tap.again > again, 60, "nothing came again")
    world.pause(0.2)
    return f"{in_hand} messages in its hands, {world.tap.again - again} came again"


def end_loader(world: World) -> str:
    world.wait_in_hand()
    exits = len(world.loader.exits)
    since = world.loader.position()
    began = time.monotonic()
    world.loader.send(signal.SIGTERM)
    world.wait(lambda: len(world.loader.exits) > exits, 30, "the loader did not end")
    took = time.monotonic() - began
    code = world.loader.exits[exits].code
    left = world.tap.waiting
    if code != 0:
        raise NothingHappenedError(f"the loader ended with code {code} instead of 0")
    world.wait_said("event=connected", since)
    return f"ended with code 0 in {took:.1f} s, {left} messages unacknowledged"


def stop_database(world: World) -> str:
    return database_away(world, "fast", world.times.database_away)


def crash_database(world: World) -> str:
    server = world.database.server
    assert server is not None
    position = server.position()
    seen = database_away(world, "crash", 0.5)
    if "automatic recovery in progress" not in server.said(position):
        raise NothingHappenedError("the server did not have to recover")
    return f"{seen}; the server recovered from its WAL"


def database_away(world: World, mode: str, seconds: float) -> str:
    server = world.database.server
    assert server is not None
    since = world.loader.position()
    world.wait_in_hand()
    if mode == "crash":
        server.crash()
    else:
        server.stop(mode)
    world.pause(seconds)
    world.wait_said("event=database_away", since)
    server.start()
    world.wait_said("event=connected", since)
    tries = world.loader.said(since).count("event=database_away")
    return f"the loader stepped back {tries} times"


def restart_broker(world: World) -> str:
    since = world.loader.position()
    connections = world.publisher.connections
    world.broker.terminate()
    world.pause(world.times.broker_away)
    world.broker.start()
    return broker_is_back(world, since, connections)


def kill_broker(world: World) -> str:
    """While the loader keeps up.

    What Mosquitto has acknowledged since its last save and not yet delivered is lost with it,
    whatever the loader does: docs/faults.md.
    """
    world.wait(lambda: world.behind() == 0, 60, "the loader did not catch up")
    since = world.loader.position()
    connections = world.publisher.connections
    in_hand = world.wait_in_hand()
    saved_ago_s = shoot_broker(world)
    seen = broker_is_back(world, since, connections)
    return f"{in_hand} messages unacknowledged, {saved_ago_s:.1f} s after a save; {seen}"


def kill_broker_behind(world: World) -> str:
    """While all messages wait at the broker: what that costs. No loader could pass this."""
    since = world.loader.position()
    connections = world.publisher.connections
    world.database_lane.cut()
    try:
        world.wait_said("event=database_away", since)
        world.pause(world.times.cut)
        saved_ago_s = shoot_broker(world)
    finally:
        world.database_lane.heal()
    world.wait_said("event=connected", since)
    world.wait(
        lambda: world.publisher.connections > connections, 30, "the publisher did not come back"
    )
    return f"the loader was away, the last save was {saved_ago_s:.1f} s old"


def shoot_broker(world: World) -> float:
    """Kill and start it; how old its last save was, in seconds."""
    saved_ago_s = time.time() - world.broker.saved_at()
    world.broker.kill()
    world.broker_kills.append(BrokerKill(time.monotonic(), saved_ago_s))
    world.pause(world.times.broker_away)
    world.broker.start()
    return saved_ago_s


def broker_is_back(world: World, since: int, connections: int) -> str:
    world.wait_said("event=broker_away", since)
    world.wait_said("event=connected", since)
    if "session_present=false" in world.loader.said(since):
        raise NothingHappenedError("the broker has forgotten the session of the loader")
    world.wait(
        lambda: world.publisher.connections > connections, 30, "the publisher did not come back"
    )
    return "loader and publisher connected again, the session was kept"


def fill_disk(world: World) -> str:
    server = world.database.server
    assert server is not None
    assert server.disk is not None
    position = server.position()
    since = world.loader.position()
    free = server.disk.fill()
    try:
        world.wait(lambda: DISK_FULL in server.said(position), 120, "the disk did not get full")
        world.pause(world.times.disk_full)
    finally:
        server.disk.empty()
    world.wait_said("event=database_away", since)
    refused = server.said(position).count(DISK_FULL)
    return f"{free / 1e6:.0f} MB of ballast, SQLSTATE 53100 {refused} times"


def cut_broker(world: World) -> str:
    since = world.loader.position()
    world.broker_lane.cut()
    try:
        world.pause(world.times.cut)
        world.wait_said("event=broker_away", since)
    finally:
        world.broker_lane.heal()
    world.wait_said("event=connected", since)
    return f"connection reset, {world.loader.said(since).count('event=broker_away')} tries refused"


def cut_database(world: World) -> str:
    since = world.loader.position()
    world.database_lane.cut()
    try:
        world.pause(world.times.cut)
        world.wait_said("event=database_away", since)
    finally:
        world.database_lane.heal()
    world.wait_said("event=connected", since)
    tries = world.loader.said(since).count("event=database_away")
    return f"connection reset, {tries} tries refused"


def freeze_broker(world: World) -> str:
    return frozen(world, world.broker_lane.freeze, world.broker_lane.heal, world.times.frozen)


def freeze_database(world: World) -> str:
    return frozen(world, world.database_lane.freeze, world.database_lane.heal, world.times.frozen)


def stop_loader(world: World) -> str:
    return frozen(
        world, lambda: world.loader.send(signal.SIGSTOP),
        lambda: world.loader.send(signal.SIGCONT), world.times.stopped,
    )  # fmt: skip


def take_over(world: World) -> str:
    """The loader stands still, another takes its place, and then it wakes with messages in hand."""
    in_hand = world.wait_in_hand()
    exits = len(world.loader.exits)
    since = world.loader.position()
    world.loader.send(signal.SIGSTOP)
    rival = world.loader.rival(world.folder / "rival.log")
    try:
        world.wait(
            lambda: "event=connected" in rival.said(), 60, "the other loader did not take over"
        )
        world.loader.send(signal.SIGCONT)
        world.wait(
            lambda: len(world.loader.exits) > exits, 60, "the old loader did not leave the place"
        )
    finally:
        world.loader.send(signal.SIGCONT)
        world.pause(1)
        code = rival.end()
    world.wait_said("event=connected", since, 90)
    if code != 0:
        raise NothingHappenedError(f"the other loader ended with code {code}")
    return f"{in_hand} messages in the hands of the one that woke up; it saw the other, and left"


def kill_loader_without_database(world: World) -> str:
    server = world.database.server
    assert server is not None
    since = world.loader.position()
    exits = len(world.loader.exits)
    world.wait_in_hand()
    server.stop()
    world.pause(world.times.database_away / 2)
    world.wait_said("event=database_away", since)
    world.loader.send(signal.SIGKILL)
    world.wait(lambda: len(world.loader.exits) > exits, 10, "the loader did not die")
    since = world.loader.position()
    world.pause(world.times.database_away / 2)
    world.wait_said("event=database_away", since)
    server.start()
    world.wait_said("event=connected", since)
    return "killed in an outage, started in it, and back when the database was"


def stop_backend(world: World) -> str:
    pids = world.database.loader_backends()
    if not pids:
        raise NothingHappenedError("the loader has no backend")

    def send(number: signal.Signals) -> None:
        for pid in pids:
            os.kill(pid, number)

    return frozen(
        world, lambda: send(signal.SIGSTOP), lambda: send(signal.SIGCONT), world.times.stopped
    )


def frozen(
    world: World, freeze: Callable[[], None], heal: Callable[[], None], seconds: float
) -> str:
    """Nothing may be acknowledged while it lasts, and something must be after it."""
    freeze()
    try:
        # What was under way may still arrive.
        world.pause(0.3)
        acknowledged, published = world.tap.acknowledged, world.publisher.acknowledged
        world.pause(seconds)
        during = world.tap.acknowledged - acknowledged
        published = world.publisher.acknowledged - published
    finally:
        heal()
    if during:
        raise NothingHappenedError(f"{during} messages were acknowledged all the same")
    if not published:
        raise NothingHappenedError("nothing was published meanwhile")
    world.wait(
        lambda: world.tap.acknowledged > acknowledged, 60, "nothing was acknowledged afterwards"
    )
    return f"{published} messages published meanwhile, none acknowledged by the loader"


def step_clock(world: World) -> str:
    """The clock of the running loader jumps two hours ahead, then to two hours behind."""
    library = faketime()
    assert library is not None
    offset = world.folder / "clock"
    offset.write_text("+0\n")
    world.loader.environment = {
        "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    restart(world)
    seen = []
    for step in (TWO_HOURS_S, -TWO_HOURS_S):
        offset.write_text(f"{step:+d}\n")
        since = world.loader.position()
        world.wait(
            lambda step=step, since=since: clock_is_off(world, since, step),  # type: ignore[misc]
            30, f"the loader's clock did not step by {step} s",
        )  # fmt: skip
        acknowledged = world.tap.acknowledged
        world.pause(world.times.clock)
        world.wait(
            lambda before=acknowledged: world.tap.acknowledged > before,  # type: ignore[misc]
            60, "nothing was acknowledged after the step",
        )  # fmt: skip
        seen.append(f"{step:+d} s")
    world.loader.environment = {}
    restart(world)
    return f"the clock of the running loader stepped to {' and '.join(seen)}"


def clock_is_off(world: World, since: int, step: float) -> bool:
    """By the loader's own log: its lines tell the time that it believes."""
    stamps = STAMP.findall(world.loader.said(since))
    if not stamps:
        return False
    believed = datetime.fromisoformat(stamps[-1]).replace(tzinfo=UTC).timestamp()
    return abs(believed - time.time() - step) < 60


def restart(world: World) -> None:
    since = world.loader.position()
    world.loader.send(signal.SIGTERM)
    world.wait_said("event=connected", since)


def faketime() -> str | None:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return str(found[0]) if found else None


def needs_server(world: World) -> str | None:
    if world.database.server is None:
        return "the server that --database-url names is not ours to stop"
    return None


def needs_disk(world: World) -> str | None:
    server = world.database.server
    if server is None:
        return needs_server(world)
    if server.disk is None:
        return os.environ.get("LOTWATT_CHAOS_NO_DISK", "no small file system")
    return None


def needs_faketime(_: World) -> str | None:
    if faketime() is None:
        return "libfaketime is not installed (Debian: apt-get install faketime)"
    return None


FAULTS = (
    Fault("kill-loader", "kill -9 of the loader", kill_loader, lambda _: 3),
    Fault("kill-loader-2", "kill -9 of the loader", kill_loader, lambda _: 3),
    Fault("kill-loader-3", "kill -9 of the loader", kill_loader, lambda _: 3),
    Fault("stop-database", "database stopped", stop_database,
          lambda t: t.database_away + 4, needs_server),
    Fault("crash-database", "database kill -9", crash_database, lambda _: 4, needs_server),
    Fault("restart-broker", "broker restart (SIGTERM)", restart_broker,
          lambda t: t.broker_away + 2),
    Fault("kill-broker", "broker kill -9", kill_broker, lambda t: t.broker_away + 2),
    Fault("end-loader", "SIGTERM of the loader", end_loader, lambda _: 2),
    Fault("fill-disk", "database disk full", fill_disk, lambda t: t.disk_full + 6, needs_disk),
    Fault("cut-broker", "network to the broker cut", cut_broker, lambda t: t.cut + 3),
    Fault("freeze-broker", "network to the broker frozen", freeze_broker,
          lambda t: t.frozen + 1),
    Fault("cut-database", "network to the database cut", cut_database, lambda t: t.cut + 3),
    Fault("freeze-database", "network to the database frozen", freeze_database,
          lambda t: t.frozen + 1),
    Fault("step-clock", "clock of the loader stepped", step_clock,
          lambda t: 2 * t.clock + 8, needs_faketime),
    Fault("stop-loader", "SIGSTOP of the loader", stop_loader, lambda t: t.stopped + 1),
    Fault("stop-backend", "SIGSTOP of the loader's backend", stop_backend,
          lambda t: t.stopped + 1, needs_server),
)  # fmt: skip
# Not in the short form: they wait for a lease to run out, or repeat what others show.
LONG_FAULTS = (
    Fault("take-over", "another loader takes over", take_over, lambda _: 20),
    Fault("kill-loader-4", "kill -9 of the loader without database", kill_loader_without_database,
          lambda t: t.database_away + 6, needs_server),
)  # fmt: skip
# By name only: it shows what cannot be had.
MORE_FAULTS = (
    Fault("kill-broker-behind", "broker kill -9 while messages wait", kill_broker_behind,
          lambda t: t.cut + t.broker_away + 4),
)  # fmt: skip
