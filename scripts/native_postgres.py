"""A native PostgreSQL of our own, for tests of races and for benchmarks: Debian's binaries."""

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PORTS = (15_000, 32_000)
# As a small production server has it: stock settings checkpoint all the time under a backfill.
DURABLE = " -c shared_buffers=512MB -c max_wal_size=4GB -c checkpoint_timeout=15min"


@dataclass(frozen=True, slots=True)
class NativeServer:
    """A running server; `url` names its database `postgres`."""

    binaries: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def stop(self) -> None:
        control(self.binaries / "pg_ctl", "stop", "-D", self.folder / "data", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


def binaries() -> Path | None:
    """The newest PostgreSQL of this machine: Debian's folders first, then the PATH."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def start(found: Path, *, durable: bool = False) -> NativeServer:
    """Start it; `durable` keeps fsync and full page writes, which tests do without."""
    folder = Path(tempfile.mkdtemp(prefix="lotwatt-postgres-"))
    if user := account():
        shutil.chown(folder, user)
    server = NativeServer(found, folder, free_port())
    options = (
        f"-p {server.port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=60"
        + (DURABLE if durable else " -c fsync=off -c full_page_writes=off")
    )
    log = folder / "log"
    control(found / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust", "-N",
            "-E", "UTF8", "--locale=C")  # fmt: skip
    control(found / "pg_ctl", "start", "-w", "-D", folder / "data", "-l", log, "-o", options)
    return server


def control(*command: str | Path) -> None:
    """Run a tool of PostgreSQL, which refuses to be root."""
    done = subprocess.run(
        command,
        user=account(),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stdout}")


def account() -> str | None:
    """Whom to run it as: nobody in particular, except that it may not be root."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def free_port() -> int:
    """A port that nobody listens on, below those that Linux hands out to clients: one of these may
    be taken again before a server has it."""
    while True:
        port = random.SystemRandom().randrange(*PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
