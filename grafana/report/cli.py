"""`lotwatt report`: dashboards as pages that need no Grafana."""

from pathlib import Path

import click

from db.errors import LotwattError
from grafana.report import dashboard
from grafana.report.folder import Wanted, write
from grafana.report.source import reading
from grafana.report.times import END


def pairs(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, list[str]]:
    """name=value, several times; a variable that is named twice has both values."""
    found: dict[str, list[str]] = {}
    for each in given:
        name, is_there, value = each.partition("=")
        if not is_there or not name:
            raise click.BadParameter(f"{each} is not name=value")
        found.setdefault(name.removeprefix("var-"), []).append(value)
    return found


@click.command()
@click.option(
    "--dashboard", "names", multiple=True, metavar="NAME", help="Which; may be said several times."
)
@click.option(
    "--all", "is_all", is_flag=True, help="Every dashboard, with an index, into a folder."
)
@click.option("--from", "begin", type=END, help="As Grafana: now-8h, now-1d/d, or a time.")
@click.option("--to", "end", type=END, help="As Grafana: now, now/d, or a time.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="A file for one dashboard; a folder for several.",
)
@click.option(
    "--var", "chosen", multiple=True, callback=pairs, metavar="NAME=VALUE",
    help="A variable of the dashboard, such as lot=DRY-034; may be said several times.",
)  # fmt: skip
@click.option("--locale", type=click.Choice(dashboard.LOCALES), default="en", help="Language.")
def report(
    names: tuple[str, ...],
    is_all: bool,
    begin: str | None,
    end: str | None,
    out: Path,
    chosen: dict[str, list[str]],
    locale: str,
) -> None:
    """Write dashboards as pages of HTML that need neither Grafana nor a network.

    Each page is one file. What is on it is asked of the database as a reader, in one moment.
    Exit code 1 where a panel failed; it says so on the page.

    Example: lotwatt report --dashboard lots --from now-8h --to now --out shift.html
    """
    if bool(names) == is_all:
        raise click.UsageError("Say either --dashboard NAME or --all.")
    wanted = Wanted(begin, end, chosen, locale)
    names = tuple(dashboard.names(locale)) if is_all else names
    boards = [dashboard.load(name, locale) for name in names]
    is_folder = is_all or len(names) > 1 or out.is_dir()
    failed = panels = 0
    with reading() as source:
        for written in write(boards, wanted, source, out, is_folder):
            click.echo(str(written.path))
            for problem in written.failed:
                click.echo(f"  {problem}", err=True)
            failed += len(written.failed)
            panels += written.panels
    if failed:
        raise LotwattError(f"{failed} of {panels} panels failed; their pages say why")
