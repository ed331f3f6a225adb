"""`lotwatt mapping`: how foreign topics and payloads are understood, and whether they are."""

import datetime as dt
import sys

import click

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.cli.output import FORMAT, ask, exact, write
from db.connection import connect
from db.migrate import Connection
from db.statements import load
from ingest.decode import decode
from ingest.item import Drop, Event, Item, Message, Reading, Rejection, Status
from ingest.mapping import Mappings

STATEMENTS = load("db/cli/statements.sql")
MAPPING = {
    "name": "mapping",
    "priority": "priority",
    "topic_filter": "topics",
    "format": "format",
    "sensor_topic": "sensor",
    "is_enabled": "enabled",
    "error": "error",
}


@click.group(context_settings=SETTINGS)
def mapping() -> None:
    """Mappings: how topics and payloads of other systems are understood.

    They are rows of ingest.mapping: docs/mapping.md has examples to insert.
    """


@mapping.command(name="list")
@FORMAT
def list_(kind: str) -> None:
    """Show all mappings in the order in which they are tried, and what is wrong with them.

    Example: lotwatt mapping list
    """
    with connect(autocommit=True) as connection:
        read(connection)
        answer = ask(connection, STATEMENTS, "mappings", {})
    if kind == "table" and not answer.rows:
        click.echo("no mappings")
        return
    write(answer, kind, MAPPING)


@mapping.command()
def check() -> None:
    """Look for mappings that cannot be used. Exit code 1 where there is one.

    Example: lotwatt mapping check
    """
    with connect(autocommit=True) as connection:
        mappings = read(connection)
    for name, error in mappings.errors:
        click.echo(f"LOOK  {name}: {error}")
    if mappings.errors:
        click.echo("Their messages are quarantined with reason bad_mapping until they are mended.")
        sys.exit(1)
    click.echo(f"OK: {mappings.count} mappings can be used")


@mapping.command(name="try")
@click.argument("topic")
@click.argument("payload")
@click.option("--received-at", type=INSTANT, show_default="now", help="When it arrived.")
@click.option("--retained", is_flag=True, help="As the broker sends what it kept.")
def try_(topic: str, payload: str, received_at: dt.datetime | None, retained: bool) -> None:
    """Show what a message would become. Nothing is stored.

    PAYLOAD is the text itself, or @FILE.

    Example: lotwatt mapping try plant/P1/PRESS/temperature '{"time": 1774936800, "value": 158.5}'
    """
    with connect(autocommit=True) as connection:
        mappings = read(connection)
    raw = payload.encode()
    if payload.startswith("@"):
        with click.open_file(payload[1:], "rb") as file:
            raw = file.read()
    message = Message(topic, raw, received_at or dt.datetime.now(dt.UTC), retained)
    found = mappings.find(topic)
    click.echo(f"by mapping {found.name}" if found else "by no mapping")
    for item in decode(message, mappings):
        click.echo(told(item))


def read(connection: Connection) -> Mappings:
    """The enabled mappings as the loader sees them; what is wrong with them is noted."""
    mappings = Mappings.load(connection.execute(STATEMENTS["enabled_mappings"]).fetchall())
    names, errors = [name for name, _ in mappings.errors], [error for _, error in mappings.errors]
    connection.execute(STATEMENTS["note_mapping_errors"], {"name": names, "error": errors})
    return mappings


def told(item: Item) -> str:
    """An item as one line: what it is, where, when, what."""
    if isinstance(item, Rejection):
        return f"quarantined  {item.reason}: {item.detail}"
    if isinstance(item, Drop):
        return f"dropped  {item.reason}"
    if isinstance(item, Status):
        status = "online" if item.is_online else "offline"
        return f"status  {item.topic}  {exact(item.time)}  {status}"
    if isinstance(item, Event):
        return f"event  {item.topic}  {exact(item.time)}  {item.event} lot {item.lot}"
    assert isinstance(item, Reading)
    claim = "" if item.claim is None else f"  lot {item.claim.lot or 'none'}"
    return f"reading  {item.topic}  {exact(item.time)}  {item.value!r}{claim}"
