"""What Plotly is given: gaps, bands in pieces, bars with a width, and nothing where is nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from grafana.boards import look
from grafana.boards.columns import band, column
from grafana.boards.panels import barchart, state_timeline, timeseries
from grafana.report.bars import by_name, states
from grafana.report.charts import Series, Shade, over_time
from grafana.report.columns import columns
from grafana.report.frames import Field
from grafana.report.macros import Span
from grafana.report.page import figure
from grafana.report.units import Manner

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SPAN = Span(NOON, NOON + timedelta(hours=1))
MANNER = Manner("en", ZoneInfo("Europe/Madrid"))
STEP = timedelta(minutes=1)


def at(*minutes: float) -> list[datetime]:
    return [NOON + timedelta(minutes=each) for each in minutes]


def lines(fields: list[Field], times: list[datetime], **more: Any) -> list[Series]:
    panel = timeseries("", "x", **more).settings
    return [Series(each, times) for each in columns(fields, panel, MANNER)]


def drawn(fields: list[Field], times: list[datetime], **more: Any) -> dict[str, Any]:
    chart = over_time(lines(fields, times, **more), SPAN, [], MANNER, STEP)
    assert chart is not None
    return figure(chart)


def test_a_gap_stays_a_gap_and_what_stands_alone_is_a_point() -> None:
    found = drawn([Field("kw", [1.0, 2.0, None, 3.0, None])], at(0, 1, 2, 3, 4), unit=look.KW)
    (line,) = found["data"]
    assert list(line["y"]) == [1.0, 2.0, None, 3.0, None]
    assert not line["connectgaps"]
    assert list(line["marker"]["size"]) == [0, 0, 0, 5, 0]
    assert line["x"][0] == "2026-03-02 13:00:00"


def test_one_reading_is_a_point() -> None:
    (line,) = drawn([Field("kw", [4.2])], at(5), unit=look.KW)["data"]
    assert list(line["marker"]["size"]) == [5]


@pytest.mark.parametrize("fields", [[], [Field("kw", [])], [Field("kw", [None, None])]])
def test_without_a_value_there_is_no_chart(fields: list[Field]) -> None:
    assert over_time(lines(fields, at(0, 1)), SPAN, [], MANNER, STEP) is None


def test_a_band_is_in_pieces_where_an_edge_has_a_gap() -> None:
    fields = [Field("low", [1.0, 1.0, None, 1.0]), Field("high", [2.0, 2.0, 2.0, 2.0])]
    found = drawn(fields, at(0, 1, 2, 3), columns=band("low", "high", "Band", look.GOLDEN))
    area = next(each for each in found["data"] if each.get("fill") == "toself")
    assert area["name"] == "Band"
    assert list(area["y"]) == [2.0, 2.0, 1.0, 1.0, None, 2.0, 1.0, None]


def test_values_are_in_the_unit_of_their_axis() -> None:
    found = drawn([Field("kwh", [1500.0, 3000.0])], at(0, 1), unit=look.KWH, minimum=0)
    assert list(found["data"][0]["y"]) == [1.5, 3.0]
    assert found["layout"]["yaxis"]["title"]["text"] == "MWh"
    assert list(found["layout"]["yaxis"]["range"]) == [0, None]


def test_two_units_have_an_axis_each() -> None:
    fields = [Field("kw", [1.0]), Field("t", [20.0])]
    found = drawn(fields, at(1), unit=look.KW, columns=[column("t", unit=look.CELSIUS)])
    assert [each["yaxis"] for each in found["data"]] == ["y", "y2"]
    assert found["layout"]["yaxis2"]["side"] == "right"


def test_bars_are_as_wide_as_their_time() -> None:
    fields = [Field("kwh", [1.0, None, 2.0])]
    (bar,) = drawn(fields, at(0, 15, 30), style="bars", is_stacked=True)["data"]
    assert bar["xperiod"] == 900_000
    assert list(bar["y"]) == [1.0, None, 2.0]
    (alone,) = drawn([Field("kwh", [1.0])], at(0), style="bars")["data"]
    assert alone["xperiod"] == 60_000


def test_the_axis_is_the_time_of_the_page_unless_nothing_lies_in_it() -> None:
    inside = over_time(lines([Field("kw", [1.0])], at(5)), SPAN, [], MANNER, STEP)
    outside = over_time(lines([Field("kw", [1.0])], at(600)), SPAN, [], MANNER, STEP)
    assert inside is not None
    assert outside is not None
    assert inside.layout["xaxis"]["range"] == ["2026-03-02 13:00:00", "2026-03-02 14:00:00"]
    assert not inside.is_elsewhere
    assert outside.is_elsewhere
    assert "range" not in outside.layout["xaxis"]


def test_stretches_of_time_are_shaded() -> None:
    shade = Shade("Lots", *at(5, 10), "L1 <b>", look.LOT)
    chart = over_time(lines([Field("kw", [1.0])], at(5)), SPAN, [shade], MANNER, STEP)
    assert chart is not None
    (shape,) = figure(chart)["layout"]["shapes"]
    assert (shape["x0"], shape["x1"]) == ("2026-03-02 13:05:00", "2026-03-02 13:10:00")
    assert shape["label"]["text"] == "L1 &lt;b&gt;"


def test_markup_in_a_name_is_text() -> None:
    (line,) = drawn([Field("<a href='x'>s</a>", [1.0, 2.0])], at(0, 1))["data"]
    assert line["name"] == "&lt;a href='x'&gt;s&lt;/a&gt;"


def test_bars_by_name() -> None:
    panel = barchart("", "x", x="name", is_horizontal=True, unit=look.SECONDS).settings
    fields = [Field("name", ["L1", "L2"]), Field("below_s", [60.0, None])]
    chart = by_name(columns(fields, panel, MANNER), panel["options"])
    assert chart is not None
    (bar,) = figure(chart)["data"]
    assert (list(bar["y"]), list(bar["x"]), bar["orientation"]) == (["L1", "L2"], [60.0, None], "h")
    assert list(bar["text"]) == ["1 min", ""]


def test_bars_of_no_rows_are_no_chart() -> None:
    panel = barchart("", "x", x="name").settings
    assert by_name(columns([Field("name", []), Field("n", [])], panel, MANNER), {}) is None


def test_states_last_until_the_next_and_until_now_at_most() -> None:
    texts = {"1": ("in a lot", look.LOT), "0": ("no lot", look.NOT_KNOWN)}
    panel = state_timeline("", "x", texts=texts).settings
    found = columns([Field("m1", [1.0, 1.0, None, 0.0])], panel, MANNER)
    now = at(40)[0]
    chart = states([Series(found[0], at(0, 10, 20, 30))], SPAN, now, MANNER)
    assert chart is not None
    in_lot, no_lot = figure(chart)["data"]
    assert (in_lot["name"], list(in_lot["x"])) == ("in a lot", [20 * 60_000])
    assert (list(no_lot["base"]), list(no_lot["x"])) == (["2026-03-02 13:30:00"], [10 * 60_000])
    assert in_lot["marker"]["color"] == look.LOT
