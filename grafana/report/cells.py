"""Panels of figures and of rows, as what a template needs to write them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grafana.report import look
from grafana.report.columns import Column, is_number

Address = Callable[[Any, Callable[[str], Any]], str | None]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as it is read. `shade` is the background of a coloured cell, `ink` its text."""

    text: str
    href: str | None = None
    ink: str | None = None
    shade: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    text: str
    ink: str | None
    is_known: bool
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    headings: Sequence[tuple[str, bool]]  # and whether its column is of numbers
    rows: Sequence[Sequence[Cell]]


def figures(columns: Sequence[Column], colour_mode: str, address: Address) -> list[Figure]:
    """The last value of each numeric column, as Grafana's stat reduces them."""
    found = []
    for column in columns:
        if column.is_hidden or not (column.field.is_number or is_empty(column)):
            continue
        value = next((v for v in reversed(column.field.values) if v is not None), None)
        ink = None if colour_mode == "none" else column.colour(value)
        is_known = value is not None
        found.append(
            Figure(
                column.title, column.text(value), ink if is_known else None, is_known,
                linked(columns, column, -1, address),
            )
        )  # fmt: skip
    return found


def is_empty(column: Column) -> bool:
    return all(value is None for value in column.field.values)


def table(columns: Sequence[Column], address: Address) -> Table:
    shown = [column for column in columns if not column.is_hidden]
    headings = [(column.title, is_of_numbers(column)) for column in shown]
    length = len(columns[0].field.values) if columns else 0
    rows = [[cell(columns, column, row, address) for column in shown] for row in range(length)]
    return Table(headings, rows)


def is_of_numbers(column: Column) -> bool:
    """Whether its cells stand on the right: numbers that are not told in words."""
    values = [value for value in column.field.values if value is not None]
    return bool(values) and all(is_number(v) and not column.mapped(v) for v in values)


def cell(columns: Sequence[Column], column: Column, row: int, address: Address) -> Cell:
    value = column.field.values[row]
    mode = str(column.custom("displayMode") or (column.custom("cellOptions") or {}).get("type", ""))
    colour = column.colour(value) if mode.startswith("color") and value is not None else None
    is_filled = mode.startswith("color-background") and colour is not None
    return Cell(
        text=column.text(value),
        href=linked(columns, column, row, address),
        ink=look.on(colour) if is_filled and colour else colour,
        shade=colour if is_filled else None,
    )


def linked(columns: Sequence[Column], column: Column, row: int, address: Address) -> str | None:
    """Where the first link of a column leads that leads anywhere."""

    def value_of(name: str) -> Any:
        if name == "name":
            return column.field.name
        if name in ("raw", "text"):
            return column.field.values[row]
        of = next((each for each in columns if name in (each.field.name, each.title)), None)
        return of.field.values[row] if of and of.field.values else ""

    if not column.field.values or column.field.values[row] is None:
        return None
    return next((href for link in column.links if (href := address(link, value_of))), None)
