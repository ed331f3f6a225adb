"""What stands beside a dump: versions, size and sha256, and what the dump has to hold."""

import datetime as dt
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from db.backup.contents import Contents
from db.errors import LotwattError

FORMAT = 1
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """One dump and what it was made of; `made_at` is the time of its snapshot, in UTC."""

    made_at: dt.datetime
    database: str
    lotwatt: str
    postgresql: str
    timescaledb: str | None
    revision: str | None
    pg_dump: str
    size: int
    sha256: str
    contents: Contents

    def write(self, path: Path) -> None:
        """Write it whole or not at all."""
        said = {"format": FORMAT, **asdict(self), "made_at": self.made_at.isoformat()}
        partial = path.with_suffix(".json.partial")
        with partial.open("w", encoding="utf-8") as file:
            json.dump(said, file, indent=1)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)


def path_of(dump: Path) -> Path:
    return dump.with_suffix(".json")


def read(dump: Path) -> Manifest:
    """What the manifest beside a dump says; `need_unchanged` tells whether the dump is still it."""
    if not dump.is_file():
        raise LotwattError(f"there is no file {dump}")
    try:
        said: dict[str, Any] = json.loads(path_of(dump).read_text(encoding="utf-8"))
        if said.pop("format") != FORMAT:
            raise LotwattError(f"{path_of(dump)} was written by another version of Lotwatt")
        contents = said.pop("contents")
        tables = {
            table: {day: (int(count), str(checksum)) for day, (count, checksum) in days.items()}
            for table, days in contents["tables"].items()
        }
        found = Manifest(
            **said | {"made_at": dt.datetime.fromisoformat(said["made_at"])},
            contents=Contents(tables, contents["objects"]),
        )
    except FileNotFoundError:
        raise LotwattError(
            f"{dump} has no {path_of(dump).name} beside it, which says what it has to hold",
            hint="Restore dumps that lotwatt db backup made, and keep their two files together.",
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise LotwattError(f"{path_of(dump)} cannot be read: {error}") from error
    return found


def need_unchanged(dump: Path, found: Manifest) -> None:
    if dump.stat().st_size != found.size or sha256(dump) != found.sha256:
        raise LotwattError(
            f"{dump} is not as it was made: its size or sha256 differs from {path_of(dump).name}",
            hint="Use another backup; see to the disk or the copy that this one came from.",
        )


def sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def backups(folder: Path) -> list[Path]:
    """Complete backups of a folder, oldest first: their names are their times."""
    dumps = sorted(folder.glob("lotwatt-*.dump"))
    return [dump for dump in dumps if path_of(dump).is_file()]
