"""The benchmark of ingest runs to its end and tells of every part. Nothing here depends on time."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from scripts.bench_ingest.__main__ import bench
from scripts.bench_ingest.report import NAME
from scripts.bench_ingest.rounds import BAD, COPY, DIRECT
from scripts.bench_ingest.workload import MANY, ONE

TINY = (
    "--rounds 1 --messages 2000 --loss-messages 1000 --backlog 2000 --bad 5 --seed 4 --no-telegraf"
)


@pytest.fixture
def figures(
    native_server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """What a tiny run on a native server wrote."""
    monkeypatch.setenv("DATABASE_URL", native_server_url)
    file = tmp_path / "figures.json"
    done = CliRunner().invoke(bench, [*TINY.split(), "--json", str(file)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "Telegraf: not compared (not asked for)" in done.output
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_every_part_is_measured(figures: dict[str, Any]) -> None:
    for shape, messages, bad in ((ONE, 2000, 105), (MANY, 100, 5)):
        results = figures["results"][shape.name]
        assert list(results) == [NAME, DIRECT, COPY, BAD]
        for name, (run,) in results.items():
            assert run["messages"] == messages + (bad if name == BAD else 0)
            assert run["readings"] == messages * shape.readings
            assert run["seconds"] > 0
        assert results[NAME][0]["peak_mb"] > 10

    cases = {each["case"]: each for each in figures["losses"]}
    assert list(cases) == [
        "4 duplicates in 1,000", "1 % duplicates in 1,000", "1 % malformed in 1,000",
        "3 kill -9 in 10,000",
    ]  # fmt: skip
    assert [(each["missing"], each["double"]) for each in cases.values()] == [(0, 0)] * 4
    assert [each["published"] for each in cases.values()] == [1000, 1000, 1000, 10_000]
    assert cases["1 % malformed in 1,000"]["kept"] == cases["1 % malformed in 1,000"]["bad"] == 10

    assert figures["backlog"]["messages"] == 2000
    verdicts = {each["what"]: each["verdict"] for each in figures["targets"]}
    assert verdicts["rows missing or double"] == "reached"
    assert verdicts["1 reading a message: messages/s as a ratio to Telegraf's"] == "not measured"
