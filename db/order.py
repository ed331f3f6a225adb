"""The repeatable files, in the order that db/repeatable/ORDER gives them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from db.errors import MigrationError
from db.statements import ROOT

FOLDER = ROOT / "db" / "repeatable"
ORDER = FOLDER / "ORDER"
MARKS = {"administrator", "timescale"}


@dataclass(frozen=True, slots=True)
class RepeatableFile:
    """One file of db/repeatable; its name is its path from there."""

    name: str
    needs_timescale: bool
    folder: Path = FOLDER
    by_administrator: bool = False

    @property
    def text(self) -> str:
        try:
            return (self.folder / self.name).read_text(encoding="utf-8")
        except FileNotFoundError:
            raise MigrationError(f"ORDER names {self.name}, which is not there") from None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def parse(text: str, folder: Path = FOLDER) -> list[RepeatableFile]:
    files: list[RepeatableFile] = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        name, marks = words[0], words[1:]
        if set(marks) - MARKS or len(marks) != len(set(marks)):
            raise MigrationError(
                f"ORDER, line {number}: expected a path and at most {' and '.join(sorted(MARKS))}"
            )
        if any(file.name == name for file in files):
            raise MigrationError(f"ORDER, line {number}: {name} is named twice")
        files.append(RepeatableFile(name, "timescale" in marks, folder, "administrator" in marks))
    return files


def repeatable_files(*, plain: bool = False) -> list[RepeatableFile]:
    files = parse(ORDER.read_text(encoding="utf-8"))
    return [file for file in files if not (plain and file.needs_timescale)]


def unlisted() -> list[str]:
    """Files that are there but that ORDER does not name: they would never be applied."""
    named = {file.name for file in repeatable_files()}
    found = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.sql")}
    return sorted(found - named)
