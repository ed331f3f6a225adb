"""Options of every command that reads files: how they write times and numbers, and more."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click

from ingest.errors import ConfigError
from ingest.files.layout import Layout, read_layout

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OPTIONS = (
    click.argument("paths", type=FILE, nargs=-1, required=True),
    click.option("--mapping", type=FILE,
                 help="TOML file with these options as keys; options go first."),
    click.option("--time-format", show_default="auto",
                 help="auto, iso, s, ms, us, ns since 1970, or as %d/%m/%Y %H:%M."),
    click.option("--time-zone", help="Zone of times that name none, such as Europe/Madrid."),
    click.option("--decimal", show_default=".", help="Decimal sign: . or ,"),
    click.option("--thousands", show_default="none",
                 help="Sign between thousands: . , space or '"),
    click.option("--delimiter", show_default="as it looks", help="Between cells: , ; tab or |"),
    click.option("--encoding", show_default="as it looks", help="utf-8, latin-1, utf-16, ..."),
    click.option("--skip", type=click.IntRange(0), show_default="0",
                 help="Lines above the header."),
    click.option("--dry-run", is_flag=True,
                 help="Show what would be stored and what not, and why."),
    click.option("--format", "kind", type=click.Choice(["table", "json"]), default="table",
                 help="table for people."),
    click.option("--database-url", envvar="DATABASE_URL", show_envvar=True,
                 show_default="the embedded server if it runs",
                 help="Database to store into."),
)  # fmt: skip


def reads_files(command: Command) -> Command:
    """Give a command the files that it reads, and these options, before its own."""
    return reduce(lambda inner, option: option(inner), reversed(OPTIONS), command)


def layout_of(mapping: Path | None, options: dict[str, Any]) -> Layout:
    """What is said by options, over what a mapping file says. Raises ConfigError."""
    return (read_layout(mapping) if mapping else Layout()).with_options(options)


def pairs_of(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """Both sides of the last `=` of each. Raises ConfigError."""
    found = {}
    for text in texts:
        name, sign, value = text.rpartition("=")
        if not sign or not name or not value:
            raise ConfigError(f"{option} {text} is not two names with = between")
        found[name] = value
    return found
