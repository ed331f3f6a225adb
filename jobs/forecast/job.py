"""`lotwatt jobs forecast`: what machines, lines and sites will use in the next 24 hours."""

import datetime as dt
from dataclasses import replace
from functools import partial

import click
from psycopg.types.json import Jsonb

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.statements import load
from jobs.fit.parallel import HERE, Workers, with_workers
from jobs.forecast.calendar import off_days
from jobs.forecast.issue import History, issue
from jobs.forecast.plan import Shares, plans_of
from jobs.run import Connection, job

STATEMENTS = load("jobs/forecast/statements.sql")
# Learning takes 182 days, the errors of the past 56 more, and the profile of the first of them 62.
HISTORY = dt.timedelta(days=300)
# Series that are fitted in one go: more take more memory, and are no faster.
BATCH = 100


@click.command(context_settings=SETTINGS)
@click.option(
    "--at", type=INSTANT, help="Foresee from the hour that holds this time.  [default: now]"
)
@click.option("--ets", "with_ets", is_flag=True, help="Try exponential smoothing on sites, too.")
@with_workers
def forecast(at: dt.datetime | None, with_ets: bool, backend: str, scheduler: str | None) -> None:
    """Foresee the energy of each machine, line and site, hour by hour, for 24 hours.

    Each method foresees the last 112 days again, from what came before each; the best of the last
    28 is published, and the week-ago naive forecast where nothing beats it beyond chance. Energy,
    the calendar, holidays and planned runs, as they were known, are used. Every forecast is kept.

    Example: lotwatt jobs forecast
    """
    with job("forecast") as run:
        note_holidays(run.connection)
        run.rows = foresee(
            run.connection, at or dt.datetime.now(dt.UTC),
            with_ets=with_ets, workers=Workers(backend, scheduler),
        )  # fmt: skip
    click.echo(f"{run.rows} hours foreseen. They show in api.forecast, and by lotwatt forecast.")


def foresee(
    connection: Connection, at: dt.datetime, *, with_ets: bool = False, workers: Workers = HERE
) -> int:
    """Publish forecasts of all places from the hour that holds `at`; returns hours written."""
    reach = {"from": at - HISTORY, "at": at}
    plans = [
        (machine, line, site, Shares(reference, *shares), days)
        for machine, line, site, days, reference, *shares in connection.execute(
            STATEMENTS["plan_history"], reach
        ).fetchall()
    ]
    histories = [
        replace(History(*row), plans=tuple(plans_of(plans, *row[:2])))
        for row in connection.execute(STATEMENTS["energy_history"], reach).fetchall()
    ]
    parts = [histories[start : start + BATCH] for start in range(0, len(histories), BATCH)]
    issued = workers.map(partial(issue, at=at, with_ets=with_ets), parts)
    rows = [row for part in issued for row in part]
    row = connection.execute(STATEMENTS["put_forecasts"], {"rows": Jsonb(rows)}).fetchone()
    assert row is not None
    return int(row[0])


def note_holidays(connection: Connection) -> int:
    """Bring the holidays of sites up to date, to the end of next year; returns how many are new."""
    written = 0
    today = dt.datetime.now(dt.UTC).date()
    for site, _, calendar, since in connection.execute(STATEMENTS["sites"]).fetchall():
        first = dt.date((since or today).year, 1, 1)
        last = dt.date(today.year + 1, 12, 31)
        found = off_days(calendar, first, last) if calendar else {}
        row = connection.execute(STATEMENTS["put_holidays"], {
            "site": site, "from": first, "to": last,
            "days": list(found), "names": list(found.values()),
        }).fetchone()  # fmt: skip
        assert row is not None
        written += row[0]
    return written
