"""Orders of a list, as analysts see them, and what they do to the energy of a lot."""

from datetime import datetime
from typing import Any

import psycopg

from tests.sql.builders import at, declare_site, kw_meter, load, settle

Connection = psycopg.Connection[tuple[Any, ...]]


def say(db: Connection, *orders: tuple[str, str, str, str | None]) -> None:
    """Key, lot, start and end on machine m1."""
    keys, lots, starts, ends = zip(*orders, strict=True)
    nothing: list[None] = [None] * len(orders)
    db.execute(
        "select from ingest.import_orders('api:erp', false, %s, %s, %s::text[], %s, %s, %s,"
        " %s::float8[], %s::float8[], %s::float8[], %s::text[], %s)",
        [
            list(keys), list(lots), nothing, ["m1"] * len(orders), [at(each) for each in starts],
            [None if each is None else at(each) for each in ends], nothing, nothing, nothing,
            nothing, [datetime.now().astimezone()] * len(orders),
        ],
    )  # fmt: skip


def energies(db: Connection) -> dict[str, float]:
    settle(db)
    rows = db.execute(
        "select number, energy_kwh from api.lot where energy_kwh is not null"
    ).fetchall()
    return {lot: round(energy, 9) for lot, energy in rows}


def states(db: Connection) -> dict[str, str]:
    return dict(db.execute("select key, state from api.run_order").fetchall())


def test_energy_follows_the_list(db: Connection) -> None:
    """A steady 6 kW: an hour is 6 kWh. L1 ran from 8 to 10, and then it was until 9."""
    declare_site(db, "m1")
    kw_meter(db, "power", "m1", max_gap="1 hour")
    load(db, "power", *((at(f"2026-03-02 {hour:02}:00"), 6) for hour in range(7, 15)))
    say(db, ("1", "L1", "2026-03-02 08:00", "2026-03-02 10:00"))
    assert energies(db) == {"L1": 12}
    say(
        db,
        ("1", "L1", "2026-03-02 08:00", "2026-03-02 09:00"),
        ("2", "L2", "2026-03-02 09:00", "2026-03-02 12:00"),
    )
    assert energies(db) == {"L1": 6, "L2": 18}
    assert states(db) == {"1": "in use", "2": "in use"}
    say(db, ("3", "L3", "2026-03-02 11:00", "2026-03-02 13:00"))
    assert energies(db) == {"L1": 6, "L2": 12, "L3": 6}
    assert states(db) == {"1": "in use", "2": "in conflict", "3": "in conflict"}
    found = db.execute(
        "select conflict, time, finished_at, lot from api.conflict where machine = 'm1'"
    ).fetchall()
    assert found == [
        ("two orders at once", at("2026-03-02 11:00"), at("2026-03-02 12:00"), "L2, L3")
    ]
    db.execute(
        "select ingest.import_orders_missing('api:erp', %s, %s, '{1,2}')",
        [at("2026-03-02 00:00"), at("2026-03-03 00:00")],
    )
    assert energies(db) == {"L1": 6, "L2": 18}
    assert states(db) == {"1": "in use", "2": "in use", "3": "withdrawn"}
    db.execute(
        "select plant.assign_run('m1', 'L9', %s, %s, null, 'correction', 'test')",
        [at("2026-03-02 07:00"), at("2026-03-02 09:00")],
    )
    assert states(db)["1"] == "overruled"
