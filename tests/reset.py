"""Puts a migrated database back to how its migration left it, faster than making a new one."""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from db.migrate import STATEMENTS as MIGRATE
from db.migrate import one
from db.statements import load

STATEMENTS = load("tests/reset.sql")

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Pristine:
    """The tables of a database, and the rows that its migration put in."""

    aggregates: list[sql.SQL]
    tables: list[sql.SQL]
    seeds: list[tuple[sql.SQL, Jsonb]] = field(default_factory=list)


def remember(connection: Connection) -> Pristine:
    """Note what a fresh database holds. Names come quoted from the catalog."""
    oids: list[int] = []
    if one(connection, "has_catalog")[0]:
        oids = [row[0] for row in connection.execute(MIGRATE["continuous_aggregates"])]
    rows = connection.execute(STATEMENTS["tables"], {"aggregates": oids}).fetchall()
    found = Pristine(
        aggregates=[sql.SQL(name) for name, is_aggregate in rows if is_aggregate],
        tables=[sql.SQL(name) for name, is_aggregate in rows if not is_aggregate],
    )
    for table in found.tables:
        query = sql.SQL("select jsonb_agg(to_jsonb(t)) from {} as t").format(table)
        (held,) = connection.execute(query).fetchone() or (None,)
        if held is not None:
            found.seeds.append((table, Jsonb(held)))
    return found


def reset(connection: Connection, pristine: Pristine) -> None:
    """Empty every table and put back what the migration had put in."""
    filled = [table for table in pristine.tables if is_filled(connection, table)]
    with connection.transaction():
        if filled:
            names = sql.SQL(", ").join(pristine.tables)
            connection.execute(sql.SQL("truncate {} restart identity").format(names))
            for aggregate in pristine.aggregates:
                connection.execute(sql.SQL("truncate {}").format(aggregate))
            for table, rows in pristine.seeds:
                connection.execute(
                    sql.SQL(
                        "insert into {table} overriding system value"
                        " select t.* from jsonb_populate_recordset(null::{table}, %s) as t"
                    ).format(table=table),
                    [rows],
                )
            # putting settings back is a change of settings
            connection.execute("truncate plant.audit restart identity")


def is_filled(connection: Connection, table: sql.SQL) -> bool:
    query = sql.SQL("select exists (select 1 from {})").format(table)
    return bool((connection.execute(query).fetchone() or (False,))[0])
