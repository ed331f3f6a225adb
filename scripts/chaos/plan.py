"""When what happens: drawn from a seed before anything runs, so that a run can be had again."""

from dataclasses import dataclass
from random import Random

from scripts.chaos.faults import Fault
from scripts.chaos.world import Times

# Faults come between these parts of the messages.
FIRST, LAST = 0.03, 0.93
PAUSE_S = (0.1, 1.0)


@dataclass(frozen=True, slots=True)
class Moment:
    """A fault strikes when so many messages have been sent.

    Where messages would not last, it strikes so many seconds after the fault before it is over.
    """

    number: int
    pause_s: float
    fault: Fault


@dataclass(frozen=True, slots=True)
class Plan:
    moments: tuple[Moment, ...]
    poison_from: int
    poison_to: int


def make_plan(
    seed: int, messages: int, rate: float, faults: tuple[Fault, ...], times: Times, poison: int
) -> Plan:
    """Faults in random order at random moments; none begins before the one before should be over.

    Where the messages do not last so long at this rate, they follow each other at once.
    """
    random = Random(seed)
    order = list(faults)
    random.shuffle(order)
    spans = [fault.takes(times) * rate for fault in order]
    slack = max(0.0, (LAST - FIRST) * messages - sum(spans))
    gaps = sorted(random.uniform(0, slack) for _ in order)
    moments = []
    before = 0.0
    for fault, gap, span in zip(order, gaps, spans, strict=True):
        number = int(FIRST * messages + gap + before)
        moments.append(Moment(number, random.uniform(*PAUSE_S), fault))
        before += span
    poison_from = random.randrange(messages // 10, max(messages // 10 + 1, messages * 8 // 10))
    return Plan(tuple(moments), poison_from, min(poison_from + poison, messages))
