"""Starts and stops the embedded server as a process of its own, one for each state folder."""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from db.embedded.errors import EmbeddedError
from db.embedded.node import FOLDER, find_node, install_packages

DEFAULT_STATE_DIR = FOLDER.parent.parent / ".lotwatt"
HOST = "127.0.0.1"
DATABASE = "lotwatt"
START_SECONDS = 60.0
STOP_SECONDS = 60.0
LOG_BYTES = 5_000_000
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A running embedded server. `dsn` holds the password of the superuser `postgres`."""

    dsn: str
    mqtt_host: str
    mqtt_port: int
    pg_port: int
    pid: int

    @property
    def mqtt_url(self) -> str:
        return f"mqtt://{self.mqtt_host}:{self.mqtt_port}"


def start(
    state_dir: Path = DEFAULT_STATE_DIR,
    *,
    data: str | None = None,
    pg_port: int = 0,
    mqtt_port: int = 0,
    wait_limit: float = 120,
    idle_limit: float = 30,
) -> Embedded:
    """Start the server, or return the one that runs. `data` is a folder or 'memory'."""
    state_dir = state_dir.resolve()
    state_dir.mkdir(parents=True, exist_ok=True)
    with _locked(state_dir):
        if (running := status(state_dir)) is not None:
            return running
        node = find_node()
        install_packages(node)
        options = {
            "data": data or str(state_dir / "data"),
            "pg-port": pg_port,
            "mqtt-port": mqtt_port,
            "password-file": password_file(state_dir),
            "wait-limit": wait_limit,
            "idle-limit": idle_limit,
        }
        _password(state_dir)
        process, log_start = _spawn(node, options, log_file(state_dir))
        ready = _wait_ready(process, log_file(state_dir), log_start)
        embedded = Embedded(
            dsn=f"postgresql://postgres:{_password(state_dir)}@{HOST}:{ready['pg_port']}/{DATABASE}",
            mqtt_host=HOST,
            mqtt_port=ready["mqtt_port"],
            pg_port=ready["pg_port"],
            pid=process.pid,
        )
        _write_private(_state_file(state_dir), json.dumps(asdict(embedded), indent=2) + "\n")
        return embedded


def status(state_dir: Path = DEFAULT_STATE_DIR) -> Embedded | None:
    """The server of this state folder, or None where it does not run."""
    try:
        embedded = Embedded(**json.loads(_state_file(state_dir).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return embedded if _is_alive(embedded.pid) and _answers(embedded.pg_port) else None


def stop(state_dir: Path = DEFAULT_STATE_DIR) -> bool:
    """Stop the server so that its data is on disk; False where it did not run."""
    state_dir = state_dir.resolve()
    if not state_dir.is_dir():
        return False
    with _locked(state_dir):
        running = status(state_dir)
        if running is not None:
            _end(running.pid, state_dir)
        _state_file(state_dir).unlink(missing_ok=True)
        return running is not None


def running_url(state_dir: Path = DEFAULT_STATE_DIR) -> str | None:
    """The DSN of the running server, with its password, or None."""
    running = status(state_dir)
    return running.dsn if running else None


def password_file(state_dir: Path) -> Path:
    return state_dir / "password"


def log_file(state_dir: Path) -> Path:
    return state_dir / "server.log"


def _state_file(state_dir: Path) -> Path:
    return state_dir / "server.json"


@contextlib.contextmanager
def _locked(state_dir: Path) -> Iterator[None]:
    """Only one start or stop at a time; the system gives the lock back when a process dies."""
    with (state_dir / "control.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _password(state_dir: Path) -> str:
    file = password_file(state_dir)
    if not file.exists():
        _write_private(file, secrets.token_urlsafe(18) + "\n")
    return file.read_text().strip()


def _write_private(file: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    unfinished.replace(file)


def _spawn(
    node: Path, options: dict[str, object], log: Path
) -> tuple[subprocess.Popen[bytes], int]:
    if log.exists() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with log.open("ab") as handle:
        log_start = handle.tell()
        process = subprocess.Popen(
            [node, "--no-warnings", FOLDER / "server.mjs", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
        )
    return process, log_start


def _wait_ready(process: subprocess.Popen[bytes], log: Path, log_start: int) -> dict[str, int]:
    """What the server says when it is ready; its last words where it ends before."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        has_ended = process.poll() is not None
        with log.open("rb") as handle:
            handle.seek(log_start)
            lines = handle.read().decode(errors="replace").splitlines()
        for line in lines:
            if line.startswith('{"ready":true') and line.endswith("}"):
                ready: dict[str, int] = json.loads(line)
                process.returncode = 0  # it lives on by itself; Popen must not warn about that
                return ready
        if has_ended:
            raise EmbeddedError(_last_words(lines), hint=f"The log is {log}.")
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise EmbeddedError(
        f"the embedded server was not ready within {START_SECONDS:.0f} s", hint=f"The log is {log}."
    )


def _last_words(lines: list[str]) -> str:
    prefix = "lotwatt embedded: "
    said = [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]
    reason = said[-1] if said else " ".join(lines[-3:]) or "it said nothing"
    return f"the embedded server did not start: {reason}"


def _end(pid: int, state_dir: Path) -> None:
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _is_alive(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            raise EmbeddedError(
                f"the embedded server (pid {pid}) did not stop within {STOP_SECONDS:.0f} s and "
                "was killed; what was committed is kept",
                hint=f"The log is {log_file(state_dir)}.",
            )
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):  # where it is a child of ours, take its leave
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    """True for a process that has ended and that its parent has not taken leave of (Linux)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"


def _answers(port: int) -> bool:
    """Ask whether it encrypts (it does not): a process that is just being killed says nothing."""
    try:
        with socket.create_connection((HOST, port), timeout=5) as connection:
            connection.sendall(SSL_REQUEST)
            return connection.recv(1) == b"N"
    except OSError:
        return False
