"""Where the figures come from: one snapshot of the database, as its readers see it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString, cast
from zoneinfo import ZoneInfo

import psycopg

from db.connection import connect
from db.migrate import Connection
from db.statements import Statements, load
from grafana.report.macros import Span

STATEMENTS = load("grafana/report/statements.sql")
LONGEST = timedelta(seconds=30)
# More rows than anybody reads or a chart can show.
MOST_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class Answer:
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    is_cut: bool = False  # there were more rows than MOST_ROWS


class Source:
    """Asks as a reader, in a transaction that cannot write."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ask(self, sql: str) -> Answer:
        """A statement of a board, its macros and variables expanded. One that fails leaves the
        snapshot usable; a second statement behind the first is refused by the server."""
        # Written in a dashboard and expanded as Grafana does: its own text, no parameters.
        text: LiteralString = cast(Any, sql)
        with (
            self._connection.transaction(),
            psycopg.ServerCursor(self._connection, "panel") as cursor,
        ):
            cursor.execute(text)
            columns = tuple(column.name for column in cursor.description or ())
            rows = cursor.fetchmany(MOST_ROWS + 1)
        return Answer(columns, rows[:MOST_ROWS], len(rows) > MOST_ROWS)

    def named(self, name: str, statements: Statements = STATEMENTS, **parameters: Any) -> Answer:
        """A named statement, of statements.sql where no other file is said."""
        cursor = self._connection.execute(statements[name], parameters)
        return Answer(tuple(c.name for c in cursor.description or ()), cursor.fetchall())

    def options(self, sql: str) -> list[tuple[str, str]]:
        """The values of a variable, each as (value, text): columns __value and __text, else the
        first column. Grafana shows a value once."""
        answer = self.ask(sql)
        names = list(answer.columns)
        value = names.index("__value") if "__value" in names else 0
        text = names.index("__text") if "__text" in names else value
        return list({str(row[value]): (str(row[value]), str(row[text])) for row in answer.rows
                     if row[value] is not None}.values())  # fmt: skip

    def range(self, name: str, values: Sequence[str]) -> Span | None:
        """The time of the thing with that number; None where it has not begun, or is not there."""
        rows = self.named(name, number=values[0]).rows if values else []
        return Span(*rows[0]) if rows and rows[0][0] < rows[0][1] else None

    def plant_zone(self) -> ZoneInfo:
        rows = self.named("time_zone").rows
        return ZoneInfo(rows[0][0]) if rows else ZoneInfo("UTC")


@contextmanager
def reading(longest: timedelta = LONGEST) -> Iterator[Source]:
    """A snapshot of the database that DATABASE_URL names. `longest` limits each statement."""
    with connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(STATEMENTS["snapshot"])
        milliseconds = str(round(longest.total_seconds() * 1000))
        connection.execute(STATEMENTS["limits"], {"statement_timeout": milliseconds})
        row = connection.execute(STATEMENTS["may_do_more"]).fetchone()
        if row and row[0]:
            connection.execute(STATEMENTS["become_reader"])
        yield Source(connection)
