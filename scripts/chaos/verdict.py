"""What was acknowledged to the publisher against what is stored: as sets, number by number."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scripts.chaos.traffic import GOOD
from scripts.chaos.world import BrokerKill, World

Numbers = NDArray[np.int64]
LEDGER = ("messages", "received", "stored", "duplicate", "conflict", "quarantined", "dropped")
# The broker saves every second; the save itself takes a while under load.
SAVE_S = 1.5
# The publisher may read an acknowledgement a moment after the broker that sent it has died.
RACE_S = 0.1


@dataclass(slots=True)
class Verdict:
    acknowledged: int
    good: int
    poison: int
    stored: int
    lost: list[int]
    # Of those: acknowledged by the broker in the second before its kill -9, and never delivered.
    lost_by_broker: list[int]
    lost_in_hand: list[int]
    doubled: list[int]
    strange: list[int]
    poison_lost: list[int]
    poison_strange: list[int]
    ledger: dict[str, int]
    delivered: int
    delivered_again: int
    loader_acknowledged: int
    problems: list[str] = field(default_factory=list)

    def is_good(self) -> bool:
        return not self.problems


def judge(world: World, record: NDArray[np.float64]) -> Verdict:
    """Compare; `record` has for each number when the broker first acknowledged it."""
    numbers = np.arange(len(record))
    acknowledged = numbers[~np.isnan(record)]
    is_good = np.array([world.traffic.kind(int(n)) == GOOD for n in acknowledged], dtype=bool)
    good, poison = acknowledged[is_good], acknowledged[~is_good]
    stored = world.database.stored()
    once, times = np.unique(stored, return_counts=True)
    quarantine = world.database.rows("quarantined")
    kept = np.array(sorted({row[0] for row in quarantine if row[0] is not None}), dtype=np.int64)
    lost = np.setdiff1d(good, once)
    ledger = dict(zip(LEDGER, world.database.rows("ledger")[0], strict=True))
    tap = world.tap
    verdict = Verdict(
        acknowledged=len(acknowledged), good=len(good), poison=len(poison), stored=len(stored),
        lost=lost.tolist(),
        lost_by_broker=[
            int(n) for n in lost
            if is_of_broker(record[n], tap.first_delivered_at[n], world.broker_kills)
        ],
        lost_in_hand=[int(n) for n in lost if not np.isnan(tap.first_delivered_at[n])],
        doubled=once[times > 1].tolist(),
        strange=np.setdiff1d(once, good).tolist(),
        poison_lost=np.setdiff1d(poison, kept).tolist(),
        poison_strange=np.setdiff1d(kept, poison).tolist(),
        ledger=ledger, delivered=tap.delivered, delivered_again=tap.again,
        loader_acknowledged=tap.acknowledged,
    )  # fmt: skip
    verdict.problems = list(problems(world, verdict, sum(row[2] for row in quarantine)))
    return verdict


def is_of_broker(acknowledged_at: float, delivered_at: float, kills: list[BrokerKill]) -> bool:
    """Never delivered, and acknowledged between the last save and a kill -9 of the broker."""
    if not math.isnan(delivered_at):
        return False
    return any(
        kill.at - max(kill.saved_ago_s, SAVE_S) <= acknowledged_at <= kill.at + RACE_S
        for kill in kills
    )


def problems(world: World, verdict: Verdict, quarantined: int) -> list[str]:
    """Sentences, none where all is as promised."""
    found = []
    ledger = verdict.ledger
    for count, text in (
        (len(verdict.lost), "acknowledged by the broker and not stored"),
        (len(verdict.doubled), "stored more than once"),
        (len(verdict.strange), "stored and never acknowledged, or stored although poison"),
        (len(verdict.poison_lost), "of the poison not in the quarantine"),
        (len(verdict.poison_strange), "good and in the quarantine"),
        (world.database.value("misplaced", base_ms=world.traffic.base_ms),
         "stored under another topic or time"),
        (ledger["conflict"], "counted as conflicts"),
        (ledger["dropped"], "counted as dropped"),
    ):  # fmt: skip
        if count:
            found.append(f"{count:,} messages {text}")
    ends = sum(ledger[name] for name in LEDGER[2:])
    for is_so, text in (
        (ledger["received"] == ends, "received is not the sum of the ways that readings ended"),
        (ledger["received"] == ledger["messages"], "messages and what was in them differ"),
        (ledger["stored"] == verdict.stored, "the ledger's stored is not what is stored"),
        (ledger["quarantined"] == quarantined, "the ledger and the quarantine count differently"),
        (verdict.loader_acknowledged <= ledger["messages"] <= verdict.delivered,
         "the ledger has fewer messages than were acknowledged, or more than were delivered"),
        (not world.broker.has_dropped(), "a queue of the broker ran over"),
    ):  # fmt: skip
        if not is_so:
            found.append(f"the ledger does not reconcile: {text}" if "ledger" in text else text)
    return found
