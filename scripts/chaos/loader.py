"""The loader as a process, and a supervisor that starts it again whatever it ends of."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from db.errors import LotwattError
from db.statements import ROOT
from scripts.native_postgres import free_port

# As a service manager would, only sooner.
RESTART_S = 0.5


@dataclass(frozen=True, slots=True)
class Exit:
    code: int
    lasted_s: float


class Loader:
    """`python -m ingest.cli mqtt`, kept running until `end`."""

    def __init__(self, url: str, port: int, log: Path) -> None:
        self.log = log
        self.environment: dict[str, str] = {}
        self.exits: list[Exit] = []
        self._url = url
        self._port = port
        self._command = [
            sys.executable, "-m", "ingest.cli", "mqtt", "--host", "127.0.0.1", "--port", str(port),
            "--database-url", url, "--health-port", str(free_port()),
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ending = False
        self._thread = threading.Thread(target=self._supervise, daemon=True)
        log.touch()

    def start(self) -> None:
        self._thread.start()

    def send(self, number: signal.Signals) -> None:
        process = self._process
        if process is not None:
            process.send_signal(number)

    def end(self, timeout_s: float = 60) -> int:
        """SIGTERM and no restart; the code that it ended with."""
        self._is_ending = True
        self.send(signal.SIGTERM)
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            self.send(signal.SIGKILL)
            raise LotwattError(f"the loader did not end within {timeout_s:.0f} s of SIGTERM")
        return self.exits[-1].code

    def rival(self, log: Path) -> "Loader":
        """Another one with the same client id, as an operator or a second host would start it."""
        rival = Loader(self._url, self._port, log)
        rival.start()
        return rival

    def kill(self) -> None:
        """For good."""
        self._is_ending = True
        self.send(signal.SIGKILL)

    def position(self) -> int:
        """Where its log ends now; `said(since)` gives what came after."""
        return self.log.stat().st_size

    def said(self, since: int = 0) -> str:
        with self.log.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    def _supervise(self) -> None:
        while not self._is_ending:
            began = time.monotonic()
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, cwd=ROOT, stderr=log, stdin=subprocess.DEVNULL,
                    env={**os.environ, **self.environment},
                )  # fmt: skip
            code = self._process.wait()
            self.exits.append(Exit(code, time.monotonic() - began))
            if not self._is_ending:
                time.sleep(RESTART_S)
