"""Small plants and their histories for tests: declared, loaded, settled as the platform does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from scripts.simulate.model import Assertion, Claim, LotEvent, Reading, Reference, Sensor

Connection = psycopg.Connection[tuple[Any, ...]]
Row = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BATCH = 5000


def at(text: str) -> datetime:
    """A moment, in UTC where no offset is given: at("2026-03-02 08:00")."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def instant(time_us: int) -> datetime:
    return EPOCH + timedelta(microseconds=time_us)


def topic(sensor: str) -> str:
    return f"test/{sensor}"


def widen_windows(db: Connection) -> None:
    """Test data is old, and lots come by the hundred: nothing is refused for that."""
    db.execute("update ops.setting set value = '40000 days' where name = 'past_window'")
    db.execute("update ops.setting set value = '1000000' where name = 'new_lots_per_hour'")


# What is declared


def declare(db: Connection, **parts: list[Row]) -> None:
    """plant.apply, as `lotwatt plant apply` calls it."""
    db.execute("select from plant.apply(%s)", [Jsonb(parts)])


def declare_site(db: Connection, *machines: str, time_zone: str = "UTC") -> None:
    """One site, one line, and machines m1, m2 ... on it."""
    widen_windows(db)
    declare(
        db,
        sites=[{"code": "site", "time_zone": time_zone, "currency": "EUR"}],
        lines=[{"code": "line", "site": "site"}],
        machines=[
            {"code": code, "line": "line", "topic": f"test/machine/{code}"} for code in machines
        ],
    )


def declare_sensor(db: Connection, code: str, **settings: Any) -> None:
    declare(db, sensors=[{"code": code, "topic": topic(code), **settings}])


def kwh_meter(db: Connection, code: str, machine: str, **settings: Any) -> None:
    """The main meter of a machine: a cumulative register in kWh."""
    declare_sensor(
        db,
        code,
        machine=machine,
        **{"kind": "counter", "role": "main_energy", "quantity": "energy", "unit": "kWh"}
        | settings,
    )


def kw_meter(db: Connection, code: str, machine: str, **settings: Any) -> None:
    """The main meter of a machine: its power in kW."""
    declare_sensor(
        db,
        code,
        machine=machine,
        **{"kind": "power", "role": "main_energy", "quantity": "energy", "unit": "kW"} | settings,
    )


def thermometer(db: Connection, code: str, machine: str, **settings: Any) -> None:
    declare_sensor(
        db,
        code,
        machine=machine,
        **{"kind": "gauge", "role": "process_temperature", "unit": "C"} | settings,
    )


def declare_simulated(
    db: Connection,
    machines: Iterable[str],
    sensors: Iterable[Sensor],
    references: Iterable[Reference] = (),
    lots: Mapping[str, str] | None = None,
    time_zone: str = "Europe/Berlin",
) -> None:
    """The plant of a simulation; lots: number -> reference."""
    declare_site(db, *machines, time_zone=time_zone)
    declare(
        db,
        sensors=[sensor_row(sensor) for sensor in sensors],
        references=[
            {
                "code": reference.code,
                "unit": reference.unit,
                "temperature_minimum_c": number(reference.band.minimum),
                "temperature_maximum_c": number(reference.band.maximum),
            }
            for reference in references
        ],
        lots=[{"number": lot, "reference": reference} for lot, reference in (lots or {}).items()],
    )


def sensor_row(sensor: Sensor) -> Row:
    """The simulator names the unit that a device publishes, Lotwatt the one after scale."""
    quantity, unit = {
        "energy": ("energy", "kWh"),
        "power": ("energy", "kW"),
        "temperature": ("temperature", "C"),
        "count": ("pieces", "piece"),
    }.get(sensor.quantity, (sensor.quantity or "other", sensor.unit))
    return {
        "code": sensor.code,
        "topic": topic(sensor.code),
        "machine": sensor.machine,
        "kind": sensor.kind,
        "role": sensor.role,
        "quantity": quantity,
        "unit": unit,
        "scale": number(sensor.scale),
        "value_offset": number(sensor.value_offset),
        "sampling_interval": f"{sensor.sampling_interval_s} seconds",
        "max_gap": None if sensor.max_gap_s is None else f"{sensor.max_gap_s} seconds",
        "max_rate": number(sensor.max_rate),
        "rollover_at": number(sensor.rollover_at),
    }


def number(value: Any) -> float | None:
    return None if value is None else float(value)


# What happens


@dataclass(frozen=True, slots=True)
class Strike:
    """A person takes a reading out."""

    sensor: str
    time_us: int


Event = LotEvent | Assertion | Strike | tuple[str, Reading]

STORE = """
select stored, duplicate, conflict, quarantined, dropped
from ingest.store('test', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
STORE_EVENT = """
select stored, duplicate, conflict, quarantined, dropped
from ingest.store_event('test', %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def store(db: Connection, readings: Sequence[tuple[str, Reading]]) -> list[int]:
    """Readings by the function that the loader calls; how many were stored, duplicate, ..."""
    total = [0] * 5
    for start in range(0, len(readings), BATCH):
        part = readings[start : start + BATCH]
        claims = [reading.claim or Claim() for _, reading in part]
        times = [instant(reading.time_us) for _, reading in part]
        row = db.execute(
            STORE,
            [
                len(part),
                [topic(sensor) for sensor, _ in part],
                times,
                [float(reading.value) for _, reading in part],
                [reading.claim is not None for _, reading in part],
                [claim.lot for claim in claims],
                [claim.reference for claim in claims],
                [claim.operator for claim in claims],
                [None] * len(part),
                times,
            ],
        ).fetchone()
        assert row is not None
        total = [one + other for one, other in zip(total, row, strict=True)]
    return total


def as_read(
    sensor: str, *points: tuple[datetime, float], lot: str | None = None
) -> list[tuple[str, Reading]]:
    claim = None if lot is None else Claim(lot)
    return [
        (sensor, Reading((time - EPOCH) // timedelta(microseconds=1), value, claim))
        for time, value in points
    ]


def load(
    db: Connection, sensor: str, *points: tuple[datetime, float], lot: str | None = None
) -> None:
    """Readings of one sensor: load(db, "meter", (at("2026-03-02 08:00"), 100.0), ...)."""
    assert store(db, as_read(sensor, *points, lot=lot)) == [len(points), 0, 0, 0, 0]


def every(
    step_s: float, first: datetime, last: datetime, value: Any
) -> list[tuple[datetime, float]]:
    """Points from first to last, both included; value: a number, or a function of hours passed."""
    found = []
    count = round((last - first).total_seconds() / step_s)
    for index in range(count + 1):
        hours = index * step_s / 3600
        found.append((first + timedelta(seconds=index * step_s),
                      float(value(hours) if callable(value) else value)))  # fmt: skip
    return found


def tell(db: Connection, *events: LotEvent) -> None:
    """Lot events by the function that the loader calls."""
    if not events:
        return
    times = [instant(event.time_us) for event in events]
    row = db.execute(
        STORE_EVENT,
        [
            [f"test/machine/{event.machine}/lot" for event in events],
            [event.event for event in events],
            times,
            [event.lot for event in events],
            [event.reference for event in events],
            [event.operator for event in events],
            [number(event.good) for event in events],
            [number(event.scrap) for event in events],
            times,
        ],
    ).fetchone()
    assert row is not None
    assert sum(row[:3]) == len(events), row  # stored, known already, or contradicting a known one


def assert_run(db: Connection, said: Assertion) -> None:
    assign(
        db,
        said.machine,
        said.lot,
        instant(said.from_us),
        None if said.to_us is None else instant(said.to_us),
        said.source,
    )


def assign(
    db: Connection,
    machine: str,
    lot: str | None,
    from_time: datetime,
    to_time: datetime | None,
    source: str = "declared",
) -> None:
    db.execute(
        "select plant.assign_run(%s, %s, %s, %s, null, %s, 'test')",
        [machine, lot, from_time, to_time, source],
    )


def happen(db: Connection, event: Event) -> None:
    """Whatever it is, by the function that it would come through."""
    if isinstance(event, LotEvent):
        tell(db, event)
    elif isinstance(event, Assertion):
        assert_run(db, event)
    elif isinstance(event, Strike):
        strike(db, event.sensor, instant(event.time_us))
    else:
        store(db, [event])


def strike(db: Connection, sensor: str, time: datetime) -> None:
    db.execute("select telemetry.strike_reading(%s, %s, 'test', 'wrong')", [sensor, time])


def correct(db: Connection, sensor: str, time: datetime, value: float) -> None:
    db.execute(
        "select telemetry.correct_reading(%s, %s, %s, 'test', 'wrong')", [sensor, time, value]
    )


# What comes of it


def settle(db: Connection, rows: int = 500, quarters: int = 100000) -> int:
    """Settle until nothing is left; slices written and deleted."""
    changed = 0
    while True:
        found = db.execute(
            "select taken, written, deleted, parked from telemetry.settle(%s, %s)",
            [rows, quarters],
        ).fetchone()
        assert found is not None
        taken, written, deleted, parked = found
        assert parked == 0, db.execute("select reason from telemetry.parked").fetchall()
        if not taken:
            return changed
        changed += written + deleted


def rows(db: Connection, query: Any, parameters: Any = ()) -> list[Row]:
    cursor = db.execute(query, parameters)
    assert cursor.description is not None
    names = [column.name for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def row(db: Connection, query: Any, parameters: Any = ()) -> Row:
    (found,) = rows(db, query, parameters)
    return found


def lot(db: Connection, number: str) -> Row:
    return row(db, "select * from api.lot where number = %s", [number])


def runs(db: Connection, machine: str) -> list[tuple[str, datetime, datetime | None, str]]:
    """(lot, from, to, source) in time order."""
    return db.execute(
        """
        select t.number, lower(r.during), upper(r.during), r.source::text
        from plant.lot_run as r
        join plant.lot as t using (lot_id)
        join plant.machine as m using (machine_id)
        where m.code = %s order by lower(r.during)
        """,
        [machine],
    ).fetchall()  # type: ignore[return-value]


def energy(db: Connection, sensor: str) -> Row:
    """All of a sensor's slices in one: amount in lots, idle, unattributed and together, seconds."""
    return row(
        db,
        """
        select sum(x.amount) as total,
            sum(x.amount) filter (where x.state = 'l') as lots,
            sum(x.amount) filter (where x.state = 'i') as idle,
            sum(x.amount) filter (where x.state = 'u') as unattributed,
            sum(x.measured_s) as measured_s, sum(x.known_s) as known_s, bit_or(x.flags) as flags,
            sum(x.value_s) / nullif(sum(x.measured_s), 0) as mean
        from telemetry.slice as x join plant.sensor as s using (sensor_id)
        where s.code = %s
        """,
        [sensor],
    )
