"""The commands `lotwatt embedded start|stop|status`."""

from pathlib import Path

import click

from db.cli.base import SETTINGS, Commands
from db.embedded import control

STATE_DIR = click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    default=control.DEFAULT_STATE_DIR,
    show_default=".lotwatt in the project",
    envvar="LOTWATT_STATE_DIR",
    show_envvar=True,
    help="Folder of the password, the log and, by default, the data.",
)


@click.group(cls=Commands, context_settings=SETTINGS)
def embedded() -> None:
    """TimescaleDB and an MQTT broker without installation: for the demo and tests only.

    \b
    Example:
      lotwatt embedded start
    """


@embedded.command()
@STATE_DIR
@click.option(
    "--data",
    envvar="LOTWATT_EMBEDDED_DATA",
    show_envvar=True,
    show_default="data in the state folder",
    help="Folder of the database, or `memory` for one that is forgotten at the end.",
)
@click.option(
    "--pg-port",
    type=click.IntRange(0, 65535),
    default=0,
    envvar="LOTWATT_EMBEDDED_PG_PORT",
    show_envvar=True,
    help="Port of the database; 0 chooses a free one.",
)
@click.option(
    "--mqtt-port",
    type=click.IntRange(0, 65535),
    default=0,
    envvar="LOTWATT_EMBEDDED_MQTT_PORT",
    show_envvar=True,
    help="Port of the MQTT broker; 0 chooses a free one.",
)
def start(state_dir: Path, data: str | None, pg_port: int, mqtt_port: int) -> None:
    """Start the embedded server, or show the one that runs.

    \b
    Example:
      lotwatt embedded start --pg-port 5433 --mqtt-port 1883
    """
    running = control.start(state_dir, data=data, pg_port=pg_port, mqtt_port=mqtt_port)
    _show(running, state_dir)


@embedded.command()
@STATE_DIR
def stop(state_dir: Path) -> None:
    """Stop the embedded server; its data stays.

    \b
    Example:
      lotwatt embedded stop
    """
    click.echo("stopped" if control.stop(state_dir) else "not running")


@embedded.command()
@STATE_DIR
@click.pass_context
def status(ctx: click.Context, state_dir: Path) -> None:
    """Show where the embedded server listens; exit code 1 where it does not run.

    \b
    Example:
      lotwatt embedded status
    """
    running = control.status(state_dir)
    if running is None:
        click.echo("not running")
        ctx.exit(1)
    _show(running, state_dir)


def _show(running: control.Embedded, state_dir: Path) -> None:
    dsn = f"postgresql://postgres@{control.HOST}:{running.pg_port}/{control.DATABASE}"
    click.echo(f"database  {dsn}")
    click.echo(f"password  in {control.password_file(state_dir)}")
    click.echo(f"mqtt      {running.mqtt_url}")
    click.echo(f"pid       {running.pid}")
