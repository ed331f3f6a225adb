"""The witnesses of the chaos run: what they say decides whether something was lost."""

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.chaos.faults import FAULTS
from scripts.chaos.plan import make_plan
from scripts.chaos.tap import Tap
from scripts.chaos.traffic import BROKEN, GOOD, REFUSED, Traffic, number_of
from scripts.chaos.verdict import is_of_broker
from scripts.chaos.world import BrokerKill, Times

TRAFFIC = Traffic(messages=1000, base_ms=1_700_000_000_000, poison_from=100, poison_to=140)


def publish(number: int, mid: int, head: int = 0x32, pad: int = 0) -> bytes:
    topic = TRAFFIC.topic(number).encode()
    payload = TRAFFIC.payload(number) + b" " * pad
    body = struct.pack(">H", len(topic)) + topic + struct.pack(">H", mid) + payload
    length = len(body)
    size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
    return bytes([head]) + size + body


def puback(mid: int) -> bytes:
    return struct.pack(">BBH", 0x40, 2, mid)


def parts(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]


@given(st.lists(st.integers(0, 10_000), max_size=20), st.integers(0, 200))
def test_it_reads_packets_however_the_network_cuts_them(cuts: list[int], pad: int) -> None:
    tap = Tap(1000)
    connection = tap.opened()
    down = b"\x20\x02\x01\x00" + publish(1, 7, pad=pad) + b"\xd0\x00" + publish(102, 8)
    for part in parts(down, cuts):
        connection.to_client(part)
    assert (tap.delivered, tap.different, tap.waiting) == (2, 2, 2)
    for part in parts(b"\xc0\x00" + puback(8) + puback(9), cuts):
        connection.to_server(part)
    assert tap.acknowledged == 1
    assert tap.waiting_numbers() == [1]


def test_it_counts_what_comes_again_by_number_and_forgets_a_closed_connection() -> None:
    tap = Tap(1000)
    tap.opened().to_client(publish(5, 1))
    assert tap.again == 0
    # Not marked as delivered again: Mosquitto forgets that in a crash.
    second = tap.opened()
    assert tap.waiting == 0
    second.to_client(publish(5, 1) + publish(6, 2))
    assert (tap.delivered, tap.again, tap.waiting) == (3, 1, 2)


def test_it_leaves_alone_what_is_not_numbered() -> None:
    tap = Tap(1000)
    tap.opened().to_client(publish(5, 1, head=0x30) + b"\x32\x0a\x00\x05$SYS/\x00\x010")
    assert tap.delivered == 0


@pytest.mark.parametrize(
    ("number", "kind"),
    [(99, GOOD), (100, GOOD), (101, REFUSED), (103, BROKEN), (139, BROKEN), (140, GOOD)],
)
def test_every_payload_tells_its_number(number: int, kind: int) -> None:
    assert TRAFFIC.kind(number) == kind
    assert number_of(TRAFFIC.payload(number)) == number


@pytest.mark.parametrize(
    ("acknowledged_at", "delivered_at", "is_so"),
    [
        (99.5, math.nan, True),  # after the save at 98, before the kill at 100
        (97.9, math.nan, False),  # saved
        (100.5, math.nan, False),  # by the broker that was started again
        (99.5, 99.6, False),  # delivered: the loader has lost it
    ],
)
def test_only_what_could_not_be_known_is_laid_at_the_brokers_door(
    acknowledged_at: float, delivered_at: float, is_so: bool
) -> None:
    kills = [BrokerKill(at=50, saved_ago_s=1), BrokerKill(at=100, saved_ago_s=2)]
    assert is_of_broker(acknowledged_at, delivered_at, kills) == is_so


@given(st.integers(0, 1000), st.sampled_from([500, 60_000, 1_000_000]))
def test_a_seed_is_a_plan(seed: int, messages: int) -> None:
    plan = make_plan(seed, messages, 2000, FAULTS, Times(), 400)
    assert plan == make_plan(seed, messages, 2000, FAULTS, Times(), 400)
    numbers = [moment.number for moment in plan.moments]
    assert numbers == sorted(numbers)
    assert {moment.fault for moment in plan.moments} == set(FAULTS)
    assert 0 < plan.poison_from < plan.poison_to <= messages
