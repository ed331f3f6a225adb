"""How well anomalies are found in files never seen before; test_evaluate.py has the real data."""

import csv
import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from jobs.evaluate.anomalies import WINDOWS
from lotwatt import main
from tests.integration.jobs.sensors import day, wander
from tests.sql.builders import Connection


def run(*words: str) -> str:
    said = CliRunner().invoke(main, ["jobs", "evaluate", "anomalies", *words])
    assert said.exit_code == 0, said.output
    return said.output


def write(path: Path, columns: list[str], lines: list[tuple[object, ...]]) -> str:
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows([columns, *lines])
    return str(path)


def test_a_file_it_has_never_seen(tmp_path: Path) -> None:
    begun = day(14)
    points = [
        (t, v + 9 if begun <= t < begun + timedelta(hours=18) else v) for t, v in wander(6, 20)
    ]
    random.Random(1).shuffle(points)
    lines = [(t.isoformat(), v) for t, v in points]
    readings = write(tmp_path / "readings.csv", ["timestamp", "value"], [*lines, lines[0]])
    windows = write(
        tmp_path / "windows.csv",
        ["window_start", "window_end"],
        [(begun.isoformat(), (begun + timedelta(hours=24)).isoformat())],
    )
    found = json.loads(run("--readings", readings, "--windows", windows, "--format", "json"))
    found = found["machine_temperature"]
    assert (found["windows_found"], found["windows"]) == (1, 1)
    assert found["delays_h"][0] < 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time,value\n2026-01-01,1\n", "no column timestamp"),
        ("timestamp,value\n2026-01-01T00:00,x\n", "line 2: 'x' is no number"),
        ("timestamp,value\nyesterday,1\n", "line 2: 'yesterday' is no time"),
        ("timestamp,value\n", "holds 0 readings"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text)
    said = CliRunner().invoke(
        main,
        ["jobs", "evaluate", "anomalies", "--readings", str(path), "--windows", str(WINDOWS)],
    )
    assert said.exit_code == 1
    assert told in said.output


def test_it_leaves_no_trace(db: Connection, tmp_path: Path) -> None:
    before = db.execute("select datname from pg_database order by 1").fetchall()
    lines = [(t.isoformat(), v) for t, v in wander(6, 3)]
    readings = write(tmp_path / "readings.csv", ["timestamp", "value"], lines)
    windows = write(tmp_path / "windows.csv", ["window_start", "window_end"], [])
    table = run("--readings", readings, "--windows", windows)
    assert "windows found            0 of 0" in table
    assert db.execute("select datname from pg_database order by 1").fetchall() == before
    assert db.execute("select count(*) from plant.sensor").fetchone() == (0,)
