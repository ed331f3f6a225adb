"""`lotwatt jobs energy`: what machines, lines and sites should use, for what they make."""

import datetime as dt
from itertools import groupby
from typing import Any

import click
from psycopg.types.json import Jsonb

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.statements import load
from jobs.energy.baseline import baseline
from jobs.errors import JobError
from jobs.fit.parallel import HERE, Workers, with_workers
from jobs.forecast.job import note_holidays
from jobs.run import Connection, job

STATEMENTS = load("jobs/energy/statements.sql")
LONGEST = dt.timedelta(days=365)
# Code of the place with its level and carrier; its days with energy and inputs.
Part = tuple[dict[str, str], list[tuple[Any, ...]]]


@click.command(context_settings=SETTINGS)
@click.option("--renew", metavar="PLACE", help="Make a new version for this machine, line or site.")
@click.option(
    "--from", "from_", type=INSTANT, help="First day of the baseline period.  [default: a year ago]"
)
@click.option("--to", type=INSTANT, help="Last day of the baseline period.  [default: yesterday]")
@click.option("--reason", help="With --renew: what has changed in the plant; it is kept.")
@with_workers
def energy(
    renew: str | None,
    from_: dt.datetime | None,
    to: dt.datetime | None,
    reason: str | None,
    backend: str,
    scheduler: str | None,
) -> None:
    """Learn energy baselines (ISO 50006): energy of a day against production and kind of day.

    A valid baseline stays as it is, so that savings are counted from one point. Renew it when the
    plant has changed. One that is not valid is learned anew each time.

    Example: lotwatt jobs energy --renew PRESS --from 2026-01-01 --reason "new motor"
    """
    if (renew is None) != (reason is None):
        raise click.UsageError("--renew and --reason go together")
    today = dt.datetime.now(dt.UTC)
    last = (to or today - dt.timedelta(days=1)).date()
    first = from_.date() if from_ else last - LONGEST
    with job("energy") as run:
        note_holidays(run.connection)
        run.rows = learn(
            run.connection,
            first,
            last,
            renew=renew,
            why=reason,
            workers=Workers(backend, scheduler),
        )
    click.echo(f"{run.rows} energy baselines written. They show in api.energy_model.")


def learn(
    connection: Connection,
    first: dt.date,
    last: dt.date,
    *,
    renew: str | None = None,
    why: str | None = None,
    workers: Workers = HERE,
) -> int:
    """Fit what is due to the days from first to last; returns how many baselines were written."""
    rows = connection.execute(STATEMENTS["training"], {"from": first, "to": last}).fetchall()
    parts: list[Part] = []
    for (level, place, carrier), group in groupby(rows, key=lambda row: tuple(row[:3])):
        if renew is None or place == renew:
            days = [row[3:] for row in group if row[3] is not None]
            parts.append(({"level": level, "place": place, "carrier": carrier}, days))
    found = [{"why": why or "first baseline", **each} for each in workers.map(fitted, parts)]
    if renew is not None and not found:
        raise JobError(
            f"there is no machine, line or site {renew} with a meter",
            hint="lotwatt forecast lists the places that have one.",
        )
    row = connection.execute(
        STATEMENTS["put_models"], {"rows": Jsonb(found), "is_renewal": renew is not None}
    ).fetchone()
    assert row is not None
    return int(row[0])


def fitted(part: Part) -> dict[str, Any]:
    """The baseline of one place and carrier, with what it is called."""
    place, days = part
    return place | baseline(
        [day for day, _, _ in days], [kwh for _, kwh, _ in days], [inputs for _, _, inputs in days]
    )
