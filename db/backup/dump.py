"""Makes a backup: pg_dump and a count of the same snapshot, side by side."""

import datetime as dt
import os
from pathlib import Path
from subprocess import Popen

from db.backup import manifest, tools
from db.backup.contents import STATEMENTS, need_real_server, read, server
from db.connection import connect, database_url
from db.errors import LotwattError
from db.migrate import Connection, Progress
from db.version import VERSION


def backup(url: str | None, folder: Path, keep: int | None, progress: Progress) -> Path:
    """Write a dump and its manifest to `folder`; with `keep`, only so many of them stay.

    A backup that fails leaves no file, and takes no older one away.
    """
    url = url or database_url()
    with connect(url, application_name="lotwatt backup") as connection:
        connection.execute(STATEMENTS["session"])
        connection.commit()
        connection.execute("set transaction isolation level repeatable read read only")
        about = server(connection)
        need_real_server(about)
        if not about["is_deployed"]:
            raise LotwattError(f"database {about['database']} holds nothing of Lotwatt")
        tool = tools.find("pg_dump", about["server_major"])
        made_at = dt.datetime.now(dt.UTC).replace(microsecond=0)
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        dump = folder / f"lotwatt-{made_at:%Y%m%dT%H%M%SZ}.dump"
        partial = dump.with_suffix(".dump.partial")
        progress(f"backup of database {about['database']} to {dump}")
        (snapshot,) = connection.execute(STATEMENTS["snapshot"]).fetchone() or ("",)
        running = tools.start(
            tool,
            url,
            ["--format=custom", f"--snapshot={snapshot}", f"--file={partial}",
             "--lock-wait-timeout=60s"],
        )  # fmt: skip
        try:
            at = revision(connection)
            contents = read(connection, progress)
            said = wait(running, tool, partial, progress)
        except BaseException:
            running.kill()
            running.wait()
            if running.stderr is not None:
                running.stderr.close()
            partial.unlink(missing_ok=True)
            raise
        for line in said:
            progress(f"  {line}")
        partial.chmod(0o640)  # a group may read, so that another account can verify
        found = manifest.Manifest(
            made_at=made_at,
            database=about["database"],
            lotwatt=VERSION,
            postgresql=about["server_version"],
            timescaledb=about["timescaledb"],
            revision=at,
            pg_dump=tool.version,
            size=partial.stat().st_size,
            sha256=manifest.sha256(partial),
            contents=contents,
        )
        connection.rollback()
        sync(partial)
        found.write(manifest.path_of(dump))
        partial.replace(dump)
        sync(folder)
        note(connection, dump, found, progress)
    remove_old(folder, keep, progress)
    progress(f"  {found.contents.rows:,} rows, {found.size:,} bytes, sha256 {found.sha256[:16]}...")
    return dump


def wait(running: "Popen[str]", tool: tools.Tool, partial: Path, progress: Progress) -> list[str]:
    progress(f"  wait for pg_dump {tool.version}")
    _, messages = running.communicate()
    said = tools.unexpected(messages)
    if running.returncode != 0:
        raise LotwattError(
            "pg_dump failed, no backup was made: " + (" ".join(said) or "it said nothing"),
            hint="Back up as a superuser or as a member of lotwatt_backup.",
        )
    return said


def revision(connection: Connection) -> str | None:
    if not (connection.execute(STATEMENTS["has_revision"]).fetchone() or (False,))[0]:
        return None
    row = connection.execute(STATEMENTS["revision"]).fetchone()
    return None if row is None else str(row[0])


def note(connection: Connection, dump: Path, found: manifest.Manifest, progress: Progress) -> None:
    """Tell the database, so that doctor knows; it may be older than this program."""
    if not (connection.execute(STATEMENTS["can_note"]).fetchone() or (False,))[0]:
        progress("  the database keeps no record of backups yet: run lotwatt db upgrade")
        return
    connection.execute(
        STATEMENTS["note_backup"],
        {
            "file": dump.name,
            "made_at": found.made_at,
            "size": found.size,
            "sha256": found.sha256,
        },
    )
    connection.commit()


def remove_old(folder: Path, keep: int | None, progress: Progress) -> None:
    for old in manifest.backups(folder)[: -keep or None] if keep else []:
        old.unlink()
        manifest.path_of(old).unlink()
        progress(f"  removed {old.name}, which is older than the {keep} that are kept")


def sync(path: Path) -> None:
    """Make it outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
