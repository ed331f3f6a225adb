"""`lotwatt jobs lots`: learn what lots use and how long they take, from those that went well."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import click
import numpy as np
from psycopg.types.json import Jsonb

from db.cli.base import SETTINGS
from db.cli.instant import INSTANT
from db.statements import load
from jobs.lots.crossed import Crossed, cross, minimum_excess
from jobs.lots.model import fit
from jobs.lots.parts import OWN_LOTS, Lots, Model, texts
from jobs.lots.regression import Floats
from jobs.run import Connection, job

STATEMENTS = load("jobs/lots/statements.sql")
TARGETS = ("energy", "duration")


@click.command(context_settings=SETTINGS)
@click.option("--new-limits", metavar="REFERENCE", help="Freeze its control limits anew.")
@click.option("--from", "from_", type=INSTANT, help="With --new-limits: from lots since this time.")
def lots(new_limits: str | None, from_: dt.datetime | None) -> None:
    """Learn what a lot uses and how long it takes; freeze the limits of control charts.

    A run that learns the same as the last adds nothing. SQL judges by what it learned.

    Example: lotwatt jobs lots --new-limits PANEL-A --from 2026-03-01
    """
    if (new_limits is None) != (from_ is None):
        raise click.UsageError("--new-limits and --from go together")
    with job("lots") as run:
        taken, data_to = training(run.connection)
        (setting,) = run.connection.execute(STATEMENTS["minimum_excess"]).fetchone() or (None,)
        learned = learn(taken, setting)
        learned["data_to"] = data_to
        (version, is_new) = run.connection.execute(
            STATEMENTS["put_model"], {"model": Jsonb(learned)}
        ).fetchone() or (0, False)
        run.rows += (len(learned["terms"]) + len(learned["levels"])) * bool(is_new)
        (limits,) = run.connection.execute(STATEMENTS["freeze_limits"]).fetchone() or (0,)
        if new_limits:
            (renewed,) = run.connection.execute(
                STATEMENTS["renew_limits"], {"reference": new_limits, "from": from_}
            ).fetchone() or (0,)
            limits += renewed
        run.rows += limits
    said = "" if is_new else ", as before"
    click.echo(f"model of lots, version {version}: {len(taken)} lots{said}")
    if learned["reason"]:
        click.echo(f"  {learned['reason']}")
    click.echo(f"control charts: {limits} limits frozen")
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
    lot, reference, family, machine = (texts(row[i] for row in rows) for i in range(4))
    quantity, machine_s, energy_kwh = (numbers(row[i] for row in rows) for i in (5, 6, 7))
    drivers = {name: numbers(row[8].get(name) for row in rows) for name in names}
    lots = Lots(lot, reference, family, machine, quantity, machine_s, energy_kwh, drivers)
    return lots, last and last.isoformat()


def numbers(values: Iterable[float | None]) -> Floats:
    """To 10 digits: a database may add up the same readings in another order, and what is learned
    from them shall be the same.
    """
    return np.array([np.nan if value is None else float(f"{value:.10g}") for value in values])


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
            "target": crossed.target, "fall_back": name, "method": crossed.method,
            "lots": found.lots, "cv_rmse": found.cv_rmse, "nmbe": found.nmbe,
            "coverage": found.coverage,
        }
        for name, found in [("all", crossed.quality()), *crossed.by_fall_back().items()]
    ]  # fmt: skip


def norms(lots: Lots) -> list[dict[str, Any]]:
    """Medians of each reference with 5 lots whose quantity is known."""
    found = []
    for reference in sorted(set(lots.reference) - {""}):
        mine = (lots.reference == reference) & (lots.quantity > 0)
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
