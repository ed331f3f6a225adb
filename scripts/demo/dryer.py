"""The dryer: 71 real lots of `dryer.csv`, laid out on a wall clock that ends shortly before now.

Real are the samples. Invented are the wall clock (the file only numbers the samples of a lot, and
the demo takes one a minute), the references, the operators and the quantities, by the rules below.
A lot lasts from its first sample to its last: its energy is the trapezoid over its own samples.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from scripts.demo.message import DATA, Message, event, several

TOPIC = "plant/L1/DRYER"
FILE = DATA / "dryer_batches" / "dryer.csv"
SAMPLING = timedelta(minutes=1)
# Longer than max_gap of the sensors: a changeover was not measured, and nothing is guessed for it.
CHANGEOVER = timedelta(minutes=20)
# Names in the messages, and the columns of the file they come from.
FIELDS = {
    "power": "AgitatorPower",
    "temperature": "DryerTemp",
    "temperature_setpoint": "DryerTemperatureSP",
    "jacket_temperature": "JacketTemperature",
    "jacket_setpoint": "JacketTemperatureSP",
    "tank_level": "CollectorTankLevel",
    "agitator_speed": "AgitatorSpeed",
}
# Invented: the reference of a lot goes by how much solvent it gave off (highest level of the
# collector tank), and a lot makes 10 kg for each unit of that level.
REFERENCES = ((50.0, "P-100"), (65.0, "P-200"), (80.0, "P-300"), (float("inf"), "P-400"))
KG_PER_LEVEL = 10.0
OPERATORS = ("ana", "bruno", "carla")


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot of the dryer. `samples` are its rows by the names of the messages, a minute apart."""

    number: str
    reference: str
    operator: str
    good_kg: float
    started_at: datetime
    samples: tuple[dict[str, float], ...]

    @property
    def finished_at(self) -> datetime:
        return self.started_at + SAMPLING * (len(self.samples) - 1)


def lots(end: datetime) -> list[Lot]:
    """All lots, the last of which ends at `end`."""
    with FILE.open(newline="") as handle:
        batches = [
            (int(batch), tuple(sample(row) for row in rows))
            for batch, rows in groupby(csv.DictReader(handle), key=lambda row: row["batch_id"])
        ]
    found = []
    at = end
    for batch, samples in reversed(batches):
        at -= SAMPLING * (len(samples) - 1)
        level = max(row["tank_level"] for row in samples)
        found.append(Lot(
            number=f"DRY-{batch:03}",
            reference=next(code for limit, code in REFERENCES if level < limit),
            operator=OPERATORS[batch % len(OPERATORS)],
            good_kg=round(level * KG_PER_LEVEL, 1),
            started_at=at,
            samples=samples,
        ))  # fmt: skip
        at -= CHANGEOVER
    return found[::-1]


def sample(row: dict[str, str]) -> dict[str, float]:
    return {name: float(row[column]) for name, column in FIELDS.items()}


def messages(end: datetime) -> Iterator[Message]:
    """Samples as the machine sends them; start and stop as events on the machine's topic."""
    for lot in lots(end):
        yield event(
            TOPIC, lot.started_at, "start", lot.number,
            reference=lot.reference, operator=lot.operator,
        )  # fmt: skip
        for minute, values in enumerate(lot.samples):
            yield several(TOPIC, lot.started_at + SAMPLING * minute, values)
        yield event(TOPIC, lot.finished_at, "stop", lot.number, good=lot.good_kg, scrap=0.0)
