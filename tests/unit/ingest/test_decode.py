"""Every form of message that is taken, and every one that is refused, with its reason."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import LARGEST_PAYLOAD, MOST_VALUES, decode
from ingest.item import Claim, Drop, Event, Item, Message, Reading, Rejection, Status
from ingest.mapping import Mappings

NOW = datetime(2026, 5, 4, 12, 0, 1, tzinfo=UTC)
AT = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
SECONDS = 1777896000


def run(
    payload: bytes | str, topic: str = "plant/l1/m1/t", is_retained: bool = False
) -> list[Item]:
    raw = payload.encode() if isinstance(payload, str) else payload
    return decode(Message(topic, raw, NOW, is_retained))


def readings(payload: bytes | str) -> list[tuple[str, datetime, float]]:
    items = run(payload)
    assert all(isinstance(item, Reading) for item in items), items
    return [(item.topic, item.time, item.value) for item in items if isinstance(item, Reading)]


def reason(payload: bytes | str, topic: str = "plant/l1/m1/t") -> str:
    (item,) = run(payload, topic)
    assert isinstance(item, Rejection), item
    assert len(item.payload) <= 4096
    return item.reason


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ("23.4", 23.4),
        ("23.4\n", 23.4),
        (" 5 ", 5.0),
        ("1e3", 1000.0),
        ("-0.0", 0.0),
        ("1e-400", 0.0),
        ("1e30", 1e30),
        ("9007199254740993", 9007199254740992.0),
        ("18446744073709551616", 2.0**64),
        (b"\xef\xbb\xbf23.4", 23.4),
    ],
)
def test_a_bare_number_takes_the_time_of_receipt(payload: bytes | str, value: float) -> None:
    assert readings(payload) == [("plant/l1/m1/t", NOW, value)]


@pytest.mark.parametrize(
    "payload",
    [
        '{"value": 21.5, "time": "2026-05-04T12:00:00Z"}',
        '{"val": 21.5, "timestamp": "2026-05-04 12:00:00+00:00"}',
        '{"v": 21.5, "t": 1777896000}',
        '{"value": 21.5, "ts": 1777896000000}',
        '{"value": 21.5, "timestamp_ms": 1777896000000}',
        '{"value": 21.5, "time": "2026-05-04T14:00:00+02:00", "unit": "C", "quality": null}',
        '{"value": 21.5, "value": 21.5, "time": 1777896000}',
        '[{"value": 21.5, "time": 1777896000}]',
    ],
)
def test_a_value_with_its_time(payload: str) -> None:
    assert readings(payload) == [("plant/l1/m1/t", AT, 21.5)]


@pytest.mark.parametrize(
    ("payload", "fields"),
    [
        ('{"time": 1777896000, "values": {"t": 1, "p": 2.5}}', {"t": 1.0, "p": 2.5}),
        ('{"timestamp": 1777896000, "temp": 1, "p": 2.5}', {"temp": 1.0, "p": 2.5}),
        (
            '{"ts": 1777896000, "temp": 1, "status": "on", "busy": true, "x": null, "lot": "L"}',
            {"temp": 1.0},
        ),
        ('{"time": 1777896000, "__proto__": 3}', {"__proto__": 3.0}),
    ],
)
def test_several_values_are_one_reading_each(payload: str, fields: dict[str, float]) -> None:
    expected = [(f"plant/l1/m1/t/{field}", AT, value) for field, value in fields.items()]
    assert readings(payload) == expected


def test_an_array_holds_messages() -> None:
    array = [
        {"value": 1, "time": SECONDS},
        {"value": 2, "time": SECONDS + 60},
        {"time": SECONDS, "values": {"a": 3}},
    ]
    assert readings(json.dumps(array)) == [
        ("plant/l1/m1/t", AT, 1.0),
        ("plant/l1/m1/t", AT + timedelta(minutes=1), 2.0),
        ("plant/l1/m1/t/a", AT, 3.0),
    ]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (SECONDS, AT),
        (SECONDS + 0.25, AT + timedelta(milliseconds=250)),
        (SECONDS * 10**3 + 5, AT + timedelta(milliseconds=5)),
        (SECONDS * 10**6 + 7, AT + timedelta(microseconds=7)),
        (SECONDS * 10**9 + 7999, AT + timedelta(microseconds=7)),
        ("2026-05-04T12:00Z", AT),
        ("2026-05-04t12:00:00z", AT),
        ("2026-05-04T12:00:00.123456789Z", AT + timedelta(microseconds=123456)),
        ("2026-05-04T12:00:00,5+00:00", AT + timedelta(milliseconds=500)),
        ("2026-05-04T17:45:00+05:45", AT),
        ("2026-05-04T11:59:60Z", AT),
    ],
)
def test_forms_of_time(time: object, expected: datetime) -> None:
    assert readings(json.dumps({"value": 1, "time": time}))[0][1] == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (None, "time_missing"),
        (True, "time_type"),
        ([1], "time_type"),
        ("1777896000", "time_type"),
        ("yesterday", "time_type"),
        ("now", "time_type"),
        ("10/11/2024", "time_type"),
        ("10/11/2024 10:00:00", "time_type"),
        ("2026-02-30T12:00:00Z", "time_type"),
        ("2026-05-04T12:00:00+25:00", "time_type"),
        ("2026-05-04T12:00:61Z", "time_type"),
        ("infinity", "time_type"),
        ("2026-05-04T12:00:00Z" + "0" * 100, "time_type"),
        ("2026-05-04T12:00:00", "time_naive"),
        ("2026-03-29T02:30:00", "time_naive"),
        (-1, "time_out_of_window"),
        (0, "time_out_of_window"),
        (1, "time_out_of_window"),
        (1e300, "time_out_of_window"),
        (2**63, "time_out_of_window"),
        ("0001-01-01T00:00:00+14:00", "time_out_of_window"),
        ("1999-12-31T23:59:59Z", "time_out_of_window"),
        ("2100-01-01T00:00:00Z", "time_out_of_window"),
        ("9999-12-31T23:59:59-14:00", "time_out_of_window"),
    ],
)
def test_refused_times(time: object, expected: str) -> None:
    assert reason(json.dumps({"value": 1, "time": time})) == expected


T = '"time": 1777896000'


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("   ", "json_syntax"),
        ("23,4", "json_syntax"),
        ("007", "json_syntax"),
        ("+5", "json_syntax"),
        (".5", "json_syntax"),
        ("5.", "json_syntax"),
        ("0x1F", "json_syntax"),
        ("on", "json_syntax"),
        ("{'value': 1}", "json_syntax"),
        ('{"value": 1,}', "json_syntax"),
        ('{"value": 1} // c', "json_syntax"),
        ('{"value": 1', "json_syntax"),
        ("1 2", "json_syntax"),
        ('{"value":1}\n{"value":2}', "json_syntax"),
        (b"\x1f\x8b\x08\x00gzip", "encoding"),
        (b"<html></html>", "json_syntax"),
        ("null", "value_null"),
        ("true", "value_type"),
        ('"23.4"', "value_is_string"),
        ("[1]", "value_not_scalar"),
        ("[[1]]", "value_not_scalar"),
        ("[]", "no_value"),
        ("{}", "no_value"),
        ("NaN", "value_not_finite"),
        ("-Infinity", "value_not_finite"),
        ('{"value": NaN}', "value_not_finite"),
        ("1e400", "value_not_finite"),
        ("1.1e30", "value_out_of_range"),
        ("1e308", "value_out_of_range"),
        ("1" * 400, "value_out_of_range"),
        ("1" * 5000, "value_out_of_range"),
        ("23.4".encode("utf-16"), "encoding"),
        (b'"\xc0\xaf"', "encoding"),
        ('{"unit": "°C"}'.encode("latin-1"), "encoding"),
        (r'{"value": 1, "lot": "\ud800"}', "encoding"),
        ("[" * 60_000, "json_depth"),
        ("[" * 3000 + "]" * 3000, "json_depth"),
        ("[" * 200 + "]" * 200, "json_depth"),
        ('{"a":' * 102 + "1" + "}" * 102, "json_depth"),
        ('{"a":' * 100 + "1" + "}" * 100, "value_not_scalar"),
        ("1" + " " * LARGEST_PAYLOAD, "payload_too_large"),
        ('{"value": "23.4", ' + T + "}", "value_is_string"),
        ('{"value": "1_000", ' + T + "}", "value_is_string"),
        ('{"value": true, ' + T + "}", "value_type"),
        ('{"value": null, ' + T + "}", "value_null"),
        ('{"value": [1], ' + T + "}", "value_not_scalar"),
        ('{"value": {"a": 1}, ' + T + "}", "value_not_scalar"),
        ('{"values": [1], ' + T + "}", "value_not_scalar"),
        ('{"values": {}, ' + T + "}", "no_value"),
        ('{"lot": "L1", ' + T + "}", "no_value"),
        ('{"temp": "on", ' + T + "}", "value_is_string"),
        ('{"value": 1, "value": 21.5, ' + T + "}", "duplicate_key"),
        ('{"value": 1, "lot": "L1", "lot": "L2", ' + T + "}", "duplicate_key"),
        ('[{"v": 1, "v": 2, "t": 1777896000}]', "duplicate_key"),
        (r'{"\u0076": 1, "v": 2, "t": 1777896000}', "duplicate_key"),
        ('{"value": 1}', "time_missing"),
        ('{"temp": 1}', "time_missing"),
        (r'{"value": 1, "lot": "a\u0000b", ' + T + "}", "text_nul"),
        (r'{"value": 1, "lot": "a\u202eb", ' + T + "}", "text_control"),
        (r'{"value": 1, "lot": "a\u200bb", ' + T + "}", "text_control"),
        (r'{"value": 1, "lot": "a\nb", ' + T + "}", "text_control"),
        ('{"value": 1, "lot": "' + "x" * 257 + '", ' + T + "}", "text_too_long"),
        ('{"value": 1, "lot": true, ' + T + "}", "text_type"),
        ('{"value": 1, "lot": 1.5, ' + T + "}", "text_type"),
        ('{"values": {"a": 1}, "time": 1}', "time_out_of_window"),
        (
            json.dumps({"values": {f"f{n}": n for n in range(1001)}, "time": SECONDS}),
            "too_many_values",
        ),
        (json.dumps([{"v": 1, "t": SECONDS}] * 1001), "too_many_values"),
    ],
)  # fmt: skip
def test_refused_payloads(payload: bytes | str, expected: str) -> None:
    assert reason(payload) == expected


def test_a_bad_value_does_not_harm_its_neighbours() -> None:
    good, bad = run('{"values": {"a": 1, "b": "x"}, "time": 1777896000}')
    assert isinstance(good, Reading)
    assert good.value == 1.0
    assert isinstance(bad, Rejection)
    assert (bad.reason, bad.detail) == ("value_is_string", "b: a text: x")
    first, second = run('[{"v": null, "t": 1777896000}, {"v": 2, "t": 1777896000}]')
    assert isinstance(first, Rejection)
    assert isinstance(second, Reading)


def test_a_claim_keeps_what_is_said_and_that_nothing_is_said() -> None:
    def claim(**fields: object) -> Claim | None:
        (item,) = run(json.dumps({"value": 1, "time": SECONDS, **fields}))
        assert isinstance(item, Reading)
        return item.claim

    assert claim() is None
    assert claim(lot=None) == Claim(None, None, None, None)
    assert claim(lot="") == Claim(None, None, None, None)
    assert claim(lot=4711, operator=" anna ") == Claim("4711", None, "anna", None)
    assert claim(lot="e\u0301") == Claim("\u00e9", None, None, None)
    literal = "'); DROP TABLE reading;--"
    assert claim(lot=literal, machine="${jndi:x}") == Claim(literal, None, None, "${jndi:x}")


def test_topics_stay_as_they_are_but_have_a_limit() -> None:
    for topic in ("a b", "%s{0}$(id)", "../../x", "//", "/lead/", "'; drop table x;--"):
        (item,) = run("1", topic)
        assert isinstance(item, Reading)
        assert item.topic == topic
    assert reason("1", "x" * 513) == "topic_too_long"
    assert reason('{"values": {"bb": 1}, "time": 1777896000}', "x" * 510) == "topic_too_long"
    assert reason("1", "a\0b") == "text_nul"


def test_messages_that_hold_nothing_to_keep() -> None:
    assert run("") == [Drop("empty_payload")]
    assert run("23.4", is_retained=True) == [Drop("retained_no_time")]
    assert run('{"temp": 3}', is_retained=True) == [Drop("retained_no_time")]
    (item,) = run('{"v": 3, "t": 1777896000}', is_retained=True)
    assert isinstance(item, Reading)
    item, drop = run('[{"v": 3, "t": 1777896000}, {"v": 4}]', is_retained=True)
    assert isinstance(item, Reading)
    assert drop == Drop("retained_no_time")


def test_a_lot_event() -> None:
    payload = {"event": "stop", "lot": "L1", "reference": "R", "operator": "o",
               "time": SECONDS, "good": 98, "scrap": 2.5}  # fmt: skip
    assert run(json.dumps(payload), "plant/l1/m1/lot") == [
        Event("plant/l1/m1/lot", "stop", AT, "L1", "R", "o", 98.0, 2.5, NOW)
    ]
    both = [{"event": "start", "lot": 7, "time": SECONDS}, payload]
    events = run(json.dumps(both), "plant/l1/m1/lot")
    assert [item.lot for item in events if isinstance(item, Event)] == ["7", "L1"]


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("1", "event_unknown"),
        ('{"lot": "L", ' + T + "}", "event_unknown"),
        ('{"event": "pause", "lot": "L", ' + T + "}", "event_unknown"),
        ('{"event": ["start"], "lot": "L", ' + T + "}", "event_unknown"),
        ('{"event": "start", ' + T + "}", "lot_missing"),
        ('{"event": "start", "lot": " ", ' + T + "}", "lot_missing"),
        ('{"event": "start", "lot": "L"}', "time_missing"),
        ('{"event": "stop", "lot": "L", "good": -1, ' + T + "}", "value_out_of_range"),
        ('{"event": "stop", "lot": "L", "good": "9", ' + T + "}", "value_is_string"),
        ('{"event": "stop", "lot": "L", "scrap": true, ' + T + "}", "value_type"),
        (r'{"event": "stop", "lot": "L", "reference": "\u0000", ' + T + "}", "text_nul"),
    ],
)
def test_refused_events(payload: str, expected: str) -> None:
    assert reason(payload, "plant/l1/m1/lot") == expected


@pytest.mark.parametrize(
    ("payload", "is_online", "time"),
    [
        ("online", True, NOW),
        ("Offline\n", False, NOW),
        ('"ONLINE"', True, NOW),
        ('{"status": "offline"}', False, NOW),
        ('{"status": "Online", "time": "2026-05-04T12:00:00Z"}', True, AT),
        ('[{"status": "offline", "t": 1777896000}]', False, AT),
    ],
)
@pytest.mark.parametrize("is_retained", [False, True])
def test_a_status(payload: str, is_online: bool, time: datetime, is_retained: bool) -> None:
    topic = "plant/l1/m1/status"
    assert run(payload, topic, is_retained) == [Status(topic, is_online, time, NOW)]


def test_numbers_beside_a_status_are_readings() -> None:
    topic = "plant/l1/m1/status"
    (status, reading) = run('{"status": "online", "rssi": -60, "t": 1777896000}', topic)
    assert status == Status(topic, True, AT, NOW)
    assert reading == Reading(f"{topic}/rssi", AT, -60.0, None, NOW)
    (number,) = run("1", topic)
    assert number == Reading(topic, NOW, 1.0, None, NOW)
    (kept, drop) = run('{"status": "online", "rssi": -60}', topic, is_retained=True)
    assert isinstance(kept, Status)
    assert drop == Drop("retained_no_time")


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("rebooting", "json_syntax"),
        ('"rebooting"', "value_is_string"),
        ('{"status": "sleeping", "t": 1777896000}', "value_is_string"),
        ('{"status": "offline", "time": "yesterday"}', "time_type"),
    ],
)
def test_what_is_no_status(payload: str, expected: str) -> None:
    assert reason(payload, "plant/l1/m1/status") == expected
    (item,) = run("online", "plant/l1/m1/t")
    assert isinstance(item, Rejection)


@pytest.mark.parametrize(
    ("unit", "is_taken"),
    [("C", True), ("°C", True), (" degC ", True), ("Celsius", True), (None, True), ("", True),
     (7, True), ("F", False), ("K", False), ("kW", False)],
)  # fmt: skip
def test_a_unit_must_be_the_one_of_the_sensor(unit: object, is_taken: bool) -> None:
    mappings = Mappings.load([({"units": {"plant/l1/m1/t": "C"}, "topics": None},)])
    payload = json.dumps({"value": 1, "time": SECONDS, "unit": unit}).encode()
    (item,) = decode(Message("plant/l1/m1/t", payload, NOW), mappings)
    assert isinstance(item, Reading if is_taken else Rejection)
    if isinstance(item, Rejection):
        assert item.reason == "unit_mismatch"
    (other,) = decode(Message("plant/l1/m1/scaled", payload, NOW), mappings)
    assert isinstance(other, Reading)


def test_the_quarantine_gets_the_beginning_and_the_length() -> None:
    (item,) = run("x" * 5000)
    assert isinstance(item, Rejection)
    assert (len(item.payload), item.payload_length) == (4096, 5000)


def test_a_full_message_is_taken() -> None:
    payload = json.dumps({"values": {f"f{n}": n for n in range(MOST_VALUES)}, "time": SECONDS})
    assert len(readings(payload)) == MOST_VALUES


@given(st.binary(max_size=200))
def test_no_bytes_raise(payload: bytes) -> None:
    assert run(payload)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(["value", "time", "values", "lot", "event", "t"]) | st.text(), inner
        ),
    ),
    st.sampled_from(["plant/l1/m1/t", "plant/l1/m1/lot"]),
)  # fmt: skip
def test_no_document_raises_and_what_it_gives_can_be_stored(document: object, topic: str) -> None:
    for item in run(json.dumps(document), topic):
        if isinstance(item, Rejection):
            assert "\0" not in item.detail
            assert item.detail.encode()
        if isinstance(item, Reading):
            assert "\0" not in item.topic
            assert abs(item.value) <= 1e30
