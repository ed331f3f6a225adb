"""`lotwatt sensor`: make a sensor of a topic that was seen."""

import click

from db.cli.base import SETTINGS
from db.connection import connect
from db.statements import load

STATEMENTS = load("db/cli/statements.sql")
ROLES = ["main_energy", "check_energy", "output", "process_temperature", "setpoint", "other"]
KINDS = ["counter", "amount", "power", "gauge", "state"]


@click.group(context_settings=SETTINGS)
def sensor() -> None:
    """Sensors that devices brought and nobody declared yet."""


@sensor.command()
@click.argument("topic")
@click.option("--machine", required=True, help="Code of the machine that it measures.")
@click.option("--role", required=True, type=click.Choice(ROLES), help="What it is used for.")
@click.option("--unit", required=True, help="Unit after --scale: kWh, kW, C, piece, bar ...")
@click.option("--kind", type=click.Choice(KINDS), help="How it measures.  [default: by role, unit]")
@click.option("--quantity", help="What it measures, such as pressure.  [default: by role, unit]")
@click.option("--scale", type=float, help="Published value x scale is in unit.  [default: 1]")
@click.option("--code", help="Name of the sensor.  [default: machine and end of the topic]")
def adopt(topic: str, **options: str | float | None) -> None:
    """Make a sensor of TOPIC and bring in what was held back for it.

    `lotwatt doctor` lists topics that are seen but unknown.

    Example: lotwatt sensor adopt plant/L1/OVEN/energy --machine OVEN --role main_energy
    --unit kWh --scale 0.001
    """
    with connect() as connection:
        row = connection.execute(STATEMENTS["sensor_adopt"], {"topic": topic, **options}).fetchone()
        assert row is not None
        name, settings = row
        click.echo(
            f"sensor {name}: kind {settings['kind']}, quantity {settings['quantity']}, "
            f"unit {settings['unit']}, scale {settings['scale']}, max_gap {settings['max_gap']}"
        )
        replayed = connection.execute(STATEMENTS["sensor_replay"], {"topic": topic})
        counts = replayed.fetchone() or ()
        names = [column.name for column in replayed.description or []]
    click.echo("replayed: " + ", ".join(f"{v} {n}" for n, v in zip(names, counts, strict=True)))
