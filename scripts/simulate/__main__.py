"""python -m scripts.simulate: messages of a plant to a file or a broker, and their truth."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from scripts.simulate.history import NO_FAULTS, build_history
from scripts.simulate.model import microseconds
from scripts.simulate.output import write_messages, write_plant, write_truth
from scripts.simulate.plant import Spec, build
from scripts.simulate.plant_truth import plant_truth
from scripts.simulate.publish import PublishError, messages, publish
from scripts.simulate.sensors import MOST_METERS

FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


def _address(
    context: click.Context, parameter: click.Parameter, value: str | None
) -> tuple[str, int] | None:
    if value is None:
        return None
    host, _, port = value.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise click.BadParameter(f"{value!r} is not HOST:PORT, for example localhost:1883")
    return host, int(port)


@click.command(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "LOTWATT_SIMULATE",
        "show_default": True,
    },
    epilog="\b\nExample:\n"
    "  python -m scripts.simulate --machines 2 --out day.jsonl --truth truth.json\n"
    "  python -m scripts.simulate --days 7 --lots 80 --publish localhost:1883 --rate 500",
)
@click.option("--machines", type=click.IntRange(1, 500), default=4, show_envvar=True)
@click.option(
    "--meters",
    type=click.IntRange(1, MOST_METERS),
    default=8,
    show_envvar=True,
    help="Sensors per machine.",
)
@click.option("--days", type=click.IntRange(1, 366), default=1, show_envvar=True)
@click.option("--lots", type=click.IntRange(1), default=12, show_envvar=True)
@click.option("--seed", type=int, default=1, show_envvar=True, help="Same seed, same plant.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2026-01-05",
    show_envvar=True,
    help="First day, in UTC.",
)
@click.option("--clean", is_flag=True, show_envvar=True, help="Nothing goes wrong on the way.")
@click.option("--out", type=FILE, show_envvar=True, help="Messages, one JSON object a line.")
@click.option("--plant", "plant_file", type=FILE, show_envvar=True, help="What is declared.")
@click.option("--truth", "truth_file", type=FILE, show_envvar=True, help="The exact truth.")
@click.option(
    "--publish",
    "broker",
    callback=_address,
    metavar="HOST:PORT",
    show_envvar=True,
    help="Send to a broker with QoS 1.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=1000,
    show_envvar=True,
    help="Messages a second; 0 is as fast as the broker takes them.",
)
def main(
    machines: int,
    meters: int,
    days: int,
    lots: int,
    seed: int,
    start: datetime,
    clean: bool,
    out: Path | None,
    plant_file: Path | None,
    truth_file: Path | None,
    broker: tuple[str, int] | None,
    rate: float,
) -> None:
    """Simulate a plant: sensors, lots and all that goes wrong between them and a database."""
    if not (out or plant_file or truth_file or broker):
        raise click.UsageError("nothing to do: give --out, --plant, --truth or --publish")
    start_us = microseconds(start.replace(tzinfo=UTC))
    plant = build(Spec(machines, meters, days, lots, seed, start_us))
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("readings", total=None)
        history = build_history(plant, seed, NO_FAULTS if clean else None)
        found = messages(plant, history, seed)
        progress.update(task, total=len(found), completed=len(found))
        if plant_file:
            write_plant(plant_file, plant)
        if truth_file:
            task = progress.add_task("truth", total=None)
            write_truth(truth_file, plant_truth(plant, history.known))
            progress.update(task, total=1, completed=1)
        if out:
            task = progress.add_task("writing", total=len(found))
            write_messages(out, found, lambda count: progress.advance(task, count))
        if broker:
            task = progress.add_task("publishing", total=len(found))
            try:
                publish(found, *broker, rate, lambda count: progress.advance(task, count))
            except PublishError as error:
                raise click.ClickException(str(error)) from error
    click.echo(
        f"machines={machines} sensors={len(plant.sensors)} lots={len(plant.lots)} "
        f"messages={len(found)} readings={sum(map(len, history.known.values()))}"
    )


if __name__ == "__main__":
    main(prog_name="python -m scripts.simulate")
