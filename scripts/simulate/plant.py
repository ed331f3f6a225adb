"""A seeded random plant: machines, sensors, references, lots and what was said about their runs.

The first hours of the first two machines hold the awkward cases: two lots within one hour that
hand over at one instant, a run inside a quarter-hour, and one lot on two machines.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Literal, get_args

from scripts.simulate.model import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Assertion,
    Band,
    Lot,
    LotEvent,
    Machine,
    Operator,
    Reference,
    Run,
    Sensor,
    Site,
    microseconds,
)
from scripts.simulate.sensors import build_sensors

Attribution = Literal["declared", "event", "payload", "contradicted"]
DEFAULT_START_US = microseconds(datetime(2026, 1, 5, tzinfo=UTC))
MACHINES_PER_LINE = 4


@dataclass(frozen=True, slots=True)
class Spec:
    """How large the plant is and which awkward cases it holds.

    attribution goes round the machines: how their lots become known. contradicted: declared,
    while readings claim a lot too, sometimes another one. meters: sensors per machine, one to
    eight. unmetered: that many of the last machines have no main energy meter.
    """

    machines: int = 4
    meters: int = 8
    days: int = 1
    lots: int = 12
    seed: int = 1
    start_us: int = DEFAULT_START_US
    attribution: tuple[Attribution, ...] = get_args(Attribution)
    two_lots_in_an_hour: bool = True
    run_inside_a_quarter: bool = True
    lot_on_two_machines: bool = True
    corrections: bool = True
    unmetered: int = 0

    @property
    def end_us(self) -> int:
        return self.start_us + self.days * DAY


@dataclass(frozen=True, slots=True)
class Plant:
    """runs is what really happened; truth is worked out from assertions, events and claims."""

    site: Site
    lines: tuple[str, ...]
    machines: tuple[Machine, ...]
    sensors: tuple[Sensor, ...]
    references: tuple[Reference, ...]
    operators: tuple[Operator, ...]
    lots: tuple[Lot, ...]
    runs: tuple[Run, ...]
    assertions: tuple[Assertion, ...]
    events: tuple[LotEvent, ...]
    attribution: dict[str, Attribution]
    from_us: int
    to_us: int

    def bands(self) -> dict[str, Band]:
        """Lot number -> temperature band of its reference."""
        of_reference = {reference.code: reference.band for reference in self.references}
        return {lot.number: of_reference[lot.reference] for lot in self.lots}

    def line_of(self, machine: str) -> str:
        return next(row.line for row in self.machines if row.code == machine)

    def runs_of(self, machine: str) -> list[Run]:
        return [run for run in self.runs if run.machine == machine]


def build(spec: Spec) -> Plant:
    random = Random(f"plant {spec.seed}")
    machines = tuple(
        Machine(f"m{number + 1:02}", f"line-{number // MACHINES_PER_LINE + 1}")
        for number in range(spec.machines)
    )
    metered = spec.machines - spec.unmetered
    sensors = tuple(
        sensor
        for number, machine in enumerate(machines)
        for sensor in build_sensors(machine.code, number, spec.meters, number < metered)
    )
    references = tuple(_reference(number) for number in range(4))
    operators = tuple(Operator(f"op-{number}", f"Operator {number}") for number in range(1, 4))
    runs = _schedule(spec, machines, random)
    numbers = sorted({run.lot for run in runs})
    lots = tuple(_lot(number, references, random) for number in numbers)
    attribution = {
        machine.code: spec.attribution[number % len(spec.attribution)]
        for number, machine in enumerate(machines)
    }
    return Plant(
        site=Site("site-1", "Simulated site", "Europe/Berlin", "EUR"),
        lines=tuple(dict.fromkeys(machine.line for machine in machines)),
        machines=machines,
        sensors=sensors,
        references=references,
        operators=operators,
        lots=lots,
        runs=runs,
        assertions=_assertions(spec, runs, attribution),
        events=_events(runs, lots, attribution, random),
        attribution=attribution,
        from_us=spec.start_us,
        to_us=spec.end_us,
    )


def _reference(number: int) -> Reference:
    low = 170.0 + 5 * number
    family = "thin" if number % 2 else "thick"
    band = Band(low, None if number == 3 else low + 20)
    return Reference(f"ref-{number}", f"Reference {number}", "piece", family, 20.0 + number, band)


def _lot(number: str, references: tuple[Reference, ...], random: Random) -> Lot:
    planned = random.randrange(100, 1000, 50)
    scrap = random.randrange(0, 20)
    return Lot(number, random.choice(references).code, planned, planned - scrap, scrap)


def _schedule(spec: Spec, machines: tuple[Machine, ...], random: Random) -> tuple[Run, ...]:
    runs: list[Run] = []
    first = machines[0].code

    def add(machine: str, from_us: int, to_us: int, lot: str | None = None) -> None:
        number = lot or f"L{len({run.lot for run in runs}) + 1:05}"
        runs.append(Run(machine, number, spec.start_us + from_us, spec.start_us + to_us))

    if spec.two_lots_in_an_hour:
        add(first, 10 * MINUTE + 7_000_001, 32 * MINUTE + 333_333)
        add(first, 32 * MINUTE + 333_333, 55 * MINUTE + 1)
    if spec.run_inside_a_quarter:
        add(first, 63 * MINUTE + 10 * SECOND, 69 * MINUTE + 40 * SECOND + 5)
    if spec.lot_on_two_machines and len(machines) > 1:
        add(first, 90 * MINUTE, 160 * MINUTE + 17)
        add(machines[1].code, 110 * MINUTE + 3, 185 * MINUTE, runs[-1].lot)
    left = max(0, spec.lots - len({run.lot for run in runs}))
    per_machine = [left // len(machines)] * len(machines)
    for index in range(left % len(machines)):
        per_machine[index] += 1
    for machine, count in zip(machines, per_machine, strict=True):
        slot = (spec.days * DAY - 4 * HOUR) // max(1, count)
        for index in range(count):
            start = 4 * HOUR + index * slot + int(slot * random.uniform(0.02, 0.2))
            share = random.uniform(0.5, 0.78)
            add(machine.code, start, start + int(slot * share))
    return tuple(sorted(runs, key=lambda run: (run.from_us, run.machine)))


def _assertions(
    spec: Spec, runs: tuple[Run, ...], attribution: dict[str, Attribution]
) -> tuple[Assertion, ...]:
    """Runs of declared machines; corrections: a run starts 90 s later, another has a hole."""
    declared = [run for run in runs if attribution[run.machine] in ("declared", "contradicted")]
    assertions = [
        Assertion(run.machine, run.lot, run.from_us, run.to_us, "declared", index)
        for index, run in enumerate(declared)
    ]
    if spec.corrections and len(declared) > 1:
        one, two = declared[0], declared[-1]
        hole = (two.from_us + (two.end_us - two.from_us) // 3, two.end_us - 61 * SECOND)
        last = len(declared)
        assertions += [
            Assertion(
                one.machine, None, one.from_us, one.from_us + 90 * SECOND, "correction", last
            ),
            Assertion(two.machine, None, *hole, "correction", last + 1),
            Assertion(two.machine, one.lot, hole[0], hole[0] + 100_000_001, "correction", last + 2),
        ]
    return tuple(assertions)


def _events(
    runs: tuple[Run, ...],
    lots: tuple[Lot, ...],
    attribution: dict[str, Attribution],
    random: Random,
) -> tuple[LotEvent, ...]:
    """start and stop; one stop in eight never comes, the next start closes that run."""
    of_number = {lot.number: lot for lot in lots}
    events = []
    for run in runs:
        if attribution[run.machine] != "event":
            continue
        lot = of_number[run.lot]
        operator = f"op-{random.randint(1, 3)}"
        events.append(LotEvent(run.machine, "start", run.lot, run.from_us, lot.reference, operator))
        if random.random() >= 1 / 8:
            events.append(
                LotEvent(run.machine, "stop", run.lot, run.end_us, good=lot.good, scrap=lot.scrap)
            )
    return tuple(events)
