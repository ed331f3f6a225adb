"""Bad input ends where the table says, and takes no good reading with it."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb

from db.statements import load
from ingest.buffer import Buffer, Limits
from ingest.store import Counts, Store
from ingest.wire import Packet
from tests.integration.ingest.bad_input import CASES, Case
from tests.integration.ingest.conftest import NAMES, Plant, now

pytestmark = pytest.mark.native

STATEMENTS = load("tests/integration/ingest/bad_input.sql")
GOOD_TOPIC = "plant/l/m2/t"
# Nothing but a broker can show these: test_bad_input_broker.py does.
AT_THE_BROKER = {61, 63, 65}


def filled(payload: bytes, at: datetime) -> bytes:
    """The payload with its times."""
    madrid = at.astimezone(ZoneInfo("Europe/Madrid")).replace(tzinfo=None)
    leap = at.replace(second=0) - timedelta(minutes=1)
    for mark, text in (
        ("@FUTURE", (now() + timedelta(minutes=10)).isoformat()),
        ("@PAST", (at - timedelta(days=40)).isoformat()),
        ("@LOCAL", madrid.isoformat()),
        ("@LEAP", leap.strftime("%Y-%m-%dT%H:%M:60Z")),
        ("@T", str(int(at.timestamp()))),
    ):
        payload = payload.replace(mark.encode(), text.encode())
    return payload


def packets(case: Case, at: datetime) -> list[Packet]:
    topic = case.topic.encode()
    return [Packet(topic, filled(p, at), 1, 1, case.is_retained) for p in case.payloads]


def good(number: int, at: datetime) -> Packet:
    time = (at + timedelta(seconds=number)).isoformat()
    return Packet(
        GOOD_TOPIC.encode(), f'{{"value": {number}, "time": "{time}"}}'.encode(), 1, 1, False
    )


def write(plant: Plant, sent: Iterable[Packet]) -> Counts:
    """One batch through the real decoder and the real functions."""
    store = Store(plant.url, "bad-input")
    try:
        buffer = Buffer(Limits(), store.load_catalog())
        buffer.add(sent, 0.0)
        return store.write(buffer.take())
    finally:
        store.close()


def rows(plant: Plant, name: str) -> list[tuple[Any, ...]]:
    return plant.connection.execute(STATEMENTS[name]).fetchall()


def ends(plant: Plant) -> list[str]:
    """Where everything but the good readings has ended."""
    books = reconciled(plant)
    found = [f"stored {row[2]:g}" for row in plant.rows("readings") if row[0] != GOOD_TOPIC]
    for name, statement in (("quarantined", "quarantined"), ("dropped", "dropped")):
        found += [f"{name} {reason}" for reason, n in rows(plant, statement) for _ in range(n)]
    found += [f"held {topic}" for (topic,) in rows(plant, "held")]
    found += [f"lot {number}" for (number,) in rows(plant, "lots")]
    for name in ("duplicate", "conflict"):
        found += [name] * books[name]
    return sorted(found)


def reconciled(plant: Plant) -> dict[str, int]:
    """The ledger; what was received is what is in its columns."""
    names = ("messages", "received", *NAMES)
    books = dict(zip(names, plant.rows("ledger_sum")[0], strict=True))
    assert books["received"] == sum(books[name] for name in NAMES)
    return books


def good_values(plant: Plant) -> list[float]:
    return [row[2] for row in plant.rows("readings") if row[0] == GOOD_TOPIC]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name[:40])
def test_each_ends_where_the_table_says(plant: Plant, case: Case) -> None:
    if case.mapping:
        plant.connection.execute(STATEMENTS["mapping"], {"row": Jsonb(case.mapping)})
    bad = packets(case, plant.at)
    first, second, last = (good(number, plant.at) for number in range(3))
    write(plant, [first, *bad[:1], second, *bad[1:], last])
    # Runs come of claims when they are settled.
    while rows(plant, "settle")[0][0]:
        pass
    assert ends(plant) == sorted(case.ends)
    assert good_values(plant) == [0, 1, 2]
    assert reconciled(plant)["messages"] == 3 + len(bad)


def test_every_row_of_the_table_is_here() -> None:
    assert {case.row for case in CASES} | AT_THE_BROKER == set(range(1, 67))
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("good_share", [0.99, 0.5, 0.0])
def test_all_of_it_in_one_batch_with_good_readings(plant: Plant, good_share: float) -> None:
    """Row 66: good and each kind of bad at once; 1 %, half and all of it bad."""
    bad = [packet for case in CASES if not case.mapping for packet in packets(case, plant.at)]
    count = round(len(bad) * good_share / (1 - good_share))
    sent = [*bad, *(good(number, plant.at - timedelta(hours=12)) for number in range(count))]
    random.Random(4).shuffle(sent)
    for start in range(0, len(sent), 1000):
        write(plant, sent[start : start + 1000])
    assert good_values(plant) == list(range(count))
    books = reconciled(plant)
    assert books["messages"] == len(sent)
    assert books["received"] >= len(sent)
    assert (
        sum(n for _, n in rows(plant, "quarantined")) + len(rows(plant, "held"))
        == (books["quarantined"])
    )


def test_a_value_out_of_range_is_flagged_where_it_is_used(plant: Plant) -> None:
    """Row 57: it is stored, and what is worked out of it says so."""
    plant.connection.execute(STATEMENTS["range"])
    (case,) = (case for case in CASES if case.name == "57")
    write(plant, [*packets(case, plant.at), *packets(case, plant.at + timedelta(seconds=60))])
    while rows(plant, "settle")[0][0]:
        pass
    assert rows(plant, "out_of_range") == [(True,)]


def test_a_unit_is_not_compared_where_the_sensor_has_a_scale(plant: Plant) -> None:
    """Row 59: the device may publish Wh for a sensor in kWh; the scale says what it means."""
    plant.connection.execute(STATEMENTS["scaled"])
    (case,) = (case for case in CASES if case.name == "59")
    write(plant, packets(case, plant.at))
    assert ends(plant) == ["stored 70"]
