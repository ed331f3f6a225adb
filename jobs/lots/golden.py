"""`lotwatt jobs golden`: how lots go, and how they go when they go well. All of it is SQL."""

import click

from db.cli.base import SETTINGS
from db.statements import load
from jobs.run import job

STATEMENTS = load("jobs/lots/statements.sql")
# Profiles in one transaction.
LOTS = 100


@click.command(context_settings=SETTINGS)
@click.option("--renew", metavar="REFERENCE", help="Make the golden profile of a reference anew.")
def golden(renew: str | None) -> None:
    """Make the profile of each finished lot, and a golden one of each reference with enough lots.

    A golden profile stays as it is until somebody renews it; each lot is compared with it in SQL.

    Example: lotwatt jobs golden --renew PANEL-A
    """
    with job("golden") as run:
        profiles = 0
        while made := run.connection.execute(
            STATEMENTS["profile_lots"], {"limit": LOTS}
        ).fetchone():
            profiles += made[0]
            if made[0] < LOTS:
                break
        made = run.connection.execute(STATEMENTS["freeze_golden"], {"reference": renew}).fetchone()
        assert made is not None
        run.rows += profiles + made[0]
        found = run.connection.execute(STATEMENTS["golden"]).fetchall()
    click.echo(f"profiles: {profiles} made; golden profiles: {len(found)} references")
    for reference, lots in found:
        click.echo(f"  {reference}: {', '.join(lots)}")
