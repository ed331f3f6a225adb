"""The life of the loader: broker and database connected, messages in, acknowledgements out.

A message is acknowledged only after the transaction that stores it is committed. Whatever goes
wrong before, the broker has it still: so on trouble with the database the loader disconnects from
the broker, which then keeps the messages, and comes back when the database does.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict

from ingest.broker import Broker
from ingest.buffer import Buffer
from ingest.config import Config
from ingest.errors import BrokerError, TransientError
from ingest.lease import Lease
from ingest.log import line
from ingest.store import Store

POLL_S = 0.2
BEAT_S = 3.0
BACKOFF_S = (0.2, 5.0)
# A connection that lasted so long was a good one: the next trouble starts with a short wait again.
STEADY_S = 10.0

logger = logging.getLogger(__name__)
Report = Callable[[Counter[str]], None]


class Session:
    def __init__(self, config: Config, report: Report | None = None) -> None:
        self._config = config
        self._report = report
        self._buffer = Buffer(config.limits)
        self._broker = Broker(config.mqtt)
        self._store: Store | None = None
        self._lease = Lease(config.mqtt.client_id)
        self._is_stopping = False
        self._has_committed = False
        self._beat_at = 0.0
        self._message_at = 0.0
        self._backoff_s = BACKOFF_S[0]
        self.counters: Counter[str] = Counter()

    def stop(self) -> None:
        """Take in nothing more, store what is in, and end. Safe in a signal handler."""
        self._is_stopping = True

    def run(self) -> None:
        """Run until stopped, or until nothing came for `until_idle_s`."""
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
        if self._store is None:
            self._store = Store(self._config.database_url, self._config.mqtt.client_id)
            self._lease.take(self._store, lambda: self._is_stopping)
            if not self.counters:
                self._store.seen({}, committed=False)
        if self._is_stopping:
            return
        self._broker.connect()
        self._message_at = time.monotonic()

    def _pump(self) -> None:
        while not self._is_stopping:
            now = time.monotonic()
            left = self._buffer.time_left(now)
            messages = self._broker.poll(POLL_S if left is None else min(left, POLL_S))
            now = time.monotonic()
            if messages:
                self._message_at = now
                for message in messages:
                    self._buffer.add(message, now)
            if self._buffer.time_left(now) == 0.0:
                self._flush()
            if now >= self._beat_at:
                self._beat(now)
            until_idle_s = self._config.until_idle_s
            if until_idle_s is not None and now - self._message_at >= until_idle_s:
                self._is_stopping = True
        if len(self._buffer):
            self._flush()

    def _flush(self) -> None:
        assert self._store is not None
        started_at = time.monotonic()
        batch = self._buffer.take()
        counts = self._store.write(batch)
        stored_at = time.monotonic()
        self._has_committed = True
        self.counters["messages"] += batch.messages
        self.counters.update(asdict(counts))
        self._broker.acknowledge(batch.acks)
        logger.info(line(
            "batch", messages=batch.messages, **asdict(counts),
            store_ms=round((stored_at - started_at) * 1000),
            ack_ms=round((time.monotonic() - stored_at) * 1000),
        ))  # fmt: skip

    def _beat(self, now: float) -> None:
        """A sign of life for the doctor, and for another loader that would start."""
        assert self._store is not None
        self._beat_at = now + BEAT_S
        self._lease.renew(self._store)
        self.counters["connections"] = self._broker.connections
        self.counters["sessions_lost"] = self._broker.sessions_lost
        self._store.seen(self.counters, committed=self._has_committed)
        self._has_committed = False
        if self._report:
            self._report(self.counters)

    def _step_back(self, error: Exception, lasted_s: float) -> None:
        is_database = isinstance(error, TransientError)
        self.counters["database_errors" if is_database else "broker_errors"] += 1
        self._buffer.clear()
        self._broker.disconnect()
        if is_database and self._store is not None:
            self._store.close()
            self._store = None
        if lasted_s > STEADY_S:
            self._backoff_s = BACKOFF_S[0]
        logger.warning(line(
            "database_away" if is_database else "broker_away", error=error, retry_s=self._backoff_s
        ))  # fmt: skip
        until = time.monotonic() + self._backoff_s
        while not self._is_stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, POLL_S))
        self._backoff_s = min(self._backoff_s * 2, BACKOFF_S[1])

    def _end(self) -> None:
        """Leave the broker first: it must not send what nobody will store."""
        self._broker.disconnect()
        if self._store is not None:
            try:
                self._store.seen(self.counters, committed=self._has_committed)
                self._lease.release(self._store)
            except TransientError as error:
                logger.warning(line("not_released", error=error))
            self._store.close()
        if self._report:
            self._report(self.counters)
        logger.info(line("ended", **self.counters))
