"""The rules. Each asks api.alert for one kind: a row for each thing, above 0 where it fires.

How that is decided stands in SQL (db/repeatable/api/alert.sql); what to do about it stands in
docs/runbook.md, under the kind.
"""

from dataclasses import dataclass

STATEMENT = """\
select line, machine, object, firing
from api.alert
where alert = '{kind}'"""


@dataclass(frozen=True, slots=True)
class Rule:
    """`lasts`: for how long it has to hold. `board`: where to look first."""

    kind: str
    summary: str
    severity: str
    lasts: str
    board: str

    @property
    def uid(self) -> str:
        return "lotwatt-" + self.kind.replace(" ", "-")

    @property
    def title(self) -> str:
        return self.kind.capitalize()

    @property
    def anchor(self) -> str:
        """Of its entry in docs/runbook.md, as Markdown makes it of the title."""
        return self.kind.replace(" ", "-")

    @property
    def statement(self) -> str:
        return STATEMENT.format(kind=self.kind)


OBJECT = "{{ $labels.object }}"
MACHINE = "{{ $labels.machine }}"

# Judged each minute: what goes on in the plant.
PLANT = (
    Rule("sensor silent", f"Sensor {OBJECT} says nothing", "warning", "2m", "temperature"),
    Rule("machine silent", f"No sensor of machine {OBJECT} says anything", "critical", "2m",
         "summary"),
    Rule("temperature out of band", f"{OBJECT} of {MACHINE} is out of its band", "critical", "5m",
         "temperature"),
    Rule("anomaly", f"{OBJECT} of {MACHINE} does what it does not do as a rule", "warning", "0s",
         "anomalies"),
    Rule("lot over its energy", f"Lot {OBJECT} on {MACHINE} uses more than such lots do", "warning",
         "0s", "lots"),
)  # fmt: skip
# Judged every five minutes: whether the figures can be trusted.
PLATFORM = (
    Rule("loader", f"The loader is not well: {OBJECT}", "critical", "2m", "summary"),
    Rule("quarantine growing", "Messages come in that nobody understands", "warning", "0s",
         "summary"),
    Rule("ledger broken", f"The books of {OBJECT} do not balance", "critical", "15m", "energy"),
    Rule("aggregates stale", f"Figures are behind the readings: {OBJECT}", "critical", "10m",
         "summary"),
)  # fmt: skip
GROUPS = {"plant": ("1m", PLANT), "platform": ("5m", PLATFORM)}
RULES = (*PLANT, *PLATFORM)
