"""Which lot ran on a machine when: correction > declared > event > payload."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scripts.simulate.model import (
    FOREVER,
    Assertion,
    LotEvent,
    Reading,
    Run,
    Sensor,
    Source,
)


@dataclass(frozen=True, slots=True)
class Span:
    """[from_us, to_us) said to belong to a lot, or to none."""

    from_us: int
    to_us: int
    lot: str | None
    source: Source = "payload"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Time claimed for several lots for so long that nobody gets it."""

    from_us: int
    to_us: int
    lots: frozenset[str]


def runs(
    machine: str,
    assertions: Iterable[Assertion],
    events: Iterable[LotEvent],
    claims: Iterable[Span],
    largest_gap_us: int = 0,
) -> list[Run]:
    """Effective runs of a machine, in time order; rows of other machines are ignored.

    claims: of all sensors of this machine, from claim_spans(). largest_gap_us: the largest
    max_gap among all sensors of the machine. Touching runs of one lot and one source merge.
    """
    spans = _assertion_spans(machine, assertions)
    spans += event_spans(machine, events)
    spans += payload_spans(claims, largest_gap_us)[0]
    return [
        Run(machine, span.lot, span.from_us, _open(span.to_us), span.source)
        for span in _merged(_strongest(spans))
        if span.lot is not None
    ]


def claim_spans(sensor: Sensor, readings: Iterable[Reading]) -> list[Span]:
    """Each claiming reading holds until the sensor's next one, at most max_gap."""
    claiming = sorted(
        (reading.time_us, reading.claim.lot)
        for reading in readings
        if reading.claim is not None and not reading.struck
    )
    ends = [time_us for time_us, _ in claiming[1:]] + [FOREVER] * bool(claiming)
    gap = sensor.max_gap_us
    return [
        Span(time_us, end if gap is None else min(end, time_us + gap), lot)
        for (time_us, lot), end in zip(claiming, ends, strict=True)
    ]


def event_spans(machine: str, events: Iterable[LotEvent]) -> list[Span]:
    """Starts at one instant: the greater lot number is the later one."""
    mine = [event for event in events if event.machine == machine]
    starts = sorted((event.time_us, event.lot) for event in mine if event.event == "start")
    spans = []
    for index, (time_us, lot) in enumerate(starts):
        ends = [
            event.time_us
            for event in mine
            if event.event == "stop" and event.lot == lot and event.time_us > time_us
        ]
        ends += [other for other, _ in starts[index + 1 : index + 2]]
        spans.append(Span(time_us, min(ends, default=FOREVER), lot, "event"))
    return _merged([span for span in spans if span.from_us < span.to_us])


def payload_spans(claims: Iterable[Span], largest_gap_us: int) -> tuple[list[Span], list[Conflict]]:
    """Union the claims per lot, then give each contiguous conflict to the newest or to nobody."""
    unions = _unions(claims)
    bounds = sorted({bound for span in unions for bound in (span.from_us, span.to_us)})
    spans: list[Span] = []
    conflicts: list[Conflict] = []
    stretch: list[tuple[int, int, list[Span]]] = []

    def close() -> None:
        if not stretch:
            return
        from_us, to_us = stretch[0][0], stretch[-1][1]
        if to_us - from_us <= largest_gap_us:
            for start, end, rivals in stretch:
                winner = max(rivals, key=lambda span: (span.from_us, span.lot or ""))
                spans.append(Span(start, end, winner.lot))
        else:
            lots = frozenset(span.lot or "" for _, _, rivals in stretch for span in rivals)
            conflicts.append(Conflict(from_us, to_us, lots))
        stretch.clear()

    for from_us, to_us in pairwise(bounds):
        rivals = [span for span in unions if span.from_us <= from_us < span.to_us]
        if len(rivals) > 1:
            stretch.append((from_us, to_us, rivals))
            continue
        close()
        spans += [Span(from_us, to_us, span.lot) for span in rivals]
    close()
    return _merged(sorted(spans, key=lambda span: span.from_us)), conflicts


def _unions(claims: Iterable[Span]) -> list[Span]:
    """Unbroken claims: overlapping or touching spans of one lot, whichever sensor made them."""
    by_lot: defaultdict[str, list[Span]] = defaultdict(list)
    for span in claims:
        if span.lot is not None and span.from_us < span.to_us:
            by_lot[span.lot].append(span)
    unions: list[Span] = []
    for lot, spans in by_lot.items():
        spans.sort(key=lambda span: span.from_us)
        from_us, to_us = spans[0].from_us, spans[0].to_us
        for span in spans[1:]:
            if span.from_us > to_us:
                unions.append(Span(from_us, to_us, lot))
                from_us, to_us = span.from_us, span.to_us
            to_us = max(to_us, span.to_us)
        unions.append(Span(from_us, to_us, lot))
    return unions


def _assertion_spans(machine: str, assertions: Iterable[Assertion]) -> list[Span]:
    """Strongest first: corrections before declarations, newest before oldest."""
    mine = [assertion for assertion in assertions if assertion.machine == machine]
    order = sorted(
        enumerate(mine),
        key=lambda item: (item[1].source == "correction", item[1].sequence, item[0]),
        reverse=True,
    )
    return [
        Span(said.from_us, FOREVER if said.to_us is None else said.to_us, said.lot, said.source)
        for _, said in order
        if said.to_us is None or said.from_us < said.to_us
    ]


def _strongest(spans: Sequence[Span]) -> list[Span]:
    """Each instant goes to the first span that covers it."""
    bounds = sorted({bound for span in spans for bound in (span.from_us, span.to_us)})
    found = []
    for from_us, to_us in pairwise(bounds):
        winner = next((span for span in spans if span.from_us <= from_us < span.to_us), None)
        if winner is not None:
            found.append(Span(from_us, to_us, winner.lot, winner.source))
    return found


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in time order, touching ones of the same lot and source joined."""
    merged: list[Span] = []
    for span in spans:
        if merged and (merged[-1].to_us, merged[-1].lot, merged[-1].source) == (
            span.from_us,
            span.lot,
            span.source,
        ):
            span = Span(merged.pop().from_us, span.to_us, span.lot, span.source)
        merged.append(span)
    return merged


def _open(to_us: int) -> int | None:
    return None if to_us == FOREVER else to_us
