"""The rows of the table that only a broker can show, with the real one and the loader as a process.

Nothing of it reaches the loader, or it ends where it belongs; good readings go on in any case.
"""

import socket
import struct
import time

import paho.mqtt.client as paho
import pytest
from psycopg.types.json import Jsonb

from db.statements import load
from tests.integration.ingest.conftest import Loader, Mosquitto, Plant
from tests.waiting import wait_until

pytestmark = pytest.mark.native

STATEMENTS = load("tests/integration/ingest/bad_input.sql")
GOOD = "plant/l/m2/t"


class Raw:
    """A client that says what no library would: packets made by hand."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        name = b"raw"
        connect = struct.pack(">H4sBBH", 4, b"MQTT", 4, 2, 60) + struct.pack(">H", len(name)) + name
        self._socket.sendall(b"\x10" + length(len(connect)) + connect)
        assert self._socket.recv(4)[3] == 0

    def publish(self, topic: bytes, payload: bytes) -> bool:
        """Whether the broker took it: it acknowledges, or closes the connection."""
        body = struct.pack(">H", len(topic)) + topic + b"\0\1" + payload
        try:
            self._socket.sendall(b"\x32" + length(len(body)) + body)
            return self._socket.recv(4)[:1] == b"\x40"
        except OSError:
            return False
        finally:
            self._socket.close()


def length(number: int) -> bytes:
    """The remaining length of a packet, seven bits a byte."""
    coded = b""
    while True:
        number, low = divmod(number, 128)
        coded += bytes([low | 128 if number else low])
        if not number:
            return coded


def good(plant: Plant, number: int) -> tuple[str, bytes]:
    return GOOD, f'{{"value": {number}, "time": {plant.instant(number).timestamp()}}}'.encode()


def values(plant: Plant, topic: str = GOOD) -> list[float]:
    return [row[2] for row in plant.rows("readings") if row[0] == topic]


@pytest.fixture
def running(plant: Plant, mosquitto: Mosquitto, loader: Loader) -> Loader:
    """A loader that has already stored a reading."""
    loader.start().wait_connected()
    mosquitto.publish([good(plant, 0)])
    wait_until(lambda: values(plant) == [0])
    return loader


def goes_on(plant: Plant, mosquitto: Mosquitto, loader: Loader) -> None:
    """One more reading is stored, over the same connection; then all is in the books."""
    before = len(values(plant))
    mosquitto.publish([good(plant, 1000)])
    wait_until(lambda: len(values(plant)) == before + 1)
    assert loader.log().count("event=connected") == 1
    assert loader.terminate() == 0
    _, received, *columns = plant.rows("ledger_sum")[0]
    assert received == sum(columns)


def test_37_a_payload_of_10_mb_ends_at_the_broker(
    plant: Plant, mosquitto: Mosquitto, running: Loader
) -> None:
    assert not Raw(mosquitto.port).publish(b"plant/l/m1/t", b"1" * 10_000_000)
    mosquitto.publish([("plant/l/m1/t", b"1" * 100_000)])
    goes_on(plant, mosquitto, running)
    assert plant.connection.execute(STATEMENTS["quarantined"]).fetchall() == [
        ("payload_too_large", 1)
    ]


def test_61_topics_that_no_broker_takes(
    plant: Plant, mosquitto: Mosquitto, running: Loader
) -> None:
    for topic in (b"plant/+/x", b"plant/#", b"", b"plant/a\0b", b"plant/\xff\xfe",
                  b"plant/\xed\xa0\x80", b"plant/\x01x", b"plant/x\xef\xbf\xbf",
                  b"plant" + b"/x" * 300):  # fmt: skip
        assert not Raw(mosquitto.port).publish(topic, b"7"), topic
    goes_on(plant, mosquitto, running)
    assert plant.rows("unknown") == []


def test_62_odd_topics_are_taken_literally(
    plant: Plant, mosquitto: Mosquitto, running: Loader
) -> None:
    topics = ["plant/\"'", "plant/%s{0}$(id)", "plant/../../x", "plant/a b", "plant//", "plant/",
              "plant/'; drop table x;--", "plant/\u202ex"]  # fmt: skip
    payload = good(plant, 1)[1]
    mosquitto.publish([(topic, payload) for topic in topics])
    long = b"plant/" + b"x" * 65_000
    assert Raw(mosquitto.port).publish(long, payload)
    goes_on(plant, mosquitto, running)
    assert [row[0] for row in plant.rows("unknown")] == sorted(topics)
    assert plant.connection.execute(STATEMENTS["quarantined"]).fetchall() == [("topic_too_long", 1)]


def test_63_what_a_client_says_below_sys_is_not_read(
    plant: Plant, mosquitto: Mosquitto, running: Loader
) -> None:
    Raw(mosquitto.port).publish(b"$SYS/broker/clients/total", b"1e9")
    goes_on(plant, mosquitto, running)
    assert plant.rows("unknown") == []


def test_64_what_the_broker_kept_comes_again_and_is_counted(
    plant: Plant, mosquitto: Mosquitto, loader: Loader
) -> None:
    mosquitto.publish(
        [("plant/l/m1/t", good(plant, 5)[1]), ("plant/l/m1/power", b"6")], retain=True
    )
    for _ in range(2):
        loader.start("--until-idle", "1.5")
        assert loader.process is not None
        assert loader.process.wait(60) == 0
    assert values(plant, "plant/l/m1/t") == [5]
    assert values(plant, "plant/l/m1/power") == []
    dropped = plant.connection.execute(STATEMENTS["dropped"]).fetchall()
    assert dropped == [("retained_no_time", 2)]


def test_65_silent_connections_and_every_quality_of_service(
    plant: Plant, mosquitto: Mosquitto, running: Loader
) -> None:
    silent = [socket.create_connection(("127.0.0.1", mosquitto.port)) for _ in range(200)]
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    sent = [client.publish(*good(plant, number), qos=number % 3) for number in range(1, 601)]
    for info in sent:
        info.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    wait_until(lambda: len(values(plant)) == 601)
    for connection in silent:
        connection.close()
    goes_on(plant, mosquitto, running)


def test_a_mapping_takes_its_topics_while_the_loader_runs(
    plant: Plant, mosquitto: Mosquitto, running: Loader
) -> None:
    """Row 15 with its option: a row of a table, no restart, a topic nobody had subscribed to."""
    row = {"value_path": "value", "time_path": "time", "numeric_strings": True}
    plant.connection.execute(STATEMENTS["mapping"], {"row": Jsonb(row)})
    plant.connection.execute(STATEMENTS["elsewhere"])
    stamp = plant.instant(0).timestamp()
    number = 0

    def is_mapped() -> bool:
        nonlocal number
        number += 1
        text = f'{{"value": "{number}", "time": {stamp + number}}}'.encode()
        mosquitto.publish([("other/l/m1/t", text)])
        time.sleep(0.2)
        return bool(values(plant, "plant/l/m1/t"))

    wait_until(is_mapped)
    goes_on(plant, mosquitto, running)
