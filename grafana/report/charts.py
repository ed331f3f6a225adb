"""Charts over time: lines, bands and bars of one panel, as Plotly draws them."""

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from grafana.report import look
from grafana.report.columns import Column
from grafana.report.macros import Span
from grafana.report.units import Manner, scale

MOST_SHADES = 500
# Beyond so many, their names would lie over each other.
MOST_NAMED_SHADES = 12


@dataclass(frozen=True, slots=True)
class Series:
    column: Column
    times: Sequence[datetime]

    @property
    def values(self) -> list[Any]:
        return self.column.field.values

    @property
    def is_bars(self) -> bool:
        return bool(self.column.custom("drawStyle") == "bars")


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch of time that an annotation marks."""

    name: str
    begin: datetime
    end: datetime
    text: str
    colour: str


@dataclass(slots=True)
class Chart:
    """Plotly's data and layout. `is_elsewhere`: nothing in it lies within the time of the page."""

    data: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)
    is_elsewhere: bool = False


def named(text: str) -> str:
    """A text in which Plotly finds no markup."""
    return html.escape(text, quote=False)


def over_time(
    series: Sequence[Series], span: Span, shades: Sequence[Shade], manner: Manner, step: timedelta
) -> Chart | None:
    """Lines, bands and bars; None where there is no value at all. `step` is the width of a bar
    that stands alone."""
    drawn = [
        each for each in series
        if not each.column.is_hidden and any(value is not None for value in each.values)
    ]  # fmt: skip
    if not drawn:
        return None
    chart = Chart()
    factors = add_axes(chart, drawn)
    width = bar_width(drawn, step)
    by_title = {each.column.title: each for each in drawn}
    for each in drawn:
        axis, factor = factors[each.column.unit]
        low = by_title.get(str(each.column.custom("fillBelowTo", "")))
        if low:
            chart.data.append(band(low, each, axis, factor, manner))
        draw = bars if each.is_bars else line
        chart.data.append(draw(each, axis, factor, manner, width))
    begin, end = manner.local(span.begin), manner.local(span.end)
    chart.is_elsewhere = not any(
        span.begin - width <= time <= span.end
        for each in drawn for time, value in zip(each.times, each.values, strict=True)
        if value is not None
    )  # fmt: skip
    is_stacked = any(
        (each.column.custom("stacking") or {}).get("mode") == "normal" for each in drawn
    )
    chart.layout |= {
        "xaxis": time_axis(None if chart.is_elsewhere else (begin, end)),
        "barmode": "stack" if is_stacked else "overlay",
        "bargap": 0.08,
        "hovermode": "x unified",
        "showlegend": sum(bool(trace.get("showlegend", True)) for trace in chart.data) > 1,
        "shapes": [*shapes(shades, manner), *limits(drawn, factors)],
    }
    if shades:
        chart.data += legend_of(shades)
        chart.layout["showlegend"] = True
    return chart


def time_axis(between: tuple[str, str] | None) -> dict[str, Any]:
    """A time axis in words of no language."""
    found: dict[str, Any] = {
        "type": "date",
        "tickformatstops": [
            {"dtickrange": [None, 60_000], "value": "%H:%M:%S\n%Y-%m-%d"},
            {"dtickrange": [60_000, 86_399_999], "value": "%H:%M\n%Y-%m-%d"},
            {"dtickrange": [86_400_000, "M1"], "value": "%m-%d\n%Y"},
            {"dtickrange": ["M1", "M12"], "value": "%Y-%m"},
            {"dtickrange": ["M12", None], "value": "%Y"},
        ],
        "hoverformat": "%Y-%m-%d %H:%M",
        "ticklabelmode": "instant",
    }
    return found | {"range": list(between)} if between else found


def add_axes(chart: Chart, drawn: Sequence[Series]) -> dict[str, tuple[str, float]]:
    """An axis for each unit, at most two; returns the axis and the factor of each unit."""
    found: dict[str, tuple[str, float]] = {}
    for each in drawn:
        unit = each.column.unit
        if unit in found:
            continue
        mine = [s for s in drawn if s.column.unit == unit]
        largest = max(abs(value) for s in mine for value in s.values if value is not None)
        label, factor = scale(unit, largest)
        is_first = not found
        found[unit] = ("y" if is_first else "y2", factor)
        axis: dict[str, Any] = {"title": {"text": named(label), "standoff": 6}, "automargin": True}
        low, high = (each.column.settings.get(name) for name in ("min", "max"))
        if low is not None or high is not None:
            axis["range"] = [None if edge is None else edge * factor for edge in (low, high)]
        if is_first:
            chart.layout["yaxis"] = axis
        else:
            chart.layout["yaxis2"] = {
                **axis, "overlaying": "y", "side": "right", "showgrid": False,
            }  # fmt: skip
    return found


def bar_width(drawn: Sequence[Series], step: timedelta) -> timedelta:
    """From one bar to the next, where they are closest."""
    times = sorted({time for each in drawn if each.is_bars for time in each.times})
    return min((after - before for before, after in pairwise(times)), default=step)


def line(each: Series, axis: str, factor: float, manner: Manner, _: timedelta) -> dict[str, Any]:
    column, values = each.column, scaled(each.values, factor)
    shade = column.series_colour
    found = common(each, axis, values, manner) | {
        "type": "scatter",
        "mode": "lines",
        "connectgaps": bool(column.custom("spanNulls", False)),
        "line": {
            "color": shade,
            "width": column.custom("lineWidth", 1),
            "shape": {"stepAfter": "hv", "stepBefore": "vh"}.get(
                str(column.custom("lineInterpolation")), "linear"
            ),
        },
    }
    if column.custom("showPoints") == "always":
        found |= {"mode": "lines+markers", "marker": {"size": 5, "color": shade}}
    elif any(alone := isolated(values)) and column.custom("lineWidth", 1):
        # between two gaps there is no line, and yet a value
        sizes = [5 if is_alone else 0 for is_alone in alone]
        found |= {
            "mode": "lines+markers",
            "marker": {"size": sizes, "color": shade, "opacity": 1, "line": {"width": 0}},
        }
    opacity = column.custom("fillOpacity", 0)
    if opacity and not column.custom("fillBelowTo"):
        found |= {"fill": "tozeroy", "fillcolor": look.faded(shade, opacity / 100)}
    return found


def bars(
    each: Series, axis: str, factor: float, manner: Manner, width: timedelta
) -> dict[str, Any]:
    """A bar stands on the time from its own to the next."""
    shade = each.column.series_colour
    opacity = each.column.custom("fillOpacity", 85) / 100
    return common(each, axis, scaled(each.values, factor), manner) | {
        "type": "bar",
        "xperiod": round(width / timedelta(milliseconds=1)),
        "xperiod0": manner.local(each.times[0]),
        "xperiodalignment": "middle",
        "marker": {"color": look.faded(shade, opacity), "line": {"width": 0}},
    }


def common(each: Series, axis: str, values: list[Any], manner: Manner) -> dict[str, Any]:
    column = each.column
    label, _ = scale(column.unit, 0) if not each.values else scale(column.unit, largest_of(each))
    digits = ",.4~r" if column.decimals is None else f",.{column.decimals}f"
    suffix = f" {named(label)}" if label else ""
    return {
        "name": named(column.title),
        "x": [manner.local(time) for time in each.times],
        "y": values,
        "yaxis": axis,
        "hovertemplate": f"%{{y:{digits}}}{suffix}",
        "showlegend": not (column.custom("hideFrom") or {}).get("legend", False),
    }


def band(low: Series, high: Series, axis: str, factor: float, manner: Manner) -> dict[str, Any]:
    """The area between two lines, in pieces where one of them has a gap."""
    lows = dict(zip(low.times, low.values, strict=True))
    x: list[str | None] = []
    y: list[float | None] = []
    piece: list[tuple[datetime, float, float]] = []

    def close() -> None:
        if piece:
            there = [(time, top) for time, _, top in piece]
            back = [(time, bottom) for time, bottom, _ in reversed(piece)]
            x.extend([*(manner.local(time) for time, _ in (*there, *back)), None])
            y.extend([*(value * factor for _, value in (*there, *back)), None])
            piece.clear()

    for time, top in zip(high.times, high.values, strict=True):
        bottom = lows.get(time)
        if top is None or bottom is None:
            close()
        else:
            piece.append((time, bottom, top))
    close()
    column = high.column
    shade = look.faded(column.series_colour, column.custom("fillOpacity", 18) / 100)
    return {
        "type": "scatter",
        "name": named(column.title.partition(" (")[0]),
        "x": x,
        "y": y,
        "yaxis": axis,
        "mode": "lines",
        "line": {"width": 0, "color": shade},
        "fill": "toself",
        "fillcolor": shade,
        "hoverinfo": "skip",
    }


def isolated(values: Sequence[float | None]) -> list[bool]:
    """Which values have a gap, or nothing, on either side."""
    padded = [None, *values, None]
    return [
        value is not None and padded[place] is None and padded[place + 2] is None
        for place, value in enumerate(values)
    ]


def scaled(values: Sequence[float | None], factor: float) -> list[float | None]:
    return [None if value is None else value * factor for value in values]


def largest_of(each: Series) -> float:
    return max((abs(value) for value in each.values if value is not None), default=0.0)


def shapes(shades: Sequence[Shade], manner: Manner) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for shade in shades[:MOST_SHADES]:
        each: dict[str, Any] = {
            "type": "rect",
            "xref": "x",
            "yref": "paper",
            "x0": manner.local(shade.begin),
            "x1": manner.local(shade.end),
            "y0": 0,
            "y1": 1,
            "layer": "below",
            "line": {"width": 0.5, "color": look.faded(shade.colour, 0.4)},
            "fillcolor": look.faded(shade.colour, 0.12),
        }
        if len(shades) <= MOST_NAMED_SHADES:
            each["label"] = {
                "text": named(shade.text), "textposition": "top left", "font": {"size": 10},
            }  # fmt: skip
        found.append(each)
    return found


def legend_of(shades: Sequence[Shade]) -> list[dict[str, Any]]:
    colours = {shade.name: shade.colour for shade in shades}
    return [
        {
            "type": "scatter", "name": named(name), "x": [None], "y": [None], "mode": "markers",
            "marker": {"symbol": "square", "size": 12, "color": look.faded(colour, 0.3)},
            "hoverinfo": "skip",
        }
        for name, colour in colours.items()
    ]  # fmt: skip


def limits(drawn: Sequence[Series], factors: dict[str, tuple[str, float]]) -> list[dict[str, Any]]:
    """Thresholds, where a panel shows them in its chart."""
    column = drawn[0].column
    mode = str((column.custom("thresholdsStyle") or {}).get("mode", "off"))
    axis, factor = factors[column.unit]
    steps = (column.settings.get("thresholds") or {}).get("steps", ()) if mode != "off" else ()
    return [
        {
            "type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": axis,
            "y0": step["value"] * factor, "y1": step["value"] * factor,
            "line": {"color": look.colour(step["color"]), "width": 1, "dash": "dash"},
        }
        for step in steps if step.get("value") is not None
    ]  # fmt: skip
