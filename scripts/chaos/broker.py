"""A real Mosquitto with the settings that keep what it acknowledged."""

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
# What of the shipped file decides whether messages are kept; accounts, TLS and listeners are not
# what is tried here.
KEEPING = (
    "persistence", "autosave_interval", "autosave_on_changes", "max_queued_messages",
    "max_queued_bytes", "max_inflight_messages", "max_inflight_bytes", "max_packet_size",
    "message_size_limit", "persistent_client_expiration", "set_tcp_nodelay", "queue_qos0_messages",
    "sys_interval", "memory_limit", "upgrade_outgoing_qos",
)  # fmt: skip
PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


def settings() -> str:
    """The lines of the shipped configuration that decide what is kept."""
    lines = [line.strip() for line in SHIPPED.read_text(encoding="utf-8").splitlines()]
    kept = [line for line in lines if line.split(" ", 1)[0] in KEEPING]
    if "persistence true" not in kept:
        raise LotwattError(f"{SHIPPED.relative_to(ROOT)} does not say `persistence true`")
    return "\n".join(kept)


class Broker:
    """The process, on a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "mosquitto.log"
        self._store = folder / "mosquitto.db"
        self._config = folder / "mosquitto.conf"
        # Mosquitto gives up root and must be able to write here.
        folder.chmod(0o777)
        self._config.write_text(
            f"{settings()}\npersistence_location {folder}/\n"
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary = shutil.which("mosquitto", path=PATH)
        if binary is None:
            raise LotwattError(
                "no Mosquitto found", hint="Debian and Ubuntu: apt-get install mosquitto"
            )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [binary, "-c", str(self._config)], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        deadline = time.monotonic() + 20
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise LotwattError(f"Mosquitto does not start: {self.log.read_text()[-500:]}")
            time.sleep(0.02)

    def terminate(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def saved_at(self) -> float:
        """When (time.time) the broker last saved what it holds; 0 where it never did."""
        return self._store.stat().st_mtime if self._store.exists() else 0.0

    def has_dropped(self) -> bool:
        """Whether a queue ran over, which publishers are never told."""
        return "being dropped" in self.log.read_text(errors="replace")

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(20)
            self._process = None

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0
