"""The connection to the MQTT broker: one thread, a durable session, acknowledgement by hand.

paho's own loop thread dies of an exception in a callback while it still says that it is connected;
here the caller drives the socket, and callbacks only append to a list.
"""

import logging
import select
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.config import MqttConfig
from ingest.errors import BrokerError
from ingest.item import Message
from ingest.log import line

KEEPALIVE_S = 60
CONNECT_TIMEOUT_S = 10
GOODBYE_TIMEOUT_S = 2
# Nobody subscribes to this, so leaving it changes nothing.
NO_TOPIC = "lotwatt/goodbye"
# Read at most so many messages before the caller gets a turn: the window of the broker does not
# bound them.
READ_AT_ONCE = 200

logger = logging.getLogger(__name__)


class Broker:
    def __init__(self, config: MqttConfig) -> None:
        self._config = config
        self._inbox: list[Message] = []
        self._answer: ReasonCode | None = None
        self._question: int | None = None
        self.sessions_lost = 0
        self.connections = 0
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=config.client_id, clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311, manual_ack=True, reconnect_on_failure=False,
        )  # fmt: skip
        if config.username is not None:
            client.username_pw_set(config.username, config.password)
        if config.has_tls:
            client.tls_set(
                ca_certs=str(config.tls_ca) if config.tls_ca else None,
                certfile=str(config.tls_cert) if config.tls_cert else None,
                keyfile=str(config.tls_key) if config.tls_key else None,
            )
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        self._client = client

    def connect(self) -> None:
        """Connect and wait for the answer; always subscribe, as the session may be gone."""
        self._inbox.clear()
        self._answer = None
        config = self._config
        try:
            self._client.connect(config.host, config.port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise BrokerError(f"cannot reach {config.host}:{config.port}: {error}") from error
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        while self._answer is None:
            if time.monotonic() > deadline:
                raise BrokerError(f"{config.host}:{config.port} does not answer")
            self._step(0.1)
        if self._answer.is_failure:
            raise BrokerError(f"the broker refuses the connection: {self._answer}")

    def poll(self, timeout_s: float) -> list[Message]:
        """Messages that have come, after waiting for the first of them at most so long."""
        if not self._inbox:
            self._step(timeout_s)
        inbox, self._inbox = self._inbox, []
        return inbox

    def acknowledge(self, acks: Iterable[tuple[int, int]]) -> None:
        """Give back messages by id and QoS, in the order received: the broker may forget them."""
        for mid, qos in acks:
            self._check(self._client.ack(mid, qos))

    def disconnect(self) -> None:
        """Say goodbye, so that the broker keeps what is not acknowledged and publishes no will."""
        try:
            self._wait_processed()
        except BrokerError as error:
            logger.debug(line("disconnect", error=error))
        self._client.disconnect()
        deadline = time.monotonic() + 1
        while (sock := self._client.socket()) is not None and time.monotonic() < deadline:
            select.select([], [sock], [], 0.1)
            if self._client.loop_write() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                break
        self._inbox.clear()

    def _wait_processed(self) -> None:
        """Wait until the broker has seen every acknowledgement.

        A socket that is closed with messages still unread is reset, and then the broker never reads
        what was sent last. So ask something whose answer comes after it has: to leave a topic.
        """
        if self._client.socket() is None:
            return
        code, self._question = self._client.unsubscribe(NO_TOPIC)
        self._check(code)
        deadline = time.monotonic() + GOODBYE_TIMEOUT_S
        while self._question is not None and time.monotonic() < deadline:
            self._step(0.1)
            self._inbox.clear()

    def _step(self, timeout_s: float) -> None:
        sock: Any = self._client.socket()
        if sock is None:
            raise BrokerError("the connection to the broker is lost")
        has_pending = hasattr(sock, "pending") and sock.pending() > 0
        writing = [sock] if self._client.want_write() else []
        readable, writable, _ = select.select(
            [sock], writing, [], 0 if has_pending else max(0.0, timeout_s)
        )
        if readable or has_pending:
            self._read()
        if writable:
            self._check(self._client.loop_write())
        self._check(self._client.loop_misc())

    def _read(self) -> None:
        inbox = self._inbox
        count = -1
        while count < len(inbox) < READ_AT_ONCE:
            count = len(inbox)
            self._check(self._client.loop_read())

    def _check(self, code: MQTTErrorCode) -> None:
        is_refused = self._answer is not None and self._answer.is_failure
        # A refused connection shows as an error here as well; connect() says why.
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS and not is_refused:
            raise BrokerError(f"the connection to the broker is lost: {paho.error_string(code)}")

    def _on_connect(
        self, client: paho.Client, _: Any, flags: paho.ConnectFlags, answer: ReasonCode,
        __: Properties | None,
    ) -> None:  # fmt: skip
        self._answer = answer
        if answer.is_failure:
            return
        self.connections += 1
        if not flags.session_present:
            self.sessions_lost += 1
        logger.info(line(
            "connected", host=self._config.host, port=self._config.port,
            client_id=self._config.client_id, session_present=flags.session_present,
        ))  # fmt: skip
        client.subscribe([(topic, 1) for topic in self._config.topics])

    def _on_subscribe(
        self, _: paho.Client, __: Any, ___: int, answers: list[ReasonCode],
        ____: Properties | None,
    ) -> None:  # fmt: skip
        for topic, answer in zip(self._config.topics, answers, strict=False):
            if answer.is_failure:
                logger.error(line("subscription_refused", topic=topic, answer=answer))

    def _on_unsubscribe(
        self, _: paho.Client, __: Any, mid: int, ___: list[ReasonCode], ____: Properties | None
    ) -> None:
        if mid == self._question:
            self._question = None

    def _on_message(self, _: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError as error:
            topic = error.object.decode("utf-8", "replace")
        self._inbox.append(Message(
            topic, bytes(message.payload), datetime.now(UTC),
            message.retain, message.mid, message.qos,
        ))  # fmt: skip
