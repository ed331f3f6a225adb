"""A machine with its real temperature, every 5 minutes for 79 days.

The stamps of the file are plant time without a zone, and those of 2014-01-07 from 02:00 to 02:55
come twice: between two rows the clock goes back an hour, while the rows keep coming every 5
minutes. So it is read as a clock that was 2 hours ahead of UTC before that row and 1 hour from it
on: every stamp is then an instant of its own, and no reading is lost. The whole series is moved by
whole weeks to end in the week before now: time of day (UTC) and day of the week stay.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from scripts.demo.message import DATA, Message, one

TOPIC = "plant/L3/PUMP/temperature"
FILE = DATA / "machine_temperature" / "machine_temperature_system_failure.csv"
BEFORE, AFTER = (timezone(timedelta(hours=hours)) for hours in (2, 1))
WEEK = timedelta(weeks=1)


def readings(end: datetime) -> list[tuple[datetime, float]]:
    """All readings, moved by whole weeks so that the last is not after `end`."""
    found: list[tuple[datetime, float]] = []
    zone, last = BEFORE, datetime.min
    with FILE.open(newline="") as handle:
        for row in csv.DictReader(handle):
            local = datetime.fromisoformat(row["timestamp"])
            if local < last:
                zone = AFTER
            last = local
            found.append((local.replace(tzinfo=zone).astimezone(UTC), float(row["value"])))
    shift = whole_weeks(found[-1][0], end)
    return [(time + shift, value) for time, value in found]


def whole_weeks(last: datetime, end: datetime) -> timedelta:
    """The weeks between two instants that leave `last` not after `end`."""
    return (end - last) // WEEK * WEEK


def messages(end: datetime) -> Iterator[Message]:
    for time, value in readings(end):
        yield one(TOPIC, time, value)
