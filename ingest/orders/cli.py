"""The command `lotwatt ingest orders`."""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from db.cli.base import SETTINGS
from db.cli.output import to_json
from ingest.errors import ConfigError
from ingest.files.options import layout_of, pairs_of, reads_files
from ingest.files.table import tables
from ingest.importer import Importer, look_up
from ingest.item import Event, Order, Rejection
from ingest.orders.decode import Decoder, Listed
from ingest.store import Counts

SHOWN = 10
WORDS = {"start": "start", "stop": "stop"}


@click.command("orders", context_settings=SETTINGS)
@reads_files
@click.option("--column", "columns", multiple=True, metavar="NAME=COLUMN",
              help="Which column is key, lot, reference, machine, start, end, planned, good, scrap"
              " or operator; event and time with --events.")  # fmt: skip
@click.option("--events", is_flag=True, help="Rows are starts and stops of lots, not orders.")
@click.option("--word", "words", multiple=True, metavar="EVENT=WORD",
              help="What the list calls a start or a stop, as start=BEGIN.")  # fmt: skip
@click.option("--quantity", type=click.Choice(["lot", "row"]), default="lot",
              help="Whose quantities a row says: its lot's, or its own, to be added.")  # fmt: skip
@click.option("--complete", is_flag=True,
              help="All orders from first to last start are here: others are gone.")  # fmt: skip
def orders(
    paths: Sequence[Path],
    mapping: Path | None,
    columns: tuple[str, ...],
    events: bool,
    words: tuple[str, ...],
    quantity: str,
    complete: bool,
    dry_run: bool,
    kind: str,
    database_url: str | None,
    **options: Any,
) -> None:
    """Store lists of orders: which lot ran on which machine, from when to when.

    A list may be read again and again: what it says otherwise than before replaces that.

    \b
    Example:
      lotwatt ingest orders orders.csv --time-zone Europe/Madrid --column lot=Auftrag --dry-run
      lotwatt ingest orders orders.csv --complete
    """
    if complete and events:
        raise ConfigError("--complete is for orders; a list of events takes nothing back")
    options["columns"] = pairs_of(columns, "--column") or None
    layout = layout_of(mapping, options)
    said = WORDS | pairs_of(words, "--word")
    spoken = {word: event for event, word in said.items()} if events else None
    for path in paths:

        def decoded(machines: dict[str, str], path: Path = path) -> list[Listed]:
            received_at = datetime.now(UTC)
            return [
                row
                for table in tables(path, layout)
                for row in Decoder(table, layout, received_at, machines, spoken)
            ]

        name = path.name[-200:]
        if dry_run:
            machines = look_up(database_url, "orders", name, Importer.machines)
            tell(path, decoded(machines or {}), None, 0, kind)
            continue
        is_per_row = quantity == "row"
        with closing(Importer(database_url, "orders", name, is_per_row=is_per_row)) as importer:
            listed = decoded(importer.machines())
            counts, gone = stored(importer, listed, complete)
        tell(path, listed, counts, gone, kind)


def stored(importer: Importer, listed: list[Listed], complete: bool) -> tuple[Counts, int]:
    """How the rows ended, and how many orders that were listed before are gone."""
    counts = importer.store([row.item for row in listed])
    found = [row.item for row in listed if isinstance(row.item, Order)]
    starts = [order.start for order in found]
    if not complete or not starts:
        return counts, 0
    if len(found) < len(listed):
        raise ConfigError(
            f"{len(listed) - len(found)} rows could not be read: nothing was taken back",
            hint="Look at them with lotwatt quarantine list, mend the list, and read it again.",
        )
    until = max(starts) + timedelta(microseconds=1)
    return counts, importer.withdraw_missing(min(starts), until, [order.key for order in found])


def tell(path: Path, listed: list[Listed], counts: Counts | None, gone: int, kind: str) -> None:
    refused = [row.item for row in listed if isinstance(row.item, Rejection)]
    reasons = Counter(item.reason for item in refused)
    if kind == "json":
        said: dict[str, Any] = {
            "file": path.name, "rows": len(listed), "accepted": len(listed) - len(refused),
            "quarantined": len(refused), "reasons": dict(reasons), "withdrawn": gone,
        }  # fmt: skip
        if counts is not None:
            said |= {
                "accepted": counts.stored + counts.duplicate, "stored": counts.stored,
                "duplicate": counts.duplicate, "conflict": counts.conflict,
                "quarantined": counts.quarantined, "not_started": counts.dropped,
            }  # fmt: skip
        click.echo(to_json(said))
        return
    if counts is not None:
        click.echo(
            f"{path.name}: {len(listed):,} rows; {counts.stored:,} new or changed,"
            f" {counts.duplicate:,} as before, {counts.conflict:,} conflict,"
            f" {counts.quarantined:,} quarantined, {counts.dropped:,} not started yet,"
            f" {gone:,} withdrawn"
        )
    else:
        show(listed)
    for item in refused[:SHOWN]:
        click.echo(f"  {item.reason}: {item.detail}")


def show(listed: list[Listed]) -> None:
    table = Table("lot", "machine", "from", "to", "reference", "good", box=None)
    for item in [row.item for row in listed if not isinstance(row.item, Rejection)][:SHOWN]:
        if isinstance(item, Order):
            start = f"{item.start:%Y-%m-%d %H:%M}"
            end = "still open" if item.end is None else f"{item.end:%Y-%m-%d %H:%M}"
            table.add_row(item.lot, item.machine, start, end, item.reference, text(item.good))
        elif isinstance(item, Event):
            at = f"{item.time:%Y-%m-%d %H:%M}"
            start, end = (at, "") if item.event == "start" else ("", at)
            table.add_row(item.lot, item.topic, start, end, item.reference, text(item.good))
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    console.print(f"{len(listed):,} rows. Nothing was stored: this was a dry run.")


def text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
