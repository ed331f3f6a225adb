"""Which lot ran when: layers, events and claims, worked out by hand and against a slow twin."""

from __future__ import annotations

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from scripts.simulate.model import SECOND, Assertion, Claim, LotEvent, Reading, Sensor
from scripts.simulate.runs import Span, claim_spans, payload_spans, runs

ENERGY = Sensor("e", "m", "counter", max_gap_s=10)
OVEN = Sensor("t", "m", "gauge", max_gap_s=30)


def event(kind: Literal["start", "stop"], lot: str, seconds: int, machine: str = "m") -> LotEvent:
    return LotEvent(machine, kind, lot, seconds)


def claiming(*claims: tuple[int, str | None]) -> list[Reading]:
    return [Reading(second * SECOND, 1, Claim(lot, operator="o")) for second, lot in claims]


def of_events(*events: LotEvent) -> list[tuple[str, int, int | None]]:
    return [(run.lot, run.from_us, run.to_us) for run in runs("m", [], events, [])]


def seconds_of(spans: list[Span]) -> list[tuple[int, int, str | None]]:
    return [(span.from_us // SECOND, span.to_us // SECOND, span.lot) for span in spans]


def test_start_and_stop() -> None:
    assert of_events(event("start", "A", 10), event("stop", "A", 20)) == [("A", 10, 20)]


def test_order_of_arrival_does_not_matter() -> None:
    assert of_events(event("stop", "A", 20), event("start", "A", 10)) == [("A", 10, 20)]


def test_next_start_closes_the_run_before() -> None:
    found = of_events(event("start", "A", 10), event("start", "B", 15), event("stop", "A", 20))
    assert found == [("A", 10, 15), ("B", 15, None)]


def test_stop_of_another_lot_machine_or_instant_closes_nothing() -> None:
    found = of_events(
        event("start", "A", 10),
        event("stop", "B", 12),
        event("stop", "A", 13, "other"),
        event("stop", "A", 10),
    )
    assert found == [("A", 10, None)]


def test_touching_event_runs_of_a_lot_merge() -> None:
    assert of_events(event("start", "A", 10), event("start", "A", 15), event("stop", "A", 20)) == [
        ("A", 10, 20)
    ]


def test_starts_at_one_instant_go_to_the_greater_number() -> None:
    assert of_events(event("start", "B", 10), event("start", "A", 10)) == [("B", 10, None)]


def test_precedence_of_layers() -> None:
    # payload 0..100 P, event 10..90 E, declared 20..80 D, correction 30..40 C and 50..60 none.
    assertions = [
        Assertion("m", "D", 20, 80),
        Assertion("m", "C", 30, 40, "correction", 1),
        Assertion("m", None, 50, 60, "correction", 2),
        Assertion("other", "X", 0, 100),
    ]
    events = [event("start", "E", 10), event("stop", "E", 90)]
    found = runs("m", assertions, events, [Span(0, 100, "P")])
    assert [(run.lot, run.from_us, run.to_us, run.source) for run in found] == [
        ("P", 0, 10, "payload"),
        ("E", 10, 20, "event"),
        ("D", 20, 30, "declared"),
        ("C", 30, 40, "correction"),
        ("D", 40, 50, "declared"),
        ("D", 60, 80, "declared"),
        ("E", 80, 90, "event"),
        ("P", 90, 100, "payload"),
    ]


def test_newest_assertion_wins_within_its_layer() -> None:
    assertions = [
        Assertion("m", "A", 0, None, sequence=1),
        Assertion("m", "B", 10, 20, sequence=3),
        Assertion("m", None, 15, 30, sequence=2),
    ]
    found = runs("m", assertions, [], [])
    assert [(run.lot, run.from_us, run.to_us) for run in found] == [
        ("A", 0, 10),
        ("B", 10, 20),
        ("A", 30, None),
    ]


def test_claims_hold_until_the_next_claim_at_most_max_gap() -> None:
    # max_gap 10 s: A from 0 (5 goes on) to 15; B 20..22 and then none.
    readings = claiming((0, "A"), (5, "A"), (20, "B"), (22, None))
    readings.append(Reading(3 * SECOND, 1))  # says nothing about lots, ends nothing
    spans = claim_spans(ENERGY, readings)
    assert seconds_of(payload_spans(spans, 0)[0]) == [(0, 15, "A"), (20, 22, "B")]


def test_sensor_without_claims_claims_nothing() -> None:
    assert claim_spans(ENERGY, [Reading(0, 1)]) == []


def test_short_conflict_goes_to_the_newest_claim() -> None:
    # The oven still says A until 25 s, energy says B from 20 s: 5 s of conflict, B began last.
    claims = [Span(0, 25 * SECOND, "A"), Span(20 * SECOND, 60 * SECOND, "B")]
    spans, conflicts = payload_spans(claims, 30 * SECOND)
    assert seconds_of(spans) == [(0, 20, "A"), (20, 60, "B")]
    assert conflicts == []


def test_short_conflict_inside_a_longer_claim() -> None:
    claims = [Span(0, 50 * SECOND, "B"), Span(20 * SECOND, 25 * SECOND, "A")]
    spans, _ = payload_spans(claims, 30 * SECOND)
    assert seconds_of(spans) == [(0, 20, "B"), (20, 25, "A"), (25, 50, "B")]


def test_claims_that_begin_together_go_to_the_greater_number() -> None:
    claims = [Span(0, 20 * SECOND, "B"), Span(0, 30 * SECOND, "A")]
    assert seconds_of(payload_spans(claims, 20 * SECOND)[0]) == [(0, 20, "B"), (20, 30, "A")]


def test_long_conflict_belongs_to_nobody() -> None:
    # A|B from 20 to 45 and B|C from 45 to 55 are one stretch of 35 s > 30 s.
    claims = [
        Span(0, 45 * SECOND, "A"),
        Span(20 * SECOND, 60 * SECOND, "B"),
        Span(45 * SECOND, 55 * SECOND, "C"),
    ]
    spans, conflicts = payload_spans(claims, 30 * SECOND)
    assert seconds_of(spans) == [(0, 20, "A"), (55, 60, "B")]
    assert [(found.from_us, found.to_us) for found in conflicts] == [(20 * SECOND, 55 * SECOND)]
    assert conflicts[0].lots == {"A", "B", "C"}
    # As long as the limit it is still short: 35 s <= 35 s.
    spans, conflicts = payload_spans(claims, 35 * SECOND)
    assert seconds_of(spans) == [(0, 20, "A"), (20, 45, "B"), (45, 55, "C"), (55, 60, "B")]
    assert conflicts == []


def test_claims_of_two_sensors_union() -> None:
    # Energy 0..10 and oven 10..40 touch: one unbroken claim, so B (from 5) is the newer one.
    claims = claim_spans(ENERGY, claiming((0, "A"))) + claim_spans(OVEN, claiming((10, "A")))
    assert seconds_of(payload_spans(claims, 0)[0]) == [(0, 40, "A")]
    rival = [Span(5 * SECOND, 15 * SECOND, "B")]
    assert seconds_of(payload_spans(claims + rival, 30 * SECOND)[0]) == [
        (0, 5, "A"),
        (5, 15, "B"),
        (15, 40, "A"),
    ]


CLAIMS = st.dictionaries(st.integers(0, 80), st.sampled_from([None, "A", "B", "C"]), max_size=12)


@given(energy=CLAIMS, oven=CLAIMS, limit=st.integers(0, 40))
def test_claims_against_a_twin_that_looks_at_each_second(
    energy: dict[int, str | None], oven: dict[int, str | None], limit: int
) -> None:
    claims = claim_spans(ENERGY, claiming(*energy.items()))
    claims += claim_spans(OVEN, claiming(*oven.items()))
    spans, _ = payload_spans(claims, limit * SECOND)
    got = [
        next((s.lot for s in spans if s.from_us <= t * SECOND < s.to_us), None) for t in range(130)
    ]
    assert got == _by_second([(energy, 10), (oven, 30)], limit)


def _by_second(sensors: list[tuple[dict[int, str | None], int]], limit: int) -> list[str | None]:
    claimed: list[set[str]] = []
    for second in range(130):
        now = set()
        for claims, gap in sensors:
            last = max((time for time in claims if time <= second), default=None)
            if last is not None and second < last + gap and (lot := claims[last]) is not None:
                now.add(lot)
        claimed.append(now)
    found: list[str | None] = []
    for second, now in enumerate(claimed):
        first = last = second
        while first > 0 and len(claimed[first - 1]) > 1:
            first -= 1
        while last + 1 < len(claimed) and len(claimed[last + 1]) > 1:
            last += 1
        if len(now) > 1 and last + 1 - first > limit:
            found.append(None)
        else:
            found.append(
                max(now, key=lambda lot: (_began(claimed, lot, second), lot), default=None)
            )
    return found


def _began(claimed: list[set[str]], lot: str, second: int) -> int:
    while second > 0 and lot in claimed[second - 1]:
        second -= 1
    return second
