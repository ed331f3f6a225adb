"""Series of values as sensors of a scratch plant: declared, stored, settled as readings are."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from psycopg.types.json import Jsonb

from db.migrate import Connection
from db.statements import load
from jobs.errors import JobError
from jobs.evaluate.readings import Reading

STATEMENTS = load("jobs/evaluate/statements.sql")
BATCH = 5000
LONGEST_GAP_S = 7 * 86400  # what a sensor may declare


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    readings: Sequence[Reading]


def take_in(connection: Connection, series: Sequence[Series], time_zone: str = "UTC") -> int:
    """Store readings as the loader does, and settle; how many contradict one that is there."""
    connection.execute(STATEMENTS["any_time"])
    plant = {
        "sites": [{"code": "EVALUATE", "time_zone": time_zone, "currency": "EUR"}],
        "sensors": [sensor(each) for each in series],
    }
    connection.execute(STATEMENTS["plant"], {"plant": Jsonb(plant)})
    conflicts = 0
    for each in series:
        for start in range(0, len(each.readings), BATCH):
            part = each.readings[start : start + BATCH]
            row = connection.execute(STATEMENTS["store"], {
                "topic": each.name, "times": [t for t, _ in part], "values": [v for _, v in part],
            }).fetchone()  # fmt: skip
            assert row is not None
            if row[3] or row[4]:
                raise JobError(
                    f"{row[3] + row[4]} readings of {each.name} cannot be stored",
                    hint="Times have to lie within a century of today.",
                )
            conflicts += row[2]
    while (row := connection.execute(STATEMENTS["settle"]).fetchone()) and row[0]:
        pass
    return conflicts


def sensor(each: Series) -> dict[str, str]:
    """How often it speaks is seen from its stamps; a gap is three times that."""
    gaps = [
        (after - before).total_seconds()
        for (before, _), (after, _) in pairwise(each.readings)
        if after > before
    ]
    interval = max(statistics.median(gaps), 1.0) if gaps else 60.0
    return {
        "code": each.name, "topic": each.name, "site": "EVALUATE", "kind": "gauge",
        "quantity": "temperature", "unit": "C", "sampling_interval": f"{interval} seconds",
        "max_gap": f"{min(3 * interval, LONGEST_GAP_S)} seconds",
    }  # fmt: skip
