"""Times in payloads: ISO 8601 / RFC 3339 with a zone, or a number since 1970 in s, ms, us or ns."""

from datetime import UTC, datetime, timedelta

from ingest.errors import RefusedError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The database refuses anything outside as well; the narrower window of the past is its setting.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def parse_stamp(raw: object) -> datetime:
    kind = type(raw)
    if kind is str:
        moment = from_text(raw)  # type: ignore[arg-type]
    elif kind is int or kind is float:
        moment = from_number(raw)  # type: ignore[arg-type]
    elif raw is None:
        raise RefusedError("time_missing", "time is null")
    else:
        raise RefusedError("time_type", f"time is a {kind.__name__}")
    if not EARLIEST <= moment < LATEST:
        raise RefusedError("time_out_of_window", str(raw)[:64])
    return moment


def from_text(text: str) -> datetime:
    """No zone, no time: guessing one moves readings by hours, twice a year by one."""
    if not 16 <= len(text) <= 64 or text[10] not in "Tt ":
        raise RefusedError("time_type", text[:64])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = from_odd_text(text)
    if moment.tzinfo is None:
        raise RefusedError("time_naive", text)
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise RefusedError("time_out_of_window", text) from None


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
        microseconds = number * 1_000_000
    elif number < 1e14:
        microseconds = number * 1_000
    elif number < 1e17:
        microseconds = number
    else:
        microseconds = number // 1_000
    if not 0 < microseconds < 4.2e15:
        raise RefusedError("time_out_of_window", str(number)[:64])
    return EPOCH + timedelta(microseconds=round(microseconds))
