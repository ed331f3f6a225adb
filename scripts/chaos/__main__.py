"""Faults while messages flow: nothing lost, nothing twice. Run it with `make chaos`."""

import json
import secrets
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from db.cli.base import SETTINGS
from db.errors import LotwattError
from scripts.chaos import disk
from scripts.chaos.faults import FAULTS, LONG_FAULTS, MORE_FAULTS, Fault
from scripts.chaos.run import Outcome, Result, Settings, run
from scripts.chaos.world import SHORT, Times

BY_NAME = {fault.name: fault for fault in (*FAULTS, *LONG_FAULTS, *MORE_FAULTS)}
DISK_MB, DISK_BYTES_A_MESSAGE = 192, 350


@click.command(context_settings=SETTINGS)
@click.option("--messages", type=click.IntRange(100), default=200_000, help="Numbered messages.")
@click.option("--rate", type=click.FloatRange(1), default=2000, help="Messages a second, at most.")
@click.option("--seed", type=int, show_default="random, and printed", help="The same again.")
@click.option("--only", show_default="all", help="Only these faults, with commas between.")
@click.option("--times", type=click.IntRange(1), default=1, help="Each fault so many times.")
@click.option("--short", is_flag=True, help="Faults of a second or two, as in the tests.")
@click.option("--poison", type=click.IntRange(0), default=400, show_default=True,
              help="Length of the poison batch, half of it bad.")  # fmt: skip
@click.option("--plain", is_flag=True, help="Without TimescaleDB even where the server has it.")
@click.option("--database-url", show_default="a PostgreSQL of its own",
              help="A server to use instead; faults that would stop it are left out.")  # fmt: skip
@click.option("--logs", type=click.Path(file_okay=False, path_type=Path),
              show_default="none", help="Copy all logs to this folder.")  # fmt: skip
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path),
              show_default="none", help="Write what was seen as JSON.")  # fmt: skip
def chaos(
    messages: int, rate: float, seed: int | None, only: str | None, times: int, short: bool,
    poison: int, plain: bool, database_url: str | None, logs: Path | None, report: Path | None,
) -> None:  # fmt: skip
    """Send numbered messages through faults and compare what was acknowledged with what is stored.

    Example: make chaos MESSAGES=1000000 ARGS="--seed 7"
    """
    seed = secrets.randbelow(1_000_000) if seed is None else seed
    faults = chosen(only, times, short)
    settings = Settings(
        seed, messages, rate, faults, SHORT if short else Times(), poison, database_url, not plain,
        logs,
    )  # fmt: skip
    console = Console(highlight=False)
    if database_url is None and any(fault.name == "fill-disk" for fault in faults):
        disk.enter(DISK_MB + messages * DISK_BYTES_A_MESSAGE // 1_000_000)
    console.print(
        f"seed {seed}: {messages:,} messages, at most {rate:,.0f}/s, {len(faults)} faults"
    )
    try:
        result = run(settings, console.out)
    except LotwattError as error:
        raise click.ClickException(str(error)) from error
    problems = problems_of(result)
    show(console, result)
    if report:
        document = {"seed": seed, "problems": problems, **asdict(result)}
        report.write_text(json.dumps(document, indent=2))
    for problem in problems:
        console.print(f"[bold red]{problem}[/]")
    console.print(f"seed {seed}: {'FAILED' if problems else 'nothing lost, nothing twice'}")
    sys.exit(1 if problems else 0)


def chosen(only: str | None, times: int, short: bool) -> tuple[Fault, ...]:
    if only is None:
        return (FAULTS if short else FAULTS + LONG_FAULTS) * times
    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := [name for name in names if name not in BY_NAME]:
        raise click.UsageError(f"no fault {', '.join(unknown)}; there are: {', '.join(BY_NAME)}")
    return tuple(BY_NAME[name] for name in names) * times


def problems_of(result: Result) -> list[str]:
    """What the verdict found, and faults that proved nothing."""
    found = list(result.verdict.problems)
    found += [
        f"{outcome.title} proved nothing: {outcome.seen}"
        for outcome in result.outcomes
        if not outcome.happened and outcome.missing is None
    ]
    found += [
        f"the loader did not come back after: {outcome.title}"
        for outcome in result.outcomes
        if outcome.recovered_s is None and outcome.missing is None
    ]
    return found


def show(console: Console, result: Result) -> None:
    table = Table(title=f"Faults, {result.database}")
    for name in ("at, s", "message", "fault", "what was seen", "back after, s"):
        table.add_column(name, justify="left" if name in ("fault", "what was seen") else "right")
    for outcome in result.outcomes:
        table.add_row(*cells(outcome))
    console.print(table)
    verdict = result.verdict
    figures = Table(title="Acknowledged and stored", show_header=False)
    figures.add_column()
    figures.add_column(justify="right")
    for name, count in (
        ("acknowledged by the broker", verdict.acknowledged),
        ("of these good", verdict.good),
        ("readings stored", verdict.stored),
        ("lost", len(verdict.lost)),
        ("  of these by the broker's kill -9, within its last save", len(verdict.lost_by_broker)),
        ("  of these delivered to the loader", len(verdict.lost_in_hand)),
        ("stored twice", len(verdict.doubled)),
        ("poison acknowledged", verdict.poison),
        ("poison missing in the quarantine", len(verdict.poison_lost)),
        ("delivered to the loader", verdict.delivered),
        ("  of these not for the first time", verdict.delivered_again),
        ("acknowledged by the loader", verdict.loader_acknowledged),
        *((f"ledger: {name}", count) for name, count in verdict.ledger.items()),
        *((f"loader's log: {name}", count) for name, count in result.said.items()),
    ):
        figures.add_row(name, f"{count:,}")
    console.print(figures)
    console.print(
        f"{result.seconds:.0f} s, {verdict.acknowledged / result.seconds:,.0f} messages/s"
    )


def cells(outcome: Outcome) -> tuple[str, ...]:
    if outcome.missing:
        return "", "", outcome.title, f"not done: {outcome.missing}", ""
    seen = outcome.seen if outcome.happened else f"[bold red]did not happen:[/] {outcome.seen}"
    back = "never" if outcome.recovered_s is None else f"{outcome.recovered_s:.1f}"
    return f"{outcome.at_s:.1f}", f"{outcome.number:,}", outcome.title, seen, back


if __name__ == "__main__":
    chaos()
