"""The life of the loader: broker and database connected, messages in, acknowledgements out.

A message is acknowledged only after the transaction that stores it is committed. Whatever goes
wrong before, the broker has it still: so on trouble with the database the loader disconnects from
the broker, which then keeps the messages, and comes back when the database does.

This thread reads and decodes the next batch while workers store the last ones, each over a
connection of its own. While one waits for its commit to reach the disk another writes. What they
finish is acknowledged in the order received, as MQTT wants it (3.1.1, 4.6).
"""

import logging
import select
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from ingest import notify
from ingest.broker import Broker
from ingest.buffer import PREFIX, Batch, Buffer
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
# The server ends a statement after 15 s. One that lasts so long has nobody at the other end.
STUCK_S = 60.0
# Messages are decoded in small lots, so that limits by readings and bytes are not overshot by much.
READ_AT_ONCE = 200
BACKOFF_S = (0.2, 5.0)
# A connection that lasted so long was a good one: the next trouble starts with a short wait again.
STEADY_S = 10.0

logger = logging.getLogger(__name__)
Report = Callable[[Counter[str]], None]
EMPTY = Catalog(-1, {})


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker does over one connection; `batch` is what it stores, if it stores."""

    future: Future[Any]
    store: Store
    batch: Batch | None
    started_at: float


class Session:
    def __init__(self, config: Config, report: Report | None = None) -> None:
        self._config = config
        self._report = report
        self._nodes = None
        if config.mqtt.sparkplug:
            from ingest.sparkplug.nodes import Nodes

            self._nodes = Nodes()
        self._buffer = Buffer(config.limits, EMPTY, self._nodes)
        self._broker = Broker(config.mqtt)
        self._stores: list[Store] = []
        self._lease = Lease(config.mqtt.client_id)
        self._health = Health(config.mqtt.client_id)
        self._workers = ThreadPoolExecutor(config.writers, "store")
        self._jobs: deque[Job] = deque()
        self._most_writers = config.writers
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
        # It waits for database and broker by itself: whoever starts it need not wait for them.
        notify.ready("connecting")
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
        if not self._stores:
            store = self._open()
            self._health.database(True)
            self._lease.take(store, self._is_waiting_over)
            self._health.lease(True)
            self._tick()
            if not self._is_announced:
                store.seen({}, committed=False)
                self._is_announced = True
            self._buffer.use(self._load_catalog(store))
        else:
            # Another may have it by now, and would be thrown off the broker.
            self._lease.renew(self._stores[0])
        if self._is_stopping:
            return
        if not self._has_probed:
            self._has_probed = True
            found = probe(mqtt)
            level = logging.WARNING if found.loses else logging.INFO
            logger.log(level, line("probed", loses=found.loses, why=found.why))
            self._health.gauge("broker_loses", 1 if found.loses else 0)
        self._tick()
        if self._nodes is not None:
            self._nodes.forget()
        topics = self._topics()
        known = self._stores[0].subscribed()
        self._broker.connect(topics, [topic for topic in known if topic not in topics])
        self._stores[0].subscribed(topics)
        self._has_new_topics = False
        self._health.broker(True)
        self._message_at = time.monotonic()
        notify.alive(f"connected to {mqtt.host}:{mqtt.port}")

    def _open(self) -> Store:
        store = Store(self._config.database_url, self._config.mqtt.client_id)
        self._stores.append(store)
        return store

    def _topics(self) -> list[str]:
        """The filters of the settings and those of mappings, each once."""
        mqtt = self._config.mqtt
        sparkplug = [f"{PREFIX.decode()}{group}/#" for group in mqtt.sparkplug]
        filters = self._buffer.catalog.mappings.filters
        return list(dict.fromkeys([*mqtt.topics, *sparkplug, *filters]))

    def _pump(self) -> None:
        while not self._is_stopping:
            self._tick()
            now = time.monotonic()
            self._finish()
            wait_s = POLL_S
            if (left := self._buffer.time_left(now)) is not None and self._has_worker():
                wait_s = min(left, POLL_S)
            is_due = False
            if room := min(self._buffer.room(), READ_AT_ONCE):
                if self._buffer.has_enough() and self._has_worker():
                    wait_s = 0.0
                wake = self._wake.fileno() if self._jobs else None
                packets = self._broker.poll(wait_s, room, wake)
                if packets:
                    now = self._message_at = time.monotonic()
                    self._buffer.add(packets, now)
                    self._ask_nodes(now)
                else:
                    is_due = self._buffer.has_enough()
            elif not self._has_worker():
                # Full, and the last batches are not stored yet: the broker keeps the rest.
                self._wait()
                self._broker.keep_alive()
            if self._has_worker():
                self._next_job(now, is_due)
            until_idle_s = self._config.until_idle_s
            if until_idle_s is not None and now - self._message_at >= until_idle_s:
                self._is_stopping = True
        self._drain()

    def _ask_nodes(self, now: float) -> None:
        """Edge nodes whose births were missed are asked to say them again."""
        if self._nodes is not None:
            for topic, payload in self._nodes.requests(now):
                logger.info(line("rebirth_asked", topic=topic))
                self._broker.publish(topic, payload)

    def _has_worker(self) -> bool:
        """One works as long as it keeps up; another joins when a batch is full, or for a sign of
        life that has long been due."""
        if len(self._jobs) < len(self._stores):
            return True
        is_late = time.monotonic() > self._beat_at + BEAT_S
        if len(self._stores) < self._most_writers and (is_late or self._buffer.is_full()):
            return self._reinforce()
        return False

    def _reinforce(self) -> bool:
        """One more connection. Where the server has none left, those that are there must do."""
        try:
            self._open()
        except TransientError as error:
            self._most_writers = len(self._stores)
            logger.warning(line("no_more_writers", writers=len(self._stores), error=error))
            return False
        return True

    def _next_job(self, now: float, is_due: bool) -> None:
        if now >= self._beat_at:
            self._beat_at = now + BEAT_S
            in_flight = sum(job.batch is not None for job in self._jobs)
            counters = {**self.counters, "in_flight": in_flight}
            topics = self._topics() if self._has_new_topics else None
            self._start(self._beat, None, counters, self._has_committed, topics)
            self._has_committed = self._has_new_topics = False
            if self._report:
                self._report(self.counters)
        elif is_due or self._buffer.time_left(now) == 0.0:
            batch = self._buffer.take()
            self._start(self._write, batch, batch)

    def _start(self, work: Callable[..., Any], batch: Batch | None, *arguments: Any) -> None:
        busy = [job.store for job in self._jobs]
        store = next(store for store in self._stores if store not in busy)
        future = self._workers.submit(work, store, *arguments)
        self._jobs.append(Job(future, store, batch, time.monotonic()))
        future.add_done_callback(self._wake.up)

    # These two run in a worker.

    def _write(self, store: Store, batch: Batch) -> tuple[Counts, float]:
        started_at = time.monotonic()
        return store.write(batch), time.monotonic() - started_at

    def _beat(
        self, store: Store, counters: dict[str, int], has_committed: bool, topics: list[str] | None
    ) -> Catalog | None:
        """A sign of life, for the doctor and for another loader that would start; what is new."""
        self._lease.renew(store)
        store.seen(counters, committed=has_committed)
        if topics is not None:
            store.subscribed(topics)
        if store.version() != self._buffer.catalog.version:
            return self._load_catalog(store)
        return None

    def _load_catalog(self, store: Store) -> Catalog:
        catalog = store.load_catalog()
        for name, sentence in catalog.mappings.errors:
            logger.error(line("broken_mapping", name=name, error=sentence))
        logger.info(line("catalog", version=catalog.version, sensors=len(catalog.sensors),
                         mappings=len(catalog.mappings.filters)))  # fmt: skip
        return catalog

    def _finish(self) -> None:
        """Take what is done, in order: acknowledge what was stored, use what was loaded."""
        if self._jobs:
            self._wake.clear()
        while self._jobs and self._jobs[0].future.done():
            job = self._jobs.popleft()
            result = job.future.result()
            self._health.database(True)
            if job.batch is not None:
                self._count(job.batch, *result)
                self._broker.acknowledge(job.batch.acks)
            elif result is not None:
                self._use(result)

    def _use(self, catalog: Catalog) -> None:
        before = set(self._topics())
        self._buffer.use(catalog)
        topics = self._topics()
        if set(topics) != before:
            self._broker.subscribe(topics, before.difference(topics))
            self._has_new_topics = True

    def _wait(self) -> None:
        """Until a job is done, or so long that a sign of life is due."""
        select.select([self._wake.fileno()], [], [], POLL_S)

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
        if len(self._buffer):
            while not self._has_worker():
                self._tick()
                self._wait()
                self._finish()
            batch = self._buffer.take()
            self._start(self._write, batch, batch)
        while self._jobs:
            self._tick()
            self._wait()
            self._finish()

    def _tick(self) -> None:
        """Whatever the loader waits for, it lives: an outage must not have it restarted."""
        self._health.beat()
        now = time.monotonic()
        if now >= self._watchdog_at:
            self._watchdog_at = now + WATCHDOG_S
            notify.alive()
            for job in self._jobs:
                if now - job.started_at > STUCK_S:
                    logger.error(line("database_stuck", seconds=round(now - job.started_at)))
                    job.store.cut()
            batches = [job.batch for job in self._jobs if job.batch]
            waiting = len(self._buffer) + sum(batch.messages for batch in batches)
            since = min([batch.since for batch in batches], default=self._buffer.since or now)
            self._health.gauge("buffered_messages", waiting)
            self._health.gauge("oldest_unacknowledged_seconds", now - since)
            self._health.gauge("broker_dropped_messages", self._broker.dropped)
            self._health.gauge("lost_sessions", self._broker.sessions_lost)
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
        if is_database:
            self._health.database(False)
            self._health.lease(False)
            for store in self._stores:
                store.close()
            self._stores.clear()
            self._most_writers = self._config.writers
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
        if len(self._buffer) and self._stores:
            batch = self._buffer.take()
            self._start(self._write, batch, batch)
            return self._abandon()
        return True

    def _abandon(self) -> bool:
        """Wait for the jobs; nothing of them is acknowledged. False where one failed.

        What they stored comes again, and is a duplicate then.
        """
        is_well = True
        while self._jobs:
            if not self._jobs[0].future.done():
                self._tick()
                self._wait()
                self._wake.clear()
                continue
            job = self._jobs.popleft()
            try:
                result = job.future.result()
            except IngestError as error:
                logger.warning(line("given_up", error=error))
                is_well = False
            else:
                if job.batch is not None:
                    self._count(job.batch, *result)
        return is_well

    def _end(self) -> None:
        """Leave the broker first: it must not send what nobody will store."""
        notify.stopping()
        self._broker.disconnect()
        self._abandon()
        if self._stores:
            try:
                self._stores[0].seen(self.counters, committed=self._has_committed)
                self._lease.release(self._stores[0])
            except TransientError as error:
                logger.warning(line("not_released", error=error))
        for store in self._stores:
            store.close()
        self._workers.shutdown()
        self._health.close()
        self._wake.close()
        if self._report:
            self._report(self.counters)
        logger.info(line("ended", **self.counters))
