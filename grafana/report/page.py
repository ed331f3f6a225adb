"""A dashboard as one page of HTML that needs nothing else: no network, no server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import plotly.graph_objects as go
import psycopg
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from db.cli.base import sentences
from db.errors import LotwattError
from grafana.report.charts import Chart
from grafana.report.dashboard import Spot, sections
from grafana.report.links import Made
from grafana.report.panel import WIDTH, Context, Drawn, annotations, draw
from grafana.report.variables import Variables

HERE = Path(__file__).parent
# A row of Grafana's grid, in pixels, with the space between two.
ROW_HEIGHT = 38
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
LAYOUT: Mapping[str, Any] = {
    "template": "none",
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
    "font": {"family": FONT, "size": 12},
    "hoverlabel": {"bgcolor": "#1f2329", "font": {"color": "#f2f2f2"}, "namelength": -1},
    "legend": {
        "orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom", "x": 0,
        "font": {"size": 11}, "traceorder": "normal",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    spot: Spot
    drawn: Drawn
    height: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page that is written, and what of it failed."""

    html: str
    panels: int
    failed: Sequence[str]


def environment() -> jinja2.Environment:
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["plotly"] = lambda: Markup(get_plotlyjs())
    found.globals["inline"] = lambda name: Markup((HERE / "templates" / name).read_text("utf-8"))
    found.filters["figure"] = figure
    return found


def figure(chart: Chart, size: int = 12) -> dict[str, Any]:
    """A chart as Plotly takes it, with letters of a size in pixels; names that Plotly does not
    know raise ValueError here."""
    mine: dict[str, Any] = {
        **LAYOUT,
        "font": {**LAYOUT["font"], "size": size},
        "legend": {**LAYOUT["legend"], "font": {"size": size - 1}},
        **chart.layout,
    }
    for axis in ("xaxis", "yaxis", "yaxis2"):
        if axis in mine:
            mine[axis] = {"automargin": True, "zeroline": False, **mine[axis]}
    found = go.Figure(data=chart.data, layout=mine).to_plotly_json()
    assert isinstance(found, dict)
    found["layout"].pop("template", None)
    return found


def page(dashboard: Mapping[str, Any], context: Context, made: Made) -> Page:
    """Writes a dashboard. `made` is this page, among `context.pages`."""
    failed: list[str] = []
    try:
        shades = annotations(dashboard, context)
    except (LotwattError, psycopg.Error) as error:
        shades = []
        failed.append(f"annotations: {sentences(error)}")
    ends = (context.span.begin, context.span.end)
    parts = []
    panels = 0
    for section in sections(dashboard):
        placed = []
        for spot in section.spots:
            drawn = draw(spot.panel, context, shades)
            panels += 1
            if drawn.error:
                failed.append(f"{drawn.title}: {drawn.error}")
            placed.append(Placed(spot, drawn, spot.panel["gridPos"]["h"] * ROW_HEIGHT - 8))
        parts.append((section.title, placed))
    html = environment().get_template("page.html").render(
        title=dashboard["title"],
        description=dashboard.get("description") or "",
        sections=parts,
        has_charts=any(each.drawn.chart for _, placed in parts for each in placed),
        made=made,
        menu=menu(context.pages, made),
        variables=told(context.variables, context),
        width=WIDTH,
        failed=failed,
        panels=panels,
        say=context.say,
        locale=context.manner.locale,
        span=[context.manner.time(each.replace(second=0)) for each in ends],
        zone=str(context.manner.zone),
        now=context.manner.time(context.now.replace(second=0, microsecond=0)),
        separators=",." if context.manner.locale == "es" else ".,",
    )  # fmt: skip
    return Page(html, panels, failed)


def menu(pages: Sequence[Made], made: Made) -> list[tuple[str, str, bool]]:
    """Title, file and whether it is this one, of each dashboard's first page."""
    found: dict[str, Made] = {}
    for each in pages:
        found.setdefault(each.uid, each)
    found[made.uid] = made
    return [(each.title, each.file, each.file == made.file) for each in found.values()]


def told(variables: Variables, context: Context) -> list[tuple[str, str]]:
    """What is chosen, as the head of the page says it."""
    found = []
    for each in variables.known.values():
        if each.is_hidden:
            continue
        text = context.say("All") if each.is_all else ", ".join(each.texts) or context.say("none")
        found.append((each.label, text))
    return found
