"""Settings of the loader: options and environment first, then a TOML file, then defaults."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from db.secret import read_secret
from ingest.buffer import Limits
from ingest.errors import ConfigError

# The sections of the file and what each of their keys is called as an option.
SECTIONS = {
    "mqtt": (
        "host", "port", "username", "password_file", "client_id", "topics", "sparkplug",
        "tls", "tls_ca", "tls_cert", "tls_key", "probe",
    ),
    "database": ("database_url", "writers"),
    "batch": ("batch_messages", "batch_linger"),
    "health": ("health_host", "health_port"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MqttConfig:
    """How to reach the broker and what to listen to."""

    host: str = "127.0.0.1"
    port: int = 1883
    client_id: str = "lotwatt"
    topics: tuple[str, ...] = ("plant/#",)
    # Groups of Sparkplug B; + are all of them.
    sparkplug: tuple[str, ...] = ()
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    has_tls: bool = False
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    has_probe: bool = False

    def __post_init__(self) -> None:
        if not self.topics:
            raise ConfigError("no topics to subscribe to", hint="Name a filter such as plant/#.")
        if not self.client_id:
            raise ConfigError("the client id is empty", hint="The broker keeps messages by it.")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ConfigError("a client certificate and its key go together")
        if self.password is not None and self.username is None:
            raise ConfigError("a password without a user name", hint="Set LOTWATT_MQTT_USERNAME.")


@dataclass(frozen=True, slots=True)
class Config:
    mqtt: MqttConfig
    database_url: str | None = None
    limits: Limits = field(default_factory=Limits)
    writers: int = 2
    until_idle_s: float | None = None
    health_host: str = "127.0.0.1"
    health_port: int = 0


def read_password(file: Path | None) -> str | None:
    return None if file is None else read_secret(file)


def read_file(file: Path) -> dict[str, Any]:
    """The options that a TOML file gives, by their names."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from error
    options: dict[str, Any] = {}
    for section, values in document.items():
        known = SECTIONS.get(section)
        if known is None or not isinstance(values, dict):
            raise ConfigError(
                f"{file}: unknown section {section}", hint=f"There are: {', '.join(SECTIONS)}."
            )
        for key, value in values.items():
            name = next((name for name in (key, f"{section}_{key}") if name in known), None)
            if name is None:
                raise ConfigError(
                    f"{file}: unknown key {section}.{key}", hint=f"There are: {', '.join(known)}."
                )
            options[name] = ",".join(value) if isinstance(value, list) else value
    return options
