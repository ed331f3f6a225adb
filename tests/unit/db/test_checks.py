"""The files of db/checks, and how they are told."""

from pathlib import Path

import pytest

from db.cli.verify import Check, Result, load_checks, parse, tell
from db.errors import LotwattError


def test_a_check_says_its_name_and_level(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("-- check: no lot is lost\n-- level: fail\n-- why\nselect 1\n")
    check = parse(path)
    assert (check.name, check.is_fatal) == ("no lot is lost", True)


@pytest.mark.parametrize("text", ["select 1", "-- check: x\nselect 1", "-- check: x\n-- level: no"])
def test_a_check_without_a_header_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.sql"
    path.write_text(text)
    with pytest.raises(LotwattError, match=r"a\.sql does not say what it checks"):
        parse(path)


def test_all_checks_can_be_read() -> None:
    assert all(check.name for check in load_checks())


def test_results_are_told_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    fatal, mild = Check("sums", True, ""), Check("gaps", False, "")
    results = [
        Result(fatal),
        Result(fatal, ["lot", "kwh"], [("A", 1.5), ("B", None)]),
        Result(mild, ["lot"], [("A",)]),
        Result(mild, error="no such view"),
    ]
    for result in results:
        tell(result, 1)
    assert capsys.readouterr().out.splitlines() == [
        "OK    sums",
        "FAIL  sums: 2 rows",
        "      lot A, kwh 1.500",
        "WARN  gaps: 1 row",
        "      lot A",
        "FAIL  gaps: could not be asked: no such view",
    ]
    assert [result.has_failed for result in results] == [False, True, False, True]
