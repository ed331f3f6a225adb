"""Instants on the command line: a time with its zone, so that nobody has to guess."""

import datetime as dt

import click


class Instant(click.ParamType[dt.datetime]):
    """A time such as 2026-01-31T06:00+01:00 or 2026-01-31T05:00Z; a day alone begins in UTC."""

    name = "time"

    def convert(
        self,
        value: str | dt.datetime,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> dt.datetime:
        if isinstance(value, dt.datetime):
            return value
        try:
            found = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value} is not a time such as 2026-01-31T06:00+01:00", param, ctx)
        if found.tzinfo is None:
            if "T" in value or " " in value:
                self.fail(f"{value} names no time zone: end it with Z or +01:00", param, ctx)
            found = found.replace(tzinfo=dt.UTC)
        return found


INSTANT = Instant()
