"""The table of bad input: what is sent, and how each of it ends.

In payloads `@T` is a second two hours ago as a number; `@Z`, `@LEAP`, `@LOCAL`, `@PAST` and
`@FUTURE` are texts: that second, a leap second, the time in Madrid without a zone, 40 days before
and 10 minutes ahead. The number before the dash in a name is the row of the table.
"""

from dataclasses import dataclass, field
from typing import Any

TOPIC = "plant/l/m1/t"
LOT = "plant/l/m1/lot"


@dataclass(frozen=True, slots=True)
class Case:
    """Messages to one topic, and the ends of what they hold, in any order."""

    name: str
    payloads: tuple[bytes, ...]
    ends: tuple[str, ...]
    topic: str = TOPIC
    mapping: dict[str, Any] = field(default_factory=dict)
    is_retained: bool = False

    @property
    def row(self) -> int:
        return int(self.name.partition("-")[0])


def case(
    name: str, payload: bytes | str | tuple[bytes | str, ...], *ends: str, **rest: Any
) -> Case:
    several = payload if isinstance(payload, tuple) else (payload,)
    payloads = tuple(p.encode() if isinstance(p, str) else p for p in several)
    return Case(name, payloads, ends, **rest)


def quarantined(name: str, payload: bytes | str, reason: str, **rest: Any) -> Case:
    return case(name, payload, f"quarantined {reason}", **rest)


def valued(raw: str, **fields: str) -> str:
    """An object of a value, as written, and a time."""
    more = "".join(f', "{key}": {text}' for key, text in fields.items())
    return f'{{"value": {raw}, "time": @T{more}}}'


def timed(raw: str) -> str:
    return f'{{"value": 7, "time": {raw}}}'


BARE = {"format": "text", "time_format": "receipt"}
PATHS = {"value_path": "value", "time_path": "time"}

CASES = [
    case("1", b"", "dropped empty_payload"),
    case("1-retained", b"", "dropped empty_payload", is_retained=True),
    quarantined("2", "   ", "json_syntax"),
    quarantined("3", "null", "value_null"),
    quarantined("4", "true", "value_type"),
    case("4-option", "true", "stored 1", mapping={**BARE, "booleans": True}),
    case("5", ("23.4", "23.5\n", "1e3", "-0.0"), "stored 23.4", "stored 23.5", "stored 1000",
         "stored -0"),
    quarantined("6", "23,4", "json_syntax"),
    case("6-option", "23,4", "stored 23.4", mapping={**BARE, "decimal_comma": True}),
    quarantined("7", "NaN", "value_not_finite"),
    quarantined("7-infinity", "-Infinity", "value_not_finite"),
    quarantined("7-object", valued("NaN"), "value_not_finite"),
    quarantined("8", valued("1e400"), "value_not_finite"),
    case("9", valued("1e-400"), "stored 0"),
    # Better than the table: float8 holds it, but no sensor means it, and sums of it overflow.
    quarantined("10", valued("1e308"), "value_out_of_range"),
    case("10-largest", valued("1e30"), "stored 1e+30"),
    case("11", valued("9007199254740993"), "stored 9.0072e+15"),
    case("12", valued("18446744073709551616"), "stored 1.84467e+19"),
    quarantined("13", valued("1" * 400), "value_out_of_range"),
    quarantined("14", valued("1" * 5000), "value_out_of_range"),
    quarantined("15", valued('"23.4"'), "value_is_string"),
    case("15-option", valued('" 23.4 "'), "stored 23.4",
         mapping={**PATHS, "numeric_strings": True}),
    *(
        quarantined(f"16-{text}", valued(f'"{text}"'), "value_is_string",
                    mapping={**PATHS, "numeric_strings": True})
        for text in ("1_000", "\u0663", "\uff10", "nan", "0x10")
    ),
    *(
        quarantined(f"17-{text}", text, "json_syntax")
        for text in ("007", "+5", ".5", "5.", "0x1F")
    ),
    quarantined("18", valued('"ON"'), "value_is_string"),
    quarantined("18-running", valued('"running"'), "value_is_string"),
    case("18-option", valued('"ON"'), "stored 1", mapping={**PATHS, "states": {"ON": 1, "OFF": 0}}),
    quarantined("18-unknown", valued('"on"'), "state_unknown",
                mapping={**PATHS, "states": {"ON": 1}}),
    quarantined("19", valued("true"), "value_type"),
    case("19-option", valued("false"), "stored 0", mapping={**PATHS, "booleans": True}),
    quarantined("20", valued("null"), "value_null"),
    quarantined("21", valued("[1]"), "value_not_scalar"),
    quarantined("22", valued('{"a": 1}'), "value_not_scalar"),
    # Better than the table: two values for one key are not a measurement of either.
    quarantined("23", '{"value": 1, "value": 2, "time": @T}', "duplicate_key"),
    case("23-same", '{"value": 2, "value": 2, "time": @T}', "stored 2"),
    quarantined("24", '{"value": 1, "time": @T,}', "json_syntax"),
    quarantined("25", '{"value": 1, "time": @T} // degrees', "json_syntax"),
    quarantined("26", "{'value': 1, 'time': @T}", "json_syntax"),
    quarantined("27", '{"value": 1, "time": @T', "json_syntax"),
    quarantined("28", '{"value": 1, "time": @T} {"value": 2, "time": @T}', "json_syntax"),
    quarantined("29", '{"value": 1, "time": @T}\n{"value": 2, "time": @T}', "json_syntax"),
    case("29-option", '{"value": 1, "time": @T}\n{"value": 2, "time": @T000}\n{"value": ',
         "stored 1", "conflict", "quarantined json_syntax", mapping={**PATHS, "format": "ndjson"}),
    case("30", b"\xef\xbb\xbf" + valued("23.4").encode(), "stored 23.4"),
    quarantined("31", "23.4".encode("utf-16"), "encoding"),
    quarantined("32", b'{"value": 1, "time": @T, "lot": "\xff"}', "encoding"),
    quarantined("32-overlong", b'{"value": 1, "time": @T, "lot": "\xc0\xaf"}', "encoding"),
    quarantined("32-latin", '{"value": 1, "time": @T, "unit": "\u00b0C"}'.encode("latin-1"),
                "encoding"),
    quarantined("33", valued("1", lot=r'"a\u0000b"'), "text_nul"),
    quarantined("34", valued("1", lot=r'"\ud800"'), "encoding"),
    quarantined("35", "[" * 60_000, "json_depth"),
    quarantined("35-closed", "[" * 5000 + "]" * 5000, "json_depth"),
    quarantined("35-larger", "[" * 100_000, "payload_too_large"),
    quarantined("36", "{" + ",".join(f'"k{n}":1' for n in range(100_000)) + "}",
                "payload_too_large"),
    quarantined("36-within", '{"t": @T,' + ",".join(f'"k{n}":1' for n in range(1001)) + "}",
                "too_many_values"),
    quarantined("37", b"x" * 10_000_000, "payload_too_large"),
    quarantined("38", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "encoding"),
    quarantined("39", b"\x0a\x04temp\x11\x00\x00", "json_syntax"),
    quarantined("40", "<html><body>502 Bad Gateway</body></html>", "json_syntax"),
    case("41", valued("1", lot="\"'); DROP TABLE reading;--\""), "stored 1",
         "lot '); DROP TABLE reading;--"),
    case("42", valued("1", lot='"${jndi:ldap://x}"'), "stored 1", "lot ${jndi:ldap://x}"),
    case("43", '{"__proto__": 1, "time": @T}', "held plant/l/m1/t/__proto__"),
    case("43-beside", valued("1", __proto__='{"x": 1}'), "stored 1"),
    quarantined("44", valued("1", lot=r'"L\u202e1"'), "text_control"),
    quarantined("44-invisible", valued("1", lot=r'"L\u200b1"'), "text_control"),
    quarantined("44-filler", valued("1", lot=r'"L\u31641"'), "text_control"),
    case("44-composed", valued("1", lot='"e\u0301"'), "stored 1", "lot \u00e9"),
    quarantined("45", valued("1", lot=f'"{"x" * 257}"'), "text_too_long"),
    quarantined("45-huge", valued("1", lot=f'"{"x" * 10_000_000}"'), "payload_too_large"),
    case("45-empty", valued("1", lot='""'), "stored 1"),
    quarantined("46", '{"value": 1}', "time_missing"),
    case("46-option", '{"value": 1}', "stored 1",
         mapping={"value_path": "value", "time_format": "receipt"}),
    case("47", (timed("@T"), timed("@T000"), timed("@T000000"), timed("@T000000000")),
         "stored 7", "duplicate", "duplicate", "duplicate"),
    quarantined("48-negative", timed("-1"), "time_out_of_window"),
    quarantined("48-zero", timed("0"), "time_out_of_window"),
    quarantined("48-nan", timed("NaN"), "value_not_finite"),
    quarantined("48-infinity", timed("1e999"), "value_not_finite"),
    quarantined("48-text", timed('"infinity"'), "time_type"),
    *(
        quarantined(f"49-{raw}", timed(raw), "time_type")
        for raw in ("true", '"1700000000"', '"yesterday"', '"now"', '"tomorrow"', '"10/11/2024"',
                    '"epoch"')
    ),
    quarantined("50", timed('"@LOCAL"'), "time_naive"),
    case("50-option", (timed('"@LOCAL"'), timed("@T")), "stored 7", "duplicate",
         mapping={**PATHS, "time_zone": "Europe/Madrid"}),
    quarantined("50-gap", timed('"2026-03-29T02:30:00"'), "time_in_gap",
                mapping={**PATHS, "time_zone": "Europe/Madrid"}),
    quarantined("50-twice", timed('"2025-10-26T02:30:00"'), "time_ambiguous",
                mapping={**PATHS, "time_zone": "Europe/Madrid"}),
    case("51", timed('"@LEAP"'), "stored 7"),
    quarantined("52-zone", timed('"2026-05-04T12:00:00+25:00"'), "time_type"),
    quarantined("52-day", timed('"2026-02-30T12:00:00Z"'), "time_type"),
    quarantined("52-year", timed('"0001-01-01T00:00:00Z"'), "time_out_of_window"),
    quarantined("52-far", timed('"294276-01-01T00:00:00Z"'), "time_type"),
    quarantined("52-bc", timed('"0044-03-15 12:00:00 BC"'), "time_type"),
    quarantined("53", timed('"@FUTURE"'), "time_future"),
    quarantined("54", timed('"@PAST"'), "time_past"),
    case("55", valued("1"), "held plant/l/m1/nobody", topic="plant/l/m1/nobody"),
    case("55-option", (valued("1"), '{"value": 1, "time": @T}'), "dropped unknown_sensor",
         "dropped unknown_sensor", topic="plant/l/m1/nobody",
         mapping={**PATHS, "on_unknown": "drop"}),
    case("56", valued("1"), "dropped disabled_sensor", topic="plant/l/m1/old"),
    case("57", valued("1e6"), "stored 1e+06"),
    quarantined("57-quality", valued("1", quality='"bad"'), "bad_quality",
                mapping={**PATHS, "quality_path": "quality", "good_quality": ["good"]}),
    case("57-dropped", valued("1", quality='"bad"'), "dropped bad_quality",
         mapping={**PATHS, "quality_path": "quality", "good_quality": ["good"],
                  "on_bad_quality": "drop"}),
    case("58", (valued("1"), '{"value": 9e9, "time": "@LEAP"}'), "stored 1", "stored 9e+09"),
    quarantined("59", valued("70", unit='"F"'), "unit_mismatch"),
    case("59-same", valued("20", unit='"\u00b0C"'), "stored 20"),
    quarantined("59-mapped", valued("70", unit='"F"'), "unit_mismatch",
                mapping={**PATHS, "unit_path": "unit", "unit": "C"}),
    case("60", (valued("1"), valued("1"), valued("2")), "stored 1", "duplicate", "conflict"),
    *(
        case(f"62-{topic}", valued("1"), f"held {topic}", topic=topic)
        for topic in ("plant/\"'", "plant/%s{0}$(id)", "plant/../../x", "plant/a b", "plant//",
                      "/plant/", "plant/'; drop table x;--", "plant/\u202ex")
    ),
    quarantined("62-long", valued("1"), "topic_too_long", topic="p" * 65_535),
    quarantined("62-nul", valued("1"), "text_nul", topic="plant/a\0b"),
    case("64", valued("1"), "stored 1", is_retained=True),
    case("64-bare", "23.4", "dropped retained_no_time", is_retained=True),
    case("64-object", '{"value": 1}', "dropped retained_no_time", is_retained=True),
    quarantined("66-event", '{"event": "pause", "lot": "L", "time": @T}', "event_unknown",
                topic=LOT),
    quarantined("66-lot", '{"event": "start", "time": @T}', "lot_missing", topic=LOT),
    quarantined("66-mapping", valued("1"), "bad_mapping", mapping={**PATHS, "value_path": "a["}),
]  # fmt: skip
