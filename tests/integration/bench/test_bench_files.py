"""make bench-files runs, and every row of its file ends in the database."""

import pytest
from click.testing import CliRunner

from scripts.bench_files import bench

pytestmark = pytest.mark.native


def test_every_part_is_measured(native_server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", native_server_url)
    result = CliRunner().invoke(bench, ["--rows", "2000"])
    assert result.exit_code == 0, result.output
    for part in ("decoded", "stored", "stored again, all of it there", "bare COPY into a table"):
        assert part in result.output
