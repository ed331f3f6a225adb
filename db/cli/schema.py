"""`lotwatt db`: bring the database to the current state and see where it stands."""

import click

from db import migrate, order, revision
from db.cli import backup
from db.cli.base import SETTINGS
from db.cli.login import login
from db.connection import connect
from db.errors import LotwattError
from db.state import State, state
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")


@click.group("db", context_settings=SETTINGS)
def db() -> None:
    """The schema of the database: bring it up to date, see where it stands."""


db.add_command(backup.backup)
db.add_command(backup.restore)
db.add_command(backup.verify_backup)
db.add_command(login)


@db.command()
@click.option("--plain", is_flag=True, help="Leave out what needs TimescaleDB (tests of races).")
def upgrade(plain: bool) -> None:
    """Bring the database to the current state; safe to repeat.

    Versioned SQL runs once, each file in a transaction of its own. Repeatable SQL (functions,
    views, policies, grants) is applied anew in one transaction.

    Example: DATABASE_URL=postgresql://... lotwatt db upgrade
    """
    migrate.upgrade(plain=plain, progress=click.echo)


@db.command()
def status() -> None:
    """Show versions, the last migration and repeatable files that are not as applied.

    Example: lotwatt db status
    """
    found = read_state()
    click.echo(f"PostgreSQL     {found.server_version}")
    click.echo(f"TimescaleDB    {found.timescaledb_version or 'not installed'}")
    click.echo(f"versioned SQL  {found.revision or 'nothing'} (newest: {found.head})")
    click.echo(f"repeatable SQL {found.applied} files applied, {len(found.outdated)} out of date")
    for line in found.outdated:
        click.echo(f"  {line}")


@db.command()
def check() -> None:
    """Exit with 1 unless the database is in the current state.

    Example: lotwatt db check && lotwatt ingest mqtt
    """
    found = read_state()
    if not found.is_current:
        raise LotwattError(
            f"the database is behind: versioned SQL at {found.revision or 'nothing'} of "
            f"{found.head}, {len(found.outdated)} repeatable files out of date",
            hint="Run `lotwatt db upgrade`.",
        )
    click.echo(f"OK: at {found.revision}, {found.applied} repeatable files as they should be")


@db.command()
def retry_parked() -> None:
    """Try again what could not be settled, once its cause is mended.

    Example: lotwatt db retry-parked
    """
    with connect() as connection:
        row = connection.execute(STATEMENTS["retry_parked"]).fetchone()
    assert row is not None
    click.echo(f"{row[0]} ranges are queued again; the next pass of the scheduler settles them")


@db.command(hidden=True)
def freeze() -> None:
    """Write db/versioned/CHECKSUMS anew.

    Before the first release a versioned file may still change; after it, this only adds files.

    Example: lotwatt db freeze
    """
    for line in revision.differences():
        click.echo(line)
    revision.freeze()
    for name in order.unlisted():
        click.echo(f"note: {name} is not in db/repeatable/ORDER")


def read_state() -> State:
    with connect(autocommit=True) as connection:
        return state(connection)
