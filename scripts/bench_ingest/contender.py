"""The loaders that drain a backlog, each as a process as it would run in production."""

import shutil
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from string import Template

from psycopg.conninfo import conninfo_to_dict

from db.statements import ROOT
from scripts.bench_ingest.server import HeapCount, LedgerCount, Server
from scripts.bench_ingest.workload import LINE_TOPICS, TOPICS

TELEGRAF_CONFIG = Path(__file__).with_name("telegraf.toml")
JSON = """
  data_format = "json"
  json_strict = true
  json_time_key = "time"
  json_time_format = "2006-01-02T15:04:05.000Z"
"""
LINES = """
  data_format = "influx"
  influx_parser_type = "upstream"
"""
STOP_S = 60.0
Count = HeapCount | LedgerCount


@dataclass(frozen=True, slots=True)
class Contender(ABC):
    """A loader: its session at the broker, its topics, and the table that its rows go to."""

    name: str
    client_id: str
    table: str
    topics: str = TOPICS
    # A row holds the whole message, not one reading of it.
    is_row_a_message: bool = False

    def count(self, server: Server) -> Count:
        """Counts its rows from now on."""
        return HeapCount(server, self.table)

    @abstractmethod
    def command(self, url: str, port: int, folder: Path) -> list[str]:
        """What to start."""


@dataclass(frozen=True, slots=True)
class Lotwatt(Contender):
    def count(self, server: Server) -> Count:
        """It stores over two connections, so rows do not come in the order of their places."""
        return LedgerCount(server, f"mqtt:{self.client_id}")

    def command(self, url: str, port: int, folder: Path) -> list[str]:
        return [
            sys.executable, "-m", "ingest.cli", "mqtt", "--host", "127.0.0.1", "--port", str(port),
            "--database-url", url, "--client-id", self.client_id, "--topics", self.topics,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Telegraf(Contender):
    """`batch` is what was fastest of 1,000 to 50,000 metrics for this kind of message."""

    batch: int = 5000
    format: str = JSON

    def command(self, url: str, port: int, folder: Path) -> list[str]:
        parts = conninfo_to_dict(url)
        wanted = ("host", "port", "user", "password", "dbname", "sslmode")
        text = Template(TELEGRAF_CONFIG.read_text()).substitute(
            port=port, topics=self.topics, client_id=self.client_id, batch=self.batch,
            connection=" ".join(f"{key}={parts[key]}" for key in wanted if parts.get(key)),
            table=self.table.partition(".")[2], format=self.format.strip(),
        )  # fmt: skip
        config = folder / f"{self.client_id}.toml"
        config.write_text(text)
        return ["telegraf", "--config", str(config), "--quiet"]


LOTWATT = Lotwatt("Lotwatt", "bench-lotwatt", "telemetry.reading")
TELEGRAF_ONE = Telegraf("Telegraf", "bench-telegraf", "bench.one", is_row_a_message=True)
TELEGRAF_UNIQUE = Telegraf(
    "Telegraf, unique index", "bench-telegraf-unique", "bench.one_unique", is_row_a_message=True
)
TELEGRAF_SAME = Telegraf(
    "Telegraf", "bench-telegraf-same", "bench.narrow", LINE_TOPICS, batch=10_000, format=LINES
)
TELEGRAF_WIDE = Telegraf(
    "Telegraf, a row a message", "bench-telegraf-wide", "bench.wide", is_row_a_message=True,
    batch=1000,
)  # fmt: skip


def telegraf_version() -> str | None:
    """What `telegraf --version` says, None where there is none on the PATH."""
    if shutil.which("telegraf") is None:
        return None
    done = subprocess.run(["telegraf", "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


class Process:
    """A contender at work; its log is kept to say why it ended."""

    def __init__(self, contender: Contender, url: str, port: int, folder: Path) -> None:
        self._log = folder / f"{contender.client_id}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                contender.command(url, port, folder), cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def terminate(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if not self.has_ended():
            self._process.send_signal(number)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        return " ".join(self._log.read_text(errors="replace").splitlines()[-3:])
