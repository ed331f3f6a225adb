"""Control 7: what somebody could do who has the loader's password, and what keeps it from them.

Each attempt is made twice: refused, and with a right that the loader does not have, where it works.
"""

from typing import Any

import psycopg
import pytest

from tests.attempts import allowed

Connection = psycopg.Connection[tuple[Any, ...]]
LOADER = "lotwatt_loader"
ATTEMPTS = [
    ("table telemetry.reading", ["grant select on telemetry.reading to lotwatt_loader"]),
    (
        "update telemetry.reading set value = 0",
        ["grant update on telemetry.reading to lotwatt_loader"],
    ),
    ("delete from telemetry.reading", ["grant delete on telemetry.reading to lotwatt_loader"]),
    ("truncate telemetry.reading", ["grant truncate on telemetry.reading to lotwatt_loader"]),
    (
        "insert into telemetry.reading (time, sensor_id, value, claim_id) values (now(), 1, 1, 1)",
        ["grant insert on telemetry.reading to lotwatt_loader"],
    ),
    (
        "table plant.sensor",
        [
            "grant usage on schema plant to lotwatt_loader",
            "grant select on plant.sensor to lotwatt_loader",
        ],
    ),
    (
        "select plant.apply('{}')",
        [
            "grant usage on schema plant to lotwatt_loader",
            "grant execute on function plant.apply to lotwatt_loader",
        ],
    ),
    (
        "select ops.cancel_long_queries()",
        [
            "grant usage on schema ops to lotwatt_loader",
            "grant execute on function ops.cancel_long_queries to lotwatt_loader",
        ],
    ),
    (
        "select public.drop_chunks('telemetry.reading', older_than => now())",
        ["grant lotwatt_owner to lotwatt_loader"],
    ),
    ("drop table ingest.mapping cascade", ["grant lotwatt_owner to lotwatt_loader"]),
    ("create table telemetry.mine (n int)", ["grant create on schema telemetry to lotwatt_loader"]),
]


@pytest.mark.parametrize(("attempt", "taken_away"), ATTEMPTS)
def test_7_a_loader_adds_and_does_nothing_else(
    db: Connection, attempt: str, taken_away: list[str]
) -> None:
    db.execute("insert into telemetry.reading (time, sensor_id, value) values (now(), 1, 1)")
    assert not allowed(db, LOADER, attempt)
    assert allowed(db, LOADER, attempt, *taken_away)
