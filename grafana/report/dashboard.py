"""Dashboards as provisioned, and where their panels stand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.errors import LotwattError
from db.statements import ROOT

FOLDER = ROOT / "grafana" / "provisioning" / "dashboards"
LOCALES = ("en", "es")
PREFIX = "lotwatt-"
# The order in which boards lead from the whole to the single thing; others come behind.
ORDER = ("summary", "temperature", "energy", "anomalies", "lots", "lot", "references")

Json = Mapping[str, Any]


class DashboardError(LotwattError):
    """A dashboard that is not there."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A panel in the grid of its section: columns of 24, and rows counted from 1."""

    panel: Json
    column: int
    width: int
    row: int
    rows: int


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading. A folded row is drawn open: paper cannot be unfolded."""

    title: str
    spots: Sequence[Spot]


def names(locale: str) -> list[str]:
    """The dashboards that there are, by the names of their files."""
    found = [path.stem for path in (FOLDER / locale).glob("*.json")]
    return sorted(found, key=lambda name: (name not in ORDER, (*ORDER, name).index(name), name))


def load(name: str, locale: str) -> Json:
    """A dashboard by its name or uid. Raises DashboardError where there is none."""
    known = names(locale)
    if name.removeprefix(PREFIX) not in known:
        raise DashboardError(
            f"there is no dashboard {name}", hint=f"There are: {', '.join(known)}."
        )
    path = FOLDER / locale / f"{name.removeprefix(PREFIX)}.json"
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def sections(dashboard: Json) -> list[Section]:
    """Headings with their panels, in their order."""
    found: list[tuple[str, list[Json]]] = [("", [])]
    for panel in dashboard.get("panels", ()):
        if panel["type"] == "row":
            found.append((panel.get("title", ""), list(panel.get("panels", ()))))
        else:
            found[-1][1].append(panel)
    return [Section(title, spots(panels)) for title, panels in found if panels]


def spots(panels: Sequence[Json]) -> list[Spot]:
    """Rows of the grid are where panels begin or end, so that one may grow with what it holds."""
    grids = [panel["gridPos"] for panel in panels]
    edges = sorted({grid["y"] for grid in grids} | {grid["y"] + grid["h"] for grid in grids})
    found = []
    for panel in sorted(panels, key=lambda panel: (panel["gridPos"]["y"], panel["gridPos"]["x"])):
        grid = panel["gridPos"]
        top, bottom = edges.index(grid["y"]), edges.index(grid["y"] + grid["h"])
        found.append(Spot(panel, grid["x"] + 1, grid["w"], top + 1, bottom - top))
    return found
