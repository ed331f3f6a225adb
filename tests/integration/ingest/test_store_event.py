"""ingest.store_event: lots, references and quantities, whatever order events arrive in."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.integration.ingest.conftest import Plant

pytestmark = pytest.mark.native


def test_an_event_creates_what_it_names(plant: Plant) -> None:
    start = {"lot": "L1", "reference": "R1", "operator": "anna"}
    stop = {"lot": "L1", "event": "stop", "time": 600, "operator": "bert", "good": 98, "scrap": 2}
    assert plant.events(start, stop) == {"stored": 2}
    assert plant.events(start, stop) == {"duplicate": 2}
    end = plant.at + timedelta(seconds=600)
    assert plant.rows("events") == [
        ("m1", "start", "L1", plant.at, "R1", "anna", None, None),
        ("m1", "stop", "L1", end, None, "bert", 98.0, 2.0),
    ]
    assert plant.rows("lots") == [("L1", "event", "R1", "event", 98.0, 2.0)]
    assert plant.rows("references") == [("R1", "event", "piece")]
    assert plant.rows("operators") == [("anna",), ("bert",)]
    assert plant.rows("dirty_run") == [
        (["m1"], plant.at, plant.at, "event start L1"),
        (["m1"], end, end, "event stop L1"),
    ]
    assert plant.rows("ledger") == [("test", 0, 4, 2, 2, 0, 0, 0)]


def test_the_order_of_arrival_does_not_matter(plant: Plant) -> None:
    rows: list[dict[str, Any]] = [
        {"reference": "R1"},
        {"reference": "R2", "time": 60, "topic": "plant/l/m2/lot"},
        {"event": "stop", "time": 600, "good": 10, "scrap": 1},
        {"event": "stop", "time": 700, "good": 12, "topic": "plant/l/m2/lot"},
    ]
    for number, order in enumerate(permutations(rows)):
        for row in order:
            plant.events({**row, "lot": f"L{number}"})
    assert {row[1:] for row in plant.rows("lots")} == {("event", "R1", "event", 12.0, 1.0)}


@pytest.mark.parametrize(
    ("source", "reference", "good"), [("declared", "R0", 5.0), ("payload", "R1", 10.0)]
)
def test_what_is_stronger_stays(plant: Plant, source: str, reference: str, good: float) -> None:
    plant.do("reference", code="R0")
    given = 5.0 if source == "declared" else None
    plant.do("lot", number="L1", reference="R0", source=source, good=given)
    plant.events({"lot": "L1", "reference": "R1"})
    plant.events({"lot": "L1", "event": "stop", "time": 60, "good": 10})
    ((_, lot_source, code, _, quantity, _),) = plant.rows("lots")
    assert (code, quantity) == (reference, good)
    assert lot_source == ("event" if source == "payload" else source)


def test_another_reference_settles_the_runs_of_the_lot(plant: Plant) -> None:
    plant.do("lot", number="L1", reference=None, source="declared", good=None)
    end = plant.at + timedelta(hours=1)
    plant.do("run", number="L1", from_time=plant.at, to_time=end)
    plant.store({"value": 1, "time": -60}, {"value": 2, "time": 7200 - 60})
    plant.do("clear_dirty")
    plant.events({"lot": "L1", "reference": "R2", "time": 60})
    assert plant.rows("dirty") == [
        (["m1.power"], plant.at, end, "event: reference of lot L1: none -> R2")
    ]
    plant.events({"lot": "L1", "reference": "R3", "time": 120})
    assert len(plant.rows("dirty")) == 1
    plant.events({"lot": "L1", "reference": "R1", "time": 0})
    assert plant.rows("dirty")[1][3] == "event: reference of lot L1: R2 -> R1"


def test_what_cannot_be_believed_goes_to_quarantine(plant: Plant) -> None:
    counts = plant.events(
        {"lot": "L1", "topic": "plant/l/m9/lot"},
        {"lot": "L1", "topic": "plant/l/m1"},
        {"lot": None},
        {"lot": "L1", "event": "pause"},
        {"lot": "L1", "time": plant.at - timedelta(days=31)},
        {"lot": "L1", "time": plant.at + timedelta(days=1)},
        {"lot": "L1"},
    )
    assert counts == {"stored": 1, "quarantined": 6}
    reasons = [row[0] for row in plant.rows("quarantine")]
    assert reasons == [
        "event_unknown", "lot_missing", "time_future", "time_past", "unknown_machine",
        "unknown_machine",
    ]  # fmt: skip
    assert [row[0] for row in plant.rows("lots")] == ["L1"]


def test_an_event_that_contradicts_a_stored_one_is_a_conflict(plant: Plant) -> None:
    assert plant.events({"lot": "L1", "event": "stop", "good": 5}) == {"stored": 1}
    assert plant.events({"lot": "L1", "event": "stop", "good": 6}) == {"conflict": 1}
    assert [row[0] for row in plant.rows("quarantine")] == ["event_conflict"]
    assert plant.rows("lots")[0][4] == 5.0
    assert plant.rows("ledger") == [("test", 0, 2, 1, 0, 1, 0, 0)]
