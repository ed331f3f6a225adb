"""Mosquitto, a session that queues while nobody is connected, and a publisher that fills it."""

import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from db.errors import LotwattError
from scripts.bench_ingest.workload import Message
from scripts.native_mosquitto import OPEN, NativeMosquitto, binary

# Who connects shows in the log.
LISTENER = OPEN + "log_dest stderr\nlog_type notice\nlog_type warning\n"
START_S = 10.0
# Below the broker's own limit of what one client may have under way.
WINDOW = 500
CONNACK_BYTES = 4
PUBACK_BYTES = 4


class Mosquitto(NativeMosquitto):
    """A broker that remembers when each client connected last."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, LISTENER)
        self._connected: dict[str, float] = {}
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self.start(subprocess.PIPE)
        self._reader.start()

    @property
    def version(self) -> str:
        """`mosquitto -h` says it in its first line, and ends with an error."""
        done = subprocess.run([binary(), "-h"], capture_output=True, text=True, check=False)
        return done.stdout.partition("\n")[0].replace("mosquitto version", "Mosquitto")

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def connected_at(self, client_id: str) -> float | None:
        """When this client connected last (time.perf_counter), None while it never did."""
        return self._connected.get(client_id)

    def forget_connected(self, client_id: str) -> None:
        self._connected.pop(client_id, None)

    def stop(self) -> None:
        self.end()
        self._reader.join()

    def _read_log(self) -> None:
        """Lines such as `1764034000: New client connected from 127.0.0.1:1 as NAME (p2, k60).`"""
        assert self.process is not None
        assert self.process.stderr is not None
        with self.process.stderr as log:
            for row in map(bytes.decode, log):
                if "New client connected" in row:
                    self._connected[row.partition(" as ")[2].split(" ")[0]] = time.perf_counter()

    def open_session(self, client_id: str, topics: str, *, is_durable: bool = True) -> None:
        """Subscribe and leave: from now on the broker queues for this client.

        A session that is not durable replaces the durable one, and so ends it.
        """
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=not is_durable
        )
        done = threading.Event()
        client.on_subscribe = lambda *_: done.set()
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        client.subscribe(topics, 1)
        if not done.wait(START_S):
            raise LotwattError("the broker does not answer a subscription")
        client.disconnect()
        client.loop_stop()

    def close_session(self, client_id: str) -> None:
        self.open_session(client_id, "none", is_durable=False)

    def publish(self, messages: Iterable[Message]) -> None:
        """Publish with QoS 1 and wait until the broker has acknowledged every message.

        A library would take longer to fill the queue than the loaders to drain it, on their cores.
        """
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(connect_packet("bench-publisher"))
            receive(connection, CONNACK_BYTES)
            numbered = enumerate(messages)
            while packets := [
                publish_packet(topic, payload, number % 65_535 + 1)
                for number, (topic, payload) in islice(numbered, WINDOW)
            ]:
                connection.sendall(b"".join(packets))
                receive(connection, PUBACK_BYTES * len(packets))
            connection.sendall(b"\xe0\x00")


@contextmanager
def mosquitto() -> Iterator[Mosquitto]:
    folder = Path(tempfile.mkdtemp(prefix="lotwatt-broker-"))
    broker = Mosquitto(folder)
    try:
        yield broker
    finally:
        broker.stop()
        shutil.rmtree(folder, ignore_errors=True)


def receive(connection: socket.socket, size: int) -> None:
    while size:
        data = connection.recv(min(size, 65_536))
        if not data:
            raise LotwattError("the broker closed the publisher's connection")
        size -= len(data)


def connect_packet(client_id: str) -> bytes:
    """CONNECT of MQTT 3.1.1: a clean session, keep-alive for as long as the protocol allows."""
    body = text(b"MQTT") + b"\x04\x02\xff\xff" + text(client_id.encode())
    return b"\x10" + length(len(body)) + body


def publish_packet(topic: str, payload: bytes, number: int) -> bytes:
    head = text(topic.encode()) + struct.pack("!H", number)
    return b"\x32" + length(len(head) + len(payload)) + head + payload


def text(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data


def length(size: int) -> bytes:
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    data = bytearray()
    while True:
        size, low = divmod(size, 128)
        data.append(low | (0x80 if size else 0))
        if not size:
            return bytes(data)
