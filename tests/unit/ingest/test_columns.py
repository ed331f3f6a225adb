"""The fast way from a payload to rows against the general one: the same readings, or none."""

import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.catalog import Catalog
from ingest.columns import Columns, microseconds, moment
from ingest.decode import decode
from ingest.item import Message
from ingest.mapping import Mappings

NOW = datetime(2026, 5, 4, 12, 0, 0, 123_456, tzinfo=UTC)
SENSORS = {"plant/m": 1, "plant/m/a": 2, "plant/m/b": 3, "plant/m/values": 4, "plant/m/value": 5,
           "plant/m/time": 6, "plant/m/lot": 7, "plant/m/lot/a": 8, "plant/m/t": 9}  # fmt: skip
CATALOG = Catalog(1, SENSORS)

keys = st.sampled_from(
    ["value", "val", "v", "values", "time", "timestamp", "ts", "t", "a", "b", "c", " a", "lot",
     "machine", "unit", "", "é", "event"]
)  # fmt: skip
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False),
    st.sampled_from(["x", "2026-05-04T12:00:00Z", "2026-05-04T12:00:00.25+02:00", "1", ""]),
    st.sampled_from([1777896000, 1777896000123, 1777896000123456, 1777896000.5, -1, 0, 1e300]),
)  # fmt: skip
values = st.one_of(
    scalars,
    st.dictionaries(keys, scalars, max_size=4),
    st.lists(st.dictionaries(keys, scalars, max_size=3), max_size=2),
)
plain_times = st.sampled_from(["2026-05-04T12:00:00Z", 1777896000, 1777896000123, 1777896000.25])
plain = st.one_of(
    st.fixed_dictionaries({"time": plain_times, "value": st.floats(-1e9, 1e9)}),
    st.fixed_dictionaries({"v": st.integers(), "t": plain_times}),
    st.fixed_dictionaries(
        {"time": plain_times, "values": st.dictionaries(st.sampled_from("ab"), scalars)}
    ),
    st.fixed_dictionaries({"ts": plain_times, "a": st.integers(), "b": st.floats(-10, 10)}),
)
documents = st.one_of(plain, st.dictionaries(keys, values, max_size=5), values)
topics = st.sampled_from([*SENSORS, "plant/m/status", "plant/x", "plant", "plant/m/new"])


def general(topic: str, payload: bytes) -> list[Any]:
    return decode(Message(topic, payload, NOW, mid=1, qos=1))


@settings(max_examples=1500)
@given(topics, documents)
def test_it_takes_what_the_general_way_would_store(topic: str, document: object) -> None:
    payload = json.dumps(document).encode()
    columns = Columns(CATALOG)
    if columns.add(topic.encode(), payload, microseconds(NOW)):
        assert columns.readings() == general(topic, payload)
    else:
        assert len(columns) == 0
        assert columns.times == columns.counts == columns.received == []


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("plant/m/a", b'{"value":1.5,"time":"2026-05-04T12:00:00Z"}'),
        ("plant/m/a", b'{"t":1777896000123,"v":-7}'),
        ("plant/m", b'{"time":1777896000,"values":{"a":1,"b":2.5}}'),
        ("plant/m", b'{"a":1,"timestamp":1777896000.25,"b":2}'),
    ],
)
def test_plain_messages_go_the_fast_way(topic: str, payload: bytes) -> None:
    columns = Columns(CATALOG)
    assert columns.add(topic.encode(), payload, microseconds(NOW))
    assert columns.readings() == general(topic, payload)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("plant/m/a", b"23.4"),
        ("plant/m/a", b'{"value":1,"time":1777896000,"lot":"L1"}'),
        ("plant/m/a", b'{"value":1,"value":2,"time":1777896000}'),
        ("plant/m/a", b'{"value":true,"time":1777896000}'),
        ("plant/m/a", b'{"value":1e31,"time":1777896000}'),
        ("plant/m/a", b'{"value":1,"time":"2026-05-04T12:00:00"}'),
        ("plant/m/a", b'{"value":1,"time":1777896000,"ts":1777896001}'),
        ("plant/m", b'{"time":1777896000,"values":{"a":1,"new":2}}'),
        ("plant/m", b'{"time":1777896000,"values":{"a":1,"a":2}}'),
        ("plant/m/lot", b'{"value":1,"time":1777896000}'),
        ("plant/m/new", b'{"value":1,"time":1777896000}'),
        ("plant/m/a", b"not json"),
    ],
)
def test_what_needs_judgement_goes_the_general_way(topic: str, payload: bytes) -> None:
    columns = Columns(CATALOG)
    assert not columns.add(topic.encode(), payload, microseconds(NOW))
    assert len(columns) == 0


def test_a_topic_of_a_mapping_is_not_for_the_fast_way() -> None:
    mappings = Mappings((), {})
    mappings.find = lambda topic: object() if topic == "plant/m/a" else None  # type: ignore
    columns = Columns(Catalog(1, SENSORS, mappings))
    assert not columns.add(b"plant/m/a", b'{"value":1,"time":1777896000}', 0)
    assert columns.add(b"plant/m/b", b'{"value":1,"time":1777896000}', 0)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_microseconds_are_exact(naive: datetime) -> None:
    instant = naive.replace(tzinfo=UTC)
    assert moment(microseconds(instant)) == instant


def filled(*rows: tuple[str, int, float]) -> Columns:
    columns = Columns(CATALOG)
    for name, second, value in rows:
        time = (NOW + timedelta(seconds=second)).isoformat()
        payload = json.dumps({"value": value, "time": time}).encode()
        assert columns.add(f"plant/m/{name}".encode(), payload, microseconds(NOW))
    return columns


def test_what_is_said_twice_or_out_of_time_is_set_apart() -> None:
    columns = filled(("b", 5, 1), ("a", 5, 2), ("a", 1, 3), ("b", 5, 4), ("a", 99, 5), ("a", -9, 6))
    block, rest = columns.split(microseconds(NOW), microseconds(NOW + timedelta(seconds=10)))
    assert block.sensors.tolist() == [2, 2, 3]
    assert block.values.tolist() == [3, 2, 1]
    assert [(reading.topic[-1], reading.value) for reading in columns.readings(rest)] == [
        ("b", 4), ("a", 5), ("a", 6),
    ]  # fmt: skip


def test_rows_in_the_binary_format_of_copy() -> None:
    """The format of PostgreSQL's manual (COPY, "Binary Format"), unpacked by hand."""
    block, _ = filled(("a", 1, 2.5), ("b", 0, -0.0)).split(0, 9e18)
    data = block.copied()
    assert data[:19] == b"PGCOPY\n\xff\r\n\0" + bytes(8)
    assert data[-2:] == b"\xff\xff"
    rows = [struct.unpack_from(">hiqiiidiq", data, 19 + 46 * n) for n in range(2)]
    epoch = datetime(2000, 1, 1, tzinfo=UTC)
    expected = [(NOW + timedelta(seconds=1), 2, 2.5), (NOW, 3, -0.0)]
    for row, (time, sensor, value) in zip(rows, expected, strict=True):
        us, received = ((each - epoch) // timedelta(microseconds=1) for each in (time, NOW))
        assert row == (4, 8, us, 4, sensor, 8, value, 8, received)
    assert len(data) == 19 + 2 * 46 + 2


def test_quarter_hours_are_told_with_their_sensors() -> None:
    block, _ = filled(("a", 0, 1), ("a", 60, 1), ("b", 30, 1), ("b", 900, 1)).split(0, 9e18)
    assert block.quarters() == {
        "from": [NOW, NOW + timedelta(seconds=900)],
        "to": [NOW + timedelta(seconds=60), NOW + timedelta(seconds=900)],
        "quarter": "{1,1,2}",
        "sensor_id": "{2,3,3}",
    }
    assert block.times.dtype == np.int64
