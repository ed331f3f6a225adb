"""`lotwatt mapping`, and what the database lets into ingest.mapping."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from psycopg.types.json import Jsonb

from db.statements import load
from lotwatt import main

STATEMENTS = load("tests/integration/commands/mapping.sql")
Connection = psycopg.Connection[tuple[Any, ...]]


def lotwatt(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["mapping", *arguments])


def insert(db: Connection, **row: Any) -> None:
    whole = {"name": "m", "topic_filter": "f/#", "time_path": "t", **row}
    db.execute(STATEMENTS["insert"], {"row": Jsonb(whole)})


def noted(db: Connection) -> list[tuple[Any, ...]]:
    return db.execute(STATEMENTS["noted"]).fetchall()


def test_mappings_are_listed_in_the_order_in_which_they_are_tried(db: Connection) -> None:
    assert lotwatt("list").output == "no mappings\n"
    insert(db, name="b", topic_filter="f/b/#")
    insert(db, name="a", is_enabled=False)
    insert(db, name="z", priority=1)
    listed = json.loads(lotwatt("list", "--format", "json").output)
    assert [row["name"] for row in listed] == ["z", "a", "b"]
    assert "f/b/#" in lotwatt("list").output
    assert lotwatt("check").output == "OK: 2 mappings can be used\n"


def test_a_broken_mapping_is_named_until_it_is_mended(db: Connection) -> None:
    insert(db, name="whole")
    insert(db, name="broken", value_path="a[")
    checked = lotwatt("check")
    assert checked.exit_code == 1
    assert checked.output.startswith("LOOK  broken: value_path: ")
    assert [row[0] for row in noted(db)] == ["broken"]
    assert "value_path: " in lotwatt("list").output
    ((is_ok, said),) = db.execute(STATEMENTS["health"]).fetchall()
    assert not is_ok
    assert "broken: value_path: " in said
    tried = lotwatt("try", "f/x", '{"t": 1774936800, "value": 1}')
    assert tried.output.startswith("by mapping broken\nquarantined  bad_mapping: ")
    db.execute(STATEMENTS["mend"])
    assert noted(db) == []
    assert lotwatt("check").exit_code == 0
    assert db.execute(STATEMENTS["health"]).fetchall() == [(True, "0 mappings cannot be used")]


def test_what_a_loader_notes_is_all_that_is_wrong(db: Connection) -> None:
    for name in ("a", "b"):
        insert(db, name=name)

    def note(**errors: str) -> list[tuple[Any, ...]]:
        db.execute(STATEMENTS["note"], {"name": list(errors), "error": list(errors.values())})
        return sorted(noted(db))

    assert note(a="one", b="two", gone="three") == [("a", "one"), ("b", "two")]
    assert note(a="four") == [("a", "four")]
    assert note() == []


def test_a_message_is_tried_from_a_file_and_without_a_mapping(
    db: Connection, tmp_path: Path
) -> None:
    path = tmp_path / "payload"
    path.write_bytes(b"\xff\xfe")
    assert lotwatt("try", "f/x", f"@{path}").output == (
        "by no mapping\nquarantined  encoding: not UTF-8 at byte 0\n"
    )
    said = {
        "f/x": ('{"v": 1, "t": 1774936800, "lot": "L"}',
                "reading  f/x  2026-03-31T06:00:00Z  1.0  lot L"),
        "f/lot": ('{"event": "start", "lot": "L", "t": 1774936800}',
                  "event  f/lot  2026-03-31T06:00:00Z  start lot L"),
        "f/status": ('{"status": "offline", "t": 1774936800}',
                     "status  f/status  2026-03-31T06:00:00Z  offline"),
    }  # fmt: skip
    for topic, (payload, line) in said.items():
        assert lotwatt("try", topic, payload).output == f"by no mapping\n{line}\n"
    retained = lotwatt("try", "f/x", "1", "--retained")
    assert retained.output == "by no mapping\ndropped  retained_no_time\n"
    missing = lotwatt("try", "f/x", "@nowhere")
    assert missing.exit_code != 0
    assert "Traceback" not in missing.output


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"topic_filter": "f/#/x"}, "topic_filter"), ({"topic_filter": "f/a+"}, "topic_filter"),
        ({"topic_filter": ""}, "topic_filter"), ({"topic_filter": "$SYS/#"}, "topic_filter"),
        ({"name": "a b"}, "name"), ({"sensor_topic": "{a"}, "sensor_topic"),
        ({"sensor_topic": ""}, "sensor_topic"), ({"format": "xml"}, "format"),
        ({"states": {"on": "1"}}, "states_are_numbers"), ({"states": [1]}, "states_are_numbers"),
        ({"time_format": "minutes"}, "time_format_is_known"),
        ({"time_path": None}, "time_path_or_receipt"),
        ({"time_format": "receipt"}, "time_path_or_receipt"),
        ({"time_zone": "Mars/Base"}, 'there is no time zone "Mars/Base"'),
        ({"time_zone": "UTC", "time_format": "ms"}, "time_zone_is_for_text"),
        ({"quality_path": "q"}, "quality_has_good_values"), ({"unit": "C"}, "unit_has_path"),
        ({"operator_path": "o"}, "claims_name_a_lot"), ({"fields": ["a"]}, "fields_need_a_place"),
        ({"format": "text"}, "text_is_one_value"), ({"on_bad_quality": "keep"}, "on_bad_quality"),
    ],
)  # fmt: skip
def test_what_no_loader_could_use_is_refused(
    db: Connection, row: dict[str, Any], said: str
) -> None:
    with pytest.raises(psycopg.Error, match=said):
        insert(db, **row)


def test_units_are_told_of_sensors_that_publish_in_their_own(db: Connection) -> None:
    insert(db, name="off", is_enabled=False)
    insert(db, name="later", priority=200)
    insert(db, name="first")
    db.execute(STATEMENTS["sensors"])
    entries = [entry for (entry,) in db.execute(STATEMENTS["entries"]).fetchall()]
    assert [entry.get("name") for entry in entries] == ["first", "later", None]
    assert entries[-1] == {"units": {"f/plain": "C"}, "topics": None}
    insert(db, name="strict", on_unknown="drop")
    (entry,) = db.execute(STATEMENTS["entries"]).fetchall()[-1]
    assert sorted(entry["topics"]) == ["f/off", "f/plain", "f/scaled", "f/shifted"]


def test_every_column_says_what_it_is(db: Connection) -> None:
    assert db.execute(STATEMENTS["without_comment"]).fetchall() == []
