"""Finds out at start whether the broker would lose messages while the loader is away.

A broker acknowledges what it then drops: stock Mosquitto keeps 1,000 messages for a client and
says nothing when there are more. So a client of its own lets that many and some wait, and counts
what it gets. It leaves no session behind, and never touches the one of the loader.
"""

import contextlib
import logging
import secrets
import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.broker import DROPPED, KEEPALIVE_S
from ingest.client import Client
from ingest.config import MqttConfig
from ingest.log import line

# Stock Mosquitto takes 20 in flight and 1,000 queued for each client.
WAITING = 1100
# Messages come from a queue one after another: a pause of so long means that there are no more.
QUIET_S = 0.5
READ_AT_ONCE = 200
VERSION = "$SYS/broker/version"
LOSES = (
    "the broker dropped {lost} of {sent} messages that waited for one client: it will lose readings"
    " while the loader is away. Mosquitto's max_queued_messages is 1000 by default;"
    " scripts/mosquitto/lotwatt.conf has settings that keep what was acknowledged"
)
KEEPS = "the broker kept {sent} messages that waited for one client"

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found: `loses` is None where it could not be found out, and `why` is a sentence.

    `version` and `dropped` are what the broker says of itself, where it lets this account read it:
    messages that it dropped since it started, before this probe.
    """

    loses: bool | None
    why: str
    version: str | None = None
    dropped: int | None = None

    @property
    def is_known(self) -> bool:
        return self.loses is not None


class UnknownError(Exception):
    """It cannot be found out, for this reason."""


def probe(config: MqttConfig, timeout_s: float = 5.0) -> Probe:
    """Let messages wait at the broker and count how many come. Raises nothing; takes about 1 s.

    Call it while the lease is held and before the loader connects: a broker with
    `use_username_as_clientid` gives this client the session of the loader where there is one, and
    then it leaves at once.
    """
    client = Asking(config, time.monotonic() + timeout_s)
    try:
        sent, arrived = client.run()
    except (UnknownError, OSError, ValueError) as error:
        found = Probe(None, str(error), client.version, client.dropped)
    else:
        text = LOSES if arrived < sent else KEEPS
        why = text.format(lost=f"{sent - arrived:,}", sent=f"{sent:,}")
        found = Probe(arrived < sent, why, client.version, client.dropped)
    finally:
        client.leave()
    logger.debug(line("probe", loses=found.loses, why=found.why, version=found.version))
    return found


@dataclass(slots=True)
class Asking:
    """One connection that asks the broker; the caller's thread drives it."""

    config: MqttConfig
    deadline: float
    version: str | None = None
    dropped: int | None = None
    _token: str = field(default_factory=lambda: secrets.token_hex(4))
    _client: paho.Client | None = None
    _answer: ReasonCode | None = None
    _is_ours: bool = False
    _asked: int | None = None
    _refused: bool = False
    _arrived: set[bytes] = field(default_factory=set)

    @property
    def client_id(self) -> str:
        """A new one each time: what a probe that was killed left behind is not taken for the
        loader's session."""
        return f"{self.config.client_id}-probe-{self._token}"

    @property
    def topic(self) -> str:
        return f"lotwatt/probe/{quote(self.config.client_id, safe='')}/{self._token}"

    def run(self) -> tuple[int, int]:
        """How many messages were made to wait, and how many of them came."""
        if any(paho.topic_matches_sub(topic, self.topic) for topic in self.config.topics):
            raise UnknownError(f"the loader itself listens to {self.topic}")
        self._connect(clean=False)
        if not self._is_ours:
            raise UnknownError(
                "the broker gives every client of this account one session"
                " (use_username_as_clientid), and the loader's is in use"
            )
        self._subscribe()
        self._publish([b"-1"])
        self._wait(
            lambda: bool(self._arrived), f"the broker does not let this account use {self.topic}"
        )
        self._arrived.clear()
        payloads = [b"%d" % number for number in range(WAITING)]
        self._publish(payloads)
        self._read_all(len(payloads))
        return len(payloads), len(self._arrived)

    def leave(self) -> None:
        """End the session where it is this client's own, which nobody else can have used."""
        self._goodbye()
        if not self._is_ours:
            return
        self.deadline = time.monotonic() + 2
        with contextlib.suppress(UnknownError, OSError, ValueError):
            self._connect(clean=True)
        self._goodbye()

    def _connect(self, *, clean: bool) -> None:
        config = self.config
        client = Client(config, self.client_id, clean_session=clean)
        # Publishing must not wait for acknowledgements, which are not read meanwhile.
        client.max_inflight_messages_set(2 * WAITING)
        client.connect_timeout = max(0.1, self.deadline - time.monotonic())
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        self._client, self._answer = client, None
        try:
            client.connect(config.host, config.port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise UnknownError(f"cannot reach {config.host}:{config.port}: {error}") from error
        self._wait(lambda: self._answer is not None, "the broker does not answer")
        assert self._answer is not None
        if self._answer.is_failure:
            raise UnknownError(f"the broker refuses the connection: {self._answer}")

    def _subscribe(self) -> None:
        assert self._client is not None
        code, self._asked = self._client.subscribe([(self.topic, 1), (VERSION, 0), (DROPPED, 0)])
        self._check(code)
        self._wait(lambda: self._asked is None, "the broker does not answer a subscription")
        if self._refused:
            raise UnknownError(f"the broker refuses the subscription to {self.topic}")

    def _publish(self, payloads: list[bytes]) -> None:
        """Write messages and read nothing: so they wait at the broker, in flight or queued."""
        client = self._client
        assert client is not None
        for payload in payloads:
            self._check(client.publish(self.topic, payload, 1).rc)
        while client.want_write():
            sock: Any = client.socket()
            if sock is None or self._time_left() == 0:
                raise UnknownError("the broker does not take messages from a client that waits")
            select.select([], [sock], [], min(self._time_left(), 0.1))
            self._check(client.loop_write())

    def _read_all(self, wanted: int) -> None:
        """Read until all are there, or none came during a pause that ends with an answer."""
        client = self._client
        assert client is not None
        while len(self._arrived) < wanted:
            count = len(self._arrived)
            self._pause(QUIET_S, wanted)
            if len(self._arrived) == count:
                code, self._asked = client.unsubscribe(f"{self.topic}/asked")
                self._check(code)
                self._wait(lambda: self._asked is None, "the broker stopped to answer")
                if len(self._arrived) == count:
                    return

    def _pause(self, seconds: float, wanted: int) -> None:
        until = time.monotonic() + seconds
        while len(self._arrived) < wanted and (left := until - time.monotonic()) > 0:
            if self._time_left() == 0:
                raise UnknownError("the broker is too slow for it")
            count = len(self._arrived)
            self._step(min(left, 0.1))
            if len(self._arrived) > count:
                until = time.monotonic() + seconds

    def _goodbye(self) -> None:
        client, self._client = self._client, None
        if client is None or client.socket() is None:
            return
        with contextlib.suppress(OSError, ValueError):
            client.disconnect()
            sock: Any = client.socket()
            until = time.monotonic() + 1
            while client.want_write() and sock is not None and time.monotonic() < until:
                select.select([], [sock], [], 0.1)
                if client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                    break
                sock = client.socket()

    def _wait(self, condition: Callable[[], bool], otherwise: str) -> None:
        while not condition():
            if self._time_left() == 0:
                raise UnknownError(otherwise)
            self._step(min(self._time_left(), 0.1))

    def _time_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def _step(self, timeout_s: float) -> None:
        client = self._client
        sock: Any = client.socket() if client is not None else None
        if client is None or sock is None:
            raise UnknownError("the broker closed the connection")
        has_pending = hasattr(sock, "pending") and sock.pending() > 0
        writing = [sock] if client.want_write() else []
        readable, writable, _ = select.select([sock], writing, [], 0 if has_pending else timeout_s)
        if readable or has_pending:
            for _ in range(READ_AT_ONCE):
                count = len(self._arrived)
                self._check(client.loop_read())
                if len(self._arrived) == count:
                    break
        if writable:
            self._check(client.loop_write())
        self._check(client.loop_misc())

    def _check(self, code: MQTTErrorCode) -> None:
        is_refused = self._answer is not None and self._answer.is_failure
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS and not is_refused:
            raise UnknownError(f"the broker closed the connection: {paho.error_string(code)}")

    def _on_connect(
        self, _: paho.Client, __: Any, flags: paho.ConnectFlags, answer: ReasonCode,
        ___: Properties | None,
    ) -> None:  # fmt: skip
        self._answer = answer
        if not answer.is_failure and not flags.session_present:
            self._is_ours = True

    def _on_subscribe(
        self, _: paho.Client, __: Any, mid: int, answers: list[ReasonCode], ___: Properties | None
    ) -> None:
        if mid == self._asked:
            self._asked = None
            self._refused = answers[0].is_failure

    def _on_unsubscribe(
        self, _: paho.Client, __: Any, mid: int, ___: list[ReasonCode], ____: Properties | None
    ) -> None:
        if mid == self._asked:
            self._asked = None

    def _on_message(self, client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        if message.topic == VERSION:
            self.version = message.payload.decode("utf-8", "replace")
        elif message.topic == DROPPED:
            if self.dropped is None and message.payload.isdigit():
                self.dropped = int(message.payload)
        elif message.topic == self.topic:
            self._arrived.add(bytes(message.payload))
            client.ack(message.mid, message.qos)
