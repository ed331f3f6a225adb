"""Lists, for people as a table, for machines as CSV or JSON with exact values."""

import csv
import datetime as dt
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from db.migrate import Connection
from db.statements import Statements

FORMAT = click.option(
    "--format",
    "kind",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="table for people; csv and json with exact values and times in UTC.",
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a query, with the names of its columns."""

    columns: list[str]
    rows: list[tuple[Any, ...]]

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(
    connection: Connection, statements: Statements, name: str, parameters: dict[str, Any]
) -> Rows:
    cursor = connection.execute(statements[name], parameters)
    return Rows([column.name for column in cursor.description or []], cursor.fetchall())


def write(answer: Rows, kind: str, headings: dict[str, str]) -> None:
    """Write a list; a table shows only the columns that have a heading, in that order."""
    if kind == "json":
        click.echo(to_json(answer.dicts()))
    elif kind == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows([[exact(value) for value in row] for row in answer.rows])
    else:
        print_table(answer, headings)


def to_json(value: Any) -> str:
    options = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATETIME
    return orjson.dumps(value, option=options, default=exact).decode()


def exact(value: Any) -> Any:
    """A value as text that loses nothing: ISO times in UTC, durations in seconds."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str | int | float | None) else str(value)


def print_table(answer: Rows, headings: dict[str, str], title: str | None = None) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    shown = [column for column in headings if column in answer.columns]
    places = [answer.columns.index(column) for column in shown]
    for column, place in zip(shown, places, strict=True):
        is_number = any(is_numeric(row[place]) for row in answer.rows)
        table.add_column(headings[column], justify="right" if is_number else "left", no_wrap=True)
    for row in answer.rows:
        table.add_row(*(Text(said(row[place])) for place in places))
    console = Console()
    wanted = console.measure(table, options=console.options.update(width=400)).maximum
    console.width = max(console.width, wanted)
    console.print(table)


def is_numeric(value: Any) -> bool:
    return isinstance(value, int | float | dt.timedelta) and not isinstance(value, bool)


def said(value: Any) -> str:
    """A value for people: four digits, times in UTC to the minute, nothing for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, dt.timedelta):
        return str(value)
    if isinstance(value, float):
        return number(value)
    return str(value)


def number(value: float) -> str:
    size = abs(value)
    if size >= 1000 or value == int(value):
        return f"{value:.0f}"
    if size < 1e-6:
        return "0"
    return f"{value:.{1 if size >= 100 else 2 if size >= 10 else 3 if size >= 1 else 4}f}"


def duration(seconds: float | None) -> str:
    """Hours and minutes of a number of seconds."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def with_durations(answer: Rows, columns: Sequence[str]) -> Rows:
    """The same list with seconds told as hours and minutes, for a table."""
    places = {answer.columns.index(column) for column in columns if column in answer.columns}
    rows = [
        tuple(duration(value) if place in places else value for place, value in enumerate(row))
        for row in answer.rows
    ]
    return Rows(answer.columns, rows)
