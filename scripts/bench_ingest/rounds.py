"""Rounds: every contender drains the same messages, taking turns at going first."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from db.errors import LotwattError
from db.statements import ROOT
from scripts.bench_ingest.broker import Mosquitto
from scripts.bench_ingest.contender import LOTWATT, Contender
from scripts.bench_ingest.drain import Drained, drain
from scripts.bench_ingest.faults import bad_count, with_bad
from scripts.bench_ingest.server import Server
from scripts.bench_ingest.workload import LINE_TOPICS, Calendar, Message, Shape, Workload

DIRECT = "(a) same function, no MQTT"
COPY = "(b) COPY, no check"
BAD = "Lotwatt, some messages bad"
Step = Callable[[], None]


@dataclass(slots=True)
class Bench:
    """What all parts of the benchmark work with, and what came of it by shape and name."""

    server: Server
    broker: Mosquitto
    folder: Path
    say: Callable[[str], None]
    calendar: Calendar = field(default_factory=Calendar)
    results: dict[str, dict[str, list[Drained]]] = field(default_factory=dict)

    def note(self, shape: Shape, name: str, drained: Drained) -> None:
        self.results.setdefault(shape.name, {}).setdefault(name, []).append(drained)
        self.say(
            f"  {name}: {drained.messages / drained.seconds:,.0f} messages/s, "
            f"{drained.readings / drained.seconds:,.0f} readings/s"
        )

    def tidy(self) -> None:
        """Every measurement begins with nothing that the server still has to write."""
        self.server.do("analyze")
        self.server.do("checkpoint")


def run_round(
    bench: Bench, number: int, shape: Shape, messages: int, others: Sequence[Contender],
    bad_percent: float,
) -> None:  # fmt: skip
    """One backlog for all; who went first in this round goes last in the next."""
    calendar, seed = bench.calendar, number + 1
    workload = calendar.workload(shape, messages, seed)
    contenders = [LOTWATT, *others]
    bench.say(f"Round {number + 1}, {shape.name}: {workload.messages:,} messages")
    with queued(bench, workload, contenders):
        steps: list[Step] = [
            *(partial(drain_noted, bench, each, workload) for each in contenders),
            partial(write_directly, bench, DIRECT, calendar.workload(shape, messages, seed)),
            partial(write_directly, bench, COPY, workload),
        ]
        turn = number % len(steps)
        for step in steps[turn:] + steps[:turn]:
            bench.tidy()
            step()
    if bad_percent:
        spoiled = calendar.workload(shape, messages, seed)
        with queued(bench, spoiled, [LOTWATT], bad_percent):
            bench.tidy()
            extra = bad_count(spoiled.messages, bad_percent)
            drain_noted(bench, replace(LOTWATT, name=BAD), spoiled, extra)


@contextmanager
def queued(
    bench: Bench, workload: Workload, contenders: Sequence[Contender], bad_percent: float = 0
) -> Iterator[None]:
    """The broker holds the workload for each contender, in the form that it reads."""
    for each in contenders:
        bench.broker.open_session(each.client_id, each.topics)
    messages: Iterable[Message] = workload
    bench.broker.publish(with_bad(messages, bad_percent) if bad_percent else messages)
    if any(each.topics == LINE_TOPICS for each in contenders):
        bench.broker.publish(workload.lines())
    try:
        yield
    finally:
        for each in contenders:
            bench.broker.close_session(each.client_id)


def drain_one(bench: Bench, contender: Contender, workload: Workload, extra: int = 0) -> Drained:
    """`extra` messages hold no readings."""
    return drain(
        contender, bench.server, bench.broker, bench.folder, workload.messages + extra,
        workload.messages if contender.is_row_a_message else workload.readings, workload.readings,
    )  # fmt: skip


def drain_noted(bench: Bench, contender: Contender, workload: Workload, extra: int = 0) -> None:
    bench.note(workload.shape, contender.name, drain_one(bench, contender, workload, extra))


def write_directly(bench: Bench, name: str, workload: Workload) -> None:
    """The child prepares everything, then waits for a line before it writes."""
    way = "store" if name == DIRECT else "copy"
    arguments = (way, workload.shape.readings, workload.ticks, workload.start.isoformat())
    with subprocess.Popen(
        [sys.executable, "-m", "scripts.bench_ingest.direct", *map(str, arguments),
         str(workload.seed)],
        cwd=ROOT, env={**os.environ, "BENCH_URL": bench.server.url},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
    ) as child:  # fmt: skip
        assert child.stdin is not None
        assert child.stdout is not None
        if not child.stdout.readline():
            raise LotwattError(f"{name}: the process that writes directly could not prepare")
        before = bench.server.cpu_s()
        child.stdin.write("go\n")
        answer = child.stdout.readline()
        used = bench.server.cpu_s(since=before)
        if not answer:
            raise LotwattError(f"{name}: the process that writes directly ended half-way")
    figures = json.loads(answer)
    drained = Drained(
        workload.messages, workload.readings, figures["seconds"], figures["cpu_s"], used
    )
    bench.note(workload.shape, name, drained)
