"""The books of what came in: reasons add up, and loaders counted what the ledger got."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from db.cli.verify import load_checks
from db.statements import load
from tests.sql.builders import Connection, declare_site

LOADER = load("ingest/statements.sql")
SOURCE = "mqtt:lotwatt"
NOW = datetime.now(UTC)
REASONS = "what was quarantined or dropped has its reasons"
LOADERS = "the ledger has grown by what each loader counted"


def call(db: Connection, name: str, values: dict[str, Any]) -> None:
    db.execute(LOADER[name], {"source": SOURCE, **values})


def drop(db: Connection, count: int) -> None:
    call(db, "drop_messages", {"reason": "empty_payload", "count": count})


def beat(db: Connection, *, committed: bool = False, **counters: int) -> None:
    values = {"client_id": "lotwatt", "counters": Jsonb(counters), "committed": committed}
    call(db, "loader_seen", values)


def broken(db: Connection) -> list[str]:
    return [check.name for check in load_checks() if db.execute(check.text).fetchall()]


@pytest.fixture
def loader(db: Connection) -> Connection:
    """A loader that ran before, and has started again."""
    drop(db, 100)
    beat(db)
    drop(db, 5)
    beat(db, committed=True, dropped=5)
    beat(db, dropped=5)
    return db


def test_what_a_loader_counted_is_in_the_ledger(loader: Connection) -> None:
    assert broken(loader) == []


def test_a_loader_that_counted_more_than_the_ledger_got_is_found(loader: Connection) -> None:
    beat(loader, committed=True, dropped=6)
    assert broken(loader) == [LOADERS]


def test_a_ledger_that_got_more_is_found_when_the_loader_rests(loader: Connection) -> None:
    drop(loader, 1)
    beat(loader, committed=True, dropped=5)
    assert broken(loader) == []
    beat(loader, dropped=5)
    assert broken(loader) == [LOADERS]
    for excuse in ("database_errors", "broker_errors", "in_flight"):
        beat(loader, dropped=5, **{excuse: 1})
        assert broken(loader) == []


def test_a_loader_that_starts_anew_is_compared_from_there(loader: Connection) -> None:
    drop(loader, 7)
    beat(loader)
    drop(loader, 1)
    beat(loader, committed=True, dropped=1)
    beat(loader, dropped=1)
    assert broken(loader) == []


def test_other_sources_are_not_a_loader_s(loader: Connection) -> None:
    loader.execute(LOADER["drop_messages"], {
        "source": "replay", "reason": "ignored", "count": 3,
    })  # fmt: skip
    beat(loader, dropped=5)
    assert broken(loader) == []


def test_a_loader_whose_start_was_not_seen_is_not_compared(db: Connection) -> None:
    beat(db, dropped=5)
    assert broken(db) == []


@pytest.mark.parametrize(
    "harm",
    [
        "update ingest.ledger_reason set count = count + 1",
        "update ingest.ledger_reason set outcome = 'quarantined'",
        "delete from ingest.ledger_reason",
        "update ingest.ledger_reason set hour = hour - interval '1 hour'",
        "delete from ingest.ledger",
    ],
)
def test_reasons_that_do_not_add_up_are_found(loader: Connection, harm: str) -> None:
    loader.execute(harm)
    assert broken(loader) == [REASONS]


def test_every_outcome_has_its_reason(db: Connection) -> None:
    declare_site(db, "m1")
    db.execute("update ops.setting set value = '30 days' where name = 'past_window'")
    times = [NOW, NOW - timedelta(days=31), NOW + timedelta(hours=1)]
    nothing = dict.fromkeys(("has_claim", "lot", "reference", "operator", "machine"))
    call(db, "store", {
        **nothing, "messages": 3, "topic": ["a/b"] * 3, "time": times, "value": [1.0] * 3,
        "received_at": [NOW] * 3,
    })  # fmt: skip
    call(db, "quarantine_messages", {
        "topic": ["a"] * 3, "payload": [b"x", b"x", b"y"], "payload_length": [1] * 3,
        "reason": ["json_syntax", "json_syntax", "encoding"], "detail": ["d"] * 3,
        "received_at": [NOW] * 3,
    })  # fmt: skip
    drop(db, 2)
    seen = db.execute(
        "select outcome, reason, sum(count) from api.ledger_reason group by 1, 2 order by 1, 2"
    )
    assert seen.fetchall() == [
        ("dropped", "empty_payload", 2), ("quarantined", "encoding", 1),
        ("quarantined", "json_syntax", 2), ("quarantined", "time_future", 1),
        ("quarantined", "time_past", 1), ("quarantined", "unknown_sensor", 1),
    ]  # fmt: skip
    assert REASONS not in broken(db)


def test_api_loader_tells_counters(loader: Connection) -> None:
    beat(loader, committed=True, messages=7, stored=9, database_errors=1)
    row = loader.execute(
        "select loader, is_alive, messages, stored, conflict, database_errors from api.loader"
    ).fetchall()
    assert row == [("lotwatt", True, 7, 9, None, 1)]
