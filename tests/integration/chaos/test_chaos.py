"""A short run of `make chaos`: every fault once while messages flow, and then the books.

The numbers come from witnesses that share no code with the loader: the publisher's own record and a
proxy that reads along. `docs/faults.md` says what each fault is.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from db.statements import ROOT
from scripts import native_postgres
from scripts.chaos.faults import FAULTS
from tests.databases import named_url

pytestmark = pytest.mark.native

SEED = os.environ.get("LOTWATT_CHAOS_SEED", "4")
MESSAGES = 30_000
POISON = 200
# What a fault may lack and still leave the others worth something: each names itself when skipped.
MAY_BE_MISSING = ("no file system may be mounted here", "libfaketime is not installed",
                  "the server that --database-url names is not ours to stop")  # fmt: skip

Report = dict[str, Any]


@pytest.fixture(scope="module")
def chaos(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One run for all tests here; its seed stands in the output of a test that fails."""
    if native_postgres.binaries() is None and named_url() is None:
        reason = "no native PostgreSQL found (Debian: apt-get install postgresql)"
        if os.environ.get("LOTWATT_SKIP_NATIVE"):
            pytest.skip(reason)
        pytest.fail(reason)
    folder = tmp_path_factory.mktemp("chaos")
    report = folder / "report.json"
    command = [sys.executable, "-m", "scripts.chaos", "--short", "--messages", str(MESSAGES),
               "--poison", str(POISON), "--seed", SEED, "--plain", "--report", str(report),
               "--logs", str(folder / "logs")]  # fmt: skip
    if native_postgres.binaries() is None:
        command += ["--database-url", str(named_url())]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400,
        check=False,
    )  # fmt: skip
    print(done.stdout)
    if not report.exists():
        pytest.fail(f"the run gave no report:\n{done.stdout[-4000:]}\n{logs(folder)}")
    found: Report = json.loads(report.read_text())
    found["exit_code"] = done.returncode
    return found


def logs(folder: Path) -> str:
    return "\n".join(path.read_text()[-2000:] for path in folder.rglob("*.log"))


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_every_fault_really_happened_and_the_loader_came_back(chaos: Report, name: str) -> None:
    (outcome,) = [outcome for outcome in chaos["outcomes"] if outcome["name"] == name]
    if outcome["missing"]:
        assert outcome["missing"].startswith(MAY_BE_MISSING)
        pytest.skip(f"not done: {outcome['missing']}")
    assert outcome["happened"], outcome["seen"]
    assert outcome["recovered_s"] is not None


def test_what_the_broker_acknowledged_is_what_is_stored(chaos: Report) -> None:
    verdict = chaos["verdict"]
    assert verdict["acknowledged"] == MESSAGES
    assert verdict["good"] == verdict["stored"] == MESSAGES - POISON // 2
    assert verdict["lost"] == []
    assert verdict["doubled"] == []
    assert verdict["strange"] == []


def test_all_poison_is_in_the_quarantine_and_nothing_else(chaos: Report) -> None:
    verdict = chaos["verdict"]
    assert verdict["poison"] == POISON // 2
    assert verdict["poison_lost"] == []
    assert verdict["poison_strange"] == []


def test_the_ledger_reconciles_with_what_the_loader_was_given(chaos: Report) -> None:
    verdict, ledger = chaos["verdict"], chaos["verdict"]["ledger"]
    assert ledger["received"] == ledger["messages"]
    assert ledger["received"] == ledger["stored"] + ledger["duplicate"] + ledger["quarantined"]
    assert ledger["stored"] == verdict["stored"]
    assert verdict["loader_acknowledged"] <= ledger["messages"] <= verdict["delivered"]
    assert chaos["problems"] == []
    assert chaos["exit_code"] == 0


def test_the_faults_hit_something(chaos: Report) -> None:
    """Without redelivery, reconnects and errors of the database the run would prove nothing."""
    assert chaos["verdict"]["delivered_again"] > 100
    assert chaos["verdict"]["ledger"]["duplicate"] > 0
    assert chaos["said"]["broker_away"] >= 3
    assert chaos["said"]["connected"] >= 10
