"""Public holidays, from the library `holidays`."""

import datetime as dt

import holidays

from jobs.errors import JobError


def off_days(calendar: str, first: dt.date, last: dt.date) -> dict[dt.date, str]:
    """Holidays from first to last of a calendar such as ES, or ES-MD where regions have their own.

    Raises JobError for a calendar that nobody knows.
    """
    country, _, subdivision = calendar.partition("-")
    try:
        found = holidays.country_holidays(
            country, subdiv=subdivision or None, years=range(first.year, last.year + 1)
        )
    except (NotImplementedError, KeyError) as error:
        raise JobError(
            f"there is no holiday calendar {calendar}: {error}",
            hint="Name a country as in ISO 3166, with a subdivision where it has its own: ES-MD.",
        ) from error
    return {day: name for day, name in sorted(found.items()) if first <= day <= last}
