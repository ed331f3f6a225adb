"""The command `lotwatt ingest api`."""

import logging
import signal
import threading
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from db.cli.base import SETTINGS
from ingest import log
from ingest.api.client import Client, waiter
from ingest.api.read import asked, batches, window_of
from ingest.api.run import follow_all, read_once
from ingest.api.source import Source, read_sources
from ingest.errors import ConfigError, IngestError
from ingest.item import Event, Order, Reading, Rejection
from ingest.store import Counts

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHOWN = 20


@click.command("api", context_settings=SETTINGS)
@click.option("--config", type=FILE, required=True, envvar="LOTWATT_SOURCES", show_envvar=True,
              help="TOML file with a table [[source]] for each.")  # fmt: skip
@click.option("--source", "names", multiple=True, show_default="all", help="Only this one.")
@click.option("--once", is_flag=True, help="Read each up to now, and end; 1 where one failed.")
@click.option("--dry-run", is_flag=True, help="Show what the first answer would become.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]),
              default="info", envvar="LOTWATT_LOG_LEVEL", help="Least to be logged.")  # fmt: skip
@click.option("--database-url", envvar="DATABASE_URL", show_envvar=True,
              show_default="the embedded server if it runs",
              help="Database to store into.")  # fmt: skip
def api(
    config: Path,
    names: Sequence[str],
    once: bool,
    dry_run: bool,
    log_level: str,
    database_url: str | None,
) -> None:
    """Read readings and lot events from the plant's own APIs, again and again until SIGTERM.

    \b
    Example:
      lotwatt ingest api --config sources.toml --source mes --dry-run
      lotwatt ingest api --config sources.toml
    """
    sources = chosen(read_sources(config), names, config)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.start(log_level)
    # Its lines name addresses with their parameters.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    if dry_run:
        for source in sources:
            show(source, stop)
    elif once:
        read_all(sources, database_url, stop)
    else:
        follow_all(sources, database_url, stop)


def chosen(sources: list[Source], names: Sequence[str], config: Path) -> list[Source]:
    known = [source.name for source in sources]
    if unknown := [name for name in names if name not in known]:
        raise ConfigError(f"{config} has no source {unknown[0]}; it has {', '.join(known)}")
    return [source for source in sources if not names or source.name in names]


def read_all(sources: list[Source], database_url: str | None, stop: threading.Event) -> None:
    failed = []
    for source in sources:
        total = Counts()

        def add(_: Source, counts: Counts) -> None:
            nonlocal total
            total += counts

        try:
            read_once(source, database_url, stop, add)
        except IngestError as error:
            failed.append(source.name)
            click.echo(f"{source.name}: {error}", err=True)
        click.echo(
            f"{source.name}: {total.stored:,} stored, {total.duplicate:,} were there,"
            f" {total.conflict:,} conflict, {total.quarantined:,} quarantined"
        )
    if failed:
        raise IngestError(f"not read: {', '.join(failed)}")


def show(source: Source, stop: threading.Event) -> None:
    """The first answer of a round from the start, as it would be stored."""
    window = window_of(source, {}, source.start + (source.window or source.overlap))
    with closing(Client(source, waiter(stop))) as client:
        document, _ = next(asked(source, client, window, None))
    items = [item for found in batches(source, document) for item in found]
    table = Table("time (UTC)", "topic or machine", "value or lot", title=source.name, box=None)
    for item in islice(items, SHOWN):
        if isinstance(item, Reading):
            table.add_row(f"{item.time:%Y-%m-%d %H:%M:%S}", item.topic, repr(item.value))
        elif isinstance(item, Event):
            table.add_row(f"{item.time:%Y-%m-%d %H:%M:%S}", item.topic, f"{item.event} {item.lot}")
        elif isinstance(item, Order):
            table.add_row(f"{item.start:%Y-%m-%d %H:%M:%S}", item.machine, f"order of {item.lot}")
        elif isinstance(item, Rejection):
            table.add_row("quarantined", item.reason, item.detail)
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    console.print(f"{len(items)} of the first answer. Nothing was stored: this was a dry run.")
