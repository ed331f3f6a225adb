"""Secrets come from files that others cannot read, and never show: not in errors, logs or `ps`."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

from db import secret
from db.connection import checked, database_url
from db.errors import NoDatabaseError, SecretError
from db.secret import read_secret
from db.statements import ROOT
from lotwatt import main
from tests.waiting import wait_until


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("open sesame\n")
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640, 0o440])
def test_a_closed_file(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert read_secret(file) == "open sesame"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o444, 0o660, 0o620, 0o602, 0o666])
def test_a_file_open_to_others(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(SecretError, match=rf"open to others \(mode {mode:04o}\)") as caught:
        read_secret(file)
    assert f"chmod 0600 {file}" in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_files_that_an_engine_guards(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Docker mounts secrets as 0444, systemd shows credentials to one service."""
    file.chmod(0o444)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret(file) == "open sesame"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "other"))
    with pytest.raises(SecretError):
        read_secret(tmp_path / "other" / ".." / "secret")
    monkeypatch.setattr(secret, "GUARDED", tmp_path)
    assert read_secret(file) == "open sesame"


def test_files_that_are_none(tmp_path: Path) -> None:
    for content, said in ((b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "not text")):
        file = tmp_path / "secret"
        file.write_bytes(content)
        file.chmod(0o600)
        with pytest.raises(SecretError, match=said):
            read_secret(file)
    with pytest.raises(SecretError, match="No such file"):
        read_secret(tmp_path / "none")


def test_the_url_of_the_database_comes_from_a_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_FILE", str(file))
    assert database_url() == "open sesame"
    monkeypatch.setenv("DATABASE_URL", "postgresql://other")
    assert database_url() == "postgresql://other"


def test_commands_take_it_from_there(
    db: psycopg.Connection[Any], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(os.environ["DATABASE_URL"])
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("DATABASE_URL_FILE", str(file))
    for command in (["lots"], ["scheduler", "--once"], ["verify"]):
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, done.output
    file.chmod(0o644)
    done = CliRunner().invoke(main, ["lots"])
    assert done.exit_code == 1
    assert "is open to others" in done.output


BROKEN = [
    "postgresql://u:pa/s3cret@host:5432/db",
    "postgresql://u:12/s3cret@host:5432/db",
    "postgresql://u:pa@s3cret@host/db",
    "postgresql://u:s3cret%zz@host/db",
    "postgresql://u:pa@host/db?password=s3cret&nonsense=s3cret",
    "u:s3cret",
    "host=x password=a s3cret",
    "postgresql://u:pa@host:s3cret/db",
]


@pytest.mark.parametrize("url", BROKEN)
def test_a_url_that_cannot_be_read_is_not_quoted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """libpq quotes what it cannot read, and with it parts of a password."""
    monkeypatch.setenv("DATABASE_URL", url)
    done = CliRunner().invoke(main, ["lots"])
    assert done.exit_code == 1
    assert "s3cret" not in done.output
    assert "the URL of the database cannot be read" in done.output
    with pytest.raises(NoDatabaseError) as caught:
        checked(url)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p%2Fa%40%25@h:5432/db", "postgresql://u:p#?:&@h/db", "dbname=x host=/run",
        "postgresql:///db?host=/run/postgresql", "postgresql://u@h1:5432,h2:5433/db",
    ],
)  # fmt: skip
def test_urls_that_can_be_read(url: str) -> None:
    assert checked(url) == url


def test_nothing_shows_in_logs_and_ps(tmp_path: Path) -> None:
    url, password, log = (tmp_path / name for name in ("url", "password", "log"))
    url.write_text("postgresql://loader:s3cret@127.0.0.1:1/lotwatt")
    password.write_text("m0squito")
    for file in (url, password):
        file.chmod(0o600)
    environment = {
        "PATH": os.environ["PATH"], "DATABASE_URL_FILE": str(url), "LOTWATT_LOG_LEVEL": "debug",
        "LOTWATT_MQTT_USERNAME": "lotwatt", "LOTWATT_MQTT_PASSWORD_FILE": str(password),
        "LOTWATT_HEALTH_PORT": "0",
    }  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, ROOT / "lotwatt.py", "ingest", "mqtt"], env=environment, cwd=ROOT,
            stdout=output, stderr=output,
        )  # fmt: skip
    try:
        wait_until(lambda: "cannot reach" in log.read_text() or process.poll() is not None)
        shown = Path(f"/proc/{process.pid}/cmdline").read_text() + log.read_text()
        shown += Path(f"/proc/{process.pid}/environ").read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(10)
    shown += log.read_text()
    assert "127.0.0.1" in shown
    assert "s3cret" not in shown
    assert "m0squito" not in shown


# What must never be in the repository, and what looks like it in examples and tests.
FORBIDDEN = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{36}\b"
    r"|\bglpat-[\w-]{20}\b|\bxox[baprs]-[\w-]{10,}|\bey[JK][\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}"
    r"|[a-z+]://[^\s/:@'\"]*:(?P<password>[^\s/@'\"]+)@"
)
EXAMPLES = re.compile(
    r"pass(word)?|secret|s3cret|%s|\{.*\}|\$.*|\.\.\.|pa?|b|12|open|ch[a-z]*me", re.IGNORECASE
)


def secrets_in(text: str) -> list[str]:
    return [
        found[0]
        for found in FORBIDDEN.finditer(text)
        if found["password"] is None or not EXAMPLES.fullmatch(found["password"])
    ]


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [file for file in files if file.is_file() and file.suffix not in (".csv", ".lock")]


def test_no_secret_is_in_the_repository() -> None:
    files = tracked_files()
    assert len(files) > 100
    here = Path(__file__).resolve()
    found = {
        str(file.relative_to(ROOT)): secrets
        for file in files
        if file != here and (secrets := secrets_in(file.read_text(errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        "-----BEGIN EC PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----", "AKIAIOSFODNN7EXAMPLE",
        "postgresql://lotwatt:hunter2@db.plant.example/lotwatt", "mqtts://m1:Xy7-kk@broker",
        "ghp_" + "a1B2" * 9, "glpat-" + "a1B2c" * 4,
    ],
)  # fmt: skip
def test_a_planted_secret_is_found(planted: str) -> None:
    assert secrets_in(f"x = '{planted}'\n") != []
