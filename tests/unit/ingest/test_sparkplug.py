"""Sparkplug B payloads, as a library writes them and as they should not be."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from pysparkplug import DataType
from pysparkplug._protobuf import Payload

from ingest.item import Drop, Item, Message, Reading, Rejection, Status
from ingest.sparkplug.nodes import ASK_AGAIN_S, Nodes, rebirth

NOW = datetime(2026, 3, 31, 6, 1, tzinfo=UTC)
MS = 1_774_936_800_000  # 2026-03-31 06:00 UTC
AT = datetime(2026, 3, 31, 6, tzinfo=UTC)

# An NBIRTH as an EdgeNode of pysparkplug 0.6.1 published it, without its bdSeq: power Float 1.5
# with alias 1, count Int32 -5 with alias 2, on Boolean true with alias 3.
RECORDED_BIRTH = bytes.fromhex(
    "08dbe3ce9ba13412170a05706f776572100118d9e3ce9ba1342009650000c03f12180a05636f756e74100218d9e3ce9b"
    "a134200350fbffffff0f12110a026f6e100318d9e3ce9ba134200b70011800"
)


def payload(*metrics: dict[str, Any], seq: int | None = 0, timestamp: int | None = MS) -> bytes:
    found = Payload()
    if timestamp is not None:
        found.timestamp = timestamp
    if seq is not None:
        found.seq = seq
    for said in metrics:
        metric = found.metrics.add()
        for name, value in said.items():
            if name == "quality":
                metric.properties.keys.append("Quality")
                metric.properties.values.add(type=3, int_value=value)
            else:
                setattr(metric, name, value)
    data: bytes = found.SerializeToString()
    return data


def say(nodes: Nodes, kind: str, data: bytes, device: str = "") -> list[Item]:
    topic = f"spBv1.0/G/{kind}/N" + (f"/{device}" if device else "")
    return nodes.decode(Message(topic, data, NOW))


def born(*metrics: dict[str, Any]) -> Nodes:
    nodes = Nodes()
    say(nodes, "NBIRTH", payload({"name": "bdSeq", "long_value": 7, "datatype": 8}, *metrics))
    return nodes


def values(items: list[Item]) -> list[tuple[str, float]]:
    return [(item.topic, item.value) for item in items if isinstance(item, Reading)]


def reasons(items: list[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Rejection)]


def test_a_birth_that_was_recorded() -> None:
    items = say(Nodes(), "NBIRTH", RECORDED_BIRTH)
    assert values(items) == [
        ("spBv1.0/G/N/power", 1.5), ("spBv1.0/G/N/count", -5.0), ("spBv1.0/G/N/on", 1.0),
    ]  # fmt: skip
    assert isinstance(items[-1], Status)
    assert (items[-1].topic, items[-1].is_online) == ("spBv1.0/G/N/status", True)


def test_data_by_alias_and_by_name() -> None:
    nodes = born({"name": "power", "alias": 1, "datatype": 9, "float_value": 1.5})
    items = say(nodes, "NDATA", payload(
        {"alias": 1, "float_value": 2.5, "timestamp": MS - 60_000},
        {"name": "other/deep", "double_value": 3.5, "is_historical": True}, seq=1,
    ))  # fmt: skip
    assert values(items) == [("spBv1.0/G/N/power", 2.5), ("spBv1.0/G/N/other/deep", 3.5)]
    times = [item.time for item in items if isinstance(item, Reading)]
    assert times == [AT.replace(hour=5, minute=59), AT]
    assert nodes.requests(0) == []


@pytest.mark.parametrize(
    ("datatype", "field", "written", "value"),
    [
        (DataType.INT8, "int_value", 251, -5), (DataType.INT8, "int_value", 2**32 - 5, -5),
        (DataType.INT16, "int_value", 2**16 - 300, -300), (DataType.INT16, "int_value", 300, 300),
        (DataType.INT32, "int_value", 2**32 - 1, -1), (DataType.INT64, "long_value", 2**64 - 2, -2),
        (DataType.UINT32, "int_value", 2**32 - 1, 2**32 - 1),
        (DataType.UINT64, "long_value", 2**63, 2.0**63), (0, "int_value", 7, 7),
        (DataType.BOOLEAN, "boolean_value", False, 0),
        (DataType.DOUBLE, "double_value", 1e-3, 1e-3),
    ],
)  # fmt: skip
def test_numbers(datatype: int, field: str, written: float, value: float) -> None:
    nodes = born({"name": "x", "alias": 1, "datatype": datatype, "is_null": True})
    for said in ({"alias": 1}, {"name": "x"}, {"name": "x", "datatype": datatype}):
        nodes._nodes[("G", "N")].seq = 0
        items = say(nodes, "NDATA", payload({**said, field: written}, seq=1))
        assert values(items) == [("spBv1.0/G/N/x", value)]


@pytest.mark.parametrize(
    ("metric", "reason"),
    [
        ({"name": "x", "int_value": 2**31}, "value_type"),
        ({"name": "x", "long_value": 2**63}, "value_type"),
        ({"name": "x", "double_value": float("nan")}, "value_not_finite"),
        ({"name": "x", "float_value": float("inf")}, "value_not_finite"),
        ({"name": "x", "double_value": 1.0, "quality": 0}, "bad_quality"),
        ({"name": "x", "double_value": 1.0, "timestamp": 5}, "time_out_of_window"),
        ({"name": "x" * 600, "double_value": 1.0}, "text_too_long"),
        ({"name": "x\0", "double_value": 1.0}, "text_nul"),
        ({"alias": 9, "double_value": 1.0}, "alias_unknown"),
    ],
)
def test_what_cannot_be_meant(metric: dict[str, Any], reason: str) -> None:
    items = say(born(), "NDATA", payload(metric, {"name": "y", "double_value": 2.0}, seq=1))
    assert reasons(items) == [reason]
    assert values(items) == [("spBv1.0/G/N/y", 2.0)]


@pytest.mark.parametrize("metric", [
    {"name": "x", "is_null": True}, {"name": "x", "string_value": "on"}, {"name": "x"},
    {"name": "x", "bytes_value": b"1"}, {"name": "x", "datatype": 13, "long_value": MS},
])  # fmt: skip
def test_what_is_no_number_is_only_counted(metric: dict[str, Any]) -> None:
    assert say(born(), "NDATA", payload(metric, seq=1)) == [Drop("ignored")]


def test_good_quality_is_taken() -> None:
    said = {"name": "x", "double_value": 1.0, "quality": 192}
    assert values(say(born(), "NDATA", payload(said, seq=1))) == [("spBv1.0/G/N/x", 1.0)]


def test_a_gap_makes_aliases_doubtful_and_names_not() -> None:
    nodes = born({"name": "power", "alias": 1, "datatype": 9, "float_value": 1.5})
    said = payload({"alias": 1, "float_value": 2.5}, {"name": "y", "double_value": 3.0}, seq=2)
    items = say(nodes, "NDATA", said)
    assert (reasons(items), values(items)) == (["alias_unknown"], [("spBv1.0/G/N/y", 3.0)])
    assert [topic for topic, _ in nodes.requests(0)] == ["spBv1.0/G/NCMD/N"]


def test_the_numbers_go_round() -> None:
    nodes = born({"name": "power", "alias": 1, "datatype": 9, "float_value": 1.5})
    for seq in [*range(1, 256), 0, 1]:
        items = say(nodes, "NDATA", payload({"alias": 1, "float_value": 2.0}, seq=seq))
        assert reasons(items) == []


def test_devices_have_aliases_of_their_own() -> None:
    nodes = born({"name": "a", "alias": 1, "datatype": 10, "double_value": 1.0})
    say(nodes, "DBIRTH", payload(
        {"name": "b", "alias": 1, "datatype": 10, "double_value": 2.0}, seq=1), "D")  # fmt: skip
    items = say(nodes, "DDATA", payload({"alias": 1, "double_value": 3.0}, seq=2), "D")
    assert values(items) == [("spBv1.0/G/N/D/b", 3.0)]
    items = say(nodes, "NDATA", payload({"alias": 1, "double_value": 4.0}, seq=3))
    assert values(items) == [("spBv1.0/G/N/a", 4.0)]


def test_a_death_counts_for_the_session_it_belongs_to() -> None:
    nodes = born()
    say(nodes, "DBIRTH", payload(seq=1), "D")
    old = payload({"name": "bdSeq", "long_value": 6}, seq=None)
    assert say(nodes, "NDEATH", old) == [Drop("ignored")]
    items = say(nodes, "NDEATH", payload({"name": "bdSeq", "long_value": 7}, seq=None))
    deaths = [item for item in items if isinstance(item, Status)]
    assert [(item.topic, item.is_online, item.time) for item in deaths] == [
        ("spBv1.0/G/N/status", False, NOW), ("spBv1.0/G/N/D/status", False, NOW),
    ]  # fmt: skip


def test_a_node_is_asked_once_a_minute() -> None:
    nodes = Nodes()
    say(nodes, "NDATA", payload({"alias": 1, "double_value": 1.0}))
    assert len(nodes.requests(10)) == 1
    say(nodes, "NDATA", payload({"alias": 1, "double_value": 1.0}))
    assert nodes.requests(10 + ASK_AGAIN_S / 2) == []
    assert len(nodes.requests(10 + ASK_AGAIN_S)) == 1
    assert nodes.requests(10 + 3 * ASK_AGAIN_S) == []


def test_the_command_that_asks() -> None:
    command = Payload.FromString(rebirth())
    (metric,) = command.metrics
    assert (metric.name, metric.datatype, metric.boolean_value) == (
        "Node Control/Rebirth", 11, True,
    )  # fmt: skip


@pytest.mark.parametrize("topic", [
    "spBv1.0/G/NCMD/N", "spBv1.0/STATE/host", "spBv1.0/G/NDATA", "spBv1.0/G/NDATA/N/D",
    "spBv1.0/G/DDATA/N", "spBv1.0/G/DDATA/N/D/E", "spBv1.0",
])  # fmt: skip
def test_topics_that_bring_nothing(topic: str) -> None:
    assert Nodes().decode(Message(topic, b"x", NOW)) == [Drop("ignored")]


def test_no_bytes_raise() -> None:
    rng = random.Random(7)
    good = payload({"name": "x", "alias": 1, "datatype": 9, "float_value": 1.5, "quality": 192})
    nodes = Nodes()
    for _ in range(3000):
        data = bytearray(good if rng.random() < 0.7 else rng.randbytes(rng.randrange(60)))
        for _ in range(rng.randrange(6)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        kind = rng.choice(("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH"))
        say(nodes, kind, bytes(data), "D" if kind[0] == "D" else "")
    assert reasons(say(nodes, "NDATA", b"\xff\xff\xff")) == ["protobuf"]
