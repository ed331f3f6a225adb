"""The meter of a steel works: real energy per quarter-hour, published as the register of a meter.

The file holds kWh per quarter-hour. A meter publishes its register: the sum so far, at the end of
each quarter-hour. Put in on purpose are three resets, one spike and two outages, listed below. In
the first outage the meter counted on: its energy is known, and spread. In the second it was reset:
what it had counted since its last reading is on no register and cannot be known.
The stamps are Asia/Seoul (no summer time). The series is moved by whole weeks to end before now.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from scripts.demo.machine import whole_weeks
from scripts.demo.message import DATA, Message, one

TOPIC = "plant/STEEL/register"
FILE = DATA / "steel_energy" / "steel_industry_15min_jan_sep.csv"
ZONE = ZoneInfo("Asia/Seoul")
QUARTER = timedelta(minutes=15)
START = Decimal("48210.00")
# By number of the quarter-hour since the first: the register is set to zero at its start.
RESETS = (4_000, 13_337, 21_050)
# After this quarter-hour the meter publishes nonsense, once.
SPIKE, SPIKE_KWH = 9_100, Decimal("1000000")
# No reading at the end of these quarter-hours: 10 hours, and 30 with the second reset in them.
OUTAGES = (range(2_000, 2_040), range(13_300, 13_420))


def usage() -> list[tuple[datetime, Decimal]]:
    """Start and kWh of each quarter-hour, as in the file."""
    with FILE.open(newline="") as handle:
        return [
            (
                datetime.fromisoformat(row["interval_start"]).replace(tzinfo=ZONE).astimezone(UTC),
                Decimal(row["usage_kwh"]),
            )
            for row in csv.DictReader(handle)
        ]


def lost_kwh() -> Decimal:
    """Used between the last reading before an outage and a reset within it: on no register."""
    used = usage()
    lost = (
        kwh
        for outage in OUTAGES
        for reset in RESETS
        if reset in outage
        for _, kwh in used[outage.start : reset]
    )
    return sum(lost, Decimal(0))


def register(end: datetime) -> Iterator[tuple[datetime, Decimal]]:
    """The readings of the meter; the first is taken before the first quarter-hour."""
    used = usage()
    shift = whole_weeks(used[-1][0] + QUARTER, end)
    total = START
    yield used[0][0] + shift, total
    for number, (time, kwh) in enumerate(used):
        if number in RESETS:
            total = Decimal(0)
        total += kwh
        if not any(number in outage for outage in OUTAGES):
            yield time + QUARTER + shift, total + (SPIKE_KWH if number == SPIKE else 0)


def messages(end: datetime) -> Iterator[Message]:
    for time, total in register(end):
        yield one(TOPIC, time, float(total))
