"""Pages that lead to each other: one file, or a folder with an index."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grafana.report.dashboard import PREFIX
from grafana.report.links import Made, made_before
from grafana.report.page import Page, environment, page
from grafana.report.panel import Context
from grafana.report.source import Source
from grafana.report.times import span
from grafana.report.units import Manner
from grafana.report.variables import VariableError, Variables, resolve
from grafana.report.words import Words

INDEX = "index.html"
# The page of one thing is about the time of that thing, where nobody says another.
RANGE_OF = {"lot": "lot_range"}

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for. A range that is not given is that of each dashboard."""

    begin: str | None
    end: str | None
    chosen: Mapping[str, Sequence[str]]
    locale: str


@dataclass(frozen=True, slots=True)
class Written:
    path: Path
    panels: int
    failed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Ready:
    dashboard: Json
    variables: Variables
    made: Made


def write(
    boards: Sequence[Json], wanted: Wanted, source: Source, out: Path, is_folder: bool
) -> Iterator[Written]:
    """Writes a page for each dashboard, into the file `out` or, with an index, the folder `out`.

    Raises VariableError for a variable that none of them has.
    """
    now = datetime.now(UTC)
    manner = Manner(wanted.locale, source.plant_zone())
    say = Words(wanted.locale)
    folder = out if is_folder else out.parent
    folder.mkdir(parents=True, exist_ok=True)
    check_names(boards, wanted)
    ready = []
    for board in boards:
        variables = variables_of(board, wanted, source, now, manner, is_folder)
        name = f"{str(board['uid']).removeprefix(PREFIX)}.html" if is_folder else out.name
        values = {name: list(each.values) for name, each in variables.known.items()}
        ready.append(Ready(board, variables, Made(name, board["uid"], board["title"], values)))
    mine = [each.made for each in ready]
    names = {each.file for each in mine}
    pages = [*mine, *(each for each in made_before(folder) if each.file not in names)]
    for each in ready:
        context = Context(source, each.variables, manner, say, now, pages)
        written: Page = page(each.dashboard, context, each.made)
        path = folder / each.made.file
        path.write_text(written.html, encoding="utf-8")
        yield Written(path, written.panels, written.failed)
    if is_folder:
        path = folder / INDEX
        text = environment().get_template("index.html").render(
            boards=[(each.dashboard, each.made) for each in ready],
            say=say,
            locale=wanted.locale,
            zone=str(manner.zone),
            now=manner.time(now.replace(second=0, microsecond=0)),
        )  # fmt: skip
        path.write_text(text, encoding="utf-8")
        yield Written(path, 0, ())


def check_names(boards: Sequence[Json], wanted: Wanted) -> None:
    known = {each["name"] for board in boards for each in board["templating"]["list"]}
    if unknown := sorted(set(wanted.chosen) - known):
        raise VariableError(
            f"no dashboard of these has a variable {', '.join(unknown)}",
            hint=f"There are: {', '.join(sorted(known))}.",
        )


def variables_of(
    board: Json, wanted: Wanted, source: Source, now: datetime, manner: Manner, is_folder: bool
) -> Variables:
    """The variables of a board, and the time of its page.

    Among others, the page of one lot keeps the time of that lot, whatever the others show.
    """
    names = {each["name"] for each in board["templating"]["list"]}
    chosen = {name: values for name, values in wanted.chosen.items() if name in names}
    usual = board["time"]
    found = resolve(
        board,
        span(wanted.begin or usual["from"], wanted.end or usual["to"], now, manner.zone),
        chosen,
        source.options,
    )
    if is_folder or (wanted.begin is None and wanted.end is None):
        for name, statement in RANGE_OF.items():
            if name in found.known and (
                range_ := source.range(statement, found.known[name].values)
            ):
                found.span = range_
    return found
