"""Where a database stands: versions, the last migration, repeatable files as applied or not."""

from dataclasses import dataclass

from db import order, revision
from db.migrate import STATEMENTS, Connection, current_revision, one


@dataclass(frozen=True, slots=True)
class State:
    """Where one database stands against the files of this folder."""

    server_version: str
    timescaledb_version: str | None
    revision: str | None
    head: str
    applied: int
    outdated: list[str]

    @property
    def is_current(self) -> bool:
        return self.revision == self.head and not self.outdated


def state(connection: Connection) -> State:
    server_version, timescaledb_version, _ = one(connection, "server")
    applied: dict[str, str] = {}
    if one(connection, "has_applied_sql")[0]:
        applied = dict(connection.execute(STATEMENTS["applied"]).fetchall())
    return State(
        server_version=server_version,
        timescaledb_version=timescaledb_version,
        revision=current_revision(connection),
        head=revision.head(),
        applied=len(applied),
        outdated=differences(applied, order.repeatable_files()),
    )


def differences(applied: dict[str, str], files: list[order.RepeatableFile]) -> list[str]:
    """One line for each repeatable file that the database does not have as it is here."""
    wanted = {file.name: file.sha256 for file in files}
    return [
        *(f"{name}: not applied yet" for name in wanted if name not in applied),
        *(f"{name}: changed" for name in wanted if applied.get(name, wanted[name]) != wanted[name]),
        *(f"{name}: no longer there" for name in applied if name not in wanted),
    ]
