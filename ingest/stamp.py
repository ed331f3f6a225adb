"""Times in payloads: ISO 8601 / RFC 3339, or a number since 1970 in s, ms, us or ns."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.errors import RefusedError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The database refuses anything outside as well; the narrower window of the past is its setting.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
# Half of the shortest that daylight saving moves a clock.
TOLD_BY_RECEIPT = timedelta(minutes=15)
# Microseconds in each.
UNITS = {"s": 1_000_000, "ms": 1_000, "us": 1}


def parse_stamp(raw: object) -> datetime:
    kind = type(raw)
    if kind is str:
        moment = with_zone(from_text(raw), raw)  # type: ignore[arg-type]
    elif kind is int or kind is float:
        moment = from_number(raw)  # type: ignore[arg-type]
    else:
        raise no_stamp(raw)
    return in_window(moment, raw)


def no_stamp(raw: object) -> RefusedError:
    if raw is None:
        return RefusedError("time_missing", "time is null")
    return RefusedError("time_type", f"time is a {type(raw).__name__}")


def in_window(moment: datetime, raw: object) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise RefusedError("time_out_of_window", str(raw)[:64])
    return moment


def with_zone(moment: datetime, text: str) -> datetime:
    """No zone, no time: guessing one moves readings by hours, twice a year by one."""
    if moment.tzinfo is None:
        raise RefusedError("time_naive", text)
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise RefusedError("time_out_of_window", text) from None


def from_text(text: str) -> datetime:
    """ISO 8601 with date and time; without a zone where the text has none."""
    if not 16 <= len(text) <= 64 or text[10] not in "Tt ":
        raise RefusedError("time_type", text[:64])
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return from_odd_text(text)


def from_odd_text(text: str) -> datetime:
    """Small letters, and a leap second, which counts as the second after it."""
    upper = text.upper()
    is_leap = upper[16:19] == ":60"
    try:
        moment = datetime.fromisoformat(upper[:16] + ":59" + upper[19:] if is_leap else upper)
        return moment + timedelta(seconds=1) if is_leap else moment
    except (ValueError, OverflowError):
        raise RefusedError("time_type", text) from None


def from_number(number: float) -> datetime:
    """The unit shows in the magnitude: seconds until the year 5138, and so on by thousands."""
    if number < 1e11:
        return from_unit(number, "s")
    if number < 1e14:
        return from_unit(number, "ms")
    return from_unit(number, "us" if number < 1e17 else "ns")


def from_unit(number: float, unit: str) -> datetime:
    microseconds = number // 1_000 if unit == "ns" else number * UNITS[unit]
    if not 0 < microseconds < 4.2e15:
        raise RefusedError("time_out_of_window", str(number)[:64])
    return EPOCH + timedelta(microseconds=round(microseconds))


def in_zone(moment: datetime, zone: ZoneInfo, received_at: datetime, text: str) -> datetime:
    """A local time as an instant.

    The hour that daylight saving skips is no time at all. The one that it repeats means two
    instants: the message must have come close enough to one of them to tell.
    """
    found = instants(moment, zone)
    if len(found) == 1:
        return found[0]
    for instant in found:
        if abs(received_at - instant) < TOLD_BY_RECEIPT:
            return instant
    raise not_one(found, text, zone)


def instants(moment: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """What a local time can mean: one instant, two where daylight saving repeats it, none where it
    skips it."""
    first = moment.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = moment.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return (first,)
    exists = first.astimezone(zone).replace(tzinfo=None) == moment
    return (first, second) if exists else ()


def not_one(found: tuple[datetime, ...], text: str, zone: ZoneInfo) -> RefusedError:
    """Why a local time is none that can be used."""
    if not found:
        return RefusedError("time_in_gap", f"{text} does not exist in {zone}")
    return RefusedError("time_ambiguous", f"{text} is twice in {zone}")
