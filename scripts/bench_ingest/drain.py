"""One loader drains one backlog: how long it took and what it used."""

import time
from dataclasses import dataclass
from pathlib import Path

from db.errors import LotwattError
from scripts.bench_ingest import proc
from scripts.bench_ingest.broker import Mosquitto
from scripts.bench_ingest.contender import Contender, Process
from scripts.bench_ingest.server import Server

POLL_S = 0.03
# Acknowledgements of the last batch, and what the broker does with them, belong to the work.
AFTER_S = 0.4
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
    """Start the loader on what waits for it.

    CPU is counted from its connection on. Time runs from the first rows to the last, at whose pace
    the first would have taken theirs: connecting is not what is measured.
    """
    rows_before = server.row_count(contender.table)
    count = contender.count(server)
    broker.forget_connected(contender.client_id)
    process = Process(contender, server.url, broker.port, folder)
    try:
        began_at = wait_connected(contender, broker, process)
        cpu = (proc.cpu_s(process.pid), server.cpu_s(), proc.cpu_s(broker.pid))
        early_mb = None
        first_at, first_rows = began_at, 0
        changed_at = began_at
        while count.total < rows:
            before = count.total
            if count.refresh() != before:
                changed_at = time.perf_counter()
                if before == 0 and count.total < rows / 2:
                    first_at, first_rows = changed_at, count.total
            else:
                need_alive(contender, process, f"{count.total:,} of {rows:,} rows", changed_at)
            if early_mb is None and count.total * 10 >= rows:
                early_mb = proc.memory_mb(process.pid, "VmRSS")
            time.sleep(POLL_S)
        time.sleep(AFTER_S)
        drained = Drained(
            messages, readings, (changed_at - first_at) * rows / (rows - first_rows),
            proc.cpu_s(process.pid) - cpu[0], server.cpu_s(since=cpu[1]),
            proc.cpu_s(broker.pid) - cpu[2], proc.memory_mb(process.pid), early_mb,
        )  # fmt: skip
        if (stored := server.row_count(contender.table) - rows_before) != rows:
            raise LotwattError(
                f"{contender.name} stored {stored:,} rows and not {rows:,}",
                hint="Its figures would compare nothing.",
            )
        return drained
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
