"""The same rows without MQTT, as a process of its own so that nothing else counts.

`store`: batches ready in memory, written by the loader's own function.
`copy`:  binary COPY, its bytes ready in memory, into a table without a unique index.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import click
import numpy as np

from db.connection import connect
from db.statements import load
from ingest.buffer import Batch, Buffer, Limits
from ingest.columns import Block
from ingest.store import Store
from ingest.wire import Packet
from scripts.bench_ingest.workload import MANY, ONE, Workload

STATEMENTS = load("scripts/bench_ingest/statements.sql")
Step = Callable[[], Any]


@click.command()
@click.argument("way", type=click.Choice(["store", "copy"]))
@click.argument("readings", type=int)
@click.argument("ticks", type=int)
@click.argument("start")
@click.argument("seed", type=int)
@click.argument("url", envvar="BENCH_URL")
def direct(way: str, readings: int, ticks: int, start: str, seed: int, url: str) -> None:
    """Prepare a workload; write it when a line comes in, and print what it took as JSON."""
    shape = MANY if readings == MANY.readings else ONE
    workload = Workload(shape, ticks, datetime.fromisoformat(start), seed)
    steps = store_steps(workload, url) if way == "store" else copy_steps(workload, url)
    click.echo("ready")
    sys.stdin.readline()
    cpu_s, began_at = time.process_time(), time.perf_counter()
    for step in steps:
        step()
    seconds = time.perf_counter() - began_at
    click.echo(json.dumps({"seconds": seconds, "cpu_s": time.process_time() - cpu_s}))
    # The server is measured before our connection ends.
    sys.stdin.readline()


def store_steps(workload: Workload, url: str) -> list[Step]:
    """Batches as the loader makes them of messages that come without a pause."""
    store = Store(url, "bench-direct")
    buffer = Buffer(Limits(), store.load_catalog())
    batches: list[Batch] = []
    for topic, payload in workload:
        buffer.add([Packet(topic.encode(), payload, 1, 1, False)], 0.0)
        if buffer.is_full():
            batches.append(buffer.take())
    if len(buffer):
        batches.append(buffer.take())
    return [partial(store.write, batch) for batch in batches]


def copy_steps(workload: Workload, url: str) -> list[Step]:
    """Parts of the size of the loader's batches, each committed."""
    connection = connect(url, autocommit=True)
    found = connection.execute(STATEMENTS["sensor_ids"]).fetchall()
    sensors = np.tile(np.array([each[1] for each in found], dtype=np.int32), workload.ticks)
    times = np.repeat(workload.times_ms() * 1000, workload.shape.readings, axis=1).ravel()
    values = workload.values().ravel()
    received = np.full(len(times), time.time_ns() // 1000)
    size = min(Limits().messages * workload.shape.readings, Limits().readings)

    def copy(data: bytes) -> None:
        with connection.cursor() as cursor, cursor.copy(STATEMENTS["copy_plain"]) as writer:
            writer.write(data)

    parts = [slice(at, at + size) for at in range(0, len(times), size)]
    blocks = [Block(sensors[part], times[part], values[part], received[part]) for part in parts]
    return [partial(copy, block.copied()) for block in blocks]


if __name__ == "__main__":
    direct()
