"""What alert rules ask the database: as the reader, a number for each thing."""

import pytest
from psycopg import sql

from db.statements import ROOT
from grafana.alerts.rules import RULES, Rule
from grafana.alerts.write import FILE, text
from tests.contract.test_boards import reader
from tests.sql.builders import Connection

__all__ = ["reader"]
RUNBOOK = ROOT / "docs" / "runbook.md"
TEXT, FLOAT8 = 25, 701


def named(rule: Rule) -> str:
    return rule.kind


def test_what_is_committed_is_what_the_code_makes() -> None:
    """Where this fails, run `make alerts`."""
    assert FILE.read_text(encoding="utf-8") == text()


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_a_rule_gets_texts_and_one_number(reader: Connection, rule: Rule) -> None:
    """A column more, or a time, and Grafana takes the rows for a series."""
    assert len(rule.statement.splitlines()) <= 3
    cursor = reader.execute(sql.SQL(rule.statement))
    assert cursor.description is not None
    assert [column.type_code for column in cursor.description] == [TEXT, TEXT, TEXT, FLOAT8]
    assert None not in {value for row in cursor for value in row}


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_the_runbook_says_what_to_do(rule: Rule) -> None:
    heads = [
        line.removeprefix("## ") for line in RUNBOOK.read_text().splitlines() if line[:3] == "## "
    ]
    assert rule.kind in [head.lower() for head in heads]


def test_the_runbook_has_no_entry_of_an_alert_that_is_gone() -> None:
    heads = {
        line.removeprefix("## ").lower()
        for line in RUNBOOK.read_text().splitlines()
        if line[:3] == "## "
    }
    assert heads == {rule.kind for rule in RULES}
