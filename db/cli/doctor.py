"""`lotwatt doctor`: one line for each thing that has to work, and what to do where it does not."""

import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click
import psycopg

from db.cli.base import SETTINGS, sentences
from db.connection import connect, is_named
from db.embedded import control
from db.embedded.errors import EmbeddedError
from db.embedded.node import find_node
from db.errors import LotwattError, NoDatabaseError
from db.migrate import Connection
from db.state import state
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
OLDEST_POSTGRES = 15


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; the hint says what to do where it is not well."""

    check: str
    is_ok: bool
    said: str
    hint: str = ""


@click.command(context_settings=SETTINGS)
@click.option(
    "--host",
    envvar="LOTWATT_MQTT_HOST",
    show_envvar=True,
    show_default="the broker of the embedded server if it runs, else 127.0.0.1",
    help="Broker.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    envvar="LOTWATT_MQTT_PORT",
    show_envvar=True,
    show_default="1883",
    help="Port of the broker.",
)
def doctor(host: str | None, port: int | None) -> None:
    """Look at broker, database, versions, freshness, sensors and queues.

    One line each: OK, or what to do. Exit code 1 where something needs doing.

    Example: lotwatt doctor
    """
    is_well = True
    for finding in findings(*broker_address(host, port)):
        is_well = is_well and finding.is_ok
        click.echo(f"{'OK  ' if finding.is_ok else 'LOOK'}  {finding.check}: {finding.said}")
        if not finding.is_ok and finding.hint:
            click.echo(f"      {finding.hint}")
    sys.exit(0 if is_well else 1)


def broker_address(host: str | None, port: int | None) -> tuple[str, int]:
    """Where the loader would look for the broker."""
    if host is None and port is None and not is_named():
        running = control.status()
        if running is not None:
            return running.mqtt_host, running.mqtt_port
    return host or "127.0.0.1", port or 1883


def findings(host: str, port: int) -> Iterator[Finding]:
    yield broker(host, port)
    yield node()
    try:
        with connect(autocommit=True) as connection:
            yield Finding("database", True, "reachable")
            yield from database(connection)
    except NoDatabaseError as error:
        yield Finding("database", False, error.message, error.hint or "")


def broker(host: str, port: int) -> Finding:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError as error:
        hint = "Start the broker, or name it with LOTWATT_MQTT_HOST and LOTWATT_MQTT_PORT."
        return Finding("broker", False, f"{host}:{port}: {error.strerror or error}", hint)
    return Finding("broker", True, f"{host}:{port} answers")


def node() -> Finding:
    """Only the embedded server needs Node, so its absence is no fault where it is not used."""
    try:
        return Finding("node", True, f"{find_node()} (for the embedded server)")
    except EmbeddedError as error:
        needed = not is_named()
        return Finding("node", not needed, error.message, error.hint or "")


def database(connection: Connection) -> Iterator[Finding]:
    found = state(connection)
    major = int(found.server_version.split(".")[0])
    yield Finding(
        "versions",
        major >= OLDEST_POSTGRES and found.timescaledb_version is not None,
        f"PostgreSQL {found.server_version}, TimescaleDB {found.timescaledb_version or 'missing'}",
        "Use PostgreSQL 16 to 18 with TimescaleDB Community.",
    )
    yield Finding(
        "schema",
        found.is_current,
        f"at {found.revision or 'nothing'} of {found.head},"
        f" {len(found.outdated)} files of SQL out of date",
        "Run lotwatt db upgrade.",
    )
    try:
        for row in connection.execute(STATEMENTS["health"]):
            yield Finding(*row)
    except (psycopg.Error, LotwattError) as error:
        yield Finding("health", False, sentences(error))
