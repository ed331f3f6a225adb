"""The figures as tables that a person reads, and as JSON."""

import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from scripts.bench_ingest.contender import LOTWATT, TELEGRAF_ONE
from scripts.bench_ingest.drain import Drained
from scripts.bench_ingest.losses import Loss
from scripts.bench_ingest.rounds import BAD, DIRECT
from scripts.bench_ingest.workload import MANY, ONE

Results = dict[str, dict[str, list[Drained]]]
NAME = LOTWATT.name
TELEGRAF = TELEGRAF_ONE.name
NOT_COMPARED = "Telegraf: not compared ({})"


@dataclass(frozen=True, slots=True)
class Target:
    """What the project wants of itself; `measured` is None where that could not be measured."""

    what: str
    wanted: float
    measured: float | None
    is_least: bool = True

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        is_reached = self.measured >= self.wanted if self.is_least else self.measured <= self.wanted
        return "reached" if is_reached else "missed"


@dataclass(frozen=True, slots=True)
class Report:
    server: str
    broker: str
    telegraf: str | None
    why_no_telegraf: str
    results: Results
    losses: list[Loss]
    backlog: Drained | None

    def print(self, console: Console) -> None:
        for shape, results in self.results.items():
            console.print(shape_table(shape, results))
        if self.telegraf is None:
            console.print(NOT_COMPARED.format(self.why_no_telegraf))
        if self.losses:
            console.print(loss_table(self.losses))
        console.print(target_table(self.targets()))

    def targets(self) -> list[Target]:
        one, many = (self.results.get(shape.name, {}) for shape in (ONE, MANY))
        found = [
            Target(f"{MANY.name}: readings/s as a ratio to Telegraf's", 1.0, speed(many, TELEGRAF)),
            Target(f"{MANY.name}: loader CPU as a ratio to Telegraf's", 0.6,
                   ratio(many, TELEGRAF, loader_us), is_least=False),
            Target(f"{ONE.name}: messages/s as a ratio to Telegraf's", 0.6, speed(one, TELEGRAF)),
            Target(f"{MANY.name}: ratio to {DIRECT}", 0.8, speed(many, DIRECT)),
            Target(f"{ONE.name}: ratio to {DIRECT}", 0.8, speed(one, DIRECT)),
            Target(f"{MANY.name}: speed with bad messages as a ratio to clean", 0.8,
                   inverse(speed(many, BAD))),
            Target(f"{ONE.name}: speed with bad messages as a ratio to clean", 0.8,
                   inverse(speed(one, BAD))),
        ]  # fmt: skip
        if self.backlog is not None:
            what = f"MB at most, with {self.backlog.messages:,} messages waiting"
            found.append(Target(what, 200, self.backlog.peak_mb, is_least=False))
        if self.losses:
            wrong = sum(each.missing + each.double for each in self.losses if is_ours(each))
            kept = sum(each.bad - each.kept for each in self.losses if is_ours(each))
            found.append(Target("rows missing or double", 0, wrong, is_least=False))
            found.append(Target("bad messages that nobody can see", 0, kept, is_least=False))
        return found

    def as_json(self) -> dict[str, Any]:
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "server": self.server,
            "broker": self.broker,
            "telegraf": self.telegraf,
            "results": {
                shape: {name: [asdict(each) for each in all_] for name, all_ in results.items()}
                for shape, results in self.results.items()
            },
            "losses": [asdict(each) for each in self.losses],
            "backlog": self.backlog and asdict(self.backlog),
            "targets": [{**asdict(each), "verdict": each.verdict} for each in self.targets()],
        }


def is_ours(loss: Loss) -> bool:
    return loss.contender == NAME


def rate(drained: Drained) -> float:
    return drained.messages / drained.seconds


def loader_us(drained: Drained) -> float:
    """Microseconds of CPU a message."""
    return drained.loader_cpu_s / drained.messages * 1e6


def ratio(results: dict[str, list[Drained]], other: str, figure: Any = rate) -> float | None:
    """Ours to another's, each round by itself, then the median."""
    pairs = zip(results.get(NAME, []), results.get(other, []), strict=False)
    ratios = [figure(ours) / figure(theirs) for ours, theirs in pairs if figure(theirs)]
    return median(ratios) if ratios else None


def speed(results: dict[str, list[Drained]], other: str) -> float | None:
    return ratio(results, other, rate)


def inverse(value: float | None) -> float | None:
    return 1 / value if value else None


def shape_table(shape: str, results: dict[str, list[Drained]]) -> Table:
    rounds = max(map(len, results.values()))
    table = Table(
        box=box.SIMPLE,
        title=f"{shape} (median of {rounds}; CPU in us a message; ours as a ratio to theirs)",
    )
    table.add_column("who")
    for name in ("messages/s", "+-", "readings/s", "loader", "server", "broker", "MB",
                 "our speed", "our CPU"):  # fmt: skip
        table.add_column(name, justify="right")
    for name, drained in results.items():
        rates = [rate(each) for each in drained]
        spread = (max(rates) - min(rates)) / 2 / median(rates)
        readings = median(each.readings / each.seconds for each in drained)
        is_ours_too = name in (NAME, BAD)
        table.add_row(
            name, f"{median(rates):,.0f}", f"{spread:.0%}", f"{readings:,.0f}",
            each_us(drained, "loader_cpu_s"), each_us(drained, "server_cpu_s"),
            each_us(drained, "broker_cpu_s"), shown(peak(drained), "{:.0f}"),
            "" if is_ours_too else shown(speed(results, name), "{:.2f}"),
            "" if is_ours_too else shown(ratio(results, name, loader_us), "{:.2f}"),
        )  # fmt: skip
    return table


def each_us(drained: list[Drained], field: str) -> str:
    found = [getattr(each, field) for each in drained]
    if any(value is None for value in found):
        return ""
    figures = [v / each.messages * 1e6 for v, each in zip(found, drained, strict=True)]
    return f"{median(figures):,.1f}"


def peak(drained: list[Drained]) -> float | None:
    found = [each.peak_mb for each in drained if each.peak_mb is not None]
    return max(found) if found else None


def shown(value: float | None, form: str) -> str:
    return "" if value is None else form.format(value)


def loss_table(losses: list[Loss]) -> Table:
    table = Table(
        box=box.SIMPLE,
        title=f"Rows at the end, of {ONE.name}: missing / double (bad messages kept)",
    )
    table.add_column("what happened")
    names = list(dict.fromkeys(each.contender for each in losses))
    for name in names:
        table.add_column(name, justify="right")
    for case in dict.fromkeys(each.case for each in losses):
        cells = {each.contender: each for each in losses if each.case == case}
        table.add_row(case, *(loss_cell(cells[name]) for name in names))
    return table


def loss_cell(loss: Loss) -> str:
    kept = f" ({loss.kept} of {loss.bad})" if loss.bad else ""
    return f"{loss.missing:,} / {loss.double:,}{kept}"


def target_table(targets: list[Target]) -> Table:
    table = Table(box=box.SIMPLE, title="Targets")
    table.add_column("what")
    for name in ("wanted", "measured", "verdict"):
        table.add_column(name, justify="right")
    for each in targets:
        sign = ">=" if each.is_least else "<="
        table.add_row(
            each.what, f"{sign} {each.wanted:g}", shown(each.measured, "{:.3g}"), each.verdict
        )
    return table


def machine() -> str:
    model = next(
        (
            row.partition(":")[2].strip()
            for row in Path("/proc/cpuinfo").read_text().splitlines()
            if row.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"
