"""`python -m grafana.boards`, which is what `make dashboards` calls."""

from pathlib import Path

import click

from db.cli.base import SETTINGS
from db.statements import ROOT
from grafana.boards.write import LOCALES, write

FOLDER = ROOT / "grafana" / "provisioning" / "dashboards"


@click.command(context_settings=SETTINGS)
@click.option("--locale", type=click.Choice(LOCALES), default="en", help="Language of the set.")
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to. By default that of the language, below grafana/provisioning.",
)
def boards(locale: str, to: Path | None) -> None:
    """Write the JSON of all dashboards anew from grafana/boards.

    Example: python -m grafana.boards --locale es
    """
    folder = to or FOLDER / locale
    written = write(folder, locale)
    click.echo(f"{len(written)} dashboards written to {folder}")


if __name__ == "__main__":
    boards(prog_name="python -m grafana.boards")
