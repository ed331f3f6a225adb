"""The connection to the MQTT broker: one thread, a durable session, acknowledgement by hand.

paho's own loop thread dies of an exception in a callback while it still says that it is connected;
here the caller drives the socket. Messages are read in bulk (ingest.wire), the rest is paho's.
"""

import logging
import select
import ssl
import time
from collections.abc import Iterable, Sequence
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.client import BufferedClient
from ingest.config import MqttConfig
from ingest.errors import BrokerError
from ingest.log import line
from ingest.wire import Packet, acknowledgements

# A broker that is gone without a word is given up after two of these.
KEEPALIVE_S = 20
CONNECT_TIMEOUT_S = 10
GOODBYE_TIMEOUT_S = 2
SEND_TIMEOUT_S = 10
MOST_AT_ONCE = 10_000
# Nobody subscribes to this, so leaving it changes nothing.
NO_TOPIC = "lotwatt/goodbye"
# What the broker says of itself: messages that it threw away although it had acknowledged them.
DROPPED = "$SYS/broker/publish/messages/dropped"
OWN = DROPPED.encode()
LONGEST_COUNT = 15

logger = logging.getLogger(__name__)


class Broker:
    def __init__(self, config: MqttConfig) -> None:
        self._config = config
        self._inbox: list[Packet] = []
        self._answer: ReasonCode | None = None
        self._has_session = False
        self._question: int | None = None
        self._asked: dict[int, tuple[str, ...]] = {}
        self.refused: set[str] = set()
        self.sessions_lost = 0
        self.connections = 0
        self.dropped = 0
        client = BufferedClient(config, config.client_id, clean_session=False)
        self._own_status = f"lotwatt/{config.client_id}/status"
        client.will_set(self._own_status, "offline", qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_message = self._on_message
        self._client = client

    def connect(self, topics: Sequence[str], leave: Iterable[str] = ()) -> None:
        """Connect and wait for the answer; always subscribe, as the session may be gone.

        A session that is still there holds every filter that it ever had: `leave` names those that
        are no longer wanted.
        """
        self._inbox.clear()
        self._asked.clear()
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
            self._await_answer()
        if self._answer.is_failure:
            raise BrokerError(f"the broker refuses the connection: {self._answer}")
        self.subscribe(topics, leave)
        logger.info(line(
            "connected", host=config.host, port=config.port, client_id=config.client_id,
            session_present=self._has_session,
        ))  # fmt: skip

    def _await_answer(self) -> None:
        try:
            self._step(0.1)
        except BrokerError:
            # A broker that refuses hangs up too, and both may arrive at once: its answer says more.
            if self._answer is None or not self._answer.is_failure:
                raise

    def subscribe(self, topics: Sequence[str], leave: Iterable[str] = ()) -> None:
        """Ask for topics and leave others, each in a packet: a broker may refuse one.

        Returns when the broker has answered: what is published from then on arrives.
        """
        for topic, qos in [*((topic, 1) for topic in topics), (DROPPED, 0)]:
            code, mid = self._client.subscribe(topic, qos)
            self._check(code)
            if mid is not None:
                self._asked[mid] = (topic,)
        for topic in leave:
            if topic not in topics:
                logger.info(line("unsubscribed", topic=topic))
                self._check(self._client.unsubscribe(topic)[0])
        deadline = time.monotonic() + CONNECT_TIMEOUT_S
        while self._asked and len(self._inbox) < MOST_AT_ONCE:
            if time.monotonic() > deadline:
                raise BrokerError("the broker does not answer a subscription")
            self._step(0.1, most=MOST_AT_ONCE)

    def poll(self, timeout_s: float, most: int, wake: int | None = None) -> list[Packet]:
        """At most so many messages, after waiting for the first of them or for `wake`."""
        if not self._inbox:
            if self._take(most):
                self.keep_alive()
            else:
                self._step(timeout_s, wake, most)
        inbox, self._inbox = self._inbox[:most], self._inbox[most:]
        return inbox

    def acknowledge(self, acks: Iterable[tuple[int, int]]) -> None:
        """Give back messages by id and QoS, in the order received: the broker may forget them."""
        self._write_out()
        sock: Any = self._client.socket()
        data = memoryview(acknowledgements(acks))
        deadline = time.monotonic() + SEND_TIMEOUT_S
        while data:
            if sock is None or time.monotonic() > deadline:
                raise BrokerError("the broker does not take acknowledgements")
            try:
                data = data[sock.send(data) :]
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                select.select([], [sock], [], 0.1)
            except OSError as error:
                raise BrokerError(f"the connection to the broker is lost: {error}") from error

    def keep_alive(self) -> None:
        """What has to happen while messages are left at the broker on purpose: pings."""
        self._check(self._client.loop_misc())

    def rest(self) -> list[Packet]:
        """What came before the connection was lost and is not taken yet.

        A broker that was killed may not have it any more, so it is worth storing although it can no
        longer be acknowledged; where it comes again it is a duplicate.
        """
        rest, self._inbox = self._inbox, []
        if self._client.buffered is not None:
            rest += self._client.buffered.take(MOST_AT_ONCE)
        return [packet for packet in rest if not is_own(packet)]

    def publish(self, topic: str, payload: bytes) -> None:
        """Say something to a device, once; it is no loss where it does not get there."""
        self._check(self._client.publish(topic, payload, qos=0).rc)

    def disconnect(self) -> None:
        """Say goodbye, so that the broker keeps what is not acknowledged and publishes no will."""
        try:
            self._wait_processed()
        except BrokerError as error:
            logger.debug(line("disconnect", error=error))
        if self._client.socket() is not None:
            self._client.publish(self._own_status, "offline", qos=0, retain=True)
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
            self._step(0.1, most=MOST_AT_ONCE)
            self._inbox.clear()

    def _step(self, timeout_s: float, wake: int | None = None, most: int = 0) -> None:
        sock: Any = self._client.socket()
        if sock is None:
            raise BrokerError("the connection to the broker is lost")
        has_pending = hasattr(sock, "pending") and sock.pending() > 0
        writing = [sock] if self._client.want_write() else []
        reading = [sock] if wake is None else [sock, wake]
        readable, writable, _ = select.select(
            reading, writing, [], 0 if has_pending else max(0.0, timeout_s)
        )
        if sock in readable or has_pending:
            self._fill()
            self._take(most)
        if writable:
            self._check(self._client.loop_write())
        self._check(self._client.loop_misc())

    def _fill(self) -> None:
        assert self._client.buffered is not None
        try:
            self._client.buffered.fill()
        except OSError as error:
            raise BrokerError(f"the connection to the broker is lost: {error}") from error

    def _take(self, most: int) -> int:
        """Messages from the buffer into the inbox; what is not a message goes to paho."""
        buffered = self._client.buffered
        if buffered is None:
            return 0
        while True:
            if (room := most - len(self._inbox)) > 0:
                packets = buffered.take(room)
                if any(is_own(packet) for packet in packets):
                    self._inbox += self._without_own(packets)
                    continue  # there is room again, and the next packet may be a message
                self._inbox += packets
            if buffered.is_publish() and len(self._inbox) >= most:
                return len(self._inbox)  # the rest waits in the buffer, and then at the broker
            if not buffered.allow():
                break
            self._check(self._client.loop_read())
        if buffered.is_closed:
            self._check(self._client.loop_read())
            raise BrokerError("the broker closed the connection")
        return len(self._inbox)

    def _without_own(self, packets: list[Packet]) -> list[Packet]:
        """Take out what the broker says of itself."""
        for packet in packets:
            digits = packet.payload
            if is_own(packet) and digits.isdigit() and len(digits) <= LONGEST_COUNT:
                self.dropped = int(digits)
        return [packet for packet in packets if not is_own(packet)]

    def _write_out(self) -> None:
        """Let paho finish its packets, so that nothing is written in the middle of one."""
        deadline = time.monotonic() + SEND_TIMEOUT_S
        while self._client.want_write():
            if time.monotonic() > deadline:
                raise BrokerError("the broker takes nothing in")
            self._check(self._client.loop_write())

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
        self._has_session = flags.session_present
        if not self._has_session:
            self.sessions_lost += 1
        client.publish(self._own_status, "online", qos=0, retain=True)

    def _on_subscribe(
        self, _: paho.Client, __: Any, mid: int, answers: list[ReasonCode],
        ____: Properties | None,
    ) -> None:  # fmt: skip
        for topic, answer in zip(self._asked.pop(mid, ()), answers, strict=False):
            if not answer.is_failure:
                self.refused.discard(topic)
            elif topic != DROPPED:  # that one is only nice to have
                self.refused.add(topic)
                logger.error(line("subscription_refused", topic=topic, answer=answer))

    def _on_unsubscribe(
        self, _: paho.Client, __: Any, mid: int, ___: list[ReasonCode], ____: Properties | None
    ) -> None:
        if mid == self._question:
            self._question = None

    def _on_message(self, _: paho.Client, __: Any, message: paho.MQTTMessage) -> None:
        """What is read in bulk never comes here. A filter of QoS 2, which a session may hold from
        another program, brings what does; it is stored and acknowledged as all else is."""
        topic = message.topic.encode()
        payload = bytes(message.payload)
        packet = Packet(topic, payload, message.mid, message.qos, message.retain)
        self._inbox.append(packet)


def is_own(packet: Packet) -> bool:
    """What was asked for with QoS 0. With QoS 1 a filter of the settings has it: to acknowledge."""
    return packet.qos == 0 and packet.topic == OWN
