"""The benchmark of freshness runs to its end: every reading shows, in api.reading and its lot."""

import json
from pathlib import Path

from click.testing import CliRunner

from scripts.bench_freshness import bench


def test_everything_published_shows(tmp_path: Path) -> None:
    """On the server of DATABASE_URL, else on an embedded one, as api needs TimescaleDB."""
    file = tmp_path / "figures.json"
    arguments = ["--sensors", "40", "--minutes", "0.1", "--history", "2", "--json", str(file)]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    seconds = json.loads(file.read_text())["seconds"]
    readings, energies = seconds.values()
    assert (readings["readings"], readings["never"]) == (4, 0)
    assert (energies["readings"], energies["never"]) == (1, 0)
