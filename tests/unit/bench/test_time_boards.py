"""What the benchmark of boards asks: every statement of a board, expanded as Grafana does."""

from datetime import UTC, datetime

import pytest

from grafana.report.dashboard import load, names
from grafana.report.macros import Span
from grafana.report.variables import resolve
from scripts.time_boards import Asked, Opened, expanded, share, statements

SPAN = Span(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC))


@pytest.mark.parametrize("board", names("en"))
def test_every_statement_of_a_board_is_asked(board: str) -> None:
    dashboard = load(board, "en")
    variables = resolve(dashboard, SPAN, {}, lambda _: [("it's", "it's")])
    asked = {part: expanded(sql, SPAN, variables) for part, sql in statements(dashboard)}
    titles = {
        panel["title"]
        for each in dashboard["panels"]
        for panel in (each["panels"] if each["type"] == "row" else (each,))
    }
    assert titles <= set(asked)
    assert not any("$" in sql for sql in asked.values())
    assert any("'it''s'" in sql for sql in asked.values())


def test_a_panel_that_failed_is_not_fast() -> None:
    opened = Opened("lots", "as it opens", SPAN, {})
    slow, fast = Asked(opened, "a", 100.0, 1), Asked(opened, "b", 99.0, 1)
    failed = Asked(opened, "c", 0.0, 0, "no such view")
    assert share([slow, fast, failed, fast]) == "50 %"
    assert not Asked(opened, "variable 1", 1.0, 1).is_panel
