"""What the loader says of itself over HTTP: really served, really fetched."""

import logging
import socket
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ingest.health import LATE_S, MOST_REQUESTS, OUTCOMES, Health

PROBES = ("/alive", "/healthy", "/ready")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Iterator[Health]:
    health = Health("oven-1", clock)
    health.serve("127.0.0.1", 0)
    yield health
    health.close()


def fetch(health: Health, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{health.port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def statuses(health: Health) -> dict[str, int]:
    return {path.strip("/"): fetch(health, path)[0] for path in PROBES}


def metrics(health: Health) -> dict[str, float]:
    status, text = fetch(health, "/metrics")
    assert status == 200
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def run(health: Health) -> None:
    health.lease(True)
    health.database(True)
    health.broker(True)
    health.beat()


def test_a_loader_that_starts_is_alive_and_not_ready(health: Health) -> None:
    assert statuses(health) == {"alive": 200, "healthy": 503, "ready": 503}
    health.lease(True)
    health.database(True)
    assert statuses(health) == {"alive": 200, "healthy": 503, "ready": 503}
    health.broker(True)
    assert statuses(health) == {"alive": 200, "healthy": 200, "ready": 200}


def test_without_its_database_a_loader_is_alive_however_long_it_lasts(
    health: Health, clock: Clock
) -> None:
    run(health)
    health.database(False)
    health.broker(False)
    for _ in range(10):
        clock.now += LATE_S - 1
        health.beat()
        assert statuses(health) == {"alive": 200, "healthy": 503, "ready": 503}
    health.broker(True)
    assert fetch(health, "/healthy") == (503, "no connection to the database\n")
    health.database(True)
    assert statuses(health) == {"alive": 200, "healthy": 200, "ready": 200}


def test_without_its_broker_it_is_not_healthy(health: Health) -> None:
    run(health)
    health.broker(False)
    assert statuses(health) == {"alive": 200, "healthy": 503, "ready": 503}
    assert fetch(health, "/healthy") == (503, "no connection to the broker\n")


def test_a_loop_that_stands_still_is_not_alive(health: Health, clock: Clock) -> None:
    run(health)
    clock.now += LATE_S
    assert fetch(health, "/alive") == (503, "the main loop has not turned for 30 s\n")
    health.beat()
    assert fetch(health, "/alive")[0] == 200


def test_a_database_that_does_not_answer_is_not_healthy(health: Health, clock: Clock) -> None:
    run(health)
    clock.now += LATE_S - 1
    assert fetch(health, "/healthy")[0] == 200
    clock.now += 1
    assert fetch(health, "/healthy") == (503, "the database has not answered for 30 s\n")
    health.committed(1, 1, 0.01)
    assert fetch(health, "/healthy")[0] == 200
    clock.now += LATE_S - 1
    health.database(True)
    clock.now += 1
    assert fetch(health, "/healthy")[0] == 200


def test_a_message_that_waits_for_long_is_not_healthy(health: Health) -> None:
    run(health)
    health.gauge("oldest_unacknowledged_seconds", LATE_S)
    assert fetch(health, "/healthy")[0] == 503
    health.gauge("oldest_unacknowledged_seconds", 0.2)
    assert fetch(health, "/healthy")[0] == 200


def test_without_the_lease_it_is_not_ready(health: Health) -> None:
    run(health)
    health.lease(False)
    assert statuses(health) == {"alive": 200, "healthy": 200, "ready": 503}


def test_metrics_count(health: Health, clock: Clock) -> None:
    seen = metrics(health)
    assert all(seen[f"lotwatt_loader_outcomes_total {outcome}"] == 0 for outcome in OUTCOMES)
    assert seen["lotwatt_loader_broker_connected"] == 0
    run(health)
    health.committed(1000, 5000, 0.02)
    health.committed(10, 50, 0.2)
    health.counted({"stored": 5040, "duplicate": 10, "quarantined": 0})
    health.trouble("database_error")
    health.gauge("buffered_messages", 7)
    health.gauge("paused", 1)
    clock.now += 2
    seen = metrics(health)
    assert seen["lotwatt_loader_info oven-1"] == 1
    assert seen["lotwatt_loader_messages_total"] == 1010
    assert seen["lotwatt_loader_readings_total"] == 5050
    assert seen["lotwatt_loader_outcomes_total stored"] == 5040
    assert seen["lotwatt_loader_outcomes_total duplicate"] == 10
    assert seen["lotwatt_loader_outcomes_total quarantined"] == 0
    assert seen["lotwatt_loader_batch_seconds_count"] == 2
    assert seen["lotwatt_loader_batch_seconds_sum"] == pytest.approx(0.22)
    assert seen["lotwatt_loader_batch_seconds_bucket 0.025"] == 1
    assert seen["lotwatt_loader_troubles_total database_error"] == 1
    assert seen["lotwatt_loader_buffered_messages"] == 7
    assert seen["lotwatt_loader_paused"] == 1
    assert seen["lotwatt_loader_broker_connected"] == 1
    assert seen["lotwatt_loader_database_connected"] == 1
    assert seen["lotwatt_loader_lease_held"] == 1
    assert seen["lotwatt_loader_heartbeat_age_seconds"] == 2
    assert seen["process_resident_memory_bytes"] > 0


def test_every_metric_says_what_it_is(health: Health) -> None:
    _, text = fetch(health, "/metrics")
    families = list(text_string_to_metric_families(text))
    assert len(families) > 10
    assert all(family.documentation for family in families)
    assert all(family.name.startswith(("lotwatt_loader", "process_")) for family in families)
    assert "_created" not in text


def test_two_in_one_process_count_apart(health: Health) -> None:
    other = Health("oven-2")
    other.committed(5, 5, 0.1)
    assert metrics(health)["lotwatt_loader_messages_total"] == 0


def test_other_paths_are_told_which_there_are(health: Health) -> None:
    status, said = fetch(health, "/")
    assert status == 404
    assert "/metrics" in said
    assert fetch(health, "/alive?verbose=1")[0] == 200


def test_a_port_in_use_is_a_warning(health: Health, caplog: pytest.LogCaptureFixture) -> None:
    other = Health("oven-2")
    assert health.port is not None
    with caplog.at_level(logging.WARNING):
        other.serve("127.0.0.1", health.port)
    assert other.port is None
    assert "no_health" in caplog.text
    other.committed(1, 1, 0.1)
    other.close()
    assert statuses(health)["alive"] == 200


def test_clients_that_say_nothing_take_only_so_much(health: Health) -> None:
    """Beyond the limit a client is turned away, and one that leaves makes room again."""
    assert health.port is not None
    silent = [
        socket.create_connection(("127.0.0.1", health.port), 10) for _ in range(MOST_REQUESTS)
    ]
    with socket.create_connection(("127.0.0.1", health.port), 10) as more:
        assert more.recv(1) == b""
    for client in silent:
        client.close()
    for _ in range(100):
        try:
            assert fetch(health, "/alive")[0] == 200
            return
        except OSError:
            continue
    pytest.fail("no room was made again")


def test_closed_it_does_not_answer(health: Health) -> None:
    port = health.port
    assert port is not None
    health.close()
    assert health.port is None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)
