"""Panels of each kind that boards use, and that `lotwatt report` can draw."""

from collections.abc import Mapping, Sequence
from typing import Any

from grafana.boards import look
from grafana.boards.columns import mapping, thresholds
from grafana.boards.model import WIDTH, Json, Panel


def panel(
    kind: str,
    title: str,
    queries: str | Sequence[str],
    *,
    width: int,
    height: int,
    unit: str = look.COUNT,
    decimals: int | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    colour: str | None = None,
    steps: Sequence[tuple[float | None, str]] = (),
    texts: Mapping[str, tuple[str, str]] | None = None,
    columns: Sequence[Json] = (),
    links: Sequence[Json] = (),
    no_value: str = "no data",
    description: str | None = None,
    custom: Json | None = None,
    options: Json | None = None,
    result: str = "table",
) -> Panel:
    """A panel of any kind.

    `steps` are thresholds: (from value, colour), the first from None. `texts` maps a value to the
    words and the colour that stand for it. `columns` are made by `column`. `description` is the
    comment of the view where it is not given. `result` is "table" or "time_series".
    """
    defaults: Json = {
        "unit": unit,
        "noValue": no_value,
        "custom": custom or {},
        "mappings": [mapping(texts)] if texts else [],
        "thresholds": thresholds(steps or [(None, colour or look.ENERGY)]),
        "color": (
            {"mode": "fixed", "fixedColor": colour} if colour
            else {"mode": "thresholds"} if steps
            else {"mode": "palette-classic"}
        ),
        "links": list(links),
    }  # fmt: skip
    for name, value in (("decimals", decimals), ("min", minimum), ("max", maximum)):
        if value is not None:
            defaults[name] = value
    names = [queries] if isinstance(queries, str) else list(queries)
    settings = {
        "fieldConfig": {"defaults": defaults, "overrides": list(columns)},
        "options": options or {},
    }
    return Panel(kind, title, names, settings, width, height, description, result)


def stat(title: str, query: str, *, width: int = 4, height: int = 4, **more: Any) -> Panel:
    """Numbers in large type: each numeric column of the one row that the statement returns."""
    options = {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        "orientation": "auto",
        "textMode": more.pop("text_mode", "auto"),
        "colorMode": more.pop("colour_mode", "value"),
        "graphMode": "none",
        "justifyMode": "auto",
    }
    return panel("stat", title, query, width=width, height=height, options=options, **more)


def timeseries(
    title: str,
    queries: str | Sequence[str],
    *,
    width: int = 12,
    height: int = 9,
    style: str = "line",
    is_stacked: bool = False,
    fill: int = 0,
    line_width: int = 2,
    points: str = "never",
    span_nulls: bool | int = False,
    band: str = "off",
    axis: str = "",
    legend: str = "list",
    **more: Any,
) -> Panel:
    """Lines or bars over time. A gap stays a gap. `band` shows thresholds: off, line or area."""
    custom = {
        "drawStyle": style,
        "lineInterpolation": "linear",
        "lineWidth": line_width,
        "fillOpacity": fill,
        "showPoints": points,
        "pointSize": 5,
        "spanNulls": span_nulls,
        "stacking": {"mode": "normal" if is_stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": band},
        "axisPlacement": "auto",
        "axisLabel": axis,
        "scaleDistribution": {"type": "linear"},
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
    }
    options = {
        "legend": {"displayMode": legend, "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    return panel(
        "timeseries", title, queries, width=width, height=height, custom=custom, options=options,
        result=more.pop("result", "time_series"), **more,
    )  # fmt: skip


def table(
    title: str,
    query: str,
    *,
    width: int = WIDTH,
    height: int = 9,
    sort: str | None = None,
    is_descending: bool = True,
    **more: Any,
) -> Panel:
    options: Json = {
        "showHeader": True,
        "footer": {"show": False, "reducer": ["sum"], "countRows": False, "fields": ""},
        "sortBy": [{"displayName": sort, "desc": is_descending}] if sort else [],
    }
    custom = {"align": "auto", "displayMode": "auto", "filterable": True, "inspect": False}
    more.setdefault("colour", None)
    return panel(
        "table", title, query, width=width, height=height, custom=custom, options=options, **more
    )


def barchart(
    title: str,
    query: str,
    *,
    x: str,
    width: int = 12,
    height: int = 9,
    is_horizontal: bool = False,
    is_stacked: bool = False,
    **more: Any,
) -> Panel:
    """Bars by the text column `x`, one for each numeric column."""
    custom = {
        "lineWidth": 0,
        "fillOpacity": 85,
        "gradientMode": "none",
        "axisPlacement": "auto",
        "axisLabel": more.pop("axis", ""),
        "hideFrom": {"legend": False, "tooltip": False, "viz": False},
    }
    options = {
        "xField": x,
        "orientation": "horizontal" if is_horizontal else "vertical",
        "stacking": "normal" if is_stacked else "none",
        "showValue": "auto",
        "barWidth": 0.9,
        "groupWidth": 0.8,
        "barRadius": 0,
        "xTickLabelRotation": 0,
        "xTickLabelSpacing": 0,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"},
    }
    return panel(
        "barchart", title, query, width=width, height=height, custom=custom, options=options,
        **more,
    )  # fmt: skip


def state_timeline(
    title: str, query: str, *, width: int = WIDTH, height: int = 8, **more: Any
) -> Panel:
    """States over time: columns time, metric (a row of the picture), and a number for `texts`.

    Every metric needs a row at each time: where one has none, its picture has a hole.
    """
    options = {
        "mergeValues": True,
        "showValue": "never",
        "alignValue": "left",
        "rowHeight": 0.85,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }
    custom = {"lineWidth": 0, "fillOpacity": 85}
    return panel(
        "state-timeline", title, query, width=width, height=height, custom=custom, options=options,
        result="time_series", **more,
    )  # fmt: skip
