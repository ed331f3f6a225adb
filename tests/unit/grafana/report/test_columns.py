"""How values are told: overrides, mappings, thresholds, units, and what is said of nothing."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from grafana.boards import look
from grafana.boards.columns import column, mapping, thresholds
from grafana.report.cells import figures, table
from grafana.report.columns import Column, columns
from grafana.report.frames import Field
from grafana.report.units import Manner, scale

ENGLISH = Manner("en", ZoneInfo("Europe/Madrid"))
SPANISH = Manner("es", ZoneInfo("Europe/Madrid"))


def made(values: list[Any], *overrides: Any, name: str = "kwh", **defaults: Any) -> Column:
    panel = {"fieldConfig": {"defaults": defaults, "overrides": list(overrides)}}
    return columns([Field(name, values)], panel, ENGLISH)[0]


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "expected"),
    [
        (0, look.KWH, None, "0 kWh"),
        (0.2071, look.KWH, 1, "207.1 Wh"),
        (17_349.1, look.KWH, None, "17.3 MWh"),
        (165.34, look.KWH, 1, "165.3 kWh"),
        (-1.414, look.KWH, None, "-1.41 kWh"),
        (48.31, look.CELSIUS, 1, "48.3 °C"),
        (0.9996, look.SHARE, 1, "100.0%"),
        (-14.04, look.PERCENT, 1, "-14.0%"),
        (50138, look.COUNT, 0, "50,138"),
        (9999, look.COUNT, None, "9999"),
        (0.3456, look.KWH_PER_UNIT, None, "0.346 kWh/unit"),
        (0, look.SECONDS, 0, "0 s"),
        (0.4, look.SECONDS, 0, "0.4 s"),
        (45, look.SECONDS, 0, "45 s"),
        (180, look.SECONDS, 1, "3 min"),
        (6180, look.SECONDS, 1, "1 h 43 min"),
        (777_600 + 4 * 3600, look.SECONDS, 1, "9 d 4 h"),
        (-0.0001, look.COUNT, 2, "0.00"),
        (float("nan"), look.KWH, 1, "NaN"),
    ],
)
def test_numbers_in_the_units_of_the_boards(
    value: float, unit: str, decimals: int | None, expected: str
) -> None:
    assert ENGLISH.say(value, unit, decimals) == expected


def test_spanish_parts_decimals_by_a_comma() -> None:
    assert SPANISH.say(50138.25, look.COUNT, 2) == "50.138,25"
    assert SPANISH.say(0.346, look.KWH_PER_UNIT) == "0,346 kWh/unit"


def test_times_are_those_of_the_plant() -> None:
    assert ENGLISH.say(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "2026-07-02 00:30"
    assert ENGLISH.say(datetime(2026, 1, 1, 22, 30, 5, tzinfo=UTC)) == "2026-01-01 23:30:05"


@pytest.mark.parametrize(
    ("unit", "largest", "expected"),
    [
        (look.KWH, 2500, ("MWh", 0.001)),
        (look.KWH, 0.02, ("Wh", 1000)),
        (look.KW, 0, ("kW", 1)),
        (look.SECONDS, 90, ("s", 1)),
        (look.SECONDS, 7200, ("h", 1 / 3600)),
        (look.SHARE, 1, ("%", 100)),
        (look.COUNT, 5, ("", 1)),
    ],
)
def test_an_axis_has_one_unit_for_all_that_is_on_it(
    unit: str, largest: float, expected: tuple[str, float]
) -> None:
    label, factor = scale(unit, largest)
    assert label == expected[0]
    assert factor == pytest.approx(expected[1])


def test_nothing_is_what_the_panel_says_of_nothing_and_never_zero() -> None:
    assert made([None], noValue="not known", unit=look.KWH).text(None) == "not known"
    assert made([None], unit=look.KWH).text(None) == ""
    own = made([None], column("kwh", no_value="never"), noValue="-")
    assert own.text(None) == "never"


def test_an_override_is_for_its_column_alone() -> None:
    said = column("kwh", "Energy", unit=look.KWH, decimals=1, custom={"fillOpacity": 20})
    mine = made([1.0], said, unit=look.COUNT, custom={"lineWidth": 2})
    other = made([1.0], said, name="kw", unit=look.COUNT)
    assert (mine.title, mine.unit, mine.decimals) == ("Energy", look.KWH, 1)
    assert (mine.custom("fillOpacity"), mine.custom("lineWidth")) == (20, 2)
    assert (other.title, other.unit, other.decimals) == ("kw", look.COUNT, None)


@pytest.mark.parametrize(
    "matcher",
    [
        {"id": "byName", "options": "kwh"},
        {"id": "byRegexp", "options": "/^k.h$/"},
        {"id": "byType", "options": "number"},
        {"id": "byNames", "options": {"names": ["a", "kwh"]}},
    ],
)
def test_overrides_match_as_in_grafana(matcher: dict[str, Any]) -> None:
    override = {"matcher": matcher, "properties": [{"id": "displayName", "value": "Energy"}]}
    assert made([1.0], override).title == "Energy"
    assert made(["x"], override, name="text").title == "text"


def test_values_are_mapped_to_words_and_colours() -> None:
    state = made([True], mappings=[mapping({"true": ("late", look.BAD)})])
    assert (state.text(True), state.colour(True)) == ("late", look.BAD)
    assert state.text(False) == "false"
    ranges = made([5], mappings=[
        {"type": "range", "options": {"from": 0, "to": 9, "result": {"text": "few"}}},
        {"type": "special", "options": {"match": "null", "result": {"text": "no idea"}}},
        {"type": "regex", "options": {"pattern": "^x", "result": {"text": "an x"}}},
    ])  # fmt: skip
    assert [ranges.text(value) for value in (5, 10, None, "xy")] == ["few", "10", "no idea", "an x"]


@pytest.mark.parametrize(
    ("value", "expected"), [(0, look.GOOD), (0.99, look.GOOD), (1, look.BAD), (None, None)]
)
def test_thresholds_colour_a_value(value: float | None, expected: str | None) -> None:
    steps = thresholds([(None, look.GOOD), (1, look.BAD)])
    assert made([value], thresholds=steps, color={"mode": "thresholds"}).colour(value) == expected


def test_figures_are_the_last_of_each_number_and_say_where_there_is_none() -> None:
    panel = {"fieldConfig": {"defaults": {"noValue": "not known"}, "overrides": []}}
    fields = [Field("a", [1.0, 2.0]), Field("b", [None, None]), Field("c", ["x", "y"])]
    found = figures(columns(fields, panel, ENGLISH), "value", lambda link, value_of: None)
    assert [(each.title, each.text, each.is_known) for each in found] == [
        ("a", "2", True), ("b", "not known", False),
    ]  # fmt: skip


def test_a_table_leaves_out_what_is_hidden_and_aligns_numbers() -> None:
    hidden = column("secret", is_hidden=True)
    panel = {"fieldConfig": {"defaults": {"noValue": "-"}, "overrides": [hidden]}}
    fields = [Field("lot", ["L1", "L2"]), Field("kwh", [1.5, None]), Field("secret", [1, 2])]
    found = table(columns(fields, panel, ENGLISH), lambda link, value_of: None)
    assert found.headings == [("lot", False), ("kwh", True)]
    assert [[cell.text for cell in row] for row in found.rows] == [["L1", "1.50"], ["L2", "-"]]
