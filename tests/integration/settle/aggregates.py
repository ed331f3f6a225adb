"""Each continuous aggregate against the plain query over slices that it stands for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sql.builders import Connection, rows

HOUR = "date_bin('1 hour', time, 'epoch') as bucket"
ENERGY = "sum(measured_s) as measured_s, sum(known_s) as known_s, bit_or(flags) as flags"
TEMPERATURE = """sum(value_s) as value_s, sum(measured_s) as measured_s, min(minimum) as minimum_c,
    max(maximum) as maximum_c, sum(below_s) as below_s, sum(above_s) as above_s"""
LOT = "lot_id, run_id, machine_id, sensor_id"

# name: (keys, figures, condition)
AGGREGATES = {
    "energy_lot_hourly": (
        LOT,
        f"sum(amount) as energy_kwh, {ENERGY}",
        "state = 'l' and role = 'main_energy'",
    ),
    "energy_reference_hourly": (
        "reference_id, machine_id",
        f"sum(amount) as energy_kwh, {ENERGY}",
        "state = 'l' and role = 'main_energy'",
    ),
    "temperature_lot_hourly": (
        LOT,
        f"{TEMPERATURE}, sum(readings) as readings, bit_or(flags) as flags",
        "state = 'l' and role = 'process_temperature'",
    ),
    "temperature_reference_hourly": (
        "reference_id, machine_id",
        f"{TEMPERATURE}, bit_or(flags) as flags",
        "state = 'l' and role = 'process_temperature'",
    ),
    "output_lot_hourly": (
        LOT,
        f"sum(amount) as quantity, {ENERGY}",
        "state = 'l' and role = 'output'",
    ),
    "sensor_hourly": (
        "sensor_id, state",
        f"""sum(amount) as amount, sum(value_s) as value_s, {ENERGY}, min(minimum) as minimum,
        max(maximum) as maximum, sum(readings) as readings""",
        "true",
    ),
}


def assert_aggregates_are_true(db: Connection) -> int:
    """Row by row and figure by figure; returns how many rows there were."""
    known = {name for (name,) in db.execute("select aggregate from ops.aggregate")}
    assert known == {f"telemetry.{name}" for name in AGGREGATES}
    count = 0
    for name, (keys, figures, condition) in AGGREGATES.items():
        order = f"order by bucket, {keys}"
        stored = rows(db, f"select * from telemetry.{name} {order}")  # noqa: S608
        plain = rows(
            db,
            f"select {HOUR}, {keys}, {figures} from telemetry.slice"  # noqa: S608
            f" where {condition} group by bucket, {keys} {order}",
        )
        assert stored == [near(row) for row in plain], name
        count += len(stored)
    return count


def near(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
        for name, value in row.items()
    }
