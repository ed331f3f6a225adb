"""`lotwatt plant`: declare the plant from a file."""

from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from db import plant_file
from db.cli.base import SETTINGS
from db.connection import connect
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")


@click.group(context_settings=SETTINGS)
def plant() -> None:
    """What is declared: sites, lines, machines, sensors, references, lots, shifts."""


@plant.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
def apply(file: Path, dry_run: bool) -> None:
    """Make the plant as FILE (TOML) declares it, all of it or nothing.

    What the file leaves out stays as it is, so a plant may be spread over several files. What a
    change makes untrue (a meter's scale, a lot's reference, a temperature band) is worked out
    again by the scheduler.

    Example: lotwatt plant apply plant.toml --dry-run
    """
    wanted = orjson.dumps(plant_file.read(file)).decode()
    with connect() as connection:
        changes = connection.execute(
            STATEMENTS["plant_apply"], {"plant": wanted, "dry_run": dry_run}
        ).fetchall()
    if not changes:
        click.echo("nothing to change: the plant is as the file declares it")
        return
    show(changes)
    verb = "would be made" if dry_run else "made"
    click.echo(f"{len(changes)} change{'s' if len(changes) > 1 else ''} {verb}")


def show(changes: list[tuple[Any, ...]]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("action", "object", "name", "what"):
        table.add_column(heading, overflow="fold")
    for kind, name, action, old, new in changes:
        table.add_row(action, kind, Text(name), Text(difference(old, new)))
    console = Console()
    if not console.is_terminal:
        console.width = 160
    console.print(table)


def difference(old: dict[str, Any] | None, new: dict[str, Any] | None) -> str:
    if old is None:
        return ", ".join(f"{key} {said(value)}" for key, value in (new or {}).items())
    return ", ".join(f"{key} {said(old.get(key))} -> {said(v)}" for key, v in (new or {}).items())


def said(value: Any) -> str:
    return "none" if value is None else str(value)
