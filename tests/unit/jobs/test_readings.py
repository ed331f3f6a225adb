"""Files of readings that cannot be right are refused, and faults go where data are."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs.errors import JobError
from jobs.evaluate.faults import DAY, HOUR, PLACES, places
from jobs.evaluate.readings import Reading, readings

UTC = ZoneInfo("UTC")
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def hourly(days: int) -> list[Reading]:
    return [(START + hour * HOUR, 1.0) for hour in range(24 * days)]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("2026-01-01T00:00,1\n2026-01-01T00:00,2\n", "are of one time"),
        ("2026-01-01T00:00,1\n2026-01-01T01:00,1e300\n", "line 3: 1e300 is beyond"),
        (f"2026-01-01T00:00,{'1' * 200_000}\n", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_right(tmp_path: Path, rows: str, said: str) -> None:
    path = tmp_path / "readings.csv"
    path.write_text("timestamp,value\n" + rows)
    with pytest.raises(JobError, match=said):
        readings(path, UTC)


def test_faults_stay_a_day_away_from_windows() -> None:
    """60 days with a window from day 40 to 41: the longest stretch ends on day 39."""
    taken = hourly(60)
    found = places(taken, [(START + 40 * DAY, START + 41 * DAY)])
    assert len(found) == PLACES
    assert all(taken[day][0] + DAY <= START + 39 * DAY for _, day in found)


@pytest.mark.parametrize(
    "known",
    [
        [(START - 90 * DAY, START - 80 * DAY)],
        [(START + 400 * DAY, START + 401 * DAY)],
        [(START + 5 * DAY, START + 9 * DAY), (START + 6 * DAY, START + 7 * DAY)],
    ],
)
def test_windows_outside_or_within_each_other(known: list[tuple[dt.datetime, dt.datetime]]) -> None:
    taken = hourly(60)
    found = places(taken, known)
    assert len(found) == PLACES
    assert all(0 <= history < day < len(taken) - 23 for history, day in found)


def test_no_fault_goes_where_nothing_was_measured() -> None:
    """Days 20 to 40 are missing: of the places there is one where history and day are."""
    taken = [each for each in hourly(60) if not 20 * DAY <= each[0] - START < 40 * DAY]
    for history, day in places(taken, []):
        assert taken[day][0] - taken[history][0] <= 28 * DAY
        assert len([1 for time, _ in taken if taken[day][0] <= time < taken[day][0] + DAY]) == 24
