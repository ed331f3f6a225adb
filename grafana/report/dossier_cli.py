"""`lotwatt lot report`: the dossier of a lot, to print or to file."""

from pathlib import Path

import click

from grafana.report import dashboard
from grafana.report.dossier import Dossier
from grafana.report.source import reading


@click.command()
@click.argument("number")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), show_default="lot-NUMBER.html",
    help="The file.",
)  # fmt: skip
@click.option("--locale", type=click.Choice(dashboard.LOCALES), default="en", help="Language.")
def report(number: str, out: Path | None, locale: str) -> None:
    """Write the dossier of lot NUMBER: one or two pages of A4 as one file of HTML.

    Who, what, when, its profile beside golden lots, energy and why, anomalies, and what changed.

    Example: lotwatt lot report DRY-034 --out DRY-034.html
    """
    path = out or Path(file_name(number))
    with reading() as source:
        text = Dossier(source, number, locale).html()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    click.echo(str(path))


def file_name(number: str) -> str:
    """Numbers of lots are whatever a plant says: what means a folder becomes a dash."""
    kept = "".join(each if each.isalnum() or each in "-_." else "-" for each in number)
    return f"lot-{kept}.html"
