"""Lists: exact for machines, readable for people."""

import datetime as dt

import click
import orjson
import pytest

from db.cli.instant import INSTANT
from db.cli.output import Rows, exact, number, said, to_json, with_durations, write

MADRID = dt.timezone(dt.timedelta(hours=2))
NOON = dt.datetime(2026, 7, 1, 14, tzinfo=MADRID)


def test_json_keeps_every_digit_and_tells_utc() -> None:
    row = {"kwh": 0.1 + 0.2, "at": NOON, "gap": dt.timedelta(minutes=5), "none": None}
    assert orjson.loads(to_json([row])) == [
        {"kwh": 0.30000000000000004, "at": "2026-07-01T12:00:00Z", "gap": 300.0, "none": None}
    ]


def test_csv_is_exact_and_empty_where_nothing_is_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(Rows(["a", "b", "c"], [(NOON, None, 0.1 + 0.2)]), "csv", {})
    assert capsys.readouterr().out == "a,b,c\n2026-07-01T12:00:00Z,,0.30000000000000004\n"


def test_a_table_shows_the_columns_that_have_headings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(Rows(["a", "hidden", "c"], [("x", 1, 2.5)]), "table", {"c": "kWh", "a": "lot"})
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["kWh", "lot"],
        ["2.500", "x"],
    ]


def test_text_of_a_user_is_never_markup(capsys: pytest.CaptureFixture[str]) -> None:
    write(Rows(["a"], [("[red]x[/red]",)]), "table", {"a": "lot"})
    assert "[red]x[/red]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "text"),
    [(53700.13, "53700"), (123.456, "123.5"), (12.3456, "12.35"), (1.23456, "1.235"),
     (0.00123, "0.0012"), (1e-12, "0"), (0.0, "0"), (-0.5, "-0.5000")],
)  # fmt: skip
def test_numbers_for_people(value: float, text: str) -> None:
    assert number(value) == text


def test_values_for_people() -> None:
    assert [said(None), said(True), said(NOON)] == ["", "yes", "2026-07-01 12:00"]
    assert exact(True) == "true"


def test_durations_are_hours_and_minutes() -> None:
    answer = with_durations(Rows(["a", "s"], [("x", 7_260.0), ("y", None)]), ["s"])
    assert answer.rows == [("x", "2:01"), ("y", "")]


def test_a_time_names_its_zone() -> None:
    assert INSTANT.convert("2026-07-01T14:00+02:00", None, None) == NOON
    midnight = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)
    assert INSTANT.convert("2026-07-01", None, None) == midnight
    for text, message in (("2026-07-01T14:00", "names no time zone"), ("noon", "is not a time")):
        with pytest.raises(click.BadParameter, match=message):
            INSTANT.convert(text, None, None)
