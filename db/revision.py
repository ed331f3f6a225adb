"""The versioned files: each runs once, in the order of its number, and is frozen once released."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from alembic import op
from db.errors import MigrationError
from db.statements import ROOT

FOLDER = ROOT / "db" / "versioned"
CHECKSUMS = FOLDER / "CHECKSUMS"
# Files before this one also run on plain PostgreSQL; a later one does where it says so in a mark.
FIRST_TIMESCALE = "0005"
PLAIN_MARK = "-- lotwatt: plain"
AUTOCOMMIT_MARK = "-- lotwatt: autocommit"


@dataclass(frozen=True, slots=True)
class Revision:
    """One file of db/versioned, such as 0001_plant.sql."""

    number: str
    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def is_plain(self) -> bool:
        return self.number < FIRST_TIMESCALE or has_mark(self.text, PLAIN_MARK)


def has_mark(text: str, mark: str) -> bool:
    return any(line.rstrip() == mark for line in text.splitlines())


def revisions(folder: Path = FOLDER) -> list[Revision]:
    return [Revision(path.name[:4], path) for path in sorted(folder.glob("[0-9]*.sql"))]


def run(number: str) -> None:
    """Run one file as Alembic asks for it, the text as it is: `%` and `:` belong to SQL."""
    (found,) = [revision for revision in revisions() if revision.number == number]
    options = {"no_parameters": True}
    if has_mark(found.text, AUTOCOMMIT_MARK):  # one statement a file, which no transaction may hold
        with op.get_context().autocommit_block():
            op.get_bind().exec_driver_sql(found.text, execution_options=options)
    else:
        op.get_bind().exec_driver_sql(found.text, execution_options=options)


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    return config


def head() -> str:
    found = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if found is None:
        raise MigrationError("alembic/versions is empty")
    return found


def current(context: MigrationContext) -> str | None:
    return context.get_current_revision()


def frozen() -> dict[str, str]:
    """What CHECKSUMS says: file name to sha256, as `sha256sum` writes it."""
    lines = CHECKSUMS.read_text(encoding="utf-8").splitlines() if CHECKSUMS.exists() else []
    pairs = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {name: digest for digest, name in pairs}


def differences() -> list[str]:
    """One sentence for each file that is not as CHECKSUMS says."""
    said, found = frozen(), {each.path.name: each.sha256 for each in revisions()}
    return [
        *(f"{name} is not in CHECKSUMS" for name in found if name not in said),
        *(
            f"{name} was changed after it was frozen"
            for name in found
            if said.get(name, found[name]) != found[name]
        ),
        *(f"{name} is gone" for name in said if name not in found),
    ]


def freeze() -> None:
    lines = [f"{each.sha256}  {each.path.name}" for each in revisions()]
    CHECKSUMS.write_text("\n".join(lines) + "\n", encoding="utf-8")
