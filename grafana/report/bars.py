"""Charts that are not lines: bars by name, and states over time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from grafana.report import look
from grafana.report.charts import Chart, Series, named, scaled, time_axis
from grafana.report.columns import Column
from grafana.report.macros import Span
from grafana.report.units import Manner, scale

# With more bars the figures on them cannot be read.
MOST_WITH_FIGURES = 40


def by_name(columns: Sequence[Column], options: Any) -> Chart | None:
    """A bar chart: names of one text column, a bar for each numeric one."""
    wanted = options.get("xField")
    texts = [each for each in columns if not each.field.is_number]
    by = next((each for each in columns if wanted in (each.field.name, each.title)), None) or next(
        iter(texts), None
    )
    numbers = [
        each for each in columns
        if each is not by and each.field.is_number and not each.is_hidden
    ]  # fmt: skip
    if by is None or not numbers:
        return None
    names = [named(by.text(value)) for value in by.field.values]
    is_flat = options.get("orientation") == "horizontal"
    is_stacked = options.get("stacking") in ("normal", "percent")
    largest = max(
        (abs(value) for each in numbers for value in each.field.values if value is not None),
        default=0.0,
    )
    label, factor = scale(numbers[0].unit, largest)
    has_figures = (
        len(names) * len(numbers) <= MOST_WITH_FIGURES and options.get("showValue") != "never"
    )
    chart = Chart()
    for each in numbers:
        values = scaled(each.field.values, factor)
        said = ["" if value is None else each.text(value) for value in each.field.values]
        opacity = each.custom("fillOpacity", 80) / 100
        chart.data.append({
            "type": "bar",
            "name": named(each.title),
            "x": values if is_flat else names,
            "y": names if is_flat else values,
            "orientation": "h" if is_flat else "v",
            "marker": {"color": look.faded(each.series_colour, opacity), "line": {"width": 0}},
            "text": said if has_figures else None,
            "textposition": "auto" if has_figures else "none",
            "textangle": 0,
            "customdata": said,
            "hovertemplate": "%{customdata}",
        })  # fmt: skip
    names_axis: dict[str, Any] = {"type": "category", "automargin": True, "showgrid": False}
    if is_flat:
        names_axis["autorange"] = "reversed"
    low, high = (numbers[0].settings.get(name) for name in ("min", "max"))
    values_axis: dict[str, Any] = {
        "title": {"text": named(label), "standoff": 6}, "automargin": True,
    }  # fmt: skip
    if low is not None or high is not None:
        values_axis["range"] = [None if edge is None else edge * factor for edge in (low, high)]
    chart.layout = {
        "xaxis": values_axis if is_flat else names_axis,
        "yaxis": names_axis if is_flat else values_axis,
        "barmode": "stack" if is_stacked else "group",
        "bargap": 0.2,
        "uniformtext": {"minsize": 9, "mode": "hide"},
        "hovermode": "y unified" if is_flat else "x unified",
        "showlegend": len(numbers) > 1,
    }
    return chart


def states(series: Sequence[Series], span: Span, now: datetime, manner: Manner) -> Chart | None:
    """A row for each series; a state lasts until the next one, the last until now at most."""
    chart = Chart()
    traces: dict[str, dict[str, Any]] = {}
    last = min(span.end, max(now, span.begin))
    rows = []
    for each in series:
        if each.column.is_hidden:
            continue
        row = named(each.column.title)
        rows.append(row)
        for begin, end, value in stretches(each, last):
            text = each.column.text(value)
            trace = traces.setdefault(text, {
                "type": "bar", "orientation": "h", "name": named(text),
                "x": [], "y": [], "base": [], "customdata": [],
                "marker": {
                    "color": each.column.colour(value) or look.classic(len(traces)),
                    "line": {"width": 0},
                },
                "hovertemplate": "%{y}: %{customdata}<extra></extra>",
            })  # fmt: skip
            trace["y"].append(row)
            trace["base"].append(manner.local(begin))
            trace["x"].append((end - begin).total_seconds() * 1000)
            trace["customdata"].append(
                f"{named(text)}<br>{manner.time(begin)} - {manner.time(end)}"
            )
    chart.data = list(traces.values())
    chart.layout = {
        "xaxis": time_axis((manner.local(span.begin), manner.local(span.end))),
        "yaxis": {
            "type": "category", "automargin": True, "autorange": "reversed", "showgrid": False,
            "categoryorder": "array", "categoryarray": rows,
        },
        "barmode": "overlay",
        "bargap": 0.15,
        "hovermode": "closest",
        "showlegend": True,
    }  # fmt: skip
    return chart if chart.data else None


def stretches(each: Series, last: datetime) -> list[tuple[datetime, datetime, Any]]:
    """Begin, end and state, one for each change; where nothing is known there is none."""
    found: list[tuple[datetime, datetime, Any]] = []
    ends = [*each.times[1:], max(last, each.times[-1])] if each.times else []
    for begin, end, value in zip(each.times, ends, each.values, strict=True):
        if found and found[-1][1] == begin and found[-1][2] == value:
            found[-1] = (found[-1][0], end, value)
        elif end > begin:
            found.append((begin, end, value))
    return [stretch for stretch in found if stretch[2] is not None]
