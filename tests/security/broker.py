"""A real Mosquitto on the files that we ship: only paths and ports are put in."""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from db.statements import ROOT
from ingest.config import MqttConfig
from scripts.native_postgres import free_port
from tests.waiting import wait_until

SCRIPTS = ROOT / "scripts" / "mosquitto"
PASSWORD = "f8a1-7c22"
PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"
Change = Callable[[str], str]


def as_shipped(text: str) -> str:
    return text


def without(line: str) -> Change:
    """Take every line that is this one out of a file, and fail where there is none."""

    def change(text: str) -> str:
        changed = re.sub(rf"^{re.escape(line)}\n", "", text, flags=re.MULTILINE)
        assert changed != text, f"no line {line}"
        return changed

    return change


def instead(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text, f"no {old}"
        return text.replace(old, new)

    return change


def need(tool: str, package: str) -> None:
    """Fail where a tool of the system is missing; leave the test out where that was asked for."""
    if shutil.which(tool, path=f"{os.environ.get('PATH', '')}:{PATH}") is None:
        reason = f"no {tool} found (Debian: apt-get install {package})"
        if os.environ.get("LOTWATT_SKIP_NATIVE"):
            pytest.skip(reason)
        pytest.fail(reason)


def give_to_broker(path: Path) -> None:
    """Mosquitto gives up root, and reads its files as its own user."""
    if os.getuid() == 0:
        shutil.chown(path, "mosquitto", "mosquitto")


@dataclass
class Broker:
    """`config` and `acl` change the shipped files before the start: that is how a control goes."""

    folder: Path
    certificates: Path
    config: Change = as_shipped
    acl: Change = as_shipped
    accounts: tuple[str, ...] = ("lotwatt", "m1", "m2")
    plain: int = field(default_factory=free_port)
    secure: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    _starts: int = 0

    def prepare(self) -> None:
        for name in ("data", "certs"):
            (self.folder / name).mkdir()
        for name in ("broker.pem", "broker.key", "ca.pem"):
            shutil.copy(self.certificates / name, self.folder / "certs")
            give_to_broker(self.folder / "certs" / name)
        text = self.config((SCRIPTS / "lotwatt.conf").read_text())
        for old, new in (
            ("listener 1883", f"listener {self.plain}"),
            ("listener 8883", f"listener {self.secure}"),
            ("/etc/mosquitto/", f"{self.folder}/"),
            ("/var/lib/mosquitto/", f"{self.folder}/data/"),
        ):
            assert old in text
            text = text.replace(old, new)
        (self.folder / "mosquitto.conf").write_text(text)
        (self.folder / "lotwatt.acl").write_text(self.acl((SCRIPTS / "lotwatt.acl").read_text()))
        for name in self.accounts:
            add_account(self.folder / "lotwatt.passwords", name)
        for path in (self.folder, self.folder / "data", self.folder / "lotwatt.acl"):
            give_to_broker(path)

    def start(self) -> None:
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [SCRIPTS / "run", "-c", self.folder / "mosquitto.conf"], stderr=log
            )
        wait_until(lambda: self.has_ended() or self.log().count(" running\n") > self._starts)
        self._starts += 1
        assert not self.has_ended(), self.log()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        for _ in range(10):
            self.process.send_signal(number)
            # One that comes while Mosquitto is still starting is forgotten.
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
                return
        raise AssertionError("the broker does not end")

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    @property
    def log_file(self) -> Path:
        return self.folder / "log"

    def log(self) -> str:
        return self.log_file.read_text()

    def settings(self, user: str = "lotwatt", **changes: object) -> MqttConfig:
        """How the loader would reach it."""
        values = {
            "port": self.plain, "client_id": user, "username": user, "password": PASSWORD, **changes
        }  # fmt: skip
        return MqttConfig(**values)  # type: ignore[arg-type]


@contextmanager
def running(
    folder: Path, certificates: Path, *, config: Change = as_shipped, acl: Change = as_shipped,
    accounts: tuple[str, ...] = ("lotwatt", "m1", "m2"),
) -> Iterator[Broker]:  # fmt: skip
    need("mosquitto", "mosquitto")
    broker = Broker(folder, certificates, config, acl, accounts)
    broker.prepare()
    broker.start()
    try:
        yield broker
    finally:
        if not broker.has_ended():
            broker.stop()


def add_account(file: Path, name: str, script: Path = SCRIPTS / "account") -> str:
    """Make an account as an administrator does; returns what was said on refusal."""
    done = subprocess.run(
        [script, "--file", file, name], input=PASSWORD, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0 or done.stderr
    return done.stderr if done.returncode else ""


def is_open(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex((address, port)) == 0


class Client:
    """A client that a machine, the loader or an attacker might be."""

    def __init__(
        self, port: int, user: str | None = None, *, client_id: str | None = None,
        clean: bool = True, password: str = PASSWORD, tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self.payloads: list[str] = []
        self.answer: str | None = None
        self.session_present: bool | None = None
        self._acks: set[int] = set()
        client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id=client_id or user or "nobody",
            clean_session=clean, reconnect_on_failure=False,
        )  # fmt: skip
        client.max_inflight_messages_set(20_000)
        if user is not None:
            client.username_pw_set(user, password)
        if tls is not None:
            client.tls_set_context(tls)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_ack
        client.on_unsubscribe = self._on_ack
        client.on_message = lambda _, __, message: self.payloads.append(message.payload.decode())
        self._client = client
        client.connect("127.0.0.1", port)
        client.loop_start()
        wait_until(lambda: self.answer is not None or not client.is_connected())
        wait_until(lambda: self.answer is not None)

    def _on_connect(self, _: object, __: object, flags: paho.ConnectFlags, answer: object,
                    ___: object) -> None:  # fmt: skip
        self.session_present = flags.session_present
        self.answer = str(answer)

    def _on_ack(self, _: object, __: object, mid: int, *___: object) -> None:
        self._acks.add(mid)

    @property
    def is_in(self) -> bool:
        return self.answer == "Success"

    @property
    def is_connected(self) -> bool:
        return self._client.is_connected()

    def subscribe(self, topic: str) -> None:
        _, mid = self._client.subscribe(topic, 1)
        assert mid is not None
        wait_until(lambda: mid in self._acks)

    def publish(self, topic: str, *payloads: str) -> None:
        """Publish with QoS 1 and wait until all are acknowledged."""
        infos = [self._client.publish(topic, payload, 1) for payload in payloads]
        for info in infos:
            info.wait_for_publish(30)
            assert info.is_published()

    def settle(self) -> None:
        """Wait for an answer: whatever the broker had for this client before has come."""
        _, mid = self._client.unsubscribe("lotwatt/nothing")
        assert mid is not None
        wait_until(lambda: mid in self._acks)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
