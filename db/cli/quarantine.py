"""`lotwatt quarantine`: what was not taken in, why, and bringing it in once the cause is mended."""

import datetime as dt
import sys
from collections import Counter
from typing import Any

import click
from rich.console import Console
from rich.progress import track

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.cli.output import FORMAT, Rows, ask, exact, to_json, write
from db.cli.reasons import remedy
from db.connection import connect
from db.errors import LotwattError
from db.migrate import Connection
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
HEADINGS = {
    "id": "id",
    "reason": "reason",
    "topic": "topic",
    "count": "count",
    "first_at": "first (UTC)",
    "last_at": "last (UTC)",
    "detail": "detail",
}
LINES_SHOWN = 20

IDS = click.argument("ids", nargs=-1, type=click.IntRange(1), metavar="[ID]...")
REASON = click.option("--reason", help="Only for this reason.")
TOPIC = click.option("--topic", help="Only of this topic; a/b/# means all that begin with a/b/.")
SINCE = click.option("--since", type=INSTANT, help="Only what came at or after this time.")


@click.group(context_settings=SETTINGS)
def quarantine() -> None:
    """Messages that were not taken in, and why.

    Nothing that comes in is lost silently: what cannot be stored is kept here for 30 days (setting
    quarantine_retention), the same message again as one row that counts.

    \b
    Example:
      lotwatt quarantine list
      lotwatt quarantine show 17
      lotwatt quarantine replay --reason json_syntax
    """


@quarantine.command("list")
@REASON
@TOPIC
@SINCE
@click.option("--limit", type=click.IntRange(1), default=50, help="At most so many, newest first.")
@FORMAT
def list_(
    reason: str | None, topic: str | None, since: dt.datetime | None, limit: int, kind: str
) -> None:
    """Show what is in the quarantine, the newest first.

    Example: lotwatt quarantine list --reason json_syntax --topic 'plant/P1/#'
    """
    with connect(autocommit=True) as connection:
        answer = find(connection, reason=reason, topic=topic, since=since, limit=limit)
    if kind == "table":
        if not answer.rows:
            click.echo("nothing is in the quarantine" + ("" if not reason else f" for {reason}"))
            return
        answer = Rows(answer.columns, [tuple(map(shown, row)) for row in answer.rows])
    write(answer, kind, HEADINGS)


@quarantine.command()
@click.argument("id_", metavar="ID", type=click.IntRange(1))
@click.option("--raw", is_flag=True, help="Write the kept payload as it is, and nothing else.")
@click.option(
    "--format", "kind", type=click.Choice(["table", "json"]), default="table",
    help="json has the payload as hexadecimal digits.",
)  # fmt: skip
def show(id_: int, raw: bool, kind: str) -> None:
    """Show one message with its payload, and what to do about it.

    Example: lotwatt quarantine show 17
    """
    from ingest.replay import kept

    with connect(autocommit=True) as connection:
        message = kept(connection, id_)
    if message is None:
        raise nothing_there(id_)
    if raw:
        sys.stdout.buffer.write(message.payload)
        return
    fields: dict[str, Any] = {
        "id": id_, "reason": message.reason, "detail": message.detail, "topic": message.topic,
        "count": message.count, "first_at": exact(message.first_at),
        "last_at": exact(message.last_at), "digest": message.digest.hex(),
        "payload_length": message.payload_length,
    }  # fmt: skip
    if kind == "json":
        click.echo(to_json({**fields, "payload": message.payload.hex()}))
        return
    for name, value in fields.items():
        click.echo(f"{name:<15} {shown(value) or '-'}")
    click.echo()
    for line in payload_lines(message.payload):
        click.echo(line)
    if message.payload_length > len(message.payload):
        click.echo(f"... the first {len(message.payload)} bytes of {message.payload_length}")
    click.echo()
    click.echo(remedy(message.reason))
    if message.obstacle is not None:
        click.echo(f"It cannot be replayed: {message.obstacle}.")
    else:
        click.echo(f"Then: lotwatt quarantine replay {id_}")


@quarantine.command()
@IDS
@REASON
@TOPIC
@click.option("--all", "is_all", is_flag=True, help="All that is in the quarantine.")
def replay(ids: tuple[int, ...], reason: str | None, topic: str | None, is_all: bool) -> None:
    """Decode messages again, with today's mappings and sensors, and store what is good.

    What is stored leaves the quarantine; what is refused again stays, with the reason that it has
    now. A message that came many times is one. Old times are let in: you decided so. Exit code 1
    where something stays.

    \b
    Example:
      lotwatt quarantine replay 17 18
      lotwatt quarantine replay --reason time_past --topic 'plant/P1/#'
    """
    from ingest.replay import load_mappings
    from ingest.replay import replay as replay_one

    stderr = Console(stderr=True)
    with connect(autocommit=True) as connection:
        chosen = choose(connection, ids, reason, topic, is_all)
        mappings = load_mappings(connection)
        total: Counter[str] = Counter()
        staying: list[tuple[int, str]] = []
        for id_ in track(
            chosen, "replay", console=stderr, transient=True, disable=not stderr.is_terminal
        ):
            done = replay_one(connection, id_, mappings)
            total += done.counts
            if done.stays is not None:
                staying.append((id_, done.stays))
    for id_, why in staying[:LINES_SHOWN]:
        click.echo(f"{id_} stays: {shown(why)}")
    if len(staying) > LINES_SHOWN:
        click.echo(f"... and {len(staying) - LINES_SHOWN} more stay")
    said = ", ".join(f"{count} {outcome}" for outcome, count in total.items()) or "nothing stored"
    click.echo(f"{len(chosen) - len(staying)} of {len(chosen)} messages left: {said}")
    sys.exit(1 if staying else 0)


@quarantine.command()
@IDS
@REASON
@TOPIC
@click.option("--all", "is_all", is_flag=True, help="All that is in the quarantine.")
def forget(ids: tuple[int, ...], reason: str | None, topic: str | None, is_all: bool) -> None:
    """Take messages out of the quarantine for good, which makes room for others.

    Without arguments, those older than the setting quarantine_retention: as the scheduler does
    every hour.

    \b
    Example:
      lotwatt quarantine forget
      lotwatt quarantine forget --reason json_syntax --topic 'plant/P1/#'
    """
    with connect(autocommit=True) as connection:
        if not (ids or reason or topic or is_all):
            row = connection.execute(STATEMENTS["forget"]).fetchone()
        else:
            chosen = choose(connection, ids, reason, topic, is_all)
            row = connection.execute(STATEMENTS["quarantine_forget"], {"ids": chosen}).fetchone()
    assert row is not None
    click.echo(f"{row[0]} forgotten")


def choose(
    connection: Connection,
    ids: tuple[int, ...],
    reason: str | None,
    topic: str | None,
    is_all: bool,
) -> list[int]:
    """The numbers of the messages that are meant, the oldest first."""
    if is_all and (ids or reason or topic):
        raise click.UsageError("--all goes with nothing else")
    if not (ids or reason or topic or is_all):
        raise click.UsageError("Name what you mean: numbers, --reason, --topic or --all.")
    answer = find(connection, ids=list(ids) or None, reason=reason, topic=topic)
    place = answer.columns.index("id")
    found = sorted(row[place] for row in answer.rows)
    for id_ in ids:
        if id_ not in found:
            raise nothing_there(id_)
    return found


def find(connection: Connection, **wanted: Any) -> Rows:
    nothing = dict.fromkeys(("ids", "reason", "topic", "since", "limit"))
    return ask(connection, STATEMENTS, "quarantine", {**nothing, **wanted})


def nothing_there(id_: int) -> LotwattError:
    return LotwattError(
        f"the quarantine holds nothing with number {id_}",
        hint="See lotwatt quarantine list; what was replayed or forgotten is gone.",
    )


def shown(value: Any) -> Any:
    """Text that somebody sent, without what a terminal would obey."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in value)


def payload_lines(payload: bytes) -> list[str]:
    """A payload for people: as text where it is text, else sixteen bytes a line."""
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        # A character that the end of what is kept cuts in two does not make it binary.
        is_cut = error.reason == "unexpected end of data" and len(payload) - error.start < 4
        text = payload[: error.start].decode() if is_cut else ""
    if text and sum(c.isprintable() or c in "\r\n\t" for c in text) > 0.9 * len(text):
        return [shown(line.replace("\t", "    ")) for line in text.splitlines()]
    return [
        f"{start:04x}  {payload[start : start + 16].hex(' '):<47}  "
        + "".join(chr(b) if 32 <= b < 127 else "." for b in payload[start : start + 16])
        for start in range(0, len(payload), 16)
    ]
