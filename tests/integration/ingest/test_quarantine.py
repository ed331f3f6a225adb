"""What cannot be decoded: kept once, counted, and never more than the table may hold."""

from typing import Any

import pytest

from tests.integration.ingest.conftest import LOADER, Plant, now

pytestmark = pytest.mark.native


def quarantine(plant: Plant, *messages: tuple[str, bytes, str]) -> dict[str, int]:
    values: dict[str, Any] = {
        "source": "test", "topic": [m[0] for m in messages], "payload": [m[1] for m in messages],
        "payload_length": [len(m[1]) for m in messages], "reason": [m[2] for m in messages],
        "detail": ["d"] * len(messages), "received_at": [now()] * len(messages),
    }  # fmt: skip
    return plant.call("quarantine_messages", values)


def test_the_same_message_again_only_counts(plant: Plant) -> None:
    assert quarantine(plant, ("a", b"x", "json_syntax"), ("a", b"x", "json_syntax")) == {
        "quarantined": 2
    }
    quarantine(plant, ("a", b"x", "json_syntax"), ("a", b"y", "json_syntax"), ("ax", b"", "e"))
    assert plant.rows("quarantine") == [
        ("e", "ax", "", 1), ("json_syntax", "a", "x", 3), ("json_syntax", "a", "y", 1),
    ]  # fmt: skip
    assert plant.rows("ledger") == [("test", 0, 5, 0, 0, 0, 5, 0)]


def test_only_the_beginning_is_kept(plant: Plant) -> None:
    quarantine(plant, ("a", b"x" * 10_000, "json_syntax"))
    assert plant.rows("quarantine_lengths") == [(4096, 10_000)]


def test_a_flood_does_not_fill_the_table(plant: Plant) -> None:
    plant.set("quarantine_rows", "5")
    for start in (0, 4, 8):
        messages = [("a", b"%02d" % n, "json_syntax") for n in range(start, start + 4)]
        assert quarantine(plant, *messages) == {"quarantined": 4}
    assert len(plant.rows("quarantine")) == 5
    quarantine(plant, ("a", b"00", "json_syntax"))
    assert ("json_syntax", "a", "00", 2) in plant.rows("quarantine")
    assert plant.rows("ledger") == [("test", 0, 13, 0, 0, 0, 13, 0)]


def test_drops_are_counted_for_a_known_reason(plant: Plant) -> None:
    values = {"source": "test", "reason": "retained_no_time", "count": 4}
    assert plant.call("drop_messages", values) == {"dropped": 4}
    assert plant.rows("ledger") == [("test", 0, 4, 0, 0, 0, 0, 4)]
    with pytest.raises(Exception, match="cannot be dropped"):
        plant.connection.execute(LOADER["drop_messages"], {**values, "reason": "lazy"})
