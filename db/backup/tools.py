"""pg_dump and pg_restore: found on this machine, fitting the server, no password in sight."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db.errors import LotwattError

VERSION = re.compile(r"(\d+)(?:\.\d+)?")
# Debian's folders, one for each major version, and those of PostgreSQL's packages for RPM.
FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
# TimescaleDB's catalog has foreign keys in a circle, which pg_dump says on every dump. They matter
# for dumps of data alone; ours are whole.
EXPECTED = re.compile(
    r"pg_dump: (warning: there are circular foreign-key constraints"
    r"|detail: (hypertable|chunk|continuous_agg)\b"
    r"|hint: (You might not be able to restore the dump without using --disable-triggers"
    r"|Consider using a full dump))"
)


@dataclass(frozen=True, slots=True)
class Tool:
    """pg_dump or pg_restore, by its path; `major` is its version of PostgreSQL."""

    path: Path
    major: int
    version: str


def find(name: str, server_major: int) -> Tool:
    """The tool whose version is the server's, or else the next newer one; older ones cannot."""
    tools = sorted(candidates(name), key=lambda tool: tool.major)
    for tool in tools:
        if tool.major >= server_major:
            return tool
    hint = f"Install the client of PostgreSQL {server_major} (apt-get install postgresql-client)."
    if not tools:
        raise LotwattError(f"{name} is not on this machine", hint=hint)
    raise LotwattError(
        f"{name} is of PostgreSQL {tools[-1].version}, older than the server's {server_major}",
        hint=hint,
    )


def candidates(name: str) -> Iterator[Tool]:
    paths = [path for pattern in FOLDERS for path in Path("/").glob(f"{pattern[1:]}/{name}")]
    if on_path := shutil.which(name):
        paths.append(Path(on_path))
    for path in paths:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        found = VERSION.search(done.stdout)
        if done.returncode == 0 and found:
            yield Tool(path, int(found[1]), found[0])


def start(tool: Tool, url: str, arguments: Sequence[str]) -> "subprocess.Popen[str]":
    """Start it on the database of `url`; the password goes by the environment, which `ps` hides."""
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)
    environment = dict(os.environ)
    if password:
        environment["PGPASSWORD"] = str(password)
    target = make_conninfo(**{key: str(value) for key, value in parts.items()})
    return subprocess.Popen(
        [tool.path, "--no-password", f"--dbname={target}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        umask=0o027,  # nobody else reads a dump while it is written
    )


def unexpected(messages: str) -> list[str]:
    """What a tool said, without what it says every time."""
    return [line for line in messages.splitlines() if line and not EXPECTED.match(line)]
