"""What every command shares: `-h`, and errors that are sentences instead of tracebacks."""

import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click
import psycopg

from db.errors import LotwattError

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "show_default": True}
SCHEMA_HINT = "Bring the database to the current state with `lotwatt db upgrade`."
# SQLSTATEs of a schema or table or function or column that is not there.
NOT_THERE = {"3F000", "42P01", "42883", "42703"}


def sentences(error: BaseException) -> str:
    """Message, detail and hint of an error, a line each, as PostgreSQL's own client shows them."""
    if not isinstance(error, psycopg.Error):
        return str(error)
    diag = error.diag
    hint = diag.message_hint
    if error.sqlstate in NOT_THERE and not diag.context:
        hint = SCHEMA_HINT
    lines = [diag.message_primary or " ".join(str(error).split()) or type(error).__name__]
    lines += [f"DETAIL: {diag.message_detail}"] if diag.message_detail else []
    lines += [f"HINT: {hint}"] if hint else []
    return "\n".join(lines)


class Commands(click.Group):
    """A group whose commands end in a sentence and exit code 1 when something fails."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (LotwattError, psycopg.Error) as error:
            logging.getLogger(__name__).debug("failed", exc_info=True)
            raise click.ClickException(sentences(error)) from error


def lazy(places: Mapping[str, str]) -> type[Commands]:
    """A group of commands by name, each loaded from its `module:attribute` when it is asked for.

    Commands that the group has of its own stay beside them.
    """

    class LazyCommands(Commands):
        def list_commands(self, ctx: click.Context) -> list[str]:
            loaded = {name for name in places if self.get_command(ctx, name)}
            return sorted({*super().list_commands(ctx), *loaded})

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in places:
                return super().get_command(ctx, cmd_name)
            module, _, name = places[cmd_name].partition(":")
            try:
                command = getattr(import_module(module), name)
            except ModuleNotFoundError as error:
                if error.name == module:  # a part that this installation goes without
                    return None
                raise
            assert isinstance(command, click.Command)
            return command

    return LazyCommands
