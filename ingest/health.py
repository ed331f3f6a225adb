"""How the loader is, over HTTP for those who watch it: metrics, healthy, alive, ready.

/metrics   counters and gauges in the format of Prometheus
/alive     the main loop turns; says nothing of broker or database, so that whoever restarts what is
           not alive does not restart a loader that only waits for its database
/healthy   messages really reach the database
/ready     it holds its lease and has both connections

The server runs in a thread of its own and only reads what the loader left here: it can neither
block the loader nor end it.
"""

import logging
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from socketserver import TCPServer
from threading import BoundedSemaphore, Thread
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder

from ingest.log import line

# A loop, a commit or a message older than this is a fault: batches take well below a second, and
# a statement that is stuck ends after 15 s.
LATE_S = 30.0
REQUEST_TIMEOUT_S = 5.0
MOST_REQUESTS = 16
BATCH_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
OUTCOMES = ("stored", "duplicate", "conflict", "quarantined", "dropped")
GAUGES = {
    "oldest_unacknowledged_seconds": "Age of the oldest message that is taken in and not committed",
    "buffered_messages": "Messages that are taken in and not committed",
    "broker_dropped_messages": "Messages that the broker says it has dropped: above 0 data is lost",
    "lost_sessions": "How often the broker had forgotten what it kept: above 0 data may be lost",
    "broker_loses": "1 where the broker was seen to drop what it should have kept",
}
PATHS = ("/metrics", "/healthy", "/alive", "/ready")
TEXT = "text/plain; charset=utf-8"

# A series beside each counter that says when it was made: the start of the process says it too.
disable_created_metrics()  # type: ignore[no-untyped-call]
logger = logging.getLogger(__name__)
Verdict = tuple[bool, str]


class Health:
    """What the loader says of itself. Every method is cheap and none raises.

    Times come from `clock`, in seconds.
    """

    def __init__(self, client_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._server: Server | None = None
        self._beat_at = self._proved_at = clock()
        self._has_broker = self._has_database = self._has_lease = False
        self._oldest_s = 0.0
        self._registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}
        ProcessCollector(registry=self._registry)
        info = Info("lotwatt_loader", "This loader", registry=self._registry)
        info.info({"client_id": client_id})
        self._messages = self._counter("messages", "Messages committed")
        self._readings = self._counter("readings", "Readings in them")
        self._outcomes = self._counter(
            "outcomes", "Readings, events and messages by the way in which they ended", "outcome"
        )
        for outcome in OUTCOMES:
            self._outcomes.labels(outcome)
        self._troubles = self._counter("troubles", "What went wrong and was got over", "kind")
        self._batch = Histogram(
            "lotwatt_loader_batch_seconds", "Time to store and commit a batch",
            buckets=BATCH_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._committed_at = self._gauge(
            "last_commit_timestamp_seconds", "When a batch was last committed, since 1970"
        )
        self._watch("broker_connected", "1 with a connection to the broker",
                    lambda: self._has_broker)  # fmt: skip
        self._watch("database_connected", "1 with a connection to the database",
                    lambda: self._has_database)  # fmt: skip
        self._watch("lease_held", "1 while no other loader may use this client id",
                    lambda: self._has_lease)  # fmt: skip
        self._watch("heartbeat_age_seconds", "Time since the main loop last turned",
                    lambda: self._clock() - self._beat_at)  # fmt: skip
        for name in GAUGES:
            self.gauge(name, 0)

    def beat(self) -> None:
        """The main loop turns, whatever it waits for."""
        self._beat_at = self._clock()

    def broker(self, is_connected: bool) -> None:
        self._has_broker = is_connected

    def database(self, is_connected: bool) -> None:
        """Say it again with each answer of an idle loader: it proves that the database answers."""
        self._has_database = is_connected
        if is_connected:
            self._proved_at = self._clock()

    def lease(self, is_held: bool) -> None:
        self._has_lease = is_held

    def committed(self, messages: int, readings: int, seconds: float) -> None:
        """A batch is in the database; it took so many seconds."""
        self._proved_at = self._clock()
        self._messages.inc(messages)
        self._readings.inc(readings)
        self._batch.observe(seconds)
        self._committed_at.set_to_current_time()

    def counted(self, counts: Mapping[str, int]) -> None:
        """In which way things ended, by outcome."""
        for outcome, count in counts.items():
            if count > 0:
                self._outcomes.labels(outcome).inc(count)

    def trouble(self, kind: str) -> None:
        """Something went wrong: database_error, broker_error, session_lost, retry."""
        self._troubles.labels(kind).inc()

    def gauge(self, name: str, value: float) -> None:
        """Show a number, such as one of GAUGES; another name becomes a gauge of that name."""
        if name == "oldest_unacknowledged_seconds":
            self._oldest_s = value
        if name not in self._gauges:
            self._gauges[name] = self._gauge(name, GAUGES.get(name, name.replace("_", " ")))
        self._gauges[name].set(value)

    def is_alive(self) -> Verdict:
        age_s = self._clock() - self._beat_at
        if age_s >= LATE_S:
            return False, f"the main loop has not turned for {age_s:.0f} s"
        return True, "the main loop turns"

    def is_healthy(self) -> Verdict:
        if not self._has_broker:
            return False, "no connection to the broker"
        if not self._has_database:
            return False, "no connection to the database"
        age_s = self._clock() - self._proved_at
        if age_s >= LATE_S:
            return False, f"the database has not answered for {age_s:.0f} s"
        if self._oldest_s >= LATE_S:
            return False, f"a message has waited for {self._oldest_s:.0f} s to be committed"
        return True, "messages reach the database"

    def is_ready(self) -> Verdict:
        if not self._has_lease:
            return False, "another loader holds the lease of this client id, or none is taken yet"
        if not self._has_database:
            return False, "no connection to the database"
        if not self._has_broker:
            return False, "no connection to the broker"
        return True, "lease held, broker and database connected"

    def metrics(self, accepted: str) -> tuple[bytes, str]:
        """The metrics and their content type, for what an Accept header says."""
        encode, content_type = choose_encoder(accepted)
        return encode(self._registry), content_type

    def serve(self, host: str, port: int) -> None:
        """Answer on this address from now on; where it cannot be had, only a warning says so."""
        try:
            self._server = Server((host, port), self)
        except (OSError, OverflowError) as error:
            logger.warning(line("no_health", host=host, port=port, error=error))
            return
        Thread(target=self._server.serve_forever, args=(0.1,), name="health", daemon=True).start()
        logger.info(line("health", host=host, port=self.port))

    @property
    def port(self) -> int | None:
        """The port that it answers on; None where it does not."""
        return self._server.server_port if self._server else None

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _counter(self, name: str, said: str, *labels: str) -> Counter:
        return Counter(f"lotwatt_loader_{name}", said, labels, registry=self._registry)

    def _gauge(self, name: str, said: str) -> Gauge:
        return Gauge(f"lotwatt_loader_{name}", said, registry=self._registry)

    def _watch(self, name: str, said: str, value: Callable[[], float]) -> None:
        self._gauge(name, said).set_function(value)


class Server(ThreadingHTTPServer):
    """A thread a request, and a limit to them: clients that say nothing must not take the file
    descriptors that the loader needs."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], health: Health) -> None:
        self.health = health
        self._free = BoundedSemaphore(MOST_REQUESTS)
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """As HTTPServer does it, without asking a name server for the name of this machine."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()[:2]

    def process_request(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(
        self, request: socket | tuple[bytes, socket], client_address: Any
    ) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is nobody's trouble."""
        logger.debug("health request failed", exc_info=True)


class Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = REQUEST_TIMEOUT_S
    server_version = "lotwatt"
    sys_version = ""

    def do_GET(self) -> None:
        health = self.server.health
        path = self.path.partition("?")[0]
        if path == "/metrics":
            body, content_type = health.metrics(self.headers.get("Accept") or "")
            self._answer(200, body, content_type)
            return
        verdicts = {
            "/healthy": health.is_healthy, "/alive": health.is_alive, "/ready": health.is_ready,
        }  # fmt: skip
        if path not in verdicts:
            self._answer(404, f"there is {', '.join(PATHS)}\n".encode(), TEXT)
            return
        is_well, said = verdicts[path]()
        self._answer(200 if is_well else 503, f"{said}\n".encode(), TEXT)

    do_HEAD = do_GET

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        logger.debug(format, *args)
