"""One loader drains one backlog: how long it took and what it used."""

import time
from dataclasses import dataclass
from pathlib import Path

from db.errors import LotwattError
from scripts.bench_ingest import proc
from scripts.bench_ingest.broker import Mosquitto
from scripts.bench_ingest.contender import Contender, Process
from scripts.bench_ingest.server import RowCount, Server

POLL_S = 0.02
# Acknowledgements of the last batch, and what the broker does with them, belong to the work.
AFTER_S = 0.4
RECOUNT_S = 1.0
STUCK_S = 60.0


@dataclass(frozen=True, slots=True)
class Drained:
    """CPU in seconds; memory in megabytes, at its peak and when a tenth was done."""

    messages: int
    readings: int
    seconds: float
    loader_cpu_s: float
    server_cpu_s: float | None
    broker_cpu_s: float | None = None
    peak_mb: float | None = None
    early_mb: float | None = None


def drain(
    contender: Contender, server: Server, broker: Mosquitto, folder: Path,
    messages: int, rows: int, readings: int,
) -> Drained:  # fmt: skip
    """Start the loader on what waits for it; time runs from its connection to its last row."""
    count = RowCount(server, contender.table)
    broker.forget_connected(contender.client_id)
    process = Process(contender, server.url, broker.port, folder)
    try:
        began_at = wait_connected(contender, broker, process)
        cpu = (proc.cpu_s(process.pid), server.cpu_s(), proc.cpu_s(broker.pid))
        early_mb = None
        changed_at = began_at
        while count.total < rows:
            before = count.total
            now = time.perf_counter()
            if count.refresh() != before:
                changed_at = time.perf_counter()
            elif now - changed_at > RECOUNT_S and count.recount() < rows:
                need_alive(contender, process, f"{count.total:,} of {rows:,} rows", changed_at)
            if early_mb is None and count.total * 10 >= rows:
                early_mb = proc.memory_mb(process.pid, "VmRSS")
            time.sleep(POLL_S)
        time.sleep(AFTER_S)
        return Drained(
            messages, readings, changed_at - began_at,
            proc.cpu_s(process.pid) - cpu[0], server.cpu_s(since=cpu[1]),
            proc.cpu_s(broker.pid) - cpu[2], proc.memory_mb(process.pid), early_mb,
        )  # fmt: skip
    finally:
        process.terminate()


def wait_connected(contender: Contender, broker: Mosquitto, process: Process) -> float:
    began_at = time.perf_counter()
    while (at := broker.connected_at(contender.client_id)) is None:
        need_alive(contender, process, "nothing, as it did not connect", began_at)
        time.sleep(0.002)
    return at


def need_alive(contender: Contender, process: Process, stored: str, since: float) -> None:
    if process.has_ended() or time.perf_counter() - since > STUCK_S:
        raise LotwattError(
            f"{contender.name} stored {stored}, and no more",
            hint=f"Its last words: {process.last_words()}",
        )
