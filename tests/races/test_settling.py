"""Everything at once on a native server: loading, settling, editing, striking. Nothing is lost.

When all is quiet, slices are what a rebuild from nothing makes of readings and runs, and runs are
what assertions, events and claims say. LOTWATT_TEST_SEED repeats what each client does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random, SystemRandom
from threading import Event, Lock
from typing import Any

import psycopg
import pytest

from db.connection import connect
from scripts.simulate.model import Claim, LotEvent, Reading, microseconds
from tests.sql.builders import (
    Connection,
    assign,
    at,
    declare,
    declare_site,
    kw_meter,
    kwh_meter,
    rows,
    settle,
    store,
    tell,
    thermometer,
)

pytestmark = pytest.mark.native

SEED = int(os.environ.get("LOTWATT_TEST_SEED") or SystemRandom().randrange(10**6))
OPERATIONS = int(os.environ.get("LOTWATT_TEST_OPERATIONS", "600"))
START = at("2026-03-02 00:00")
HOURS = 36
MACHINES = ("m1", "m2", "m3", "m4")
LOTS = tuple(f"L{number}" for number in range(12))

SLICES = """
select s.code, x.time, x.state::text, t.number, lower(r.during) as run_from, x.role::text,
    m.code as machine, f.code as reference, x.readings, x.flags, x.span_s, x.measured_s, x.known_s,
    x.amount, x.value_s, x.minimum, x.maximum, x.below_s, x.above_s
from telemetry.slice as x
join plant.sensor as s using (sensor_id)
left join plant.machine as m on m.machine_id = x.machine_id
left join plant.lot_run as r on r.run_id = x.run_id
left join plant.lot as t on t.lot_id = x.lot_id
left join plant.reference as f on f.reference_id = x.reference_id
order by s.code, x.time, x.state, lower(r.during)
"""
RUNS = """
select m.code, t.number, r.during, r.source::text, o.code as operator
from plant.lot_run as r
join plant.machine as m using (machine_id)
join plant.lot as t using (lot_id)
left join plant.operator as o using (operator_id)
order by m.code, r.during
"""
FIGURES = """
select t.number, g.energy_kwh,
    (select sum(s.amount) from telemetry.slice as s
     where s.lot_id = t.lot_id and s.state = 'l' and s.role = 'main_energy') as true_kwh
from telemetry.lot_figure as g join plant.lot as t using (lot_id)
where not exists (
    select from plant.lot_run as r
    where r.lot_id = t.lot_id and coalesce(upper(r.during) > now(), true)
)
order by 1
"""


def declare_plant(db: Connection) -> list[str]:
    declare_site(db, *MACHINES)
    sensors = []
    for machine in MACHINES:
        kwh_meter(db, f"{machine}-meter", machine, max_rate=500)
        kw_meter(db, f"{machine}-power", machine, role="check_energy")
        thermometer(db, f"{machine}-temperature", machine)
        sensors += [f"{machine}-{kind}" for kind in ("meter", "power", "temperature")]
    declare(
        db,
        references=[{"code": "R1", "temperature_minimum_c": 20, "temperature_maximum_c": 60}],
        lots=[{"number": lot, "reference": "R1"} for lot in LOTS[::2]],
    )
    return sensors


@dataclass(slots=True)
class Traffic:
    """What the threads share."""

    url: str
    sensors: list[str]
    over: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    stored: list[tuple[str, int]] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        with self.lock:
            self.done[what] = self.done.get(what, 0) + 1


def moment(random: Random) -> datetime:
    return START + timedelta(seconds=random.randrange(HOURS * 3600))


def load_readings(db: Connection, traffic: Traffic, random: Random) -> None:
    """A batch of some sensors; two loaders now and then bring the same readings."""
    batch = []
    for sensor in random.sample(traffic.sensors, 3):
        first = random.randrange(HOURS * 60)
        lot = random.choice((*LOTS, f"N{random.randrange(50)}"))
        for minute in range(first, first + random.randrange(1, 40)):
            us = microseconds(START + timedelta(minutes=minute))
            value = 3.0 * minute if "meter" in sensor else float(minute * 7 % 90)
            claim = None
            if sensor[:2] in ("m1", "m3"):
                reference = random.choice((None, "R1", "R3"))
                claim = Claim(lot, reference, random.choice((None, "op", "op2")))
            batch.append((sensor, Reading(us, value, claim)))
    random.shuffle(batch)
    store(db, batch)
    with traffic.lock:
        traffic.stored += [(sensor, reading.time_us) for sensor, reading in batch]
        del traffic.stored[:-2000]


def tell_events(db: Connection, random: Random) -> None:
    tell(
        db,
        *(
            LotEvent(
                random.choice(("m2", "m4")),
                random.choice(("start", "stop")),
                random.choice(LOTS),
                microseconds(moment(random)),
                random.choice((None, "R1", "R2")),
                random.choice((None, "op")),
                *random.choice(((None, None), (5, 1))),
            )
            for _ in range(random.randint(1, 3))
        ),
    )


def load(db: Connection, traffic: Traffic, random: Random) -> None:
    for _ in range(OPERATIONS):
        if random.random() < 0.8:
            load_readings(db, traffic, random)
            traffic.count("batches")
        else:
            tell_events(db, random)
            traffic.count("events")


def settle_always(db: Connection, traffic: Traffic, random: Random) -> None:
    while not traffic.over.is_set():
        found = db.execute(
            "select taken, parked from telemetry.settle(%s, %s)",
            [random.choice((1, 20, 500)), random.choice((8, 500, 100_000))],
        ).fetchone()
        assert found is not None
        assert found[1] == 0, db.execute("select reason from telemetry.parked").fetchall()
        traffic.count("settled")
        if not found[0]:
            time.sleep(0.002)


def edit(db: Connection, traffic: Traffic, random: Random) -> None:
    """One person: assigns, moves and closes runs, strikes and corrects readings."""
    for _ in range(OPERATIONS):
        what = random.choice(("assign", "assign", "move", "close", "strike", "correct"))
        runs = db.execute("select run_id, during from plant.lot_run").fetchall()
        try:
            if what == "assign" or not runs:
                start = moment(random)
                end = start + timedelta(minutes=random.randrange(1, 300))
                source = random.choice(("declared", "correction"))
                lot = random.choice((*LOTS, f"N{random.randrange(50)}", None))
                assign(db, random.choice(MACHINES), lot, start, end, source)
            elif what == "move":
                lot = random.choice(LOTS[::2])
                run = random.choice(runs)[0]
                db.execute("select plant.move_run(%s, %s, 'test')", [run, lot])
            elif what == "close":
                run, during = random.choice(runs)
                at_time = during.lower + timedelta(minutes=random.randrange(1, 60))
                db.execute("select plant.close_run(%s, %s, 'test')", [run, at_time])
            else:
                with traffic.lock:
                    sensor, us = random.choice(traffic.stored or [("none", 0)])
                when = datetime.fromtimestamp(us / 1e6, START.tzinfo)
                if what == "strike":
                    db.execute(
                        "select telemetry.strike_reading(%s, %s, 'test', 'wrong')", [sensor, when]
                    )
                else:
                    db.execute(
                        "select telemetry.correct_reading(%s, %s, %s, 'test', 'wrong')",
                        [sensor, when, random.uniform(0, 90)],
                    )
            traffic.count(what)
        except psycopg.errors.NoDataFound:
            traffic.count("gone meanwhile")  # a run or a reading that another one just changed
        except psycopg.errors.InvalidParameterValue:
            if what != "close":
                raise
            traffic.count("gone meanwhile")


def at_once(traffic: Traffic) -> None:
    """Two loaders, one person and two settlers, each with a connection of its own."""

    def work(job: Callable[..., None], seed: str) -> None:
        with connect(traffic.url, autocommit=True) as db:
            db.execute("set lock_timeout = '60s'")
            job(db, traffic, Random(f"{SEED} {seed}"))

    with ThreadPoolExecutor(5) as pool:
        settlers = [pool.submit(work, settle_always, f"settler {n}") for n in range(2)]
        others = [pool.submit(work, load, f"loader {n}") for n in range(2)]
        others.append(pool.submit(work, edit, "person"))
        try:
            for other in others:
                other.result()
        finally:
            traffic.over.set()
        for settler in settlers:
            settler.result()


def close_to(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> list[str]:
    """What differs by more than rounding."""
    wrong = [] if len(one) == len(other) else [f"{len(one)} rows, rebuilt {len(other)}"]
    for before, after in zip(one, other, strict=False):
        for name, value in before.items():
            rebuilt = after[name]
            same = (
                abs(value - rebuilt) <= 1e-9 * max(1.0, abs(value))
                if isinstance(value, float) and isinstance(rebuilt, float)
                else value == rebuilt
            )
            if not same:
                wrong.append(f"{before['code']} {before['time']} {name}: {value} -> {rebuilt}")
    return wrong


def test_nothing_is_lost_when_all_happens_at_once(native_url: str) -> None:
    print(f"LOTWATT_TEST_SEED={SEED}")
    with connect(native_url, autocommit=True) as db:
        traffic = Traffic(native_url, declare_plant(db))
        at_once(traffic)
        settle(db)
        print(traffic.done)
        assert db.execute("select count(*) from telemetry.parked").fetchone() == (0,)
        slices, runs = rows(db, SLICES), rows(db, RUNS)
        assert len(slices) > 1000
        wrong = [each for each in rows(db, FIGURES)
                 if each["true_kwh"] != pytest.approx(each["energy_kwh"], abs=1e-6)]  # fmt: skip
        assert wrong == [], f"lot figures, LOTWATT_TEST_SEED={SEED}"

        # runs, resolved anew over everything, stay as they are
        for machine_id in range(1, len(MACHINES) + 1):
            db.execute(
                "select plant.resolve_runs(%s, %s, %s, 'test')",
                [machine_id, START - timedelta(days=9), START + timedelta(days=9)],
            )
        again = rows(db, RUNS)
        differing = [str(run) for run in runs if run not in again]
        differing += [f"anew {run}" for run in again if run not in runs]
        assert differing == [], f"runs, LOTWATT_TEST_SEED={SEED}"

        # slices, worked out from nothing, are the same
        db.execute("truncate telemetry.slice")
        db.execute(
            "insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)"
            " select array_agg(sensor_id), '-infinity', 'infinity', 'rebuild' from plant.sensor"
        )
        settle(db)
        differing = close_to(slices, rows(db, SLICES))
        assert differing == [], f"slices, LOTWATT_TEST_SEED={SEED}"


def test_a_sensor_that_cannot_be_settled_is_parked_and_stops_nobody(native_url: str) -> None:
    with connect(native_url, autocommit=True) as db:
        declare_plant(db)
        db.execute(
            "alter table telemetry.slice add constraint refused check (sensor_id <> 4)"
        )  # the meter of m2
        try:
            for hour in range(3):
                batch = [
                    (f"{machine}-meter", Reading(microseconds(START) + minute * 60_000_000, minute))
                    for machine in MACHINES
                    for minute in range(hour * 60, hour * 60 + 60)
                ]
                store(db, batch)
            parked = 0
            for _ in range(100):
                found = db.execute("select taken, parked from telemetry.settle()").fetchone()
                assert found is not None
                parked += found[1]
                if not found[0]:
                    break
            assert db.execute("select count(*) from telemetry.dirty").fetchone() == (0,)
            assert parked > 0
            told = rows(db, "select sensor_ids, reason from telemetry.parked")
            assert {tuple(each["sensor_ids"]) for each in told} == {(4,)}
            assert all("refused" in each["reason"] for each in told)
            # minute by minute one kWh: 179 of each of the others
            amounts = db.execute(
                "select s.code, sum(x.amount) from telemetry.slice as x"
                " join plant.sensor as s using (sensor_id) group by 1 order by 1"
            ).fetchall()
            assert amounts == [
                ("m1-meter", pytest.approx(179)),
                ("m3-meter", pytest.approx(179)),
                ("m4-meter", pytest.approx(179)),
            ]
        finally:
            db.execute("alter table telemetry.slice drop constraint refused")
        # mended, and put back as lotwatt doctor says
        db.execute(
            "with p as (delete from telemetry.parked returning *)"
            " insert into telemetry.dirty (sensor_ids, from_time, to_time, cause)"
            " select sensor_ids, from_time, to_time, cause from p where sensor_ids is not null"
        )
        settle(db)
        amount = db.execute(
            "select sum(amount) from telemetry.slice where sensor_id = 4"
        ).fetchone()
        assert amount == (pytest.approx(179),)
