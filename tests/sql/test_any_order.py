"""The order in which things become known does not matter.

Random small histories of a machine are told twice: in the order in which they happened and settled
once, and in rounds, backwards, in small groups, settled in between. Both must give the same runs
and slices, and the ones that the exact calculation gives.

LOTWATT_TEST_STORIES=2000 tries that many, at random; without it a fixed set is tried.
"""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from scripts.simulate.model import HOUR, Band, microseconds
from scripts.simulate.timeline import Period
from scripts.simulate.truth import balance, slices
from tests.sql.against_truth import Comparison, compare, stored_runs, stored_slices, true_runs
from tests.sql.builders import Connection, declare, declare_site, instant, row, sensor_row, settle
from tests.sql.histories import (
    BASE_US,
    LOTS,
    MACHINE,
    REFERENCES,
    SHIFT,
    Story,
    lots_of,
    stories,
    tell_anyhow,
    tell_in_order,
)

WANTED = os.environ.get("LOTWATT_TEST_STORIES")
STORIES = settings(
    max_examples=int(WANTED or 60),
    derandomize=WANTED is None,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink) if WANTED is None else (Phase.generate,),
)
SHIFTS: list[Period] = [SHIFT]
number = count()

SLICES = """
select x.time, s.code, x.state::text, t.number, lower(r.during) as run_from, x.readings, x.flags,
    f.code as reference, x.span_s, x.measured_s, x.known_s, x.amount, x.value_s, x.minimum,
    x.maximum, x.below_s, x.above_s
from telemetry.slice as x
join plant.sensor as s using (sensor_id)
left join plant.lot_run as r on r.run_id = x.run_id
left join plant.lot as t on t.lot_id = x.lot_id
left join plant.reference as f on f.reference_id = x.reference_id
where s.code = any (%s)
order by 2, 1, 3, 4, 5
"""


@pytest.fixture
def site(db: Connection) -> Connection:
    """A site with one shift; each story brings machines of its own."""
    declare_site(db)
    declare(
        db,
        references=[
            {
                "code": reference.code,
                "temperature_minimum_c": reference.band.minimum,
                "temperature_maximum_c": reference.band.maximum,
            }
            for reference in REFERENCES
        ],
        shifts=[
            {
                "site": "site",
                "name": "early",
                "start": f"{instant(SHIFT[0]):%H:%M}",
                "end": f"{instant(SHIFT[1]):%H:%M}",
                "from": f"{instant(SHIFT[0]):%Y-%m-%d}",
                "to": f"{instant(SHIFT[0]):%Y-%m-%d}",
            }
        ],
    )
    return db


def machine(db: Connection, story: Story, suffix: str) -> None:
    declare(
        db,
        machines=[
            {
                "code": MACHINE + suffix,
                "line": "line",
                "topic": f"test/machine/{MACHINE}{suffix}",
            }
        ],
        sensors=[
            sensor_row(sensor)
            | {
                "code": sensor.code + suffix,
                "topic": f"test/{sensor.code}{suffix}",
                "machine": MACHINE + suffix,
            }
            for sensor in story.sensors
        ],
        lots=[{"number": lot.number, "reference": lot.reference} for lot in lots_of(suffix)],
    )


def stored(db: Connection, story: Story, suffix: str) -> list[tuple[str, ...]]:
    """Slices without what tells the two machines apart, and without rounding in the last places."""
    found = db.execute(SLICES, [[sensor.code + suffix for sensor in story.sensors]]).fetchall()
    return [tuple(plain(value, suffix) for value in each) for each in found]


def plain(value: Any, suffix: str) -> str:
    if isinstance(value, float):
        return f"{value + 0.0:.7g}"
    return str(value).removesuffix(suffix)


def conflicts(db: Connection, suffix: str) -> list[tuple[int, int, frozenset[str]]]:
    query = """
        select lower(c.during), upper(c.during), c.lots from plant.claim_conflict as c
        join plant.machine as m using (machine_id) where m.code = %s order by 1
    """
    return [
        (
            microseconds(start),
            microseconds(end),
            frozenset(lot.removesuffix(suffix) for lot in lots),
        )
        for start, end, lots in db.execute(query, [MACHINE + suffix])
    ]


def check(db: Connection, story: Story) -> None:
    one, other = f"-{next(number)}", f"-{next(number)}"
    for suffix in (one, other):
        machine(db, story, suffix)
    settle(db)
    tell_in_order(db, story, one)
    tell_anyhow(db, story, other)

    effective, true_conflicts = story.runs()
    for suffix in (one, other):
        found = [
            (lot.removesuffix(suffix), *rest) for lot, *rest in stored_runs(db, MACHINE + suffix)
        ]
        assert found == true_runs(effective), suffix
        assert conflicts(db, suffix) == [
            (each.from_us, each.to_us, each.lots) for each in true_conflicts
        ], suffix
    anyhow, in_order = stored(db, story, other), stored(db, story, one)
    assert set(anyhow) ^ set(in_order) == set()
    assert len(anyhow) == len(in_order)

    bands: dict[str, Band] = {
        lot: next(r.band for r in REFERENCES if r.code == its.reference)
        for lot, its in zip(LOTS, lots_of(""), strict=True)
    }
    compared = Comparison()
    for sensor in story.sensors:
        readings = story.readings(sensor.code)
        code = sensor.code + other
        (renamed,) = stored_slices(db, [replace(sensor, code=code)]).values()
        found_slices = {
            (time, None if run is None else (run[0].removesuffix(other), run[1])): part
            for (time, run), part in renamed.items()
        }
        compare(compared, sensor.code, found_slices, slices(sensor, readings, effective, bands))
        if sensor.kind in ("counter", "power"):
            window = (BASE_US - HOUR, BASE_US + 6 * HOUR)
            true = balance(sensor, readings, effective, *window, SHIFTS)
            sums = row(
                db,
                """
                select coalesce(sum(x.amount) filter (where x.state = 'l'), 0) as lots,
                    coalesce(sum(x.amount) filter (where x.state = 'i'), 0) as idle,
                    coalesce(sum(x.amount) filter (where x.state = 'u'), 0) as unattributed,
                    max(a.advance) as advance
                from plant.sensor as s
                cross join telemetry.meter_advance(s.sensor_id, %s, %s) as a
                left join telemetry.slice as x using (sensor_id)
                where s.code = %s
                """,
                [instant(window[0]), instant(window[1]), code],
            )
            compared.number(code, "lots", sums["lots"], sum(true.lots.values(), Fraction(0)))
            compared.number(code, "idle", sums["idle"], true.idle)
            compared.number(code, "unattributed", sums["unattributed"], true.unattributed)
            compared.number(code, "advance", sums["advance"], true.advanced)
    compared.check()


def test_any_order_gives_the_same_slices_and_they_are_true(site: Connection) -> None:
    @STORIES
    @given(stories())
    def tell(story: Story) -> None:
        check(site, story)

    tell()
