"""What files and APIs store: of any time, with a position, and corrections where they may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.importer import Importer
from ingest.item import Drop, Event, Item, Reading, Rejection
from ingest.store import Counts
from tests.attempts import allowed
from tests.integration.ingest.conftest import Plant, now

pytestmark = pytest.mark.native

POWER = "plant/l/m1/power"
AT = datetime(2019, 5, 4, 12, tzinfo=UTC)


def reading(value: float, minute: int = 0, topic: str = POWER) -> Reading:
    return Reading(topic, AT + timedelta(minutes=minute), value, None, now())


def stored(plant: Plant, *items: Item, corrects: bool = False, **more: Any) -> Counts:
    importer = Importer(plant.url, "file", "a.csv", corrects=corrects)
    try:
        return importer.store(items, **more)
    finally:
        importer.close()


def test_the_past_of_years_ago_is_taken(plant: Plant) -> None:
    event = Event("plant/l/m1/lot", "start", AT, "L1", None, None, None, None, now())
    bad = Rejection("a.csv", b"x;y", 3, "value_is_string", "row 7", now())
    counts = stored(plant, reading(1), reading(2, 1), event, bad, Drop("ignored"))
    assert counts == Counts(stored=3, quarantined=1, dropped=1)
    assert plant.store({"value": 1, "time": AT}) == {"quarantined": 1}
    assert plant.rows("readings") == [(POWER, AT, 1.0), (POWER, AT + timedelta(minutes=1), 2.0)]
    assert ("file:a.csv", 0, 5, 3, 0, 0, 1, 1) in plant.rows("ledger")


def test_the_position_is_written_with_what_was_stored(plant: Plant) -> None:
    importer = Importer(plant.url, "api", "mes")
    assert importer.position() is None
    importer.store([reading(1)], position={"page": 2})
    assert importer.position() == {"page": 2}
    importer.store([reading(2, 1)])
    assert importer.position() == {"page": 2}
    importer.store([], position={"page": 3})
    assert importer.position() == {"page": 3}
    importer.close()


def test_a_source_that_knows_corrects_what_it_said(plant: Plant) -> None:
    assert stored(plant, reading(1), corrects=True) == Counts(stored=1)
    for value in (2.0, 1.0, 3.0):
        assert stored(plant, reading(value), corrects=True) == Counts(duplicate=1)
        assert plant.rows("readings") == [(POWER, AT, value)]
    assert plant.rows("conflicts") == []
    assert plant.rows("changes") == [
        (1.0, 2.0, "file:a.csv"), (2.0, 1.0, "file:a.csv"), (1.0, 3.0, "file:a.csv"),
    ]  # fmt: skip


def test_a_source_that_does_not_know_only_contradicts(plant: Plant) -> None:
    stored(plant, reading(1))
    assert stored(plant, reading(2)) == Counts(conflict=1)
    assert plant.rows("readings") == [(POWER, AT, 1.0)]


def test_what_a_person_said_stays(plant: Plant) -> None:
    stored(plant, reading(1), reading(5, 1), corrects=True)
    plant.do("say", action="correct", time=AT, value=7)
    plant.do("say", action="strike", time=AT + timedelta(minutes=1), value=None)
    assert stored(plant, reading(1), reading(6, 1), corrects=True) == Counts(
        duplicate=1, conflict=1
    )
    assert plant.rows("readings")[0] == (POWER, AT, 7.0)
    assert stored(plant, reading(8), corrects=True) == Counts(conflict=1)


def test_two_words_in_one_answer_correct_nothing(plant: Plant) -> None:
    stored(plant, reading(1), corrects=True)
    assert stored(plant, reading(2), reading(3), corrects=True) == Counts(conflict=2)
    assert plant.rows("readings") == [(POWER, AT, 1.0)]


@pytest.mark.parametrize(
    "attempt",
    [
        "select ingest.import_moved('x', '1')",
        "select ingest.import_readings('x', true, 0, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",  # noqa: E501
        "select ingest.import_events('x', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
    ],
)
def test_only_importers_import(plant: Plant, attempt: str) -> None:
    assert allowed(plant.connection, "lotwatt_importer", attempt)
    assert not allowed(plant.connection, "lotwatt_loader", attempt)
    role = "grant lotwatt_importer to lotwatt_loader"
    assert allowed(plant.connection, "lotwatt_loader", attempt, role)


@pytest.mark.parametrize(
    "attempt",
    [
        "table telemetry.reading",
        "table ingest.cursor",
        "table plant.lot",
        "select telemetry.correct_reading('m1.power', now(), 1, 'x', 'y')",
    ],
)
def test_an_importer_does_nothing_else(plant: Plant, attempt: str) -> None:
    assert not allowed(plant.connection, "lotwatt_importer", attempt)
