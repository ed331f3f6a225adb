"""The life of the loader: broker and database connected, messages in, acknowledgements out.

A message is acknowledged only after the transaction that stores it is committed. Whatever goes
wrong before, the broker has it still: so on trouble with the database the loader disconnects from
the broker, which then keeps the messages, and comes back when the database does.

Two threads: this one reads and decodes the next batch while a worker stores the last one. There is
never more than one job with the worker, so that the database connection has one user at a time.
"""

import logging
import select
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

from ingest import notify
from ingest.broker import Broker
from ingest.buffer import Batch, Buffer
from ingest.catalog import Catalog
from ingest.config import Config
from ingest.errors import BrokerError, IngestError, TransientError
from ingest.health import Health
from ingest.lease import Lease
from ingest.log import line
from ingest.probe import probe
from ingest.store import Counts, Store
from ingest.wake import Wake

POLL_S = 0.2
BEAT_S = 3.0
WATCHDOG_S = 5.0
BACKOFF_S = (0.2, 5.0)
# A connection that lasted so long was a good one: the next trouble starts with a short wait again.
STEADY_S = 10.0

logger = logging.getLogger(__name__)
Report = Callable[[Counter[str]], None]
EMPTY = Catalog(-1, {})


class Session:
    def __init__(self, config: Config, report: Report | None = None) -> None:
        self._config = config
        self._report = report
        self._buffer = Buffer(config.limits, EMPTY)
        self._broker = Broker(config.mqtt)
        self._store: Store | None = None
        self._lease = Lease(config.mqtt.client_id)
        self._health = Health(config.mqtt.client_id)
        self._worker = ThreadPoolExecutor(1, "store")
        self._job: Future[Any] | None = None
        self._storing: Batch | None = None
        self._wake = Wake()
        self._is_stopping = False
        self._is_announced = False
        self._has_probed = not config.mqtt.has_probe
        self._has_committed = False
        self._has_new_topics = False
        self._beat_at = 0.0
        self._watchdog_at = 0.0
        self._message_at = 0.0
        self._backoff_s = BACKOFF_S[0]
        self.counters: Counter[str] = Counter()

    def stop(self) -> None:
        """Take in nothing more, store what is in, and end. Safe in a signal handler."""
        self._is_stopping = True

    def run(self) -> None:
        """Run until stopped, or until nothing came for `until_idle_s`."""
        if self._config.health_port:
            self._health.serve(self._config.health_host, self._config.health_port)
        try:
            while not self._is_stopping:
                started_at = time.monotonic()
                try:
                    self._connect()
                    self._pump()
                except (TransientError, BrokerError) as error:
                    self._step_back(error, time.monotonic() - started_at)
        finally:
            self._end()

    def _connect(self) -> None:
        mqtt = self._config.mqtt
        if self._store is None:
            self._store = Store(self._config.database_url, mqtt.client_id)
            self._health.database(True)
            self._lease.take(self._store, self._is_waiting_over)
            self._health.lease(True)
            if not self._is_announced:
                self._store.seen({}, committed=False)
                self._is_announced = True
            self._buffer.use(self._load_catalog())
        if self._is_stopping:
            return
        if not self._has_probed:
            self._has_probed = True
            found = probe(mqtt)
            level = logging.WARNING if found.loses else logging.INFO
            logger.log(level, line("probed", loses=found.loses, why=found.why))
            self._health.gauge("broker_loses", 1 if found.loses else 0)
        topics = self._topics()
        known = self._store.subscribed()
        self._broker.connect(topics, [topic for topic in known if topic not in topics])
        self._store.subscribed(topics)
        self._has_new_topics = False
        self._health.broker(True)
        self._message_at = time.monotonic()
        notify.ready(f"connected to {mqtt.host}:{mqtt.port}")

    def _topics(self) -> list[str]:
        """The filters of the settings and those of mappings, each once."""
        return list(
            dict.fromkeys([*self._config.mqtt.topics, *self._buffer.catalog.mappings.filters])
        )

    def _pump(self) -> None:
        while not self._is_stopping:
            self._tick()
            now = time.monotonic()
            if self._job is not None and self._job.done():
                self._finish()
            left = self._buffer.time_left(now)
            room = self._buffer.room()
            if self._job is not None:
                wait_s = POLL_S
            else:
                wait_s = POLL_S if left is None else min(left, POLL_S)
            if room:
                wake = None if self._job is None else self._wake.fileno()
                packets = self._broker.poll(wait_s, room, wake)
                if packets:
                    now = self._message_at = time.monotonic()
                    self._buffer.add(packets, now)
            elif self._job is not None:
                # Full, and the last batch is not stored yet: the broker keeps the rest meanwhile.
                select.select([self._wake.fileno()], [], [], POLL_S)
                self._broker.keep_alive()
            if self._job is None:
                self._next_job(now)
            until_idle_s = self._config.until_idle_s
            if until_idle_s is not None and now - self._message_at >= until_idle_s:
                self._is_stopping = True
        self._drain()

    def _next_job(self, now: float) -> None:
        if now >= self._beat_at:
            self._beat_at = now + BEAT_S
            self._start(self._beat, dict(self.counters), self._has_committed)
            self._has_committed = False
            if self._report:
                self._report(self.counters)
        elif self._buffer.time_left(now) == 0.0:
            self._storing = self._buffer.take()
            self._start(self._write, self._storing)

    def _start(self, job: Callable[..., Any], *arguments: Any) -> None:
        self._wake.clear()
        self._job = self._worker.submit(job, *arguments)
        self._job.add_done_callback(self._wake.up)

    # These two run in the worker.

    def _write(self, batch: Batch) -> tuple[Counts, float]:
        assert self._store is not None
        started_at = time.monotonic()
        return self._store.write(batch), time.monotonic() - started_at

    def _beat(self, counters: dict[str, int], has_committed: bool) -> Catalog | None:
        """A sign of life, for the doctor and for another loader that would start; what is new."""
        assert self._store is not None
        self._lease.renew(self._store)
        self._store.seen(counters, committed=has_committed)
        if self._has_new_topics:
            self._store.subscribed(self._topics())
            self._has_new_topics = False
        if self._store.version() != self._buffer.catalog.version:
            return self._load_catalog()
        return None

    def _load_catalog(self) -> Catalog:
        assert self._store is not None
        catalog = self._store.load_catalog()
        for name, sentence in catalog.mappings.errors:
            logger.error(line("broken_mapping", name=name, error=sentence))
        logger.info(line("catalog", version=catalog.version, sensors=len(catalog.sensors),
                         mappings=len(catalog.mappings.filters)))  # fmt: skip
        return catalog

    def _finish(self) -> None:
        """Take the result of the job: acknowledge what it stored, use what it loaded."""
        assert self._job is not None
        job, batch = self._job, self._storing
        self._job = self._storing = None
        self._wake.clear()
        result = job.result()
        self._health.database(True)
        if batch is not None:
            self._count(batch, *result)
            started_at = time.monotonic()
            self._broker.acknowledge(batch.acks)
            self._health.gauge("acknowledge_seconds", time.monotonic() - started_at)
        elif result is not None:
            before = set(self._topics())
            self._buffer.use(result)
            topics = self._topics()
            if set(topics) != before:
                self._broker.subscribe(topics, before.difference(topics))
                self._has_new_topics = True

    def _count(self, batch: Batch, counts: Counts, took_s: float) -> None:
        ended = asdict(counts)
        self._has_committed = True
        self.counters["messages"] += batch.messages
        self.counters.update(ended)
        self._health.committed(batch.messages, sum(ended.values()), took_s)
        self._health.counted(ended)
        logger.info(line(
            "batch", messages=batch.messages, **ended, store_ms=round(took_s * 1000)
        ))  # fmt: skip

    def _drain(self) -> None:
        """Store and acknowledge what is in."""
        self._settle()
        if len(self._buffer):
            self._storing = self._buffer.take()
            self._start(self._write, self._storing)
            self._settle()

    def _settle(self) -> None:
        while self._job is not None:
            if self._job.done():
                self._finish()
            else:
                self._tick()
                select.select([self._wake.fileno()], [], [], POLL_S)

    def _tick(self) -> None:
        """Whatever the loader waits for, it lives: an outage must not have it restarted."""
        self._health.beat()
        now = time.monotonic()
        if now >= self._watchdog_at:
            self._watchdog_at = now + WATCHDOG_S
            notify.alive()
            waiting = len(self._buffer) + (self._storing.messages if self._storing else 0)
            self._health.gauge("buffered_messages", waiting)
            self._health.gauge("broker_dropped_messages", self._broker.dropped)
            if self._broker.dropped > self.counters["broker_dropped"]:
                logger.error(line("broker_drops_messages", since_it_started=self._broker.dropped))
            self.counters["broker_dropped"] = self._broker.dropped
            self.counters["connections"] = self._broker.connections
            self.counters["sessions_lost"] = self._broker.sessions_lost

    def _is_waiting_over(self) -> bool:
        self._tick()
        return self._is_stopping

    def _step_back(self, error: Exception, lasted_s: float) -> None:
        is_database = isinstance(error, TransientError)
        kind = "database_error" if is_database else "broker_error"
        self.counters[kind + "s"] += 1
        self._health.trouble(kind)
        if is_database:
            self._buffer.clear()
            self._broker.disconnect()
            self._abandon()
        else:
            self._buffer.add(self._broker.rest(), time.monotonic())
            self._broker.disconnect()
            self._abandon()
            is_database = not self._keep()
        self._health.broker(False)
        if is_database and self._store is not None:
            self._health.database(False)
            self._health.lease(False)
            self._store.close()
            self._store = None
        if lasted_s > STEADY_S:
            self._backoff_s = BACKOFF_S[0]
        logger.warning(line(
            "database_away" if is_database else "broker_away", error=error, retry_s=self._backoff_s
        ))  # fmt: skip
        notify.alive(f"waits: {error}")
        until = time.monotonic() + self._backoff_s
        while not self._is_waiting_over() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, POLL_S))
        self._backoff_s = min(self._backoff_s * 2, BACKOFF_S[1])

    def _keep(self) -> bool:
        """Store what was taken in from a broker that went away: it may not have it any more.

        Nothing is acknowledged; what comes again is a duplicate. False where the database is away
        as well.
        """
        if len(self._buffer) and self._store is not None:
            self._storing = self._buffer.take()
            self._start(self._write, self._storing)
            return self._abandon()
        return True

    def _abandon(self) -> bool:
        """Wait for the job; nothing of it is acknowledged. False where it failed.

        What it stored comes again, and is a duplicate then.
        """
        job, batch = self._job, self._storing
        self._job = self._storing = None
        if job is None:
            return True
        while not job.done():
            self._tick()
            select.select([self._wake.fileno()], [], [], POLL_S)
        self._wake.clear()
        try:
            result = job.result()
        except IngestError as error:
            logger.warning(line("given_up", error=error))
            return False
        if batch is not None:
            self._count(batch, *result)
        return True

    def _end(self) -> None:
        """Leave the broker first: it must not send what nobody will store."""
        notify.stopping()
        self._broker.disconnect()
        self._abandon()
        if self._store is not None:
            try:
                self._store.seen(self.counters, committed=self._has_committed)
                self._lease.release(self._store)
            except TransientError as error:
                logger.warning(line("not_released", error=error))
            self._store.close()
        self._worker.shutdown()
        self._health.close()
        self._wake.close()
        if self._report:
            self._report(self.counters)
        logger.info(line("ended", **self.counters))
