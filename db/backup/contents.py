"""What a database holds, in a form that can be compared: rows and a checksum by table and day."""

from dataclasses import dataclass
from typing import Any

from psycopg import sql

from db.errors import LotwattError
from db.migrate import Connection, Progress
from db.statements import load

STATEMENTS = load("db/backup/statements.sql")
ALL = "all"
# The sum of a hash of each row: it does not depend on the order of rows, and a row more, less or
# other shows. NULL as day: the table has no column of time.
DAYS = sql.SQL(
    "select coalesce({day}, {all}), count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text"
    " from {table} as t group by 1 order by 1"
)
DAY = sql.SQL("to_char({column} at time zone 'UTC', 'YYYY-MM-DD')")

Days = dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Contents:
    """Rows and checksum by table and UTC day, and a line for each object beside rows."""

    tables: dict[str, Days]
    objects: list[str]

    @property
    def rows(self) -> int:
        return sum(count for days in self.tables.values() for count, _ in days.values())


def read(connection: Connection, progress: Progress) -> Contents:
    """Read all of it in the transaction of `connection`, whose session is as `session` sets it."""
    relations = connection.execute(STATEMENTS["relations"]).fetchall()
    tables: dict[str, Days] = {}
    for number, (schema, name, day_of) in enumerate(relations, start=1):
        tables[f"{schema}.{name}"] = days(connection, schema, name, day_of)
        if number % 10 == 0 or number == len(relations):
            progress(f"  counted {number} of {len(relations)} tables")
    return Contents(tables, read_objects(connection))


def days(connection: Connection, schema: str, name: str, day_of: str | None) -> Days:
    table = sql.Identifier(schema, name)
    day = DAY.format(column=sql.Identifier("t", day_of)) if day_of else sql.SQL("null")
    query = DAYS.format(day=day, table=table, all=sql.Literal(ALL))
    found = connection.execute(query).fetchall()
    return {day: (count, checksum) for day, count, checksum in found}


def read_objects(connection: Connection) -> list[str]:
    lines = [row[0] for row in connection.execute(STATEMENTS["objects"])]
    if server(connection)["timescaledb"] is not None:
        lines += [row[0] for row in connection.execute(STATEMENTS["timescaledb_objects"])]
    return lines


def server(connection: Connection) -> dict[str, Any]:
    """Versions of the server and what kind of database it is; see the statement."""
    cursor = connection.execute(STATEMENTS["server"])
    row = cursor.fetchone()
    assert row is not None
    assert cursor.description is not None
    return dict(zip((column.name for column in cursor.description), row, strict=True))


def need_real_server(about: dict[str, Any]) -> None:
    if "emscripten" in about["version"].lower():
        raise LotwattError(
            "the embedded server has no backup: it is not for production",
            hint="Set DATABASE_URL to a server. The demo replays the same history at any time.",
        )


def differences(wanted: Contents, found: Contents) -> list[str]:
    """One sentence for each day of a table and each object that is not as it was."""
    lines = []
    for table in sorted(wanted.tables.keys() | found.tables.keys()):
        if table not in found.tables:
            lines.append(f"{table} is not there")
            continue
        old, new = wanted.tables.get(table, {}), found.tables[table]
        for day in sorted(old.keys() | new.keys()):
            if old.get(day) != new.get(day):
                lines.append(told(table, day, old.get(day), new.get(day)))
    missing = sorted(set(wanted.objects) - set(found.objects))
    added = sorted(set(found.objects) - set(wanted.objects))
    return [*lines, *(f"missing: {line}" for line in missing), *(f"new: {line}" for line in added)]


def told(table: str, day: str, old: tuple[int, str] | None, new: tuple[int, str] | None) -> str:
    where = table if day == ALL else f"{table} on {day}"
    was, now = (old or (0, ""))[0], (new or (0, ""))[0]
    if was == now:
        return f"{where}: {now} rows, but not the same ones"
    return f"{where}: {now} rows of {was}"
