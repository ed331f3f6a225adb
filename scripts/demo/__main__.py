"""`python -m scripts.demo`, which is what `make demo` calls."""

import time
from pathlib import Path

import click
import psycopg
from rich.console import Console

from db.cli.base import SETTINGS, sentences
from db.embedded.control import DEFAULT_STATE_DIR
from db.errors import LotwattError
from scripts.demo.run import Demo, forget, run


@click.command(context_settings=SETTINGS)
@click.option("--fresh", is_flag=True, help="Throw away the data of an earlier demo first.")
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_STATE_DIR,
    show_default=".lotwatt in the project",
    envvar="LOTWATT_STATE_DIR",
    show_envvar=True,
    help="Folder of the embedded server.",
)
def demo(fresh: bool, state_dir: Path) -> None:
    """See Lotwatt work: real data, over MQTT, into the embedded TimescaleDB.

    A second run replays the same history: every reading is a duplicate, and no figure changes.
    DATABASE_URL is not looked at: the demo never touches another database.

    Example: python -m scripts.demo --fresh
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 140
    begun = time.monotonic()
    try:
        if fresh:
            forget(state_dir)
        run(Demo(state_dir, console))
    except (LotwattError, psycopg.Error) as error:
        raise click.ClickException(sentences(error)) from error
    console.print(f"\nDone in {time.monotonic() - begun:.0f} s.")


if __name__ == "__main__":
    demo(prog_name="python -m scripts.demo")
