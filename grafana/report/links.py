"""Links from page to page of a folder, as far as the page that is meant was made."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

# A page says in its head which dashboard it is, and of what.
MARK = re.compile(r'<script type="application/json" id="lotwatt-report">(.*?)</script>', re.DOTALL)
HEAD = 65_536
PLACE = re.compile(r"\$\{__(?:data\.fields|field|value)\.([^}]+)\}")


@dataclass(frozen=True, slots=True)
class Made:
    """A page of a folder: its file, its dashboard, and the values of its variables."""

    file: str
    uid: str
    title: str
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def mark(self) -> dict[str, Any]:
        return asdict(self)

    def is_about(self, wanted: Mapping[str, Sequence[str]]) -> bool:
        """Whether the page shows just what a link wants to show."""
        return all(
            name in self.values and set(self.values[name]) == set(values)
            for name, values in wanted.items()
        )


def made_before(folder: Path) -> list[Made]:
    """The pages that a folder holds."""
    found = []
    for path in sorted(folder.glob("*.html")):
        with path.open(encoding="utf-8", errors="replace") as handle:
            said = MARK.search(handle.read(HEAD))
        if said:
            marked = json.loads(said[1])
            found.append(Made(path.name, marked["uid"], marked["title"], marked["values"]))
    return found


def address(
    link: Mapping[str, Any], value_of: Callable[[str], Any], pages: Iterable[Made]
) -> str | None:
    """Where a link of a panel leads within the folder; None where no page shows just that.

    `value_of` knows the columns of the row that the link is in. The time range of a page is that
    with which it was made.
    """
    parts = urlsplit(str(link.get("url", "")))
    if not parts.path.startswith("/d/"):
        return None
    uid = parts.path.split("/")[2]
    query = parse_qs(parts.query.replace("&${__url_time_range}", ""), keep_blank_values=True)
    wanted = {
        name.removeprefix("var-"): [filled(value, value_of) for value in values]
        for name, values in query.items()
        if name.startswith("var-")
    }
    page = next((page for page in pages if page.uid == uid and page.is_about(wanted)), None)
    return quote(page.file) if page else None


def filled(text: str, value_of: Callable[[str], Any]) -> str:
    return PLACE.sub(lambda found: str(value_of(found[1].removesuffix(".numeric"))), text)
