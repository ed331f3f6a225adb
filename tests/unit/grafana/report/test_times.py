"""Ranges as Grafana's time picker takes them, in days of the plant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
import pytest

from grafana.report.times import END, span

MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 3, 29, 10, 30, tzinfo=UTC)  # the day that has 23 hours in Madrid


@pytest.mark.parametrize(
    ("begin", "end", "expected"),
    [
        ("now-8h", "now", ("2026-03-29T02:30Z", "2026-03-29T10:30Z")),
        ("now-7d", "now+24h", ("2026-03-22T10:30Z", "2026-03-30T10:30Z")),
        ("now/d", "now/d", ("2026-03-28T23:00Z", "2026-03-29T22:00Z")),
        ("now-1d/d", "now-1d/d", ("2026-03-27T23:00Z", "2026-03-28T23:00Z")),
        ("now/w", "now/w", ("2026-03-22T23:00Z", "2026-03-29T22:00Z")),
        ("now/M", "now/M", ("2026-02-28T23:00Z", "2026-03-31T22:00Z")),
        ("now/y", "now/y", ("2025-12-31T23:00Z", "2026-12-31T23:00Z")),
        ("now/h", "now/h", ("2026-03-29T10:00Z", "2026-03-29T11:00Z")),
        ("2026-03-01T06:00+01:00", "now", ("2026-03-01T05:00Z", "2026-03-29T10:30Z")),
    ],
)
def test_ranges(begin: str, end: str, expected: tuple[str, str]) -> None:
    found = span(begin, end, NOW, MADRID)
    assert (found.begin, found.end) == tuple(datetime.fromisoformat(each) for each in expected)


def test_a_range_without_length_is_refused() -> None:
    with pytest.raises(click.BadParameter, match="has no length"):
        span("now", "now-1h", NOW, MADRID)


@pytest.mark.parametrize("text", ["yesterday", "now-7", "2026-03-01T06:00", "now-1x"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        END.convert(text, None, None)
