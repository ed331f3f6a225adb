"""Who changed a sensor, a limit, a mapping or a setting is on record, whichever way it was done."""

from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.attempts import allowed

Connection = psycopg.Connection[tuple[Any, ...]]

PLANT = {
    "sites": [{"code": "S", "time_zone": "UTC"}],
    "lines": [{"code": "L", "site": "S"}],
    "machines": [{"code": "M", "line": "L"}],
    "references": [{"code": "R", "temperature_maximum_c": 90}],
    "sensors": [{"code": "M.t", "machine": "M", "role": "other", "unit": "C", "maximum": 100}],
}
TAKEN_AWAY = (
    "grant usage on schema plant to lotwatt_{role};"
    " grant delete, truncate on plant.audit to lotwatt_{role}"
)
# What is changed by hand: the statement, then object, name, old and new as the audit has them.
BY_HAND = [
    (
        "update plant.sensor set maximum = 500 where code = 'M.t'",
        ("sensor", "M.t", {"maximum": 100}, {"maximum": 500}),
    ),
    (
        "update plant.reference set temperature_maximum_c = null where code = 'R'",
        ("reference", "R", {"temperature_maximum_c": 90}, {"temperature_maximum_c": None}),
    ),
    (
        "update ops.setting set value = '1000' where name = 'held_topics' and value <> '7'",
        None,  # it says so already
    ),
    (
        "update ops.setting set value = '7' where name = 'held_topics'",
        ("setting", "held_topics", {"value": "1000"}, {"value": "7"}),
    ),
    (
        "update ingest.mapping set is_enabled = false where name = 'probe'",
        ("mapping", "probe", {"is_enabled": True}, {"is_enabled": False}),
    ),
]


@pytest.fixture
def plant(db: Connection) -> Connection:
    db.execute("select * from plant.apply(%s)", [Jsonb(PLANT)])
    db.execute(
        "insert into ingest.mapping (name, topic_filter, is_ignored) values ('probe', 'x/#', true)"
    )
    return db


def changes(db: Connection) -> list[tuple[Any, ...]]:
    return db.execute(
        "select object, name, old_value, new_value, changed_by, reason"
        " from api.change order by time"
    ).fetchall()


def test_a_plant_file_is_recorded_once(plant: Connection) -> None:
    before = [row[:2] + row[4:] for row in changes(plant)]
    assert before == [
        ("site", "S", "postgres", "plant apply"),
        ("line", "L", "postgres", "plant apply"),
        ("machine", "M", "postgres", "plant apply"),
        ("reference", "R", "postgres", "plant apply"),
        ("sensor", "M.t", "postgres", "plant apply"),
        ("mapping", "probe", "postgres", "SQL by hand"),
    ]
    plant.execute("select * from plant.apply(%s)", [Jsonb(PLANT)])
    assert len(changes(plant)) == len(before)


@pytest.mark.parametrize(("statement", "expected"), BY_HAND)
def test_a_change_by_hand_is_recorded(
    plant: Connection, statement: str, expected: tuple[Any, ...] | None
) -> None:
    before = len(changes(plant))
    plant.execute(statement.encode())
    found = changes(plant)[before:]
    assert found == ([(*expected, "postgres", "SQL by hand")] if expected else [])


@pytest.mark.parametrize(("statement", "expected"), [case for case in BY_HAND if case[1]])
def test_taken_away_nothing_is_recorded(
    plant: Connection, statement: str, expected: tuple[Any, ...]
) -> None:
    table = statement.split()[1]
    before = changes(plant)
    with plant.transaction(force_rollback=True):
        plant.execute(f"drop trigger audit_row on {table}")
        plant.execute(statement.encode())
        assert changes(plant) == before


def test_who_it_was_and_what_is_gone(plant: Connection) -> None:
    """The owner changes it for a person; the record has the login, and no setting changes that."""
    with plant.transaction(force_rollback=True):
        plant.execute("create role person login in role lotwatt_migrate")
        plant.execute("set local session authorization person")
        plant.execute("set local lotwatt.reason = 'somebody else'")
        plant.execute("delete from ingest.mapping")
        plant.execute("set local session authorization default")
        (last,) = changes(plant)[-1:]
    assert (last[0], last[1], last[3]) == ("mapping", "probe", None)
    assert last[2]["topic_filter"] == "x/#"
    assert last[4:] == ("person", "somebody else")


def test_a_table_that_is_emptied(plant: Connection) -> None:
    with plant.transaction(force_rollback=True):
        plant.execute("truncate ops.setting")
        assert changes(plant)[-1] == (
            "setting", "all of them", None, None, "postgres", "TRUNCATE by hand",
        )  # fmt: skip


@pytest.mark.parametrize("statement", ["delete from plant.audit", "truncate plant.audit"])
@pytest.mark.parametrize("role", ["reader", "loader", "jobs", "backup"])
def test_the_record_is_not_for_changing(db: Connection, role: str, statement: str) -> None:
    assert not allowed(db, f"lotwatt_{role}", statement)
    assert allowed(db, f"lotwatt_{role}", statement, TAKEN_AWAY.format(role=role))
