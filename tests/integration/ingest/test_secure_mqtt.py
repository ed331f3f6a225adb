"""TLS both ways and a password, against a real Mosquitto that refuses everybody else."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.ingest.conftest import Loader, Mosquitto, Plant
from tests.waiting import wait_until

pytestmark = pytest.mark.native

SECURE = """
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
cafile {folder}/ca.pem
certfile {folder}/server.pem
keyfile {folder}/server.key
require_certificate true
"""
READING = '{"value": 21.5, "time": "%s"}'


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def certify(folder: Path) -> None:
    """An authority of our own, and what it signs for the broker and for one client."""
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        "-keyout", folder / "ca.key", "-out", folder / "ca.pem")  # fmt: skip
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=IP:127.0.0.1\n")
    for name in ("server", "client"):
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
            "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.csr")  # fmt: skip
        run("openssl", "x509", "-req", "-in", folder / f"{name}.csr", "-CA", folder / "ca.pem",
            "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "2", "-extfile", extensions,
            "-out", folder / f"{name}.pem")  # fmt: skip
    for file in folder.iterdir():
        file.chmod(0o644)


@pytest.fixture
def secure(mosquitto_folder: Path) -> Mosquitto:
    if shutil.which("openssl") is None or shutil.which("mosquitto_passwd") is None:
        pytest.fail(
            "no openssl or mosquitto_passwd found (Debian: apt-get install mosquitto openssl)"
        )
    certify(mosquitto_folder)
    passwords = mosquitto_folder / "passwords"
    run("mosquitto_passwd", "-b", "-c", passwords, "loader", "s3cret")
    passwords.chmod(0o644)
    for name, password in (("password", "s3cret"), ("wrong", "guess")):
        (mosquitto_folder / name).write_text(f"{password}\n")
        (mosquitto_folder / name).chmod(0o600)
    return Mosquitto(mosquitto_folder, SECURE)


def publish(folder: Path, broker: Mosquitto, payload: str) -> None:
    run("mosquitto_pub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1",
        "-u", "loader", "-P", "s3cret", "--cafile", folder / "ca.pem",
        "--cert", folder / "client.pem", "--key", folder / "client.key",
        "-t", "plant/l/m1/t", "-m", payload)  # fmt: skip


def test_a_loader_with_certificate_and_password(
    plant: Plant, secure: Mosquitto, mosquitto_folder: Path, tmp_path: Path
) -> None:
    secure.start()
    folder = mosquitto_folder
    config = tmp_path / "loader.toml"
    config.write_text(
        f'[mqtt]\ntls_ca = "{folder}/ca.pem"\ntls_cert = "{folder}/client.pem"\n'
        f'tls_key = "{folder}/client.key"\nusername = "loader"\npassword_file = "{folder}/wrong"\n'
    )
    loader = Loader(plant.url, secure.port, tmp_path / "loader.log")
    try:
        loader.start("--config", str(config))
        wait_until(lambda: "the broker refuses the connection" in loader.log())
        assert loader.terminate() == 0

        right = str(folder / "password")
        loader.start("--config", str(config), "--password-file", right).wait_connected()
        publish(folder, secure, READING % plant.at.isoformat())
        wait_until(lambda: [row[2] for row in plant.rows("readings")] == [21.5])
        assert loader.terminate() == 0
        assert "s3cret" not in loader.log()
    finally:
        if not loader.has_ended():
            loader.kill()
        secure.stop()


def test_a_broker_with_a_foreign_certificate_is_not_trusted(
    plant: Plant, secure: Mosquitto, mosquitto_folder: Path, tmp_path: Path
) -> None:
    secure.start()
    loader = Loader(plant.url, secure.port, tmp_path / "loader.log")
    try:
        loader.start("--tls")
        wait_until(lambda: "certificate verify failed" in loader.log())
        assert loader.terminate() == 0
    finally:
        if not loader.has_ended():
            loader.kill()
        secure.stop()
