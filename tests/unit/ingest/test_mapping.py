"""Mappings: which one takes a topic, what its columns do, and what becomes of a broken one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import decode
from ingest.document import MOST_VALUES
from ingest.item import Claim, Drop, Item, Message, Reading, Rejection
from ingest.mapping import NO_MAPPINGS, Mappings, plain_unit

NOW = datetime(2026, 5, 4, 12, 0, 1, tzinfo=UTC)
AT = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
SECONDS = 1777896000
DEFAULTS: dict[str, Any] = {
    "name": "m", "topic_filter": "f/#", "is_ignored": False, "format": "json",
    "records_path": None, "sensor_topic": "{topic}", "value_path": None, "fields": None,
    "numeric_strings": False, "decimal_comma": False, "booleans": False, "states": None,
    "time_path": "t", "time_format": "auto", "time_zone": None, "quality_path": None,
    "good_quality": None, "on_bad_quality": "quarantine", "unit_path": None, "unit": None,
    "lot_path": None, "reference_path": None, "operator_path": None, "machine_path": None,
    "on_unknown": "hold",
}  # fmt: skip
RECEIPT = {"time_path": None, "time_format": "receipt"}
TEXT = {**RECEIPT, "format": "text"}


def load(*rows: dict[str, Any]) -> Mappings:
    return Mappings.load([({**DEFAULTS, **row},) for row in rows])


def run(
    payload: object, topic: str = "f/a", received_at: datetime = NOW, is_retained: bool = False,
    **row: Any,
) -> list[Item]:  # fmt: skip
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return decode(Message(topic, raw, received_at, is_retained), load(row))


def readings(payload: object, **row: Any) -> list[tuple[str, datetime, float]]:
    items = run(payload, **row)
    assert all(isinstance(item, Reading) for item in items), items
    return [(item.topic, item.time, item.value) for item in items if isinstance(item, Reading)]


def value(payload: object, **row: Any) -> float:
    ((_, _, found),) = readings(payload, **row)
    return found


def reason(payload: object, **row: Any) -> str:
    (item,) = run(payload, **row)
    assert isinstance(item, Rejection), item
    assert item.detail.startswith("mapping m: ")
    return item.reason


@pytest.mark.parametrize(
    ("topic_filter", "topic", "is_match"),
    [
        ("a/b", "a/b", True), ("a/b", "a/b/c", False), ("a/b", "a/B", False),
        ("a/+", "a/b", True), ("a/+", "a", False), ("a/+", "a/", True), ("a/+", "a/b/c", False),
        ("+/b", "/b", True), ("+", "a", True), ("a/+/c", "a//c", True),
        ("a/#", "a", True), ("a/#", "a/b/c", True), ("a/#", "ab", False), ("#", "a/b", True),
        ("#", "$SYS/x", False), ("+/x", "$SYS/x", False),
    ],
)  # fmt: skip
def test_filters_match_as_a_broker_does(topic_filter: str, topic: str, is_match: bool) -> None:
    assert (load({"topic_filter": topic_filter}).find(topic) is not None) is is_match


def test_the_first_row_that_matches_decides() -> None:
    mappings = load(
        {"name": "first", "topic_filter": "f/+/x"},
        {"name": "second", "topic_filter": "f/#"},
        {"name": "third", "topic_filter": "f/+/x"},
    )
    assert [getattr(mappings.find(t), "name", None) for t in ("f/a/x", "f/a", "g")] == [
        "first", "second", None,
    ]  # fmt: skip
    assert mappings.filters == ["f/+/x", "f/#"]
    assert NO_MAPPINGS.find("f/a") is None
    assert NO_MAPPINGS.filters == []


def test_topics_are_remembered_within_a_bound() -> None:
    mappings = load({})
    for number in range(11_000):
        assert mappings.find(f"f/{number}") is not None
    assert mappings.find.cache_info().currsize == 10_000


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"value_path": "a["}, "value_path: "), ({"time_path": "$a["}, "time_path: "),
        ({"sensor_topic": "x/{a b}"}, "sensor_topic: "), ({"time_zone": "Mars/Base"}, "Mars/Base"),
        ({"time_format": "%Q"}, "%Q"), ({"quality_path": "sum("}, "quality_path: "),
    ],
)  # fmt: skip
def test_a_broken_row_stops_nobody_else(row: dict[str, Any], sentence: str) -> None:
    whole = {"name": "whole", "topic_filter": "g/#", "value_path": "v"}
    mappings = load({"name": "broken", **row}, whole)
    ((name, error),) = mappings.errors
    assert name == "broken"
    assert sentence in error
    assert "\n" not in error
    good = json.dumps({"v": 1, "t": SECONDS}).encode()
    (item,) = decode(Message("f/a", good, NOW), mappings)
    assert isinstance(item, Rejection)
    assert (item.reason, item.payload) == ("bad_mapping", good)
    assert decode(Message("g/a", good, NOW), mappings) == [Reading("g/a", AT, 1.0, None, NOW)]
    assert mappings.filters == ["f/#", "g/#"]


def test_a_row_of_another_version_of_the_database_is_a_broken_row() -> None:
    mappings = Mappings.load([({"name": "old", "topic_filter": "f/#"},)])
    ((name, _),) = mappings.errors
    assert name == "old"
    (item,) = decode(Message("f/a", b"1", NOW), mappings)
    assert isinstance(item, Rejection)
    assert item.reason == "bad_mapping"


def test_a_broken_row_is_not_replaced_by_a_wider_one() -> None:
    mappings = load({"value_path": "a["}, {"name": "wide", "topic_filter": "#"})
    (item,) = decode(Message("f/a", b'{"v": 1, "t": 1777896000}', NOW), mappings)
    assert isinstance(item, Rejection)
    assert item.reason == "bad_mapping"


@pytest.mark.parametrize(
    ("template", "topic"),
    [
        ("{topic}", "f/press/temp"), ("x/{2}/{-1}", "x/press/temp"), ("{n}", "a.b"),
        ("{topic}/{n}", "f/press/temp/a.b"), ("x/{$.site}/{i}", "x/lyon/7"),
        ("{$.list[0]}", "one"), ("{join('-', [n, @.n])}", "a.b-a.b"),
    ],
)  # fmt: skip
def test_topics_of_sensors(template: str, topic: str) -> None:
    document = {"site": "lyon", "list": ["one"], "r": [{"n": "a.b", "i": 7, "v": 1, "t": SECONDS}]}
    row = {"topic": "f/press/temp", "records_path": "r", "value_path": "v"}
    assert readings(document, sensor_topic=template, **row) == [(topic, AT, 1.0)]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{9}", "topic_too_short"), ("{-9}", "topic_too_short"), ("{nope}", "name_missing"),
        ("{empty}", "name_missing"), ("{yes}", "text_type"), ("{nul}", "text_nul"),
        ("{rtl}", "text_control"), ("x/{long}", "text_too_long"), ("{abs(long)}", "path_mismatch"),
        ("{topic}" * 99, "topic_too_long"),
    ],
)  # fmt: skip
def test_topics_that_cannot_be_made(template: str, expected: str) -> None:
    document = {
        "v": 1, "t": SECONDS, "empty": " ", "yes": True, "nul": "a\0b", "rtl": "a\u202eb",
        "long": "x" * 300,
    }  # fmt: skip
    topic = "f/" + "a" * 10
    assert reason(document, topic=topic, sensor_topic=template, value_path="v") == expected


@pytest.mark.parametrize(
    ("raw", "row", "expected"),
    [
        (1.5, {}, 1.5), ("1.5", {"numeric_strings": True}, 1.5),
        (" -1.5e2 ", {"numeric_strings": True}, -150.0), ("+5", {"numeric_strings": True}, 5.0),
        ("007.5", {"numeric_strings": True}, 7.5), ("1,5", {"decimal_comma": True}, 1.5),
        ("15", {"decimal_comma": True}, 15.0), (2, {"decimal_comma": True}, 2.0),
        (True, {"booleans": True}, 1.0), (False, {"booleans": True}, 0.0),
        ("ON", {"states": {"ON": 1, "OFF": 0}}, 1.0),
        ("5", {"states": {"ON": 1}, "numeric_strings": True}, 5.0),
    ],
)  # fmt: skip
def test_values(raw: object, row: dict[str, Any], expected: float) -> None:
    assert value({"v": raw, "t": SECONDS}, value_path="v", **row) == expected


@pytest.mark.parametrize(
    ("raw", "row", "expected"),
    [
        ("1.5", {}, "value_is_string"), (True, {}, "value_type"), (None, {}, "value_null"),
        ([1], {}, "value_not_scalar"), (1e31, {}, "value_out_of_range"),
        *((text, {"numeric_strings": True}, "value_is_string") for text in (
            "1_000", "\u0663", "\uff10", "nan", "inf", "0x10", "", "1,5", ".5", "5.", "1 2", "--1",
            "\u00a05", "1" * 65,
        )),
        ("1e99", {"numeric_strings": True}, "value_out_of_range"),
        ("1e999", {"numeric_strings": True}, "value_not_finite"),
        ("1.234,5", {"decimal_comma": True}, "value_is_string"),
        ("1.5", {"decimal_comma": True}, "value_is_string"),
        ("on", {"states": {"ON": 1}}, "state_unknown"),
        ("5", {"states": {"ON": 1}}, "state_unknown"),
        ("true", {"booleans": True}, "value_is_string"),
        (1, {"booleans": True, "states": {"a": 1}, "value_path": "v.w"}, "value_null"),
    ],
)  # fmt: skip
def test_refused_values(raw: object, row: dict[str, Any], expected: str) -> None:
    assert reason({"v": raw, "t": SECONDS}, **{"value_path": "v", **row}) == expected


@pytest.mark.parametrize(
    ("payload", "row", "expected"),
    [
        (b"23.4", {}, 23.4), (b" 23.4\r\n", {}, 23.4), (b"\xef\xbb\xbf23.4", {}, 23.4),
        (b"23,4", {"decimal_comma": True}, 23.4), (b"TRUE", {"booleans": True}, 1.0),
        (b"on", {"states": {"on": 1}}, 1.0), ("\u00e4".encode(), {"states": {"\u00e4": 3}}, 3.0),
    ],
)  # fmt: skip
def test_bare_text(payload: bytes, row: dict[str, Any], expected: float) -> None:
    assert readings(payload, **TEXT, **row) == [("f/a", NOW, expected)]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [(b"   ", "value_is_string"), (b"on", "value_is_string"), (b"\xff", "encoding"),
     (b"nan", "value_is_string"), (b"1\x002", "value_is_string"), (b'{"v": 1}', "value_is_string"),
     (b"9" * 70_000, "payload_too_large")],
)  # fmt: skip
def test_refused_bare_text(payload: bytes, expected: str) -> None:
    assert reason(payload, **TEXT) == expected


def test_bare_text_that_the_broker_kept_is_dropped() -> None:
    assert run(b"5", is_retained=True, **TEXT) == [Drop("retained_no_time")]
    assert run(b"", **TEXT) == [Drop("empty_payload")]


FIELDS = {"sensor_topic": "{topic}/{field}"}


def test_fields_of_an_object() -> None:
    document = {"t": SECONDS, "a": 1, "b": {"c": 2, "d": {"e": 3}}, "f": "x", "g": True, "h": [1]}
    assert [row[0] for row in readings(document, **FIELDS)] == ["f/a/a", "f/a/b/c", "f/a/b/d/e"]
    with_texts = {"states": {"x": 9}, "booleans": True}
    assert [row[2] for row in readings(document, **FIELDS, **with_texts)] == [1, 2, 3, 9, 1]
    nested = {"value_path": "b", "sensor_topic": "s/{field}"}
    assert readings(document, **nested) == [("s/c", AT, 2.0), ("s/d/e", AT, 3.0)]
    times = {"value_path": "b", "time_path": "b.t", "sensor_topic": "s/{field}"}
    assert readings({"b": {"t": SECONDS, "c": 2}}, **times) == [("s/c", AT, 2.0)]


def test_only_the_fields_that_were_asked_for() -> None:
    document = {"t": SECONDS, "a": 1, "b": {"c": "x"}, "d": 4}
    good, bad = run(document, **FIELDS, fields=["a", "b/c", "nope"])
    assert good == Reading("f/a/a", AT, 1.0, None, NOW)
    assert isinstance(bad, Rejection)
    assert (bad.reason, bad.detail) == ("value_is_string", "mapping m: b/c: a text: x")


@pytest.mark.parametrize(
    ("document", "expected"),
    [({"t": SECONDS}, "no_value"), ({"t": SECONDS, "a": "x"}, "no_value"), ([1], "time_missing"),
     ({"t": SECONDS, "a\0": 1}, "text_nul"), ([], "no_value")],
)  # fmt: skip
def test_objects_without_fields(document: object, expected: str) -> None:
    assert reason(document, **FIELDS) == expected


def test_objects_in_each_other_end_somewhere() -> None:
    deep: object = 1
    for _ in range(30):
        deep = {"a": deep}
    assert reason({"t": SECONDS, "b": deep}, **FIELDS) == "json_depth"


TIMES = {"value_path": "v"}


@pytest.mark.parametrize(
    ("raw", "row"),
    [
        (SECONDS, {"time_format": "s"}), (str(SECONDS), {"time_format": "s"}),
        (SECONDS * 1000, {"time_format": "ms"}), (SECONDS * 10**6, {"time_format": "us"}),
        (SECONDS * 10**9, {"time_format": "ns"}), (f"{SECONDS}.0", {"time_format": "s"}),
        ("2026-05-04T12:00:00Z", {"time_format": "iso"}), (SECONDS, {"time_format": "auto"}),
        ("2026-05-04T14:00:00", {"time_format": "iso", "time_zone": "Europe/Madrid"}),
        ("2026-05-04 14:00:00", {"time_zone": "Europe/Madrid"}),
        ("2026-05-04T12:00:00Z", {"time_zone": "Europe/Madrid"}),
        ("04.05.2026 14:00:00", {"time_format": "%d.%m.%Y %H:%M:%S", "time_zone": "Europe/Madrid"}),
        ("04.05.2026 14:00 +0200", {"time_format": "%d.%m.%Y %H:%M %z"}),
        (20260504120000, {"time_format": "%Y%m%d%H%M%S", "time_zone": "UTC"}),
    ],
)  # fmt: skip
def test_times(raw: object, row: dict[str, Any]) -> None:
    assert readings({"v": 1, "t": raw}, **TIMES, **row) == [("f/a", AT, 1.0)]


@pytest.mark.parametrize(
    ("raw", "row", "expected"),
    [
        (None, {}, "time_missing"), (True, {"time_format": "s"}, "time_type"),
        ("x", {"time_format": "s"}, "time_type"), ("", {"time_format": "ms"}, "time_type"),
        (SECONDS, {"time_format": "iso"}, "time_type"), ([1], {"time_format": "iso"}, "time_type"),
        ("2026-05-04T12:00:00", {"time_format": "iso"}, "time_naive"),
        (SECONDS, {"time_format": "ms"}, "time_out_of_window"),
        ("9" * 20, {"time_format": "ns"}, "time_out_of_window"),
        (1e29, {"time_format": "s"}, "time_out_of_window"),
        ("0001-01-01T00:00:00", {"time_zone": "Europe/Madrid"}, "time_out_of_window"),
        ("9999-12-31T23:59:59", {"time_zone": "America/New_York"}, "time_out_of_window"),
        ("04.05.2026", {"time_format": "%d.%m.%Y"}, "time_naive"),
        ("31.02.2026", {"time_format": "%d.%m.%Y"}, "time_type"),
        ("12:00", {"time_format": "%H:%M", "time_zone": "UTC"}, "time_out_of_window"),
        (1.5, {"time_format": "%Y"}, "time_type"), ("9" * 99, {"time_format": "%Y"}, "time_type"),
        ("2026-03-29T02:30:00", {"time_zone": "Europe/Madrid"}, "time_in_gap"),
        ("2026-10-25T02:30:00", {"time_zone": "Europe/Madrid"}, "time_ambiguous"),
    ],
)  # fmt: skip
def test_refused_times(raw: object, row: dict[str, Any], expected: str) -> None:
    assert reason({"v": 1, "t": raw}, **TIMES, **row) == expected


@pytest.mark.parametrize(
    ("received", "expected"),
    [("00:31", "00:30"), ("00:16", "00:30"), ("01:30", "01:30"), ("01:44", "01:30")],
)
def test_the_hour_that_comes_twice_is_told_by_the_time_of_receipt(
    received: str, expected: str
) -> None:
    def at(clock: str) -> datetime:
        return datetime.fromisoformat(f"2026-10-25T{clock}:00+00:00")

    document = {"v": 1, "t": "2026-10-25T02:30:00"}
    row = {"time_zone": "Europe/Madrid", "received_at": at(received)}
    assert readings(document, **TIMES, **row)[0][1] == at(expected)


def test_quality() -> None:
    row: dict[str, Any] = {"value_path": "v", "quality_path": "q", "good_quality": ["true", "192"]}
    for good in (True, 192, "192", " true "):
        assert value({"v": 1, "t": SECONDS, "q": good}, **row) == 1
    for bad in (False, 0, "bad", None, [1], {}, 1):
        assert reason({"v": 1, "t": SECONDS, "q": bad}, **row) == "bad_quality"
        dropped = run({"v": 1, "t": SECONDS, "q": bad}, **row, on_bad_quality="drop")
        assert dropped == [Drop("bad_quality")]
    row["good_quality"] = ["null"]
    assert value({"v": 1, "t": SECONDS}, **row) == 1


def test_unit() -> None:
    row = {"value_path": "v", "unit_path": "u", "unit": "°C"}
    for good in ("C", "degC", "Cel", "celsius", "℃"):
        assert value({"v": 1, "t": SECONDS, "u": good}, **row) == 1
    for bad in ("F", "", None, 1):
        assert reason({"v": 1, "t": SECONDS, "u": bad}, **row) == "unit_mismatch"
    assert plain_unit("mW") != plain_unit("MW")
    assert plain_unit("KWH") == plain_unit("kWh")


def test_claims() -> None:
    paths = {"lot_path": "o.lot", "operator_path": "$.op", "value_path": "v"}
    (item,) = run({"v": 1, "t": SECONDS, "o": {"lot": 7}, "op": "kim"}, **paths)
    assert isinstance(item, Reading)
    assert item.claim == Claim("7", None, "kim", None)
    (item,) = run({"v": 1, "t": SECONDS}, **paths)
    assert isinstance(item, Reading)
    assert item.claim == Claim(None, None, None, None)
    assert reason({"v": 1, "t": SECONDS, "o": {"lot": "a\u202eb"}}, **paths) == "text_control"


def test_lines_and_records_stand_for_themselves() -> None:
    lines = b'{"v": 1, "t": 1777896000}\r\n\n{"v": \n{"v": 2, "t": 1777896000}\n'
    items = run(lines, value_path="v", format="ndjson")
    assert sorted(type(item).__name__ for item in items) == ["Reading", "Reading", "Rejection"]
    records = [{"v": 1, "t": SECONDS}, {"v": "x", "t": SECONDS}, 5, {"v": 2, "t": SECONDS}]
    items = run(records, value_path="v")
    assert [getattr(item, "reason", None) for item in items] == [
        None, "value_is_string", "time_missing", None,
    ]  # fmt: skip
    kept, drop = run([{"v": 1, "t": SECONDS}, {"v": 2}], value_path="v", is_retained=True)
    assert isinstance(kept, Reading)
    assert drop == Drop("retained_no_time")


def test_limits() -> None:
    many = [{"v": 1, "t": SECONDS}] * MOST_VALUES
    assert len(readings(many, value_path="v")) == MOST_VALUES
    assert reason([*many, many[0]], value_path="v") == "too_many_values"
    half = {"t": SECONDS, **{f"a{n}": n for n in range(MOST_VALUES // 2 + 1)}}
    assert reason([half, half], **FIELDS) == "too_many_values"
    assert reason(b"\n" * 1001, value_path="v", format="ndjson") == "too_many_values"
    assert (
        reason({"v": 1, "t": SECONDS}, topic="f/" + "x" * 511, value_path="v") == "topic_too_long"
    )
    assert reason(b'{"v": 1, "v": 2, "t": 1777896000}', value_path="v") == "duplicate_key"


SENML = {"format": "senml", "sensor_topic": "s/{n}", "value_path": "v", "time_path": "t",
         "time_format": "s"}  # fmt: skip


def test_senml() -> None:
    pack = [
        {"bn": "d/", "bt": SECONDS, "bv": 20, "n": "t", "v": 1.5},
        {"bt": SECONDS + 60},
        {"n": "p", "v": 3, "t": -60},
        {"n": "on", "vb": True},
    ]
    items = run(pack, **SENML)
    assert items[:2] == [
        Reading("s/d/t", AT, 21.5, None, NOW), Reading("s/d/p", AT, 23.0, None, NOW),
    ]  # fmt: skip
    assert isinstance(items[2], Rejection)
    assert items[2].reason == "value_type"
    assert readings([{"n": "a", "v": 1}], **SENML) == [("s/a", NOW, 1.0)]
    assert readings([{"n": "a", "v": 1, "t": -1}], **SENML) == [("s/a", AT, 1.0)]
    (dropped,) = run([{"n": "a", "v": 1}], is_retained=True, **SENML)
    assert dropped == Drop("retained_no_time")


@pytest.mark.parametrize(
    ("pack", "expected"),
    [
        ({"n": "a"}, "senml"), ([5], "senml"), ([{"n": "a", "v": 1, "x_": 1}], "senml"),
        ([{"bver": 11, "n": "a", "v": 1}], "senml"), ([{"n": 5, "v": 1}], "text_type"),
        ([{"n": "a", "v": 1, "t": "x"}], "value_is_string"), ([{"bn": "d"}], "no_value"),
        ([{"n": "a", "v": 1, "bt": 1e31}], "value_out_of_range"), ([], "no_value"),
    ],
)  # fmt: skip
def test_refused_senml(pack: object, expected: str) -> None:
    assert reason(pack, **SENML) == expected


def test_readings_of_topics_without_a_sensor_are_dropped_where_a_mapping_says_so() -> None:
    rows = [
        {"value_path": "v", "on_unknown": "drop"},
        {"name": "n", "topic_filter": "g", "sensor_topic": "f/{field}", "on_unknown": "drop"},
    ]
    entries: list[tuple[dict[str, Any]]] = [({**DEFAULTS, **row},) for row in rows]
    mappings = Mappings.load([*entries, ({"units": {}, "topics": ["f/a"]},)])

    def found(topic: str, document: object) -> list[Item]:
        return decode(Message(topic, json.dumps(document).encode(), NOW), mappings)

    reading, drop = Reading("f/a", AT, 1.0, None, NOW), Drop("unknown_sensor")
    assert found("f/a", {"v": 1, "t": SECONDS}) == [reading]
    assert found("f/b", {"v": 1, "t": SECONDS}) == [drop]
    assert found("g", {"a": 1, "b": 2, "t": SECONDS}) == [reading, drop]


def test_ignored_topics() -> None:
    assert run(b"\xff", is_ignored=True, **RECEIPT) == [Drop("ignored")]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(["v", "t", "q", "u", "n", "r", "bt", "bn"]) | st.text(), inner
        ),
    ),
    st.sampled_from([
        {"value_path": "v"}, FIELDS, SENML, {**TEXT, "states": {"a": 1}}, {**RECEIPT, **FIELDS},
        {"records_path": "r[?v > `1`].{v: sum([v, v]), t: t}", "value_path": "v"},
        {"records_path": "[].r", "value_path": "max(@)", "sensor_topic": "{n}/{to_string(v)}"},
        {"value_path": "v", "numeric_strings": True, "booleans": True, "time_format": "iso",
         "time_zone": "Europe/Madrid", "quality_path": "q", "good_quality": ["1"]},
        {"value_path": "v", "time_format": "%Y-%m-%d", "unit_path": "u", "unit": "C"},
    ]),
)  # fmt: skip
def test_no_document_raises(document: object, row: dict[str, Any]) -> None:
    items = run(document, **row)
    assert items
    for item in items:
        assert isinstance(item, Reading | Rejection | Drop)
        if isinstance(item, Reading):
            assert abs(item.value) <= 1e30
            assert "\0" not in item.topic


PIECES = st.sampled_from([
    "a", "b.c", "$.", "$", "[", "]", "[0]", "[*]", "[?a > `1`]", "{topic}", "{1}", "{-2}", "{",
    "{field}", "}", "|", "`", "'", '"', "sum(@)", "max_by(@, &a)", "to_number(a)", "%Y", "%", "%z",
    "@", ".", "avg(a)", "sort(@)", "length(@)", "keys(@)", "not_null(a, b)",
    "map(&a, @)", "&a", "{x: a}",
])  # fmt: skip
TYPED = st.lists(PIECES | st.text(max_size=3), max_size=5).map("".join)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(
        ("records_path", "value_path", "time_path", "sensor_topic", "time_format", "quality_path",
         "lot_path", "time_zone"), TYPED,
    )),
    st.sampled_from(["json", "ndjson", "senml"]),
    st.sampled_from([
        {"a": 1, "b": {"c": "x"}, "t": SECONDS}, [{"a": [1, "2"], "t": SECONDS}, 3, None], "x", {},
    ]),
)  # fmt: skip
def test_whatever_somebody_types_into_a_row_stops_nobody(
    row: dict[str, Any], shape: str, document: object
) -> None:
    mappings = load(
        {**row, "format": shape}, {"name": "whole", "topic_filter": "g", "value_path": "v"}
    )
    for item in decode(Message("f/a", json.dumps(document).encode(), NOW), mappings):
        assert isinstance(item, Reading | Rejection | Drop)
        if isinstance(item, Reading):
            assert abs(item.value) <= 1e30
            assert "\0" not in item.topic
            assert item.topic.encode()
    good = decode(Message("g", b'{"v": 1, "t": 1777896000}', NOW), mappings)
    assert good == [Reading("g", AT, 1.0, None, NOW)]
