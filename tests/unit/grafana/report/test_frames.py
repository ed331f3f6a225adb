"""Answers as series: gaps stay gaps, and empty buckets are filled only where a macro says so."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from grafana.report.frames import Field, FrameError, series, table
from grafana.report.macros import Fill, Span
from grafana.report.source import Answer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPAN = Span(NOON, NOON + timedelta(minutes=20))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def values(answer: Answer, fill: Fill | None = None) -> dict[str, list[Any]]:
    return {each.label_name: each.values for each in series(answer, fill, SPAN).fields}


def test_numbers_become_floats_and_nothing_stays_nothing() -> None:
    answer = Answer(("time", "kwh", "kw"), [(at(0), Decimal("1.5"), 2), (at(5), None, None)])
    assert values(answer) == {"kwh": [1.5, None], "kw": [2.0, None]}


def test_a_column_of_nothing_is_a_series_without_values() -> None:
    assert values(Answer(("time", "kwh"), [(at(0), None)])) == {"kwh": [None]}


def test_a_text_column_makes_a_series_of_each_text_with_gaps_where_it_is_missing() -> None:
    rows = [(at(0), "a", 1), (at(0), "b", 2), (at(5), "a", 3), (at(10), "b", 4)]
    frame = series(Answer(("time", "metric", "value"), rows), None, SPAN)
    assert frame.times == [at(0), at(5), at(10)]
    assert values(Answer(("time", "metric", "value"), rows)) == {
        "a": [1.0, 3.0, None],
        "b": [2.0, None, 4.0],
    }


def test_several_numbers_with_a_text_are_named_by_both() -> None:
    answer = Answer(("time", "sensor", "low", "high"), [(at(0), "s1", 1, 2)])
    assert values(answer) == {"low s1": [1.0], "high s1": [2.0]}


def test_labels_are_told_as_grafana_tells_them() -> None:
    assert Field("kw", [], {"machine": "M1", "line": "L1"}).label_name == (
        'kw {line="L1", machine="M1"}'
    )


def test_without_a_time_there_are_no_series() -> None:
    with pytest.raises(FrameError, match="no time column"):
        series(Answer(("value",), [(1,)]), None, SPAN)


def test_an_answer_without_rows_has_no_values() -> None:
    frame = series(Answer(("time", "kwh"), []), Fill(300, 0.0), SPAN)
    assert frame.times == []
    assert all(each.values == [] for each in frame.fields)


def test_seconds_since_1970_are_times_too() -> None:
    frame = series(Answer(("time", "kwh"), [(NOON.timestamp(), 1)]), None, SPAN)
    assert frame.times == [NOON]


@pytest.mark.parametrize(
    ("fill", "expected"),
    [
        (Fill(300, None), [1.0, None, 3.0, None, None]),
        (Fill(300, "previous"), [1.0, 1.0, 3.0, 3.0, 3.0]),
        (Fill(300, 0.0), [1.0, 0.0, 3.0, 0.0, 0.0]),
    ],
)
def test_empty_buckets_are_filled_as_the_macro_says(fill: Fill, expected: list[Any]) -> None:
    answer = Answer(("time", "kwh"), [(at(0), 1), (at(10), 3)])
    assert values(answer, fill) == {"kwh": expected}


def test_a_table_keeps_what_people_read() -> None:
    answer = Answer(
        ("a", "b", "c", "d"),
        [(Decimal("1.25"), timedelta(minutes=2), ["x", "y"], datetime(2026, 3, 2).date())],
    )
    assert [each.values for each in table(answer).fields] == [[1.25], [120.0], ["x, y"], [
        "2026-03-02"
    ]]  # fmt: skip
