"""Ends of a time range as Grafana writes them: now, now-7d, now/d, or an instant."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

import click

from db.cli.instant import INSTANT
from grafana.report.macros import SECONDS, Span

RELATIVE = re.compile(r"now(?:([+-])(\d+)([smhdw]))?(?:/([hdwMy]))?")


class End(click.ParamType[str]):
    """now, now-8h, now-1d/d as in Grafana, or a time with its zone."""

    name = "time"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not RELATIVE.fullmatch(value):
            INSTANT.convert(value, param, ctx)
        return value


END = End()


def span(begin: str, end: str, now: datetime, zone: tzinfo) -> Span:
    """The range between two such ends; `/d` is a day of the plant, from its begin or to its end.

    Raises click.BadParameter where the range ends before it begins.
    """
    found = Span(moment(begin, now, zone, False), moment(end, now, zone, True))
    if found.begin >= found.end:
        raise click.BadParameter(f"the time from {begin} to {end} has no length")
    return found


def moment(text: str, now: datetime, zone: tzinfo, is_end: bool) -> datetime:
    found = RELATIVE.fullmatch(text)
    if not found:
        return INSTANT.convert(text, None, None).astimezone(UTC)
    sign, count, unit, rounded = found.groups()
    at = now
    if count:
        seconds = int(count) * SECONDS[unit]
        at += timedelta(seconds=seconds if sign == "+" else -seconds)
    return at if rounded is None else edge(at.astimezone(zone), rounded, is_end).astimezone(UTC)


def edge(at: datetime, unit: str, is_end: bool) -> datetime:
    """Where the hour, day, week, month or year of a moment begins, or where the next one does."""
    if unit == "h":
        at = at.replace(minute=0, second=0, microsecond=0)
        return at + timedelta(hours=1) if is_end else at
    at = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if unit == "w":
        at -= timedelta(days=at.weekday())
    elif unit in "My":
        at = at.replace(day=1, month=1 if unit == "y" else at.month)
    if not is_end:
        return at
    if unit in "dw":
        return at + timedelta(days=1 if unit == "d" else 7)
    if unit == "y" or at.month == 12:
        return at.replace(year=at.year + 1, month=1)
    return at.replace(month=at.month + 1)
