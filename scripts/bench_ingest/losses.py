"""What is missing and what is double after duplicates, bad messages and kills."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scripts.bench_ingest.contender import LOTWATT, Contender, Process
from scripts.bench_ingest.drain import POLL_S
from scripts.bench_ingest.faults import bad_count, with_bad, with_duplicates
from scripts.bench_ingest.rounds import Bench
from scripts.bench_ingest.workload import ONE, Key, Message, Workload

KILLS = 3
# Longer than a loader waits for the lease of one that was killed.
QUIET_S = 20.0
SETTLED_S = 2.0
STORED = {
    "telemetry.reading": "stored_lotwatt",
    "bench.one": "stored_one",
    "bench.one_unique": "stored_one_unique",
}


@dataclass(frozen=True, slots=True)
class Case:
    """What happens, to how many messages; `bad` of them are no readings."""

    name: str
    messages: int
    spoil: Callable[[Workload], Iterable[Message]]
    kills: int = 0
    bad: int = 0


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows at the end against readings published; `kept` is how many bad messages can be seen."""

    case: str
    contender: str
    published: int
    missing: int
    double: int
    bad: int
    kept: int


def cases(messages: int, kill_messages: int, seed: int) -> list[Case]:
    share = messages // 100
    return [
        Case(f"4 duplicates in {messages:,}", messages, lambda w: with_duplicates(w, 4, seed)),
        Case(f"1 % duplicates in {messages:,}", messages,
             lambda w: with_duplicates(w, share, seed)),
        Case(f"1 % malformed in {messages:,}", messages, lambda w: with_bad(w, 1),
             bad=bad_count(messages, 1)),
        Case(f"{KILLS} kill -9 in {kill_messages:,}", kill_messages, iter, kills=KILLS),
    ]  # fmt: skip


def run_losses(
    bench: Bench, contenders: Sequence[Contender], messages: int, kill_messages: int, seed: int
) -> list[Loss]:
    bench.say(f"Losses, {ONE.name} (seed {seed})")
    chance = random.Random(seed)
    found = []
    for case in cases(messages, kill_messages, seed):
        workload = bench.calendar.workload(ONE, case.messages)
        for each in contenders:
            bench.broker.open_session(each.client_id, each.topics)
        bench.broker.publish(case.spoil(workload))
        for each in contenders:
            kills = sorted(chance.uniform(0.1, 0.8) for _ in range(case.kills))
            loss = lose(bench, each, case, workload, kills)
            bench.say(
                f"  {case.name}, {each.name}: {loss.missing:,} missing, {loss.double:,} double"
            )
            found.append(loss)
            bench.broker.close_session(each.client_id)
    return found


def lose(
    bench: Bench, contender: Contender, case: Case, workload: Workload, kills: list[float]
) -> Loss:
    kept_before = bench.server.value("quarantined")
    run_to_end(bench, contender, workload.messages, kills)
    wanted = workload.keys()
    found: list[Key] = [
        (topic, time_ms)
        for topic, time_ms in bench.server.rows(
            STORED[contender.table], start=workload.start, end=workload.end
        )
    ]
    stored = set(found)
    kept = bench.server.value("quarantined") - kept_before if contender is LOTWATT else 0
    return Loss(
        case.name, contender.name, len(wanted), len(wanted - stored), len(found) - len(stored),
        case.bad, int(kept),
    )  # fmt: skip


def run_to_end(bench: Bench, contender: Contender, rows: int, kills: list[float]) -> None:
    """Until all is stored and nothing more comes, or nothing came for long; killed on the way."""
    count = contender.count(bench.server)
    process = Process(contender, bench.server.url, bench.broker.port, bench.folder)
    changed_at = time.monotonic()
    try:
        while True:
            before = count.total
            if count.refresh() != before:
                changed_at = time.monotonic()
            if kills and count.total >= kills[0] * rows:
                kills = kills[1:]
                process.kill()
                process = Process(contender, bench.server.url, bench.broker.port, bench.folder)
                changed_at = time.monotonic()
            quiet_s = time.monotonic() - changed_at
            if quiet_s > (SETTLED_S if count.total >= rows and not kills else QUIET_S):
                return
            time.sleep(POLL_S)
    finally:
        process.terminate()
