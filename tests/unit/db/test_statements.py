"""Named statements out of a file."""

from pathlib import Path

import pytest

from db.statements import Statements


def test_statements_are_split_on_their_names(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("-- about\n\n-- name: one\nselect 1;\n\n-- name: two\n-- why\nselect\n2;\n")
    assert dict(Statements(path)) == {"one": "select 1", "two": "-- why\nselect\n2"}


def test_a_name_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("-- name: one\nselect 1;\n-- name: one\nselect 2;\n")
    with pytest.raises(ValueError, match="named twice: one"):
        Statements(path)


def test_an_unknown_name_says_which_file(tmp_path: Path) -> None:
    path = tmp_path / "a.sql"
    path.write_text("-- name: one\nselect 1;\n")
    with pytest.raises(KeyError, match=r"a\.sql has no statement named three"):
        Statements(path)["three"]
