"""Drivers of the energy of a lot: declared in the plant file, from a sensor or lot by lot."""

from __future__ import annotations

from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.sql.builders import Connection, assign, declare, every, load, minutes, row, rows, settle
from tests.sql.lots import START, Made, make, plant, run


def near(value: float) -> Any:
    return pytest.approx(value, abs=1e-9)


def test_a_driver_is_a_figure_of_a_sensor_or_a_value_that_is_given(db: Connection) -> None:
    plant(db, "A")
    declare(
        db,
        sensors=[{
            "code": "speed", "topic": "test/speed", "machine": "m1", "kind": "gauge",
            "quantity": "speed",
            "unit": "rpm", "max_gap": "10 minutes",
        }],
        drivers=[
            {"code": "speed", "sensor": "speed"},
            {"code": "top_speed", "sensor": "speed", "statistic": "maximum"},
            {"code": "moisture"},
        ],
    )  # fmt: skip
    make(db, [Made("L1", "A", 60, 10.0, 100.0)])
    load(db, "speed", *every(300, START, START + minutes(60), lambda hours: 10 + 20 * hours))
    declare(db, driver_values=[{"lot": "L1", "driver": "moisture", "value": 7.5}])
    settle(db)
    found = rows(db, "select * from api.lot_driver order by driver")
    assert [(each["driver"], each["value"]) for each in found] == [
        ("moisture", 7.5),
        ("speed", near(20)),  # from 10 to 30
        ("top_speed", near(30 - 20 / 12)),  # the reading at its end is of the time after it
    ]
    # half of the lot is not the lot
    assign(db, "m1", "L1", START, START + minutes(150), source="correction")
    settle(db)
    found = rows(db, "select driver from api.lot_driver")
    assert [each["driver"] for each in found] == ["moisture"]


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"drivers": [{"code": "x", "sensor": "none"}]}, "driver x: sensor none does not exist"),
        ({"drivers": [{"code": "x", "statistic": "mean"}]}, "driver x: it has a statistic and no"),
        ({"drivers": [{"code": "quantity"}]}, "driver quantity: it breaks the rule"),
        (
            {"driver_values": [{"lot": "L1", "driver": "x", "value": 1}]},
            "driver value x of L1: driver x does not exist",
        ),
        (
            {"driver_values": [{"lot": "L9", "driver": "x", "value": 1}]},
            "driver value x of L9: lot L9 does not exist",
        ),
    ],
)
def test_a_driver_that_cannot_be_meant_is_refused(
    db: Connection, parts: dict[str, Any], said: str
) -> None:
    plant(db, "A")
    declare(db, lots=[{"number": "L1", "reference": "A"}])
    with pytest.raises(psycopg.Error) as caught:
        declare(db, **parts)
    assert str(caught.value).startswith(said)


def test_a_driver_that_is_declared_again_changes_nothing_and_one_that_differs_is_told(
    db: Connection,
) -> None:
    plant(db, "A")
    apply = "select object, name, action from plant.apply(%s)"
    driver = {"code": "heat", "sensor": "m1.temperature", "statistic": "maximum"}
    value = {"lot": "L1", "driver": "moisture", "value": 1.0}
    parts = {"drivers": [driver, {"code": "moisture"}], "driver_values": [value]}
    declare(db, lots=[{"number": "L1", "reference": "A"}])
    first = rows(db, apply, [Jsonb(parts)])
    assert [(each["name"], each["action"]) for each in first] == [
        ("heat", "create"), ("moisture", "create"), ("moisture of L1", "create"),
    ]  # fmt: skip
    assert rows(db, apply, [Jsonb(parts)]) == []
    changed = {
        "drivers": [driver | {"statistic": "mean"}],
        "driver_values": [value | {"value": 2.0}],
    }
    again = rows(db, apply, [Jsonb(changed)])
    assert [(each["name"], each["action"]) for each in again] == [
        ("heat", "change"), ("moisture of L1", "change"),
    ]  # fmt: skip


def test_a_declared_driver_explains_energy(db: Connection) -> None:
    """Power goes with moisture: with it, a wet lot is as expected; without it, it is not."""
    plant(db, "A")
    random = np.random.default_rng(2)
    wet = {f"A{i}": float(random.uniform(5, 15)) for i in range(16)}
    lots = [
        Made(name, "A", 60, 1.0 * value * float(np.exp(0.01 * random.standard_normal())), 100.0)
        for name, value in wet.items()
    ]
    make(db, lots)
    declare(
        db,
        drivers=[{"code": "moisture"}],
        driver_values=[
            {"lot": name, "driver": "moisture", "value": value} for name, value in wet.items()
        ],
    )
    run("jobs", "lots")
    found = row(db, "select * from api.lot_expectation where lot = 'A3'")
    assert found["inputs"].endswith("moisture")
    assert found["expected_kwh"] == pytest.approx(wet["A3"], rel=0.05)
    terms = rows(db, "select * from api.lot_model_term where input = 'moisture'")
    assert terms[0]["coefficient"] == pytest.approx(1, abs=0.05)
