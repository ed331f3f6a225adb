"""The pieces that a dashboard is made of, in Grafana's JSON (schema 37: Grafana 9.3 and newer).

A panel asks one or more statements of its board's .sql file. `Board.json()` puts panels into rows
from left to right, 24 columns wide, and numbers them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from db.statements import ROOT, Statements

Json = dict[str, Any]

HERE = Path(__file__).parent
DATASOURCE = {"type": "postgres", "uid": "lotwatt"}
SCHEMA_VERSION = 37
WIDTH = 24
FROM_API = re.compile(r"\bfrom\s+api\.(\w+)")
COMMENT = re.compile(
    r"comment on (?:view|function) api\.(\w+)\s*(?:\([^)]*\))?\s+is\s*((?:'(?:[^']|'')*'\s*)+);"
)
TEXT = re.compile(r"'((?:[^']|'')*)'")


@dataclass(frozen=True)
class Panel:
    """`queries` name statements; `settings` are the rest of Grafana's JSON of the panel."""

    kind: str
    title: str
    queries: Sequence[str]
    settings: Json
    width: int
    height: int
    description: str | None = None
    result: str = "table"


@dataclass(frozen=True)
class Row:
    """Panels beside each other, under a heading that can be folded."""

    title: str
    panels: Sequence[Panel]
    is_folded: bool = False


@dataclass(frozen=True)
class Shade:
    """An annotation: stretches of time that a statement names, over every chart of the board."""

    name: str
    query: str
    colour: str
    is_on: bool = True


@dataclass(frozen=True)
class Board:
    """A dashboard. `name` is that of its module and .sql file, and makes its uid: lotwatt-name."""

    name: str
    title: str
    description: str
    rows: Sequence[Row]
    variables: Sequence[Json] = ()
    annotations: Sequence[Shade] = ()
    links: Sequence[Json] = ()
    time_from: str = "now-7d"
    time_to: str = "now"
    refresh: str = "1m"
    tags: Sequence[str] = ("lotwatt",)
    statements: Statements = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "statements", Statements(HERE / f"{self.name}.sql"))

    @property
    def uid(self) -> str:
        return uid(self.name)

    def json(self) -> Json:
        """Grafana's JSON. Raises KeyError for a statement that the .sql file lacks."""
        return {
            "annotations": {"list": [annotation(self.statements, a) for a in self.annotations]},
            "description": self.description,
            "editable": True,
            "fiscalYearStartMonth": 0,
            "graphTooltip": 1,
            "id": None,
            "links": [*self.links, *menu()],
            "liveNow": False,
            "panels": self._panels(),
            "refresh": self.refresh,
            "schemaVersion": SCHEMA_VERSION,
            "style": "dark",
            "tags": list(self.tags),
            "templating": {"list": list(self.variables)},
            "time": {"from": self.time_from, "to": self.time_to},
            "timepicker": {},
            "timezone": "",
            "title": self.title,
            "uid": self.uid,
            "version": 1,
            "weekStart": "",
        }

    def _panels(self) -> list[Json]:
        found: list[Json] = []
        y = 0
        for row in self.rows:
            at = y + 1
            placed, y = place(row.panels, at)
            inner = [self._panel(panel, spot) for panel, spot in placed]
            found.append({
                "type": "row",
                "title": row.title,
                "collapsed": row.is_folded,
                "gridPos": {"x": 0, "y": at - 1, "w": WIDTH, "h": 1},
                "panels": inner if row.is_folded else [],
            })  # fmt: skip
            if not row.is_folded:
                found.extend(inner)
            else:
                y = at
        number = 0
        for panel in found:
            for each in (panel, *panel.get("panels", ())):
                number += 1
                each["id"] = number
        return found

    def _panel(self, panel: Panel, spot: Json) -> Json:
        texts = [self.statements[name] for name in panel.queries]
        return {
            "type": panel.kind,
            "title": panel.title,
            "description": panel.description or comment(texts[0]),
            "datasource": DATASOURCE,
            "gridPos": spot,
            "targets": [
                target(chr(ord("A") + place), text, panel.result)
                for place, text in enumerate(texts)
            ],
            **panel.settings,
        }


def uid(name: str) -> str:
    return f"lotwatt-{name}"


def place(panels: Iterable[Panel], y: int) -> tuple[list[tuple[Panel, Json]], int]:
    """Each panel with its spot, from left to right, and the y below all of them."""
    placed = []
    x = bottom = 0
    for panel in panels:
        if x + panel.width > WIDTH:
            x, y = 0, bottom
        placed.append((panel, {"x": x, "y": y, "w": panel.width, "h": panel.height}))
        x += panel.width
        bottom = max(bottom, y + panel.height)
    return placed, max(bottom, y)


def target(ref: str, sql: str, result: str) -> Json:
    return {
        "datasource": DATASOURCE,
        "editorMode": "code",
        "format": result,
        "rawQuery": True,
        "rawSql": sql,
        "refId": ref,
    }


def comment(sql: str) -> str:
    """What the comment in the database says of the view, or function, that a statement reads."""
    found = FROM_API.search(sql)
    if not found:
        raise ValueError(f"a panel reads from schema api, and this does not: {sql}")
    name = found[1]
    path = ROOT / "db" / "repeatable" / "api" / f"{name}.sql"
    for said, texts in COMMENT.findall(path.read_text(encoding="utf-8")):
        if said == name:
            return "".join(TEXT.findall(texts)).replace("''", "'")
    raise ValueError(f"{path} has no comment on api.{name}")


def annotation(statements: Statements, shade: Shade) -> Json:
    return {
        "datasource": DATASOURCE,
        "enable": shade.is_on,
        "hide": False,
        "iconColor": shade.colour,
        "name": shade.name,
        "target": target("Anno", statements[shade.query], "table"),
    }


def menu() -> list[Json]:
    """The other boards, along the top, with the time range kept."""
    return [{
        "type": "dashboards",
        "title": "Boards",
        "tags": ["lotwatt"],
        "asDropdown": False,
        "includeVars": True,
        "keepTime": True,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }]  # fmt: skip
