"""`lotwatt jobs evaluate`: all evaluations on the shipped data, and what is known of the plant."""

from typing import Any
from zoneinfo import ZoneInfo

import click
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from db.cli.output import exact, to_json
from db.errors import LotwattError
from db.statements import load
from jobs.evaluate import anomalies, forecast, lots
from jobs.run import Connection, job

STATEMENTS = load("jobs/evaluate/results.sql")
# What SQL says of the plant's own data, by what happened.
PLANT = ("anomalies", "lots", "forecasts", "energy_baselines")


def evaluate_everything(kind: str) -> None:
    found = shipped()
    try:
        with job("evaluate") as run:
            found["plant"] = plant(run.connection)
            run.rows = keep(run.connection, found)
    except (LotwattError, psycopg.OperationalError) as error:
        click.echo(f"The result is not kept: {error}", err=True)
    if kind == "json":
        click.echo(to_json(found))
        return
    for name, value in lots.flat(found):
        click.echo(f"{name:<60}{shown(value)}")


def shipped() -> dict[str, Any]:
    """Each on its data, computed now."""
    machine = anomalies.evaluate(anomalies.READINGS, anomalies.WINDOWS, ZoneInfo("UTC"))
    return {
        "machine_temperature": anomalies.as_json(machine),
        "dryer": lots.dryer(),
        "steel": forecast.evaluate(forecast.shipped(), forecast.SHIPPED_HOLIDAYS),
    }


def plant(connection: Connection) -> dict[str, Any]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return {
            name: [
                {key: value if isinstance(value, int | float) else value and exact(value)
                 for key, value in row.items()}
                for row in cursor.execute(STATEMENTS[name]).fetchall()
            ]
            for name in PLANT
        }  # fmt: skip


def keep(connection: Connection, found: dict[str, Any]) -> int:
    row = connection.execute(STATEMENTS["keep"], {"results": Jsonb(found)}).fetchone()
    assert row is not None
    return int(row[0])


def shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return str(len(value)) if any(isinstance(each, dict) for each in value) else str(value)
    return "not known" if value is None else str(value)
