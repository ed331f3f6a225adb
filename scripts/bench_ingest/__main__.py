"""What taking readings in costs; run it with `make bench-ingest`."""

import json
import random
import sys
import tempfile
from pathlib import Path

import click
from rich.console import Console

from db.cli.base import SETTINGS
from scripts.bench_ingest import contender as who
from scripts.bench_ingest.broker import mosquitto
from scripts.bench_ingest.drain import Drained
from scripts.bench_ingest.losses import Loss, run_losses
from scripts.bench_ingest.report import NOT_COMPARED, Report
from scripts.bench_ingest.rounds import Bench, drain_one, queued, run_round
from scripts.bench_ingest.server import bench_server
from scripts.bench_ingest.workload import MANY, ONE, SENSORS

# Of a table that goes to a file.
WIDTH = 110
FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command(context_settings=SETTINGS)
@click.option("--rounds", default=3, type=click.IntRange(1), help="Each figure is their median.")
@click.option("--messages", default=400_000, type=click.IntRange(SENSORS),
              help="In a backlog of 1 reading a message; of 50 it has a twentieth.")  # fmt: skip
@click.option("--bad", default=1.0, type=click.FloatRange(0, 50),
              help="Percent of bad messages, beside clean ones; 0 leaves it out.")  # fmt: skip
@click.option("--losses/--no-losses", default=True, help="Duplicates, bad messages and kills.")
@click.option("--loss-messages", default=20_000, type=click.IntRange(SENSORS),
              help="Messages of each of them; ten times as many for kills.")  # fmt: skip
@click.option("--backlog", default=1_000_000, type=click.IntRange(0),
              help="Messages that wait while memory is measured; 0 leaves it out.")  # fmt: skip
@click.option("--telegraf/--no-telegraf", default=True, help="Compare with it where it is.")
@click.option("--seed", default=None, type=int, help="Where duplicates and kills come.")
@click.option("--quick", is_flag=True, help="One short round and nothing else.")
@click.option("--json", "file", type=FILE, help="Write all figures here as well.")
def bench(
    rounds: int, messages: int, bad: float, losses: bool, loss_messages: int, backlog: int,
    telegraf: bool, seed: int | None, quick: bool, file: Path | None,
) -> None:  # fmt: skip
    """Drain the same backlogs by the loader and by others, and compare.

    Times depend on the machine, and on what else it does: only ratios of one run count.

    \b
    Example:
      make bench-ingest
      make bench-ingest ARGS='--quick --json figures.json'
    """
    if quick:
        rounds, messages, bad, losses, backlog = 1, min(messages, 100_000), 0, False, 0
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    version = who.telegraf_version() if telegraf else None
    why_not = "no binary on the PATH" if telegraf else "not asked for"
    lost: list[Loss] = []
    drained: Drained | None = None
    with (
        tempfile.TemporaryDirectory(prefix="lotwatt-bench-") as folder,
        bench_server() as server,
        mosquitto() as broker,
    ):
        console.print(
            f"{server.description}\n{broker.version}\n{version or NOT_COMPARED.format(why_not)}"
        )
        run = Bench(server, broker, Path(folder), console.print)
        for number in range(rounds):
            run_round(run, number, ONE, messages, [who.TELEGRAF_ONE] if version else [], bad)
            others = [who.TELEGRAF_SAME, who.TELEGRAF_WIDE] if version else []
            run_round(run, number, MANY, messages // 20, others, bad)
        if losses:
            others = [who.TELEGRAF_ONE, who.TELEGRAF_UNIQUE] if version else []
            seed = seed if seed is not None else random.randrange(1_000_000)
            losers = [who.LOTWATT, *others]
            lost = run_losses(run, losers, loss_messages, loss_messages * 10, seed)
        if backlog:
            drained = drain_backlog(run, backlog)
        report = Report(
            server.description, broker.version, version, why_not, run.results, lost, drained
        )  # fmt: skip
    report.print(console)
    if file is not None:
        file.write_text(json.dumps(report.as_json(), indent=2) + "\n")


def drain_backlog(run: Bench, messages: int) -> Drained:
    """Memory must not grow with what waits."""
    workload = run.calendar.workload(ONE, messages)
    run.say(f"Backlog of {workload.messages:,} messages")
    with queued(run, workload, [who.LOTWATT]):
        drained = drain_one(run, who.LOTWATT, workload)
    run.say(f"  {drained.peak_mb:,.0f} MB at most, {drained.early_mb:,.0f} MB after a tenth")
    return drained


if __name__ == "__main__":
    bench()
