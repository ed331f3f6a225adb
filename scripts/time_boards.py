"""How long statements of dashboards take: all that a board asks when opened, as its readers ask."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString, cast

import psycopg
from psycopg.rows import TupleRow
from rich.console import Console
from rich.table import Table

from db.statements import load
from grafana.report.dashboard import load as load_board
from grafana.report.dashboard import names
from grafana.report.macros import Span, expand, interval_for
from grafana.report.times import span as span_of
from grafana.report.variables import Variables, resolve

STATEMENTS = load("scripts/bench_boards.sql")
Connection = psycopg.Connection[TupleRow]

WEEK = timedelta(days=7)
# As wide as a chart that fills half of a screen.
POINTS = 900
BOARD_LIMIT_MS = 1000.0
PANEL_LIMIT_MS = 100.0
# A statement that takes longer than this is not asked again for a median.
LONG_MS = 2000.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A board as somebody opens it: a time range, and the values picked of some variables."""

    board: str
    how: str
    span: Span
    chosen: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement and what it took: ms, the median, and the rows that came."""

    opened: Opened
    part: str
    ms: float
    rows: int
    error: str | None = None

    @property
    def is_panel(self) -> bool:
        return not self.part.startswith(("variable ", "shade "))


class Reader:
    """Asks as a login of readers does, with what deploying sets for them."""

    def __init__(self, connection: Connection, rounds: int) -> None:
        self._connection = connection
        self._rounds = rounds
        connection.execute(STATEMENTS["become_reader"])

    def ask(self, sql: str) -> tuple[float, list[TupleRow], list[str]]:
        """The median ms, warm, the rows, and the names of columns."""
        text: LiteralString = cast(Any, sql)
        taken: list[float] = []
        while True:
            begun = time.perf_counter()
            cursor = self._connection.execute(text)
            rows = cursor.fetchall()
            taken.append((time.perf_counter() - begun) * 1000)
            if len(taken) > self._rounds or taken[-1] > LONG_MS:
                break
        names_of = [column.name for column in cursor.description or ()]
        return statistics.median(taken[1:] or taken), rows, names_of

    def timed(self, opened: Opened, part: str, sql: str) -> Asked:
        try:
            ms, rows, _ = self.ask(sql)
        except psycopg.Error as error:
            return Asked(opened, part, 0.0, 0, str(error).splitlines()[0])
        return Asked(opened, part, ms, len(rows))


def ways(connection: Connection) -> Iterator[Opened]:
    """Each board by its own range and by a week, with a machine picked; and a lot, by its own."""
    now = datetime.now(UTC)
    row = connection.execute(STATEMENTS["picked"]).fetchone()
    assert row is not None
    machine, lot, begin, end = row
    for board in names("en"):
        dashboard = load_board(board, "en")
        own = span_of(dashboard["time"]["from"], dashboard["time"]["to"], now, UTC)
        yield Opened(board, "as it opens", own, {})
        if dashboard["time"]["from"] != "now-7d":
            yield Opened(board, "a week", Span(now - WEEK, now), {})
        variables = {each["name"] for each in dashboard["templating"]["list"]}
        if "machine" in variables:
            yield Opened(board, "a machine", own, {"machine": [machine]})
        if "lot" in variables:
            yield Opened(board, "a lot picked", Span(begin, end), {"lot": [lot]})


def open_board(reader: Reader, opened: Opened) -> list[Asked]:
    """Every statement that Grafana sends when a board is opened."""
    dashboard = load_board(opened.board, "en")
    asked: list[Asked] = []

    def options(sql: str) -> list[tuple[str, str]]:
        ms, rows, columns = reader.ask(sql)
        asked.append(Asked(opened, f"variable {len(asked) + 1}", ms, len(rows)))
        value = columns.index("__value") if "__value" in columns else 0
        return [(str(row[value]), str(row[value])) for row in rows if row[value] is not None]

    variables = resolve(dashboard, opened.span, opened.chosen, options)
    for part, sql in statements(dashboard):
        asked.append(reader.timed(opened, part, expanded(sql, opened.span, variables)))
    return asked


def statements(dashboard: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in dashboard["annotations"]["list"]:
        if each.get("enable") and "rawSql" in each.get("target", {}):
            yield f"shade {each['name']}", each["target"]["rawSql"]
    for panel in dashboard["panels"]:
        for one in panel["panels"] if panel["type"] == "row" else (panel,):
            for target in one["targets"]:
                yield one["title"], target["rawSql"]


def expanded(sql: str, span: Span, variables: Variables) -> str:
    return expand(sql, span, interval=interval_for(span, POINTS), put_in=variables.put_in).sql


def anchor(connection: Connection, rounds: int) -> float:
    """What reading all readings of a week once takes, ms: beside it stands each board."""
    now = datetime.now(UTC)
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        connection.execute(STATEMENTS["anchor"], {"from": now - WEEK, "to": now}).fetchall()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


@dataclass(frozen=True, slots=True)
class Timed:
    """A board that was opened: its statements, and what the raw week took right before, ms."""

    opened: Opened
    anchor_ms: float
    asked: Sequence[Asked]

    @property
    def ms(self) -> float:
        return sum(one.ms for one in self.asked)

    @property
    def panels(self) -> list[Asked]:
        return [one for one in self.asked if one.is_panel]


def measure(
    connect: Callable[[], Connection], rounds: int, console: Console, boards: Sequence[str] = ()
) -> dict[str, Any]:
    """Times every way to open a board, prints it, and returns the figures."""
    with connect() as connection, connect() as other:
        reader = Reader(other, rounds)
        anchor(connection, 1)
        found = [
            Timed(each, anchor(connection, 3), open_board(reader, each))
            for each in ways(connection)
            if not boards or each.board in boards
        ]
    shown(found, console)
    return {
        "boards": [
            {
                "board": each.opened.board, "how": each.opened.how, "ms": each.ms,
                "anchor_ms": each.anchor_ms,
                "statements": [
                    {"part": one.part, "ms": one.ms, "rows": one.rows, "error": one.error}
                    for one in each.asked
                ],
            }
            for each in found
        ],
    }  # fmt: skip


def shown(found: Sequence[Timed], console: Console) -> None:
    table = Table("board", "opened", "ms", "to raw", "statements", "panels < 100 ms", "slowest")
    for each in found:
        slowest = max(each.asked, key=lambda one: one.ms)
        table.add_row(
            each.opened.board, each.opened.how, f"{each.ms:,.0f}",
            f"{each.ms / each.anchor_ms:.2f}", str(len(each.asked)), share(each.panels),
            f"{slowest.part}, {slowest.ms:,.0f}",
        )  # fmt: skip
    console.print(table)
    everything = [one for each in found for one in each.asked]
    slow = Table("slowest", "board", "opened", "ms", "rows")
    for one in sorted(everything, key=lambda one: -one.ms)[:10]:
        slow.add_row(one.part, one.opened.board, one.opened.how, f"{one.ms:,.0f}", str(one.rows))
    console.print(slow)
    for one in everything:
        if one.error:
            console.print(f"{one.opened.board}, {one.part}: {one.error}", style="red")
    fast = sum(each.ms < BOARD_LIMIT_MS for each in found)
    anchors = [each.anchor_ms for each in found]
    panels = [one for each in found for one in each.panels]
    console.print(
        f"{fast} of {len(found)} open within a second; {share(panels)}"
        f" of all panels within {PANEL_LIMIT_MS:.0f} ms. Reading a week of raw readings:"
        f" {min(anchors):,.0f} to {max(anchors):,.0f} ms."
    )


def share(panels: Sequence[Asked]) -> str:
    fast = sum(one.ms < PANEL_LIMIT_MS and not one.error for one in panels)
    return f"{100 * fast / max(len(panels), 1):.0f} %"
