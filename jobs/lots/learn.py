"""`lotwatt jobs lots`: learn what lots use and how long they take, from those that went well."""

from typing import Any

import click
import numpy as np
from psycopg.types.json import Jsonb

from db.cli.base import SETTINGS
from db.statements import load
from jobs.lots.crossed import Crossed, cross, minimum_excess
from jobs.lots.model import fit
from jobs.lots.parts import OWN_LOTS, Lots, Model
from jobs.run import Connection, job

STATEMENTS = load("jobs/lots/statements.sql")
TARGETS = ("energy", "duration")


@click.command(context_settings=SETTINGS)
def lots() -> None:
    """Learn what a lot uses and how long it takes; freeze the limits of control charts.

    A run that learns the same as the last adds nothing. SQL judges by what it learned: api.lot_expectation.

    Example: lotwatt jobs lots
    """
    with job("lots") as run:
        taken, data_to = training(run.connection)
        (setting,) = run.connection.execute(STATEMENTS["minimum_excess"]).fetchone() or (None,)
        learned = learn(taken, setting)
        learned["data_to"] = data_to
        (version, is_new) = run.connection.execute(
            STATEMENTS["put_model"], {"model": Jsonb(learned)}
        ).fetchone() or (0, False)
        run.rows += (len(learned["terms"]) + len(learned["levels"])) * bool(is_new)
    said = "" if is_new else ", as before"
    click.echo(f"model of lots, version {version}: {len(taken)} lots{said}")
    if learned["reason"]:
        click.echo(f"  {learned['reason']}")
    for each in learned["fits"]:
        if each["fall_back"] == "all" and each["cv_rmse"] is not None:
            click.echo(
                f"  {each['target']}: CV(RMSE) {100 * each['cv_rmse']:.1f} %"
                f" of {each['lots']} lots ({each['method']})"
            )


def training(connection: Connection) -> tuple[Lots, str | None]:
    """The lots to learn from, and when the last of them finished."""
    rows = connection.execute(STATEMENTS["training"]).fetchall()
    names = sorted({name for row in rows for name in row[8]})
    last = rows[-1][4] if rows else None
    return Lots(
        *([row[i] for row in rows] for i in range(4)),
        *(numbers(row[i] for row in rows) for i in (5, 6, 7)),
        {name: numbers(row[8].get(name) for row in rows) for name in names},
    ), last and last.isoformat()  # fmt: skip


def numbers(values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def learn(lots: Lots, setting: float | None = None) -> dict[str, Any]:
    """All that one version holds, as analytics.put_lot_model takes it."""
    models: list[Model] = [each for target in TARGETS if (each := fit(lots, target))]
    parts = [model.rows() for model in models]
    return {
        "lots": len(lots),
        "minimum_excess_kwh": minimum_excess(lots, setting),
        "reason": None if models else f"only {len(lots)} lots to learn from, fewer than {OWN_LOTS}",
        "fits": [row for model in models for row in fits(cross(lots, model.target))],
        "terms": [row for part in parts for row in part["terms"]],
        "levels": [row for part in parts for row in part["levels"]],
        "norms": norms(lots) if models else [],
    }


def fits(crossed: Crossed) -> list[dict[str, Any]]:
    return [
        {
            "target": crossed.target, "fall_back": name, "lots": found.lots, "cv_rmse": found.cv_rmse,
            "nmbe": found.nmbe, "coverage": found.coverage, "method": crossed.method,
        }
        for name, found in [("all", crossed.quality()), *crossed.by_fall_back().items()]
    ]  # fmt: skip


def norms(lots: Lots) -> list[dict[str, Any]]:
    """Medians of each reference with 5 lots whose quantity is known."""
    found = []
    for reference in sorted(set(lots.reference) - {""}):
        mine = np.array([each == reference for each in lots.reference]) & (lots.quantity > 0)
        if mine.sum() < OWN_LOTS:
            continue
        quantity, seconds, energy = (
            each[mine] for each in (lots.quantity, lots.machine_s, lots.energy_kwh)
        )
        found.append({
            "reference": reference,
            "quantity": float(np.median(quantity)),
            "seconds_per_unit": float(np.median(seconds / quantity)),
            "power_kw": float(np.median(energy / seconds * 3600)),
            "lots": int(mine.sum()),
        })  # fmt: skip
    return found
