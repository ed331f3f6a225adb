"""`lotwatt db login`: makes the logins of people and processes."""

from pathlib import Path

import click

from db import order
from db.cli.base import SETTINGS
from db.connection import connect
from db.errors import LotwattError
from db.migrate import STATEMENTS as MIGRATE
from db.migrate import Connection, execute_file
from db.secret import read_secret
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
SHORTEST = 12
RUN = ("ops/reader_login.sql", "ops/guard_readers.sql", "ops/set_login.sql")


@click.command(context_settings=SETTINGS)
@click.argument("name")
@click.option(
    "--member",
    type=click.Choice(["migrate", "loader", "importer", "jobs", "reader", "backup"]),
    required=True,
    help="What it may do: deploy and schedule, load, import, analyse, read, back up.",
)
@click.option(
    "--password-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="File that holds the password, closed to others.",
)
def login(name: str, member: str, password_file: Path) -> None:
    """Make login NAME, or give it a new password. DATABASE_URL has to be that of a superuser.

    Example: lotwatt db login grafana --member reader --password-file grafana.password
    """
    password = read_password(password_file)
    with connect(application_name="lotwatt db login") as connection:
        verifier = connection.pgconn.encrypt_password(
            password.encode(), name.encode(), b"scram-sha-256"
        ).decode()
        renew(connection)
        row = connection.execute(
            STATEMENTS["set_login"], {"name": name, "member": member, "verifier": verifier}
        ).fetchone()
    assert row is not None
    click.echo(f"login {name} {row[0]}: a member of lotwatt_{member}")


def renew(connection: Connection) -> None:
    """Put in what is about to run as superuser as it is here, in the same transaction.

    It belongs to the owner in the database, and who may act as the owner could have changed it.
    """
    connection.execute(MIGRATE["become_oneself"])
    for file in order.repeatable_files():
        if file.name in RUN:
            execute_file(connection, file.name, file.text)


def read_password(path: Path) -> str:
    password = read_secret(path)
    if len(password) < SHORTEST:
        raise LotwattError(
            f"the password in {path} has fewer than {SHORTEST} characters",
            hint="Make one, for example: openssl rand -base64 24",
        )
    return password
