"""The command as a person types it: what it prints, how it ends, what its errors say."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from db.statements import ROOT
from lotwatt import COMMANDS, main
from tests.databases import named_url
from tests.sql.builders import Connection, at, every, load, widen_windows

PLANT = """
[[sites]]
code = "ALBA"
time_zone = "Europe/Madrid"

[[lines]]
code = "L1"
site = "ALBA"

[[machines]]
code = "DRYER"
line = "L1"

[[references]]
code = "REF"

[[sensors]]
code = "DRYER.power"
topic = "test/DRYER.power"
unit = "kW"
role = "main_energy"

[[sensors]]
code = "DRYER.temperature"
topic = "test/DRYER.temperature"
unit = "C"
role = "process_temperature"

[[lots]]
number = "LOT-1"
reference = "REF"
good_quantity = 10

[[runs]]
machine = "DRYER"
lot = "LOT-1"
from = 2026-03-02T08:00:00Z
to = 2026-03-02T10:00:00Z
"""
COLUMNS = [
    *("number", "reference", "machine", "started_at", "finished_at", "duration_s", "quantity"),
    *("scrap_quantity", "energy_kwh", "energy_kwh_low", "energy_kwh_high", "energy_kwh_per_unit"),
    *("energy_coverage", "temperature_c_mean", "temperature_c_min", "temperature_c_max"),
    "temperature_coverage",
]


def lotwatt(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, (result.output, result.exception)
    return result


def test_every_command_has_help_with_an_example() -> None:
    for name in COMMANDS:
        command = main.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None, f"{name} cannot be loaded"
        parts = getattr(command, "commands", {name: command})
        for part in parts.values():
            assert "Example:" in (part.help or ""), f"lotwatt {name} {part.name}"
    assert "Commands:" in lotwatt("-h").output
    assert lotwatt("--version").output.startswith("lotwatt, version ")


@pytest.fixture
def plant(db: Connection, tmp_path: Path) -> Connection:
    """A plant with one lot, its readings stored and settled."""
    widen_windows(db)
    path = tmp_path / "plant.toml"
    path.write_text(PLANT)
    assert "changes would be made" in lotwatt("plant", "apply", str(path), "--dry-run").output
    assert "8 changes made" in lotwatt("plant", "apply", str(path)).output
    assert lotwatt("plant", "apply", str(path)).output.startswith("nothing to change")
    first, last = at("2026-03-02 07:00"), at("2026-03-02 11:00")
    load(db, "DRYER.power", *every(60, first, last, 6.0))
    load(db, "DRYER.temperature", *every(60, first, last, 50.0))
    assert "parked=0" in lotwatt("scheduler", "--once").output
    return db


def test_lots_for_machines_are_exact(plant: Connection) -> None:
    (lot,) = json.loads(lotwatt("lots", "--format", "json").stdout)
    assert list(lot) == COLUMNS
    assert lot["number"] == "LOT-1"
    assert lot["started_at"] == "2026-03-02T08:00:00Z"
    assert lot["energy_kwh"] == pytest.approx(12)
    assert lot["energy_kwh_per_unit"] == pytest.approx(1.2)
    assert lot["temperature_c_mean"] == pytest.approx(50)
    (row,) = csv.DictReader(io.StringIO(lotwatt("lots", "--format", "csv").stdout))
    assert list(row) == COLUMNS
    assert float(row["energy_kwh"]) == lot["energy_kwh"]
    assert row["scrap_quantity"] == ""


def test_lists_for_people(plant: Connection) -> None:
    assert "LOT-1  REF        DRYER    2026-03-02 08:00" in lotwatt("lots").output
    assert "REF" in lotwatt("references").output
    assert "test/DRYER.power" in lotwatt("sensors").output


@pytest.mark.parametrize(
    ("arguments", "is_found"),
    [
        (["--reference", "REF"], True),
        (["--reference", "NONE"], False),
        (["--machine", "DRYER", "--limit", "1"], True),
        (["--machine", "NONE"], False),
        (["--from", "2026-03-02T08:00Z", "--to", "2026-03-02T08:01Z"], True),
        (["--from", "2026-03-03"], False),
    ],
)
def test_lots_are_filtered(plant: Connection, arguments: list[str], is_found: bool) -> None:
    found = json.loads(lotwatt("lots", "--format", "json", *arguments).stdout)
    assert bool(found) == is_found
    assert ("no lots" in lotwatt("lots", *arguments).output) != is_found


def test_corrections_reach_the_lot_and_are_told(plant: Connection) -> None:
    reason = ["--reason", "typed in late"]
    moment = "2026-03-02T09:00Z"
    lotwatt("reading", "correct", "DRYER.power", moment, "66", *reason)
    lotwatt("scheduler", "--once")
    whole = json.loads(lotwatt("lot", "show", "LOT-1", "--format", "json").stdout)
    assert whole["energy_kwh"] == pytest.approx(13)
    assert "typed in late" in whole["changes"][-1]["cause"]
    assert whole["balance"][0]["residual"] == pytest.approx(0, abs=1e-9)
    lotwatt("reading", "strike", "DRYER.power", moment, *reason)
    plant.execute("insert into plant.lot (number) values ('LOT-2')")
    (run,) = whole["runs"]
    lotwatt("run", "move", str(run["run"]), "--lot", "LOT-2", *reason)
    lotwatt("run", "assign", "--machine", "DRYER", "--lot", "LOT-3",
            "--from", "2026-03-02T10:00Z", *reason)  # fmt: skip
    lotwatt("scheduler", "--once")
    shown = lotwatt("lot", "show", "LOT-2").output
    assert "correction" in shown
    (lot,) = json.loads(lotwatt("lots", "--format", "json").stdout)[1:2]
    assert (lot["number"], lot["energy_kwh"]) == ("LOT-2", pytest.approx(12))
    (run,) = json.loads(lotwatt("lot", "show", "LOT-3", "--format", "json").stdout)["runs"]
    lotwatt("run", "close", str(run["run"]), "--at", "2026-03-02T10:30Z", *reason)
    lotwatt("scheduler", "--once")
    (run,) = json.loads(lotwatt("lot", "show", "LOT-3", "--format", "json").stdout)["runs"]
    assert run["finished_at"] == "2026-03-02T10:30:00Z"
    assert run["energy_kwh"] == pytest.approx(3)


def test_verify_proves_the_ledger_and_finds_what_breaks_it(plant: Connection) -> None:
    assert "FAIL" not in lotwatt("verify").output
    plant.execute("update telemetry.slice set amount = amount + 1, measured_s = 901")
    output = lotwatt("verify", code=1).output
    assert "FAIL  lots + idle + unattributed = what each meter advanced: 1 row" in output
    assert "FAIL  slices share a quarter-hour" in output


def test_an_unknown_topic_is_shown_and_adopted(plant: Connection) -> None:
    plant.execute(
        "select ingest.store('test', 1, array['plant/L1/DRYER/air'], array[now()],"
        " array[2.5]::float8[], array[false], array[null], array[null], array[null], array[null],"
        " array[now()])"
    )
    assert "plant/L1/DRYER/air" in lotwatt("doctor", code=1).output
    said = lotwatt("sensor", "adopt", "plant/L1/DRYER/air", "--machine", "DRYER",
                   "--role", "other", "--unit", "bar", "--quantity", "pressure").output  # fmt: skip
    assert said.startswith("sensor DRYER.air: kind gauge, quantity pressure, unit bar")
    assert "replayed: 1 stored, 0 duplicate" in said
    assert "topics without a sensor: plant" not in lotwatt("doctor", code=1).output


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["lot", "show", "NONE"], 1, "Error: lot NONE does not exist\nHINT: lotwatt lots"),
        (["plant", "apply", "/none.toml"], 1, "Error: cannot read /none.toml"),
        (["run", "move", "1", "--lot", "X"], 2, "Missing option '--reason'"),
        (["run", "move", "1", "--lot", "X", "--reason", "r"], 1, "Error: run 1 does not exist\nHI"),
        (["reading", "strike", "s", "2026-01-01T00:00", "--reason", "r"], 2, "names no time zone"),
        (["scheduler", "--interval", "soon"], 2, "soon is not a time such as 15s"),
    ],
)
def test_errors_are_sentences(
    db: Connection, arguments: list[str], code: int, message: str
) -> None:
    output = lotwatt(*arguments, code=code).output
    assert message in output
    assert "Traceback" not in output


def test_a_database_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    for arguments in (["lots"], ["db", "status"], ["verify"], ["scheduler", "--once"]):
        output = lotwatt(*arguments, code=1).output
        assert "cannot reach the database" in output
        assert "HINT: Check DATABASE_URL" in output
    assert "LOOK  database: cannot reach" in lotwatt("doctor", code=1).output


def test_an_empty_database_is_said(native_server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if named_url():
        pytest.skip("the server that DATABASE_URL names may not be empty")
    monkeypatch.setenv("DATABASE_URL", native_server_url)
    assert "HINT: Bring the database to the current state" in lotwatt("lots", code=1).output
    assert "has no TimescaleDB" in lotwatt("db", "upgrade", code=1).output or (named_url() is None)


def test_db_status_and_check(db: Connection) -> None:
    assert "0 out of date" in lotwatt("db", "status").output
    assert lotwatt("db", "check").output.startswith("OK: at ")
    db.execute("update ops.applied_sql set sha256 = 'x' where path = 'grants/reader.sql'")
    try:
        assert "grants/reader.sql: changed" in lotwatt("db", "status").output
        assert "HINT: Run `lotwatt db upgrade`." in lotwatt("db", "check", code=1).output
    finally:
        lotwatt("db", "upgrade")


def test_the_scheduler_ends_cleanly_when_it_is_told_to(plant: Connection) -> None:
    process = subprocess.Popen(
        [sys.executable, ROOT / "lotwatt.py", "scheduler", "--interval", "1s"],
        env=os.environ,
        stderr=subprocess.PIPE,
        text=True,
    )
    wanted = "select count(*) from ops.lease where name = 'scheduler'"
    deadline = time.monotonic() + 60
    while plant.execute(wanted).fetchone() != (1,):
        assert time.monotonic() < deadline, "no scheduler took the lease"
        time.sleep(0.1)
    assert f"pid {process.pid}" in lotwatt("scheduler", "--check").output
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert "ended" in log
    assert plant.execute(wanted).fetchone() == (0,)
    assert "no scheduler works" in lotwatt("scheduler", "--check", code=1).output
