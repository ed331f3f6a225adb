"""api.backup: which backups there are, and which were restored to see."""

from typing import Any

import psycopg

from db.statements import load

STATEMENTS = load("db/backup/statements.sql")
NOTED: dict[str, Any] = {
    "made_at": "2026-03-31T01:17Z", "size": 5, "sha256": "x", "rows": 7, "duration_s": 1.0,
}  # fmt: skip

Connection = psycopg.Connection[tuple[Any, ...]]


def backups(db: Connection) -> list[tuple[Any, ...]]:
    return db.execute(
        "select file, is_verified, difference, verified_at is null from api.backup order by file"
    ).fetchall()


def test_a_backup_counts_as_verified_by_its_last_check(db: Connection) -> None:
    for name in ("a.dump", "b.dump"):
        db.execute(STATEMENTS["note_backup"], NOTED | {"file": name})
    assert backups(db) == [("a.dump", False, None, True), ("b.dump", False, None, True)]
    for difference in (None, "a day is missing"):
        check = NOTED | {"file": "b.dump", "difference": difference}
        db.execute(STATEMENTS["note_restore_check"], check)
        assert backups(db)[1] == ("b.dump", difference is None, difference, False)
    assert backups(db)[0] == ("a.dump", False, None, True)
