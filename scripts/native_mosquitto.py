"""A Mosquitto of our own, for tests of delivery and for benchmarks: the system's binary."""

import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from db.errors import LotwattError
from db.statements import ROOT
from scripts.native_postgres import free_port

SHIPPED = ROOT / "scripts" / "mosquitto" / "lotwatt.conf"
# What of the shipped file decides whether messages are kept; accounts, TLS and listeners are
# whoever's that starts one.
KEEPING = (
    "persistence", "autosave_interval", "autosave_on_changes", "max_queued_messages",
    "max_queued_bytes", "max_inflight_messages", "max_inflight_bytes", "max_packet_size",
    "message_size_limit", "persistent_client_expiration", "set_tcp_nodelay", "queue_qos0_messages",
    "sys_interval", "memory_limit", "upgrade_outgoing_qos",
)  # fmt: skip
OPEN = """
listener {port} 127.0.0.1
allow_anonymous true
"""
PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin"
START_S = 20.0


def binary() -> str:
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path=PATH)
    if found is None:
        raise LotwattError("no Mosquitto found", hint="Debian: apt-get install mosquitto")
    return found


def settings() -> str:
    """The lines of the shipped configuration that decide what is kept."""
    lines = [line.strip() for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    kept = [line for line in lines if line.split(" ", 1)[0] in KEEPING]
    if "persistence true" not in kept:
        raise LotwattError(f"{SHIPPED.relative_to(ROOT)} does not say `persistence true`")
    return "\n".join(kept)


class NativeMosquitto:
    """The process, on a folder that outlives it; `listener` may name {port} and {folder}."""

    def __init__(self, folder: Path, listener: str = OPEN) -> None:
        self.port = free_port()
        self.log = folder / "mosquitto.log"
        self.store = folder / "mosquitto.db"
        self.process: subprocess.Popen[bytes] | None = None
        self._config = folder / "mosquitto.conf"
        # Mosquitto gives up root and must be able to write here.
        folder.chmod(0o777)
        self._config.write_text(
            f"{settings()}\npersistence_location {folder}/\n"
            + listener.format(port=self.port, folder=folder)
        )

    def start(self, output: int | None = None) -> None:
        """Start it and wait until it answers. What it says is added to `log`, or goes to `output`,
        a file descriptor or subprocess.PIPE."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [binary(), "-c", self._config], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=log if output is None else output,
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise LotwattError(f"Mosquitto does not start: {self.log.read_text()[-500:]}")
            time.sleep(0.02)

    def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
