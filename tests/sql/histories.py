"""Small random histories of one machine, and two ways to deliver them: in order, or any how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from scripts.simulate.model import (
    HOUR,
    MINUTE,
    SECOND,
    Assertion,
    Claim,
    Lot,
    LotEvent,
    Reading,
    Reference,
    Run,
    Sensor,
)
from scripts.simulate.model import Band as TemperatureBand
from scripts.simulate.runs import Conflict, claim_spans, payload_spans, runs
from tests.sql.builders import Connection, Event, Strike, happen, settle, store

BASE_US = 1_767_571_200 * SECOND  # 2026-01-05 00:00 UTC, a Monday
SHIFT = (BASE_US + HOUR, BASE_US + 2 * HOUR + 15 * MINUTE)
LOTS = ("A", "B", "C")
REFERENCES = (
    Reference("hot", "", "piece", "", 60.0, TemperatureBand(20.0, 50.0)),
    Reference("warm", "", "piece", "", 60.0, TemperatureBand(None, 30.0)),
)
MACHINE = "m"

COUNTER = Sensor("counter", MACHINE, "counter", "main_energy", "energy", "kWh", max_gap_s=900)
FAST = replace(COUNTER, max_rate=200.0)
ROUND = replace(COUNTER, rollover_at=100.0, scale=0.5, value_offset=0.25)
BOTH = replace(FAST, rollover_at=100.0)
POWER = Sensor("power", MACHINE, "power", "other", "power", "kW", scale=0.001, max_gap_s=900)
GAUGE = Sensor("gauge", MACHINE, "gauge", "process_temperature", "temperature", "C", max_gap_s=600)
STATE = Sensor("state", MACHINE, "state", "other", "state", "", max_gap_s=1200)
HELD = replace(STATE, max_gap_s=None)


@dataclass(frozen=True, slots=True)
class Told:
    """An event, and the round in which it arrives."""

    event: Event
    round: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """What happened on a machine. `told` is in the order of the events themselves."""

    sensors: tuple[Sensor, ...]
    told: tuple[Told, ...]
    is_backwards: bool = False
    rows: int = 500
    quarters: int = 100_000
    strikes: frozenset[tuple[str, int]] = field(default_factory=frozenset)

    def events(self) -> Iterator[Event]:
        return (told.event for told in self.told)

    def readings(self, sensor: str) -> list[Reading]:
        """As finally known."""
        struck = {(e.sensor, e.time_us) for e in self.events() if isinstance(e, Strike)}
        return [
            replace(event[1], struck=(sensor, event[1].time_us) in struck)
            for event in self.events()
            if isinstance(event, tuple) and event[0] == sensor
        ]

    def runs(self) -> tuple[list[Run], list[Conflict]]:
        gap = max(
            sensor.max_gap_us or 5 * sensor.sampling_interval_s * SECOND for sensor in self.sensors
        )
        claims = [
            span
            for sensor in self.sensors
            for span in claim_spans(sensor, self.readings(sensor.code))
        ]
        assertions = [event for event in self.events() if isinstance(event, Assertion)]
        events = [event for event in self.events() if isinstance(event, LotEvent)]
        return runs(MACHINE, assertions, events, claims, gap), payload_spans(claims, gap)[1]


def renamed(event: Event, suffix: str) -> Event:
    """The same on a machine, sensors and lots of other names: two stories live side by side."""
    if isinstance(event, Strike):
        return replace(event, sensor=event.sensor + suffix)
    if isinstance(event, Assertion | LotEvent):
        lot = None if event.lot is None else event.lot + suffix
        return replace(event, machine=event.machine + suffix, lot=lot)
    sensor, reading = event
    if reading.claim is not None and reading.claim.lot is not None:
        reading = replace(reading, claim=replace(reading.claim, lot=reading.claim.lot + suffix))
    return sensor + suffix, reading


def tell_in_order(db: Connection, story: Story, suffix: str) -> None:
    """As if nothing was ever late: all of it, then settle once."""
    deliver(db, [told.event for told in story.told], suffix)
    settle(db)


def tell_anyhow(db: Connection, story: Story, suffix: str) -> None:
    """Round by round, settled in between."""
    for number in range(max((told.round for told in story.told), default=0) + 1):
        events = [told.event for told in story.told if told.round == number]
        if story.is_backwards:
            # only what people say keeps its order: there the last word counts
            said = [event for event in events if isinstance(event, Assertion)]
            events = [event for event in events[::-1] if not isinstance(event, Assertion)] + said
        deliver(db, events, suffix)
        settle(db, story.rows, story.quarters)


def deliver(db: Connection, events: Sequence[Event], suffix: str) -> None:
    """Readings that come together come in one batch, as the loader sends them."""
    batch: list[tuple[str, Reading]] = []
    strikes = [event for event in events if isinstance(event, Strike)]
    for event in (*(e for e in events if not isinstance(e, Strike)), *strikes):
        other = renamed(event, suffix)
        if isinstance(other, tuple):
            batch.append(other)
            continue
        if batch:
            store(db, batch)
            batch = []
        happen(db, other)
    if batch:
        store(db, batch)


# How stories are made up

STEP = 150 * SECOND  # six in a quarter-hour, so that some things happen at one instant
STEPS = 4 * HOUR // STEP


def moments() -> st.SearchStrategy[int]:
    grid = st.integers(0, STEPS).map(lambda step: BASE_US + step * STEP)
    odd = st.sampled_from((0, 0, 0, 1, 333_333, 7_000_001))
    return st.builds(lambda one, other: one + other, grid, odd)


def lots() -> st.SearchStrategy[str]:
    return st.sampled_from(LOTS)


def claims() -> st.SearchStrategy[Claim | None]:
    return st.one_of(
        st.none(),
        st.builds(Claim, lots()),
        st.just(Claim(None, None, "op")),
        st.builds(Claim, lots()),
    )


def values(sensor: Sensor) -> st.SearchStrategy[float]:
    if sensor.kind == "counter":
        return st.one_of(
            st.integers(0, 40), st.sampled_from((0, 5, 150, 180, 190, 199, 200, 5000))
        ).map(float)
    if sensor.kind == "state":
        return st.sampled_from((0.0, 1.0, 2.0))
    return st.integers(0, 70).map(float)


@st.composite
def readings(draw: st.DrawFn, sensor: Sensor, has_claims: bool) -> list[tuple[str, Reading]]:
    times = sorted(draw(st.lists(moments(), max_size=14, unique=True)))
    claim = claims() if has_claims else st.none()
    return [(sensor.code, Reading(time, draw(values(sensor)), draw(claim))) for time in times]


@st.composite
def assertions(draw: st.DrawFn) -> list[Assertion]:
    found = []
    for sequence in range(draw(st.integers(0, 4))):
        from_us = draw(moments())
        to_us = draw(st.one_of(st.none(), moments().filter(lambda time, at=from_us: time > at)))  # type: ignore[misc]
        lot = draw(st.one_of(lots(), st.none(), lots()))
        source = draw(st.sampled_from(("declared", "correction")))
        found.append(Assertion(MACHINE, lot, from_us, to_us, source, sequence))  # type: ignore[arg-type]
    return found


@st.composite
def lot_events(draw: st.DrawFn) -> list[LotEvent]:
    keys = draw(
        st.lists(
            st.tuples(moments(), st.sampled_from(("start", "stop")), lots()),
            max_size=7,
            unique=True,
        )
    )
    return [LotEvent(MACHINE, event, lot, time) for time, event, lot in sorted(keys)]  # type: ignore[arg-type]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    has_claims = draw(st.booleans())
    sensors = (
        draw(st.sampled_from((COUNTER, FAST, ROUND, BOTH))),
        draw(st.sampled_from((POWER, GAUGE))),
        *draw(st.sampled_from(((), (STATE,), (HELD,)))),
    )
    found: list[tuple[str, Reading]] = []
    for sensor in sensors:
        can_claim = has_claims and sensor.max_gap_s is not None
        found += draw(readings(sensor, can_claim))
    rounds = st.integers(0, 4)
    told = [Told(each, draw(rounds)) for each in sorted(found, key=lambda one: one[1].time_us)]
    strikes = []
    for each in told:
        if draw(st.integers(0, 9)) == 9:
            code, reading = each.event  # type: ignore[misc]
            later = max(each.round, draw(rounds))
            strikes.append(Told(Strike(code, reading.time_us), later))
    told += strikes
    told += [Told(event, draw(rounds)) for event in draw(lot_events())]
    latest = 0
    for said in draw(assertions()):
        latest = max(latest, draw(rounds))
        told.append(Told(said, latest))
    return Story(
        sensors,
        tuple(told),
        draw(st.booleans()),
        draw(st.sampled_from((500, 1))),
        draw(st.sampled_from((100_000, 4))),
    )


def lots_of(suffix: str) -> list[Lot]:
    codes = (REFERENCES[0].code, REFERENCES[1].code, REFERENCES[0].code)
    return [Lot(lot + suffix, code, 0, 0, 0) for lot, code in zip(LOTS, codes, strict=True)]
