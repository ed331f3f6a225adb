"""Everything that defines a database, as facts that can be compared."""

import re
from typing import Any

import psycopg

from db.migrate import STATEMENTS as MIGRATE
from db.statements import load

STATEMENTS = load("tests/migration/catalog.sql")
# TimescaleDB numbers its tables as they come; a number says nothing about the schema.
NUMBERED = re.compile(r"(_hypertable_|_partial_view_|_direct_view_|ts_insert_blocker|_hyper_)\d+")

Connection = psycopg.Connection[tuple[Any, ...]]


def facts(connection: Connection) -> dict[str, str]:
    """Tables, columns, constraints, indexes, functions, views, comments, grants and policies."""
    rows = connection.execute(STATEMENTS["facts"]).fetchall()
    found = {f"{fact} {name}": NUMBERED.sub(r"\1N", said or "") for fact, name, said in rows}
    (has_timescale,) = connection.execute(MIGRATE["has_catalog"]).fetchone() or (False,)
    if has_timescale:
        policies = connection.execute(STATEMENTS["policies"]).fetchall()
        found["policies"] = "\n".join(row[0] for row in policies)
    return found
