"""The real loader, `lotwatt ingest mqtt`, as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from db.embedded.control import Embedded
from db.errors import LotwattError
from db.migrate import Connection
from db.statements import ROOT, load

STATEMENTS = load("scripts/demo/statements.sql")
CLIENT_ID = "lotwatt-demo"
# No more than what the demo publishes: another loader may be at work on this broker.
TOPICS = "plant/L1/#,plant/L2/#,plant/L3/#,plant/STEEL/#"
START_S = 30.0
STOP_S = 30.0


@dataclass(slots=True)
class Loader:
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """An error where the loader has ended, with its last words."""
        code = self.process.poll()
        if code is not None:
            raise LotwattError(f"the loader ended with {code}: {self.last_words()}")

    def stop(self) -> None:
        """SIGTERM: it stores what it has and ends with 0."""
        self.check()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise LotwattError(
                f"the loader did not end within {STOP_S:.0f} s", hint=f"Its log is {self.log}."
            ) from None
        if code != 0:
            raise LotwattError(f"the loader ended with {code}: {self.last_words()}")

    def kill(self) -> None:
        """Leave no process behind, whatever happened."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-3:]
        return f"{' '.join(lines) or 'it said nothing'}\nHINT: Its log is {self.log}."


def start(server: Embedded, connection: Connection, folder: Path) -> Loader:
    """Start the loader and wait until it listens to the broker."""
    row = connection.execute(STATEMENTS["now"]).fetchone()
    assert row is not None
    log = folder / "demo-loader.log"
    options = {
        "--host": server.mqtt_host,
        "--port": str(server.mqtt_port),
        "--client-id": CLIENT_ID,
        "--topics": TOPICS,
        "--health-port": "0",
    }
    with log.open("wb") as handle:
        process = subprocess.Popen(
            [sys.executable, ROOT / "lotwatt.py", "ingest", "mqtt", "--no-probe", *flat(options)],
            cwd=ROOT, env={**os.environ, "DATABASE_URL": server.dsn},
            stdin=subprocess.DEVNULL, stdout=handle, stderr=handle,
        )  # fmt: skip
    loader = Loader(process, log)
    try:
        wait_connected(loader, connection, row[0])
    except BaseException:
        loader.kill()
        raise
    return loader


def forget_session(server: Embedded) -> None:
    """Tell the broker that this loader does not come back: it need not keep messages for it."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, clean_session=True)
    client.connect(server.mqtt_host, server.mqtt_port)
    deadline = time.monotonic() + START_S
    while not client.is_connected() and time.monotonic() < deadline:
        client.loop(0.1)
    client.disconnect()


def flat(options: dict[str, str]) -> list[str]:
    return [word for pair in options.items() for word in pair]


def wait_connected(loader: Loader, connection: Connection, since: object) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        loader.check()
        row = connection.execute(
            STATEMENTS["loader_connections"], {"client_id": CLIENT_ID, "since": since}
        ).fetchone()
        if row and row[0]:
            return
        time.sleep(0.1)
    raise LotwattError(f"the loader was not ready within {START_S:.0f} s: {loader.last_words()}")
