"""Options and environment before the file, the file before defaults; nonsense is refused."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from db.errors import SecretError
from ingest import cli
from ingest.config import Config, MqttConfig, read_file, read_password
from ingest.errors import ConfigError
from ingest.log import line


def parsed(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Config:
    """The configuration that the command would run with."""
    seen: list[Config] = []

    class Recorder:
        def __init__(self, config: Config, _: object) -> None:
            seen.append(config)

        def run(self) -> None:
            pass

        def stop(self) -> None:
            pass

    monkeypatch.setattr(cli, "Session", Recorder)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    result = CliRunner().invoke(cli.ingest, ["mqtt", *arguments])
    assert result.exit_code == 0, result.output
    return seen[0]


def test_the_order_of_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "loader.toml"
    file.write_text(
        '[mqtt]\nhost = "file"\nclient_id = "file"\ntopics = ["a/#", "b/#"]\n'
        '[database]\nurl = "postgresql://file"\n[batch]\nmessages = 7\n'
    )
    monkeypatch.setenv("LOTWATT_MQTT_CLIENT_ID", "environment")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = parsed(monkeypatch, "--config", str(file), "--host", "option")
    assert config.mqtt.host == "option"
    assert config.mqtt.client_id == "environment"
    assert config.mqtt.topics == ("a/#", "b/#")
    assert config.database_url == "postgresql://file"
    assert config.limits.messages == 7
    assert config.mqtt.port == 1883


def test_credentials_and_encryption(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("s3cret\n")
    password.chmod(0o600)
    authority = tmp_path / "ca.pem"
    authority.write_text("")
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    monkeypatch.setenv("LOTWATT_MQTT_USERNAME", "loader")
    monkeypatch.setenv("LOTWATT_MQTT_PASSWORD_FILE", str(password))
    monkeypatch.setenv("LOTWATT_MQTT_TLS_CA", str(authority))
    config = parsed(monkeypatch)
    assert (config.mqtt.username, config.mqtt.password) == ("loader", "s3cret")
    assert (config.mqtt.has_tls, config.mqtt.port) == (True, 8883)
    assert "s3cret" not in repr(config)


@pytest.mark.parametrize(
    "text", ["[mqtt]\nhots = 1", "[broker]\nhost = 'x'", "not toml", "mqtt = 1"]
)
def test_a_file_with_a_mistake_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "loader.toml"
    file.write_text(text)
    with pytest.raises(ConfigError):
        read_file(file)
    result = CliRunner().invoke(cli.ingest, ["mqtt", "--config", str(file)])
    assert result.exit_code == 2


def test_settings_that_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no topics"):
        MqttConfig(topics=())
    with pytest.raises(ConfigError, match="client id"):
        MqttConfig(client_id="")
    with pytest.raises(ConfigError, match="go together"):
        MqttConfig(tls_cert=tmp_path)
    with pytest.raises(ConfigError, match="user name"):
        MqttConfig(password="x")
    with pytest.raises(SecretError, match="cannot read"):
        read_password(tmp_path / "none")


def test_log_lines() -> None:
    assert line("batch", n=1, ok=True, s=0.5, text='a "b"\nc') == (
        r'event=batch n=1 ok=true s=0.500 text="a \"b\"\nc"'
    )
