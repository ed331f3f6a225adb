"""The mappings that docs/mapping.md shows do with its messages what it says."""

import re
import shlex
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from db.statements import ROOT
from lotwatt import main

TEXT = (ROOT / "docs/mapping.md").read_text(encoding="utf-8")
SECTIONS = [
    section for section in re.split(r"^## ", TEXT, flags=re.MULTILINE) if "```sql" in section
]
SQL = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda text: text.splitlines()[0])
def test_the_mappings_of_the_document_do_as_shown(
    db: psycopg.Connection[tuple[Any, ...]], section: str
) -> None:
    for statement in SQL.findall(section):
        db.execute(statement.encode())
    (console,) = CONSOLE.findall(section)
    for shown in console.split("$ lotwatt ")[1:]:
        command, _, expected = shown.partition("\n")
        result = CliRunner().invoke(main, shlex.split(command))
        assert result.output == expected, command
    checked = CliRunner().invoke(main, ["mapping", "check"])
    assert checked.exit_code == 0, checked.output


def test_there_is_something_to_try() -> None:
    assert len(SECTIONS) == 7
