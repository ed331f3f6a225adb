"""The simulated plant, its messages and its truth as files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

from scripts.simulate.model import Run, rfc3339
from scripts.simulate.plant import Plant
from scripts.simulate.plant_truth import PlantTruth
from scripts.simulate.publish import Message
from scripts.simulate.truth import Slices


def write_messages(
    path: Path, found: Iterable[Message], advanced: Callable[[int], Any] = lambda count: None
) -> None:
    """One message a line: received, topic, payload."""
    with path.open("w", encoding="utf-8") as file:
        for message in found:
            file.write(json.dumps(message.as_dict(), ensure_ascii=False) + "\n")
            advanced(1)


def write_plant(path: Path, plant: Plant) -> None:
    """All that is declared: sensors, references, lots, assertions and events."""
    path.write_text(json.dumps(asdict(plant), indent=1, default=_plain), encoding="utf-8")


def write_truth(path: Path, truth: PlantTruth) -> None:
    """Numbers are exact fractions as text ("1/5"), instants are RFC 3339."""
    document = {
        "runs": {machine: [_run(run) for run in runs] for machine, runs in truth.runs.items()},
        "conflicts": {
            machine: [
                {
                    "from": rfc3339(conflict.from_us),
                    "to": rfc3339(conflict.to_us),
                    "lots": sorted(conflict.lots),
                }
                for conflict in conflicts
            ]
            for machine, conflicts in truth.conflicts.items()
        },
        "lots": {lot: asdict(figures) for lot, figures in truth.lots.items()},
        "balances": {
            sensor: asdict(balance) | {"residual": balance.residual}
            for sensor, balance in truth.balances.items()
        },
        "slices": {sensor: _slices(found) for sensor, found in truth.slices.items()},
    }
    path.write_text(json.dumps(document, indent=1, default=_plain), encoding="utf-8")


def _run(run: Run) -> dict[str, str | None]:
    to = None if run.to_us is None else rfc3339(run.to_us)
    return {"lot": run.lot, "from": rfc3339(run.from_us), "to": to, "source": run.source}


def _slices(found: Slices) -> list[dict[str, object]]:
    return [
        {
            "time": rfc3339(start_us),
            "lot": None if run is None else run[0],
            "run_from": None if run is None else rfc3339(run[1]),
            **part.as_dict(),
        }
        for (start_us, run), part in found.items()
    ]


def _plain(value: object) -> object:
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
