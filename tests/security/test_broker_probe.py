"""The loader asks at start whether the broker would lose messages, and disturbs nothing."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.config import MqttConfig
from ingest.probe import probe
from scripts.native_postgres import free_port
from tests.security.broker import (
    PATH,
    Change,
    Client,
    as_shipped,
    instead,
    is_open,
    need,
    running,
    without,
)
from tests.waiting import wait_until

pytestmark = pytest.mark.native


@pytest.fixture
def stock_port() -> Iterator[int]:
    """Mosquitto as it comes: only who gets in is said."""
    need("mosquitto", "mosquitto")
    port = free_port()
    process = subprocess.Popen(
        ["mosquitto", "-c", "/dev/stdin"], env={"PATH": PATH}, stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(f"listener {port} 127.0.0.1\nallow_anonymous true\n".encode())
    process.stdin.close()
    wait_until(lambda: is_open("127.0.0.1", port))
    yield port
    process.kill()
    process.wait(10)


def test_stock_mosquitto_loses_messages(stock_port: int) -> None:
    found = probe(MqttConfig(port=stock_port))
    assert found.loses is True
    assert "dropped 80 of 1,100 messages" in found.why
    assert "max_queued_messages is 1000 by default" in found.why
    assert found.version is not None
    assert found.version.startswith("mosquitto version 2.")
    assert found.dropped == 0


@pytest.mark.parametrize(
    "change", [as_shipped, without("use_username_as_clientid true")], ids=["by name", "by id"]
)
def test_the_shipped_broker_keeps_them_and_nothing_is_left_behind(
    broker_folder: Path, certificates: Path, change: Change
) -> None:
    with running(broker_folder, certificates, config=change) as broker:
        found = probe(broker.settings())
        assert (found.loses, found.is_known) == (False, True)
        with Client(broker.plain, "m1", clean=False):
            pass
        broker.stop()
        saved = (broker.folder / "data" / "mosquitto.db").read_bytes()
        assert b"m1" in saved
        assert b"lotwatt" not in saved


@pytest.mark.parametrize(
    ("change", "loses"),
    [(as_shipped, None), (without("use_username_as_clientid true"), False)],
    ids=["by name", "by id"],
)
def test_what_waits_for_the_loader_is_not_touched(
    broker_folder: Path, certificates: Path, change: Change, loses: bool | None
) -> None:
    """Where the session goes by the account's name, the probe would be the loader: so it leaves."""
    payloads = [str(number) for number in range(3000)]
    with running(broker_folder, certificates, config=change) as broker:
        with Client(broker.plain, "lotwatt", clean=False) as loader:
            loader.subscribe("plant/#")
        with Client(broker.plain, "m1") as machine:
            machine.publish("plant/l/m1/power", *payloads)
        found = probe(broker.settings())
        assert found.loses is loses
        if loses is None:
            assert "use_username_as_clientid" in found.why
        with Client(broker.plain, "lotwatt", clean=False) as loader:
            assert loader.session_present
            wait_until(lambda: len(loader.payloads) >= len(payloads))
            loader.settle()
            assert sorted(loader.payloads, key=int) == payloads


def test_what_a_killed_probe_left_is_not_taken_for_the_loader(
    broker_folder: Path, certificates: Path
) -> None:
    change = without("use_username_as_clientid true")
    with running(broker_folder, certificates, config=change) as broker:
        with Client(broker.plain, "lotwatt", client_id="lotwatt-probe", clean=False) as old:
            old.subscribe("lotwatt/probe/lotwatt")
        assert probe(broker.settings()).loses is False


def test_over_tls(broker_folder: Path, certificates: Path) -> None:
    with running(broker_folder, certificates) as broker:
        settings = broker.settings(port=broker.secure, has_tls=True, tls_ca=certificates / "ca.pem")
        assert probe(settings).loses is False


def test_a_broker_that_does_not_allow_it(broker_folder: Path, certificates: Path) -> None:
    acl = without("topic readwrite lotwatt/#")
    with running(broker_folder, certificates, acl=acl) as broker:
        found = probe(broker.settings(), timeout_s=1)
        assert found.loses is None
        assert "does not let this account use lotwatt/probe/" in found.why
        assert found.version is not None


def test_a_loader_that_listens_to_everything(broker_folder: Path, certificates: Path) -> None:
    """Its durable session would get the messages of the probe."""
    with running(broker_folder, certificates) as broker:
        found = probe(broker.settings(topics=("#",)))
        assert found.loses is None
        assert "listens to lotwatt/probe/" in found.why


def test_without_a_way_in(broker_folder: Path, certificates: Path) -> None:
    with running(broker_folder, certificates) as broker:
        found = probe(broker.settings(password="guess"))
        assert (found.loses, found.is_known) == (None, False)
        assert "refuses the connection" in found.why
    assert "cannot reach 127.0.0.1" in probe(broker.settings()).why


def test_a_broker_that_does_not_answer(broker_folder: Path, certificates: Path) -> None:
    with running(broker_folder, certificates) as broker:
        assert broker.process is not None
        broker.process.send_signal(signal.SIGSTOP)
        try:
            assert "does not answer" in probe(broker.settings(), timeout_s=0.5).why
        finally:
            broker.process.send_signal(signal.SIGCONT)


def test_odd_client_ids(broker_folder: Path, certificates: Path) -> None:
    with running(broker_folder, certificates) as broker:
        for client_id in ("a/b", "#", "+", "Ü %s"):
            assert probe(broker.settings(client_id=client_id)).loses is False


def test_a_broker_that_says_less(broker_folder: Path, certificates: Path) -> None:
    acl = without("topic read $SYS/broker/#")
    with running(broker_folder, certificates, acl=acl) as broker:
        found = probe(broker.settings())
        assert (found.loses, found.version, found.dropped) == (False, None, None)


def test_a_small_queue_is_seen(broker_folder: Path, certificates: Path) -> None:
    change = instead("max_queued_messages 2000000", "max_queued_messages 100")
    change_window = instead("max_inflight_messages 2000", "max_inflight_messages 10")
    with running(
        broker_folder, certificates, config=lambda text: change_window(change(text))
    ) as broker:
        found = probe(broker.settings())
        assert found.loses is True
