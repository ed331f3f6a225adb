"""When a batch is due, and what it holds."""

from ingest.buffer import Buffer, Limits
from ingest.catalog import Catalog
from ingest.wire import Packet

NOTHING_KNOWN = Catalog(1, {})
KNOWN = Catalog(2, {"plant/t": 7})


def message(payload: bytes = b"1", mid: int = 1, topic: str = "plant/t") -> list[Packet]:
    return [Packet(topic.encode(), payload, mid, 1, False)]


def test_an_empty_buffer_is_never_due() -> None:
    buffer = Buffer(Limits(), NOTHING_KNOWN)
    assert buffer.time_left(1e9) is None
    assert len(buffer) == 0


def test_the_first_message_sets_when_the_batch_is_due() -> None:
    buffer = Buffer(Limits(linger_s=0.5), NOTHING_KNOWN)
    buffer.add(message(), 10.0)
    buffer.add(message(), 10.4)
    assert buffer.time_left(10.25) == 0.25
    assert buffer.time_left(10.75) == 0.0


def test_a_batch_is_due_when_it_is_full() -> None:
    by_number = Buffer(Limits(messages=2), NOTHING_KNOWN)
    by_number.add(message(), 0.0)
    assert not by_number.is_full()
    by_number.add(message(), 0.0)
    assert by_number.time_left(0.0) == 0.0

    by_readings = Buffer(Limits(readings=3), NOTHING_KNOWN)
    by_readings.add(message(b'{"time":1777896000,"values":{"a":1,"b":2,"c":3}}'), 0.0)
    assert by_readings.is_full()

    by_bytes = Buffer(Limits(bytes=100), NOTHING_KNOWN)
    by_bytes.add(message(b"x" * 100), 0.0)
    assert by_bytes.is_full()


def test_a_batch_holds_everything_in_the_order_received() -> None:
    buffer = Buffer(Limits(), NOTHING_KNOWN)
    buffer.add(message(b"1", 5), 0.0)
    buffer.add(message(b"bad", 6), 0.0)
    buffer.add(message(b"", 7), 0.0)
    buffer.add(message(b'{"event":"start","lot":"L","time":1777896000}', 8, "plant/m/lot"), 0.0)
    buffer.add(message(b"2", 9), 0.0)
    batch = buffer.take()
    assert batch.messages == 5
    assert [reading.value for reading in batch.items.readings] == [1.0, 2.0]
    assert [event.lot for event in batch.items.events] == ["L"]
    assert [rejection.reason for rejection in batch.items.rejections] == ["json_syntax"]
    assert batch.items.drops == {"empty_payload": 1}
    assert batch.acks == [(5, 1), (6, 1), (7, 1), (8, 1), (9, 1)]
    assert len(buffer) == 0
    assert buffer.time_left(1e9) is None


def test_what_is_cleared_is_forgotten() -> None:
    buffer = Buffer(Limits(), NOTHING_KNOWN)
    buffer.add(message(), 0.0)
    buffer.clear()
    assert buffer.take().acks == []


def test_readings_of_known_sensors_become_columns() -> None:
    buffer = Buffer(Limits(readings=2), KNOWN)
    buffer.add(message(b'{"value":1.5,"time":1777896000}', 4), 0.0)
    buffer.add(message(b'{"value":1.5,"time":1777896000,"lot":"L"}', 5), 0.0)
    assert buffer.is_full()
    batch = buffer.take()
    assert (batch.columns.sensors, batch.columns.values) == ([7], [1.5])
    assert [reading.claim is not None for reading in batch.items.readings] == [True]
    assert batch.acks == [(4, 1), (5, 1)]


def test_another_catalog_is_used_for_what_comes_next() -> None:
    buffer = Buffer(Limits(), NOTHING_KNOWN)
    buffer.use(KNOWN)
    buffer.add(message(b'{"value":1,"time":1777896000}'), 0.0)
    buffer.use(NOTHING_KNOWN)
    batch = buffer.take()
    assert batch.columns.catalog is KNOWN
    buffer.add(message(b'{"value":1,"time":1777896000}'), 0.0)
    assert len(buffer.take().columns) == 0


def test_there_is_room_for_so_many() -> None:
    buffer = Buffer(Limits(messages=3), NOTHING_KNOWN)
    assert buffer.room() == 3
    buffer.add(message() + message(), 0.0)
    assert buffer.room() == 1
    buffer.add(message(), 0.0)
    assert buffer.room() == 0
