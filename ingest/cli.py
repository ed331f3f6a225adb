"""The command `lotwatt ingest`, and its part `mqtt`."""

import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from db.cli.base import SETTINGS, lazy
from db.connection import is_named
from ingest import log
from ingest.buffer import Limits
from ingest.config import Config, MqttConfig, read_file, read_password
from ingest.errors import ConfigError
from ingest.session import Session

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
LEVELS = click.Choice(["debug", "info", "warning", "error"])
DEFAULT = MqttConfig()
LIMITS = Limits()
SWITCH_S = 0.0005
Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


def from_file(ctx: click.Context, _: click.Parameter, file: Path | None) -> Path | None:
    """What the file says stands below options and environment, above defaults."""
    if file is not None:
        try:
            ctx.default_map = {**(ctx.default_map or {}), **read_file(file)}
        except ConfigError as error:
            raise click.UsageError(str(error)) from error
    return file


def option(name: str, variable: str, **kwargs: Any) -> Decorator:
    """An option that shows its default and its environment variable."""
    kwargs.setdefault("show_default", True)
    return click.option(name, envvar=variable, show_envvar=True, **kwargs)


# Other ways in are loaded when they are asked for.
COMMANDS = {"api": "ingest.api.cli:api", "file": "ingest.files.cli:file",
            "orders": "ingest.orders.cli:orders"}  # fmt: skip


@click.group(cls=lazy(COMMANDS), context_settings=SETTINGS)
def ingest() -> None:
    """Take readings and lot events in.

    \b
    Example:
      lotwatt ingest mqtt --host broker.plant.example --topics 'plant/#'
      lotwatt ingest file energy.csv --time-zone Europe/Madrid --dry-run
    """


@ingest.command()
@click.option(
    "--config", type=FILE, is_eager=True, expose_value=False, callback=from_file,
    envvar="LOTWATT_INGEST_CONFIG", show_envvar=True,
    help="TOML file with [mqtt], [database], [batch] and [health]; options and environment"
    " go before it.",
)  # fmt: skip
@option("--host", "LOTWATT_MQTT_HOST",
        show_default="the broker of the embedded server if it runs, else 127.0.0.1",
        help="Broker.")  # fmt: skip
@option("--port", "LOTWATT_MQTT_PORT", type=click.IntRange(1, 65535),
        show_default="1883, or 8883 with TLS", help="Port of the broker.")  # fmt: skip
@option("--username", "LOTWATT_MQTT_USERNAME", show_default="none", help="User at the broker.")
@option("--password-file", "LOTWATT_MQTT_PASSWORD_FILE", type=FILE, show_default="none",
        help="File that holds the password and nothing else.")  # fmt: skip
@option("--client-id", "LOTWATT_MQTT_CLIENT_ID", default=DEFAULT.client_id,
        help="The broker keeps messages for this id while the loader is away.")  # fmt: skip
@option("--topics", "LOTWATT_MQTT_TOPICS", default=",".join(DEFAULT.topics),
        help="Topic filters to subscribe to, with commas between.")  # fmt: skip
@option("--sparkplug", "LOTWATT_MQTT_SPARKPLUG", default="", show_default="none",
        help="Groups of Sparkplug B, with commas between; + for all.")  # fmt: skip
@option("--tls/--no-tls", "LOTWATT_MQTT_TLS", default=False, help="Encrypt and check the broker.")
@option("--tls-ca", "LOTWATT_MQTT_TLS_CA", type=FILE, show_default="those of the system",
        help="Authority that signed the broker's certificate; switches TLS on.")  # fmt: skip
@option("--tls-cert", "LOTWATT_MQTT_TLS_CERT", type=FILE, show_default="none",
        help="Certificate of this client; switches TLS on.")  # fmt: skip
@option("--tls-key", "LOTWATT_MQTT_TLS_KEY", type=FILE, show_default="none",
        help="Key of that certificate.")  # fmt: skip
@option("--probe/--no-probe", "LOTWATT_MQTT_PROBE", default=True,
        help="See at start whether the broker would lose messages, and say so.")  # fmt: skip
@option("--database-url", "DATABASE_URL", show_default="the embedded server if it runs",
        help="Database to store into.")  # fmt: skip
@option("--writers", "LOTWATT_WRITERS", type=click.IntRange(1, 8), default=2,
        help="Most connections to the database; others open when batches are full.")  # fmt: skip
@option("--batch-messages", "LOTWATT_BATCH_MESSAGES", type=click.IntRange(1, 10_000),
        default=LIMITS.messages, help="Messages that are stored at once.")  # fmt: skip
@option("--batch-linger", "LOTWATT_BATCH_LINGER", type=click.FloatRange(0.001, 10),
        default=LIMITS.linger_s, help="Seconds that a message may wait for others.")  # fmt: skip
@option("--health-host", "LOTWATT_HEALTH_HOST", default="127.0.0.1",
        help="Address of /metrics, /healthy, /alive and /ready.")  # fmt: skip
@option("--health-port", "LOTWATT_HEALTH_PORT", type=click.IntRange(0, 65535), default=9465,
        help="Port of them; 0 for none.")  # fmt: skip
@option("--until-idle", "LOTWATT_INGEST_UNTIL_IDLE", type=click.FloatRange(0.1),
        show_default="never", help="End when nothing came for so many seconds.")  # fmt: skip
@option("--progress", "LOTWATT_INGEST_PROGRESS", is_flag=True,
        help="Show the counts as they grow instead of log lines.")  # fmt: skip
@option("--log-level", "LOTWATT_LOG_LEVEL", type=LEVELS, default="info", help="Least to be logged.")
def mqtt(progress: bool, log_level: str, **options: Any) -> None:
    """Store what arrives over MQTT, until it is told to stop (SIGTERM).

    Messages are acknowledged only after they are committed: what the broker holds is never lost,
    whatever happens here or in the database.

    \b
    Example:
      LOTWATT_MQTT_HOST=broker LOTWATT_MQTT_TLS_CA=ca.pem lotwatt ingest mqtt
      lotwatt ingest mqtt --until-idle 5 --progress
    """
    log.start("warning" if progress else log_level)
    session = Session(config_of(options), show if progress else None)
    # The worker answers the database within this time while the other thread decodes.
    sys.setswitchinterval(SWITCH_S)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: session.stop())
    session.run()
    if progress:
        click.echo(err=True)


def config_of(options: dict[str, Any]) -> Config:
    """Options as the loader wants them."""
    topics = options["topics"]
    if isinstance(topics, str):
        topics = topics.split(",")
    groups: str = options["sparkplug"]
    has_tls = bool(options["tls"] or options["tls_ca"] or options["tls_cert"])
    host, port = address(options["host"], options["port"], has_tls, options["database_url"])
    return Config(
        MqttConfig(
            host=host, port=port, client_id=options["client_id"],
            topics=tuple(topic.strip() for topic in topics if topic.strip()),
            sparkplug=tuple(group.strip() for group in groups.split(",") if group.strip()),
            username=options["username"], password=read_password(options["password_file"]),
            has_tls=has_tls, tls_ca=options["tls_ca"], tls_cert=options["tls_cert"],
            tls_key=options["tls_key"], has_probe=options["probe"],
        ),
        database_url=options["database_url"],
        limits=Limits(messages=options["batch_messages"], linger_s=options["batch_linger"]),
        writers=options["writers"], until_idle_s=options["until_idle"],
        health_host=options["health_host"], health_port=options["health_port"],
    )  # fmt: skip


def address(
    host: str | None, port: int | None, has_tls: bool, database_url: str | None
) -> tuple[str, int]:
    if host is None and port is None and database_url is None and not is_named():
        from db.embedded import control

        if (running := control.status()) is not None:
            return running.mqtt_host, running.mqtt_port
    return host or DEFAULT.host, port or (8883 if has_tls else DEFAULT.port)


def show(counters: Counter[str]) -> None:
    names = ("messages", "stored", "duplicate", "conflict", "quarantined", "dropped")
    text = "  ".join(f"{name} {counters[name]:,}" for name in names)
    if sys.stderr.isatty():
        click.echo(f"\r{text}", nl=False, err=True)
    else:
        click.echo(text, err=True)


if __name__ == "__main__":
    ingest()
