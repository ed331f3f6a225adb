"""All evaluations at once: printed, and kept beside what is known of the plant."""

import json
from datetime import timedelta

from click.testing import CliRunner

from jobs.energy.job import learn
from lotwatt import main
from tests.integration.jobs.test_forecast import BEGIN, METER, register
from tests.sql.builders import Connection, declare_site, kwh_meter, load, rows, settle


def test_all_of_it_is_printed_and_kept(db: Connection) -> None:
    declare_site(db, "m1")
    kwh_meter(db, "e1", "m1", **METER)
    load(db, "e1", *register(40))
    settle(db)
    learn(db, BEGIN.date(), (BEGIN + timedelta(days=39)).date())
    answer = CliRunner().invoke(main, ["jobs", "evaluate", "--format", "json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["machine_temperature"].keys() >= {
        "windows_found", "windows", "false_episodes_per_month", "nab_standard",
    }  # fmt: skip
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
