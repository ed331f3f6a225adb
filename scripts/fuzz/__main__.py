"""`python -m scripts.fuzz`, which is what `make fuzz` calls."""

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.progress import Progress

from db.cli.base import SETTINGS, sentences
from db.errors import LotwattError
from db.migrate import upgrade
from scripts import native_postgres
from scripts.fuzz.run import Findings, fuzz


@click.command(context_settings=SETTINGS)
@click.option("--messages", type=click.IntRange(1), default=1_000_000, help="How many to throw.")
@click.option(
    "--seed",
    type=int,
    show_default="a random one",
    help="The same throws the same, but for the times.",
)
def main(messages: int, seed: int | None) -> None:
    """Throw mutated payloads and topics at the loader's decoder and at a real database.

    The database is a scratch one on the server of DATABASE_URL, else on a PostgreSQL of its own.

    Example: make fuzz ARGS="--messages 20000 --seed 7"
    """
    console = Console()
    chosen = random.SystemRandom().randrange(10**9) if seed is None else seed
    console.print(f"Seed {chosen}; {messages:,} messages")
    try:
        with database() as url, Progress(console=console) as progress:
            upgrade(url, plain=True)
            task = progress.add_task("thrown", total=messages)
            findings = fuzz(url, messages, chosen, lambda count: progress.advance(task, count))
    except (LotwattError, psycopg.Error) as error:
        raise click.ClickException(f"{sentences(error)}\nSeed {chosen}") from error
    tell(console, findings)


def tell(console: Console, findings: Findings) -> None:
    books = " + ".join(f"{name} {count:,}" for name, count in findings.books.items())
    console.print(f"{findings.messages:,} messages, {findings.items:,} items; nothing raised")
    console.print(f"received {findings.items:,} = {books}")
    console.print(f"the fast way took {findings.fast:,} messages, each as the general way would")
    console.print(
        f"{findings.readings:,} readings stored and settled, none parked, none impossible"
    )
    console.print(f"{findings.quarantine_rows:,} rows of quarantine")
    console.print(f"{findings.unknown_topics:,} unknown topics")
    for outcome, reason, count in findings.reasons:
        console.print(f"  {outcome:11} {reason:20} {count:>10,}")


@contextmanager
def database() -> Iterator[str]:
    """A scratch database, dropped at the end."""
    named, server = os.environ.get("DATABASE_URL"), None
    if not named:
        found = native_postgres.binaries()
        if found is None:
            raise click.ClickException(
                "no DATABASE_URL is set and no PostgreSQL is installed: set it, or install one"
            )
        server = native_postgres.start(found)
        named = server.url
    name = sql.Identifier(f"lotwatt_fuzz_{uuid.uuid4().hex[:12]}")
    try:
        with psycopg.connect(named, autocommit=True) as connection:
            connection.execute(sql.SQL("create database {}").format(name))
            try:
                yield make_conninfo(named, dbname=name.as_string().strip('"'))
            finally:
                connection.execute(sql.SQL("drop database {} with (force)").format(name))
    finally:
        if server:
            server.stop()


if __name__ == "__main__":
    main(prog_name="make fuzz")
