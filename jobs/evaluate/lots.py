"""`lotwatt jobs evaluate lots`: how well energy is foreseen, of each lot by a model without it."""

import csv
import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np

from db.cli.base import SETTINGS
from db.cli.output import to_json
from db.statements import ROOT
from jobs.errors import JobError
from jobs.lots.crossed import WASTE, Crossed, cross, cross_references, minimum_excess
from jobs.lots.parts import OWN_LOTS, Lots, Texts, texts

SHIPPED = ROOT / "scripts" / "demo" / "data" / "dryer_batches" / "dryer.csv"
NEEDED = ("lot", "reference", "machine", "quantity", "duration_s", "energy_kwh")
KNOWN = (*NEEDED, "family")
SAMPLE_S = 60.0


@click.command(context_settings=SETTINGS)
@click.option(
    "--lots",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Lots to evaluate instead of the shipped ones: CSV with the columns lot, reference,"
    " machine, quantity, duration_s, energy_kwh, and family where known; further columns of numbers"
    " are drivers.",
)
@click.option("--format", "kind", type=click.Choice(["table", "json"]), default="table")
def lots(path: Path | None, kind: str) -> None:
    """Say how well the energy of lots is foreseen, each by a model that has not seen it.

    Without --lots, on the 71 lots of the dryer that come with the demo. Shares are fractions
    in JSON.

    Example: lotwatt jobs evaluate lots --lots my_lots.csv
    """
    found = {"dryer": dryer()} if path is None else file(path)
    if kind == "json":
        click.echo(to_json(found))
        return
    for name, value in flat(found):
        click.echo(f"{name:<44}{said(value)}")


def dryer() -> dict[str, Any]:
    """The dryer: one product, whose quantity is the solvent that came off; speed is a driver."""
    table = dryer_lots()
    plain = cross(without_drivers(table), "energy")
    full = cross(table, "energy")
    return {
        "cv_rmse_loo": plain.quality().cv_rmse,
        "cv_rmse_loo_with_speed": full.quality().cv_rmse,
        "from_duration_and_solvent": described(plain),
        "with_speed": described(full),
        "duration": described(cross(table, "duration")),
    }


def file(path: Path) -> dict[str, Any]:
    """A file: with the drivers where it has any, and without them beside that. The keys of what is
    shipped are there, too, so that whoever reads those can read these.
    """
    table = read(path)
    full = cross(table, "energy")
    if not full.quality().lots:
        raise JobError(
            f"{path}: fewer than {OWN_LOTS} lots with an energy above zero and a reference",
            hint="There is too little to learn from.",
        )
    plain = cross(without_drivers(table), "energy") if table.drivers else full
    duration = cross(table, "duration")
    best = full.quality().cv_rmse
    return {
        "dryer": {
            "cv_rmse_loo": best,
            "cv_rmse_loo_with_speed": best if table.drivers else None,
        },
        "cv_rmse_loo": best,
        "cv_rmse_loo_without_drivers": plain.quality().cv_rmse,
        "drivers": sorted(table.drivers),
        **described(full),
        "unseen_reference": described(cross_references(table, "energy")),
        "duration": described(duration),
        "lots_in_file": len(table),
    }


def described(crossed: Crossed) -> dict[str, Any]:
    quality = crossed.quality()
    found: dict[str, Any] = {
        "n": quality.lots, "cv_rmse": quality.cv_rmse, "nmbe": quality.nmbe,
        "coverage": quality.coverage, "method": crossed.method,
        "fall_backs": {
            name: {
                "n": each.lots, "cv_rmse": each.cv_rmse, "nmbe": each.nmbe,
                "coverage": each.coverage,
            }
            for name, each in crossed.by_fall_back().items()
        },
    }  # fmt: skip
    if crossed.target == "energy":
        least = minimum_excess(crossed.lots, None)
        found["flagged"] = crossed.caught(least, 0.0)
        found["waste_caught"] = crossed.caught(least, WASTE)
    return found


def without_drivers(table: Lots) -> Lots:
    return Lots(
        table.lot, table.reference, table.family, table.machine,
        table.quantity, table.machine_s, table.energy_kwh,
    )  # fmt: skip


def dryer_lots() -> Lots:
    """The shipped batches as the demo takes them: a sample a minute, from the first to the last."""
    with SHIPPED.open(newline="") as handle:
        batches = [
            (batch, list(rows))
            for batch, rows in itertools.groupby(
                csv.DictReader(handle), lambda row: row["batch_id"]
            )
        ]

    def column(rows: Sequence[dict[str, str]], name: str) -> Any:
        return np.array([float(row[name]) for row in rows])

    count = len(batches)
    return Lots(
        texts(batch for batch, _ in batches),
        texts(["dryer"] * count), texts([""] * count), texts(["DRYER"] * count),
        np.array([column(rows, "CollectorTankLevel").max() for _, rows in batches]),
        np.array([SAMPLE_S * (len(rows) - 1) for _, rows in batches]),
        np.array([
            np.trapezoid(column(rows, "AgitatorPower")) * SAMPLE_S / 3600 for _, rows in batches
        ]),
        {"agitator_speed": np.array([column(rows, "AgitatorSpeed").mean() for _, rows in batches])},
    )  # fmt: skip


def read(path: Path) -> Lots:
    """A CSV of lots. What is empty is not known; a further column of text is no driver."""
    with path.open(newline="", encoding="utf-8-sig") as handle:
        reader = csv.DictReader(handle)
        rows = list(reader)
        header = [name for name in reader.fieldnames or [] if name]
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise JobError(
            f"{path}: no column {', '.join(missing)}",
            hint=f"It needs the columns {', '.join(NEEDED)}.",
        )
    drivers = {name: numbers(rows, name) for name in header if name not in KNOWN}

    def text(name: str) -> Texts:
        return texts((row.get(name) or "").strip() for row in rows)

    quantity, seconds, energy = (
        required(path, rows, name) for name in ("quantity", "duration_s", "energy_kwh")
    )
    return Lots(
        text("lot"), text("reference"), text("family"), text("machine"), quantity, seconds, energy,
        {name: values for name, values in drivers.items() if values is not None},
    )  # fmt: skip


def required(path: Path, rows: Sequence[dict[str, str]], name: str) -> Any:
    found = numbers(rows, name)
    if found is None:
        raise JobError(
            f"{path}: the column {name} holds something that is no number",
            hint="Write 12.5; leave out what is not known.",
        )
    return found


def numbers(rows: Sequence[dict[str, str]], name: str) -> Any:
    """A column as numbers, NaN where it is empty; None where a value is no number."""
    found = []
    for row in rows:
        text = (row.get(name) or "").strip()
        try:
            value = float(text) if text and text.upper() not in {"NULL", "NA", "NAN"} else math.nan
        except ValueError:
            return None
        found.append(value if math.isfinite(value) else math.nan)
    return np.array(found, dtype=float)


def flat(found: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for name, value in found.items():
        if isinstance(value, dict):
            rows.extend(flat(value, f"{prefix}{name}."))
        else:
            rows.append((prefix + name, value))
    return rows


def said(value: Any) -> str:
    if isinstance(value, float):
        return f"{100 * value:.1f} %"
    return (
        "not known"
        if value is None
        else ", ".join(value)
        if isinstance(value, list)
        else str(value)
    )
