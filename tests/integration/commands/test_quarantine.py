"""`lotwatt quarantine`: what it prints, how it ends, what leaves and what stays."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result

from db.cli.reasons import REMEDIES, remedy
from db.statements import ROOT, load
from lotwatt import main
from tests.sql.builders import Connection, declare_site, kw_meter

LOADER = load("ingest/statements.sql")
T0 = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
TOPIC = "test/meter"


def lotwatt(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, ["quarantine", *arguments])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def keep(
    db: Connection, payload: bytes, reason: str = "json_syntax", topic: str = TOPIC, length: int = 0
) -> None:
    db.execute(LOADER["quarantine_messages"], {
        "source": "test", "topic": [topic], "payload": [payload],
        "payload_length": [length or len(payload)], "reason": [reason], "detail": ["a detail"],
        "received_at": [T0],
    })  # fmt: skip


def number(db: Connection, reason: str = "json_syntax") -> str:
    row = db.execute(
        "select max(quarantine_id) from ingest.quarantine where reason = %s", [reason]
    ).fetchone()
    assert row is not None
    return str(row[0])


@pytest.fixture
def plant(db: Connection) -> Connection:
    """A meter, and a mapping that takes 23,5 from it since today."""
    declare_site(db, "m1")
    kw_meter(db, "meter", "m1")
    db.execute(
        "insert into ingest.mapping"
        " (name, topic_filter, format, numeric_strings, decimal_comma, time_format)"
        " values ('comma', %s, 'text', true, true, 'receipt')",
        [TOPIC],
    )
    return db


def test_the_list_is_filtered(db: Connection) -> None:
    assert lotwatt("list").output == "nothing is in the quarantine\n"
    keep(db, b"{", topic="plant/a/x")
    keep(db, b"{", topic="plant/a/x")
    keep(db, b"{", "encoding", topic="plant/b/x")
    table = lotwatt("list").output
    assert "plant/a/x" in table
    assert "a detail" in table
    rows = json.loads(lotwatt("list", "--format", "json").output)
    assert [(row["reason"], row["topic"], row["count"]) for row in rows] == [
        ("encoding", "plant/b/x", 1), ("json_syntax", "plant/a/x", 2),
    ]  # fmt: skip
    for arguments, topics in [
        (["--reason", "encoding"], ["plant/b/x"]),
        (["--topic", "plant/a/#"], ["plant/a/x"]),
        (["--topic", "plant/a"], []),
        (["--topic", "plant/a/x"], ["plant/a/x"]),
        (["--limit", "1"], ["plant/b/x"]),
        (["--since", (T0 + timedelta(seconds=1)).isoformat()], []),
        (["--since", T0.isoformat()], ["plant/b/x", "plant/a/x"]),
    ]:
        output = lotwatt("list", "--format", "json", *arguments).output
        assert [row["topic"] for row in json.loads(output)] == topics, arguments
    assert lotwatt("list", "--format", "csv").output.startswith("id,reason,topic,detail,count,")


def test_a_message_is_shown_as_text_where_it_is_text(db: Connection) -> None:
    keep(db, '{"temp": "23,5 °C"\n'.encode())
    output = lotwatt("show", number(db)).output
    assert '{"temp": "23,5 °C"' in output
    assert "json_syntax" in output
    assert f"lotwatt quarantine replay {number(db)}" in output


def test_a_message_is_shown_as_bytes_where_it_is_none(db: Connection) -> None:
    keep(db, bytes(range(32)) + b"gzip", "encoding")
    output = lotwatt("show", number(db, "encoding")).output
    assert "0010  10 11 12 13" in output
    assert "67 7a 69 70" in output
    assert "gzip" in output


def test_a_payload_cannot_command_the_terminal(db: Connection) -> None:
    keep(db, b"\x1b[2J" + b"text " * 20, topic="plant/\x1b]0;title\x07")
    for arguments in (["show", number(db)], ["list"]):
        output = lotwatt(*arguments).output
        assert "\x1b" not in output
        assert "\x07" not in output
        assert "\\x1b" in output


def test_raw_gives_the_bytes(db: Connection) -> None:
    keep(db, b"\x00\xff\x1b")
    assert lotwatt("show", number(db), "--raw").stdout_bytes == b"\x00\xff\x1b"
    shown = json.loads(lotwatt("show", number(db), "--format", "json").output)
    assert shown["payload"] == "00ff1b"


def test_what_was_cut_says_so(db: Connection) -> None:
    keep(db, b"x" * 4096, length=5000)
    output = lotwatt("show", number(db)).output
    assert "... the first 4096 bytes of 5000" in output
    assert "It cannot be replayed: only the first 4096 of its 5000 bytes are kept." in output
    output = lotwatt("replay", number(db), code=1).output
    assert "stays: only the first 4096 of its 5000 bytes are kept" in output


def test_a_replay_brings_in_what_is_good_and_names_what_stays(plant: Connection) -> None:
    keep(plant, b"23,5")
    keep(plant, b"warm")
    bad = number(plant)
    output = lotwatt("replay", "--all", code=1).output
    assert f"{bad} stays: value_is_string\n" in output
    assert "value_is_string" in lotwatt("show", bad).output
    assert "1 of 2 messages left: " in output
    assert "1 stored" in output
    row = plant.execute("select time, value from telemetry.reading").fetchall()
    assert row == [(T0, 23.5)]
    assert "value_is_string" in lotwatt("list").output
    assert "json_syntax" not in lotwatt("list").output


def test_a_replay_needs_to_be_told_what(plant: Connection) -> None:
    keep(plant, b"23,5", topic="other")
    keep(plant, b"23,5")
    assert "Name what you mean" in lotwatt("replay", code=2).output
    assert "goes with nothing else" in lotwatt("replay", "--all", "1", code=2).output
    assert "holds nothing with number 999" in lotwatt("replay", "999", code=1).output
    assert "0 of 0 messages left" in lotwatt("replay", "--reason", "encoding").output
    assert "1 of 1 messages left: 1 stored" in lotwatt("replay", "--topic", "test/#").output
    rows = json.loads(lotwatt("list", "--format", "json").output)
    assert [row["topic"] for row in rows] == ["other"]


def test_forgetting_is_by_age_or_by_name(db: Connection) -> None:
    keep(db, b"1", "encoding")
    keep(db, b"2")
    keep(db, b"3")
    assert lotwatt("forget").output == "0 forgotten\n"
    assert lotwatt("forget", "--reason", "encoding").output == "1 forgotten\n"
    assert lotwatt("forget", number(db)).output == "1 forgotten\n"
    db.execute("update ops.setting set value = '1 day' where name = 'quarantine_retention'")
    assert lotwatt("forget").output == "1 forgotten\n"
    assert "holds nothing with number 1" in lotwatt("forget", "1", code=1).output
    assert lotwatt("forget", "--all").output == "0 forgotten\n"


def test_the_policy_forgets_what_is_old(db: Connection) -> None:
    keep(db, b"1")
    db.execute("call ops.forget(null, null)")
    assert db.execute("select count(*) from ingest.quarantine").fetchone() == (1,)
    db.execute("update ops.setting set value = '1 day' where name = 'quarantine_retention'")
    job = db.execute(
        "select job_id from timescaledb_information.jobs"
        " where proc_name = 'forget' and proc_schema = 'ops'"
    ).fetchone()
    assert job is not None
    db.execute("call public.run_job(%s)", [job[0]])
    assert db.execute("select count(*) from ingest.quarantine").fetchone() == (0,)


def reasons_in_code() -> set[str]:
    """Every reason that decoder and database give, from their text."""
    python = "\n".join(path.read_text() for path in (ROOT / "ingest").glob("*.py"))
    found = set(re.findall(r'RefusedError\(\s*"(\w+)"', python))
    found |= set(re.findall(r'reject\(message, "(\w+)"', python))
    sql = "\n".join(
        path.read_text() for path in (ROOT / "db/repeatable/ingest").glob("*_since.sql")
    )
    found |= set(re.findall(r"then '(\w+)'", sql))
    others = {"data_error", "event_conflict", "unknown_sensor", "value_out_of_range"}
    return found.union(others) - {"store", "hold", "online", "offline"}


def test_there_is_a_remedy_for_every_reason() -> None:
    reasons = reasons_in_code()
    assert {"json_syntax", "bad_mapping", "time_past", "too_many_devices"} <= reasons
    assert reasons - REMEDIES.keys() == set()
    assert all(remedy(reason).endswith(".") for reason in [*REMEDIES, "never heard of"])
