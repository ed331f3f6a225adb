"""One panel: its statements are asked, and what came is made ready to draw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg

from db.cli.base import sentences
from db.errors import LotwattError
from grafana.report import bars, cells, charts
from grafana.report.columns import Column, columns
from grafana.report.frames import Frame, as_time, series, table
from grafana.report.links import Made, address
from grafana.report.macros import Fill, Span, expand, interval_for
from grafana.report.source import MOST_ROWS, Answer, Source
from grafana.report.units import Manner
from grafana.report.variables import Variables
from grafana.report.words import Words

# How wide a panel over the whole page is, for $__interval.
POINTS = 1200
WIDTH = 24
KINDS = ("stat", "timeseries", "table", "barchart", "state-timeline", "text")


@dataclass(frozen=True, slots=True)
class Context:
    """What all panels of a page share."""

    source: Source
    variables: Variables
    manner: Manner
    say: Words
    now: datetime
    pages: Sequence[Made] = ()

    @property
    def span(self) -> Span:
        return self.variables.span


@dataclass(slots=True)
class Drawn:
    """A panel as the template needs it. `text` is said in place of a picture."""

    kind: str
    title: str
    description: str = ""
    text: str = ""
    error: str = ""
    notes: list[str] = field(default_factory=list)
    figures: Sequence[cells.Figure] = ()
    table: cells.Table | None = None
    chart: charts.Chart | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.error or self.figures or self.table or self.chart) and self.kind != "text"


def draw(panel: Mapping[str, Any], context: Context, shades: Sequence[charts.Shade]) -> Drawn:
    """The panel, or why it could not be drawn: one panel that fails leaves the others be."""
    kind = str(panel.get("type"))
    drawn = Drawn(
        kind,
        context.variables.put_in(str(panel.get("title") or "")),
        str(panel.get("description") or ""),
    )
    if kind not in KINDS:
        drawn.text = context.say(
            "A report does not draw panels of kind {kind}. Look at it in Grafana.", kind=kind
        )
    elif kind == "text":
        drawn.text = context.variables.put_in(str(panel.get("options", {}).get("content", "")))
    elif panel.get("transformations"):
        drawn.text = context.say(
            "This panel transforms its data in Grafana, which a report does not. Look at it there."
        )
    else:
        try:
            fill_in(drawn, panel, context, shades)
        except (LotwattError, psycopg.Error) as error:
            reason = sentences(error)
            drawn.error = context.say("This panel failed: {reason}", reason=reason)
    return drawn


def fill_in(
    drawn: Drawn, panel: Mapping[str, Any], context: Context, shades: Sequence[charts.Shade]
) -> None:
    answers = [
        ask(target, panel, context) for target in panel.get("targets", ()) if not target.get("hide")
    ]
    if any(answer.is_cut for answer, _, _ in answers):
        drawn.notes.append(context.say("Only the first {rows} rows are shown.", rows=MOST_ROWS))
    nothing = str(panel.get("fieldConfig", {}).get("defaults", {}).get("noValue") or "")
    drawn.text = nothing if len(nothing) > 1 else context.say("No data")
    options = panel.get("options", {})
    match drawn.kind:
        case "timeseries" | "state-timeline":
            lines = all_series(answers, panel, context)
            if drawn.kind == "timeseries":
                step = interval_for(context.span, 50)
                drawn.chart = charts.over_time(lines, context.span, shades, context.manner, step)
                if drawn.chart and drawn.chart.is_elsewhere:
                    drawn.notes.append(context.say(
                        "Nothing of this is within the time of the page; the axis shows when it"
                        " was."
                    ))  # fmt: skip
            else:
                drawn.chart = bars.states(lines, context.span, context.now, context.manner)
        case "barchart":
            found = all_columns(answers, panel, context)
            drawn.chart = bars.by_name(found, options)
        case "table":
            found = all_columns(answers, panel, context)
            shown = cells.table(found, linker(context))
            drawn.table = shown if shown.rows else None
        case "stat":
            found = all_columns(answers, panel, context)
            if any(each.field.values for each in found):
                mode = str(options.get("colorMode", "value"))
                drawn.figures = cells.figures(found, mode, linker(context))


def linker(context: Context) -> cells.Address:
    def lead(link: Mapping[str, Any], value_of: Callable[[str], Any]) -> str | None:
        return address(link, value_of, context.pages)

    return lead


def ask(
    target: Mapping[str, Any], panel: Mapping[str, Any], context: Context
) -> tuple[Answer, Fill | None, str]:
    """The answer to one statement of a panel, and as what Grafana reads it."""
    width = panel.get("gridPos", {}).get("w", WIDTH)
    interval = interval_for(context.span, max(1, round(POINTS * width / WIDTH)))
    expanded = expand(
        str(target["rawSql"]), context.span, interval=interval, put_in=context.variables.put_in
    )
    answer = context.source.ask(expanded.sql)
    return answer, expanded.fill, str(target.get("format", "time_series"))


def all_columns(
    answers: Sequence[tuple[Answer, Fill | None, str]],
    panel: Mapping[str, Any],
    context: Context,
) -> list[Column]:
    """The columns of the first answer that has rows; panels of a table show one."""
    frames = [table(answer) for answer, _, _ in answers]
    frame = next((each for each in frames if each.length), frames[0] if frames else Frame([]))
    return columns(frame.fields, panel, context.manner)


def all_series(
    answers: Sequence[tuple[Answer, Fill | None, str]],
    panel: Mapping[str, Any],
    context: Context,
) -> list[charts.Series]:
    """The series of every statement, one after the other."""
    frames = [series(answer, fill, context.span) for answer, fill, _ in answers]
    fields = [each for frame in frames for each in frame.fields]
    times = [frame.times for frame in frames for _ in frame.fields]
    found = columns(fields, panel, context.manner)
    return [charts.Series(column, at) for column, at in zip(found, times, strict=True)]


def annotations(dashboard: Mapping[str, Any], context: Context) -> list[charts.Shade]:
    """The stretches of time that a dashboard marks in its charts. Raises what its query raises."""
    found = []
    for each in dashboard.get("annotations", {}).get("list", ()):
        sql = each.get("target", {}).get("rawSql") or each.get("rawQuery")
        if not each.get("enable") or not sql:
            continue
        interval = interval_for(context.span, POINTS)
        text = expand(sql, context.span, interval=interval, put_in=context.variables.put_in).sql
        answer = context.source.ask(text)
        names = [name.lower() for name in answer.columns]
        for row in answer.rows:
            values = dict(zip(names, row, strict=True))
            begin = as_time(values.get("time"))
            end = as_time(values.get("timeend")) or begin
            if begin is None or end is None:
                continue
            begin, end = max(begin, context.span.begin), min(end, context.span.end)
            if begin <= end:
                said = str(values.get("text") or "")
                found.append(charts.Shade(each["name"], begin, end, said, each["iconColor"]))
    return found
