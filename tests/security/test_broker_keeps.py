"""What the shipped broker has acknowledged it keeps: for a loader that is away, and when killed.

Each test runs again with the setting taken away that it is about, and then messages are missing.
"""

import signal
import time
from pathlib import Path

import pytest

from tests.security.broker import Broker, Change, Client, as_shipped, instead, running, without
from tests.waiting import wait_until

pytestmark = pytest.mark.native

# More than the 20 in flight and 1,000 queued of stock Mosquitto.
PAYLOADS = [str(number) for number in range(1500)]


@pytest.mark.parametrize(
    ("change", "kept"),
    [(as_shipped, 1500), (without("max_queued_messages 2000000"), 1000)],
    ids=["shipped", "removed"],
)
def test_messages_wait_for_a_loader_that_is_away(
    broker_folder: Path, certificates: Path, change: Change, kept: int
) -> None:
    with running(broker_folder, certificates, config=change) as broker:
        leave_queue(broker)
        assert len(queue(broker)) == kept


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        (as_shipped, 1500),
        (instead("autosave_interval 1", "autosave_interval 1800"), 0),
        (instead("persistence true", "persistence false"), 0),
    ],
    ids=["shipped", "no autosave", "no persistence"],
)
def test_messages_outlive_a_broker_that_is_killed(
    broker_folder: Path, certificates: Path, change: Change, kept: int
) -> None:
    with running(broker_folder, certificates, config=change) as broker:
        leave_queue(broker)
        published_at = time.time_ns()
        saved = broker.folder / "data" / "mosquitto.db"
        if kept:
            wait_until(lambda: saved.exists() and saved.stat().st_mtime_ns > published_at)
        broker.stop(signal.SIGKILL)
        broker.start()
        assert len(queue(broker)) == kept


def leave_queue(broker: Broker) -> None:
    with Client(broker.plain, "lotwatt", clean=False) as loader:
        loader.subscribe("plant/#")
    with Client(broker.plain, "m1") as machine:
        machine.publish("plant/l/m1/power", *PAYLOADS)


def queue(broker: Broker) -> set[str]:
    """What the loader gets when it is back."""
    with Client(broker.plain, "lotwatt", clean=False) as loader:
        count = -1
        while count < len(loader.payloads):
            count = len(loader.payloads)
            loader.settle()
        return set(loader.payloads)
