"""All evaluations at once: printed, and kept beside what is known of the plant."""

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.energy.job import learn
from jobs.evaluate import anomalies
from lotwatt import main
from tests.integration.jobs.test_forecast import BEGIN, METER, register
from tests.sql.builders import Connection, declare_site, kwh_meter, load, rows, settle


@pytest.fixture
def random_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped readings of the machine in random order, as they might arrive."""
    header, *lines = anomalies.READINGS.read_text().splitlines()
    random.Random(4).shuffle(lines)
    shuffled = tmp_path / anomalies.READINGS.name
    shuffled.write_text("\n".join([header, *lines]) + "\n")
    monkeypatch.setattr(anomalies, "READINGS", shuffled)


@pytest.mark.usefixtures("random_order")
def test_all_of_it_is_printed_and_kept(db: Connection) -> None:
    """12 stamps of the machine come twice, from a clock that went back: they are conflicts."""
    declare_site(db, "m1")
    kwh_meter(db, "e1", "m1", **METER)
    load(db, "e1", *register(40))
    settle(db)
    learn(db, BEGIN.date(), (BEGIN + timedelta(days=39)).date())
    answer = CliRunner().invoke(main, ["jobs", "evaluate", "--format", "json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    machine = found["machine_temperature"]
    assert (machine["windows_found"], machine["windows"]) == (4, 4)
    assert machine["false_episodes_per_month"] <= 1.5
    assert machine["nab_standard"] >= 85
    assert [moved["factor"] for moved in machine["sensitivity"]] == [0.8, 1.2]
    assert all(moved["nab_standard"] >= 75 for moved in machine["sensitivity"])
    assert machine["conflicts"] == 12
    for kind in ("stuck", "noise", "step", "spike", "drift_sd"):
        assert machine["faults"][kind]["found"] == machine["faults"][kind]["injected"] == 4
    assert machine["faults"]["drift"]["found"] >= 3
    assert machine["faults"]["none"]["found"] == 0
    assert found["dryer"]["cv_rmse_loo"] <= 0.08
    assert found["dryer"]["cv_rmse_loo_with_speed"] <= 0.03
    assert found["steel"]["mase_ratio"] <= 0.65
    assert 0.92 <= found["steel"]["coverage"] <= 0.98
    assert [each["place"] for each in found["plant"]["energy_baselines"]] == ["line", "m1", "site"]
    kept = rows(db, "select subject, data, result from api.evaluation order by subject")
    assert {each["subject"]: each["result"] for each in kept} == found
    assert [(each["subject"], each["data"]) for each in kept] == [
        ("dryer", "shipped"), ("machine_temperature", "shipped"), ("plant", "own"),
        ("steel", "shipped"),
    ]  # fmt: skip
    (run,) = rows(db, "select job, rows, state from api.job_run")
    assert run == {"job": "evaluate", "rows": 4, "state": "done"}
