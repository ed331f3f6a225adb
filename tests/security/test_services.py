"""The unit files and the cron file: what they say, what systemd says of them, and that the loader
behaves as they expect."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from db.statements import ROOT
from tests.waiting import wait_until

UNITS = ROOT / "scripts" / "systemd"
SERVICES = ["lotwatt-api.service", "lotwatt-loader.service", "lotwatt-scheduler.service"]
# Of 100, by `systemd-analyze security`; a service without any of this has 96.
EXPOSURE = 15
HARDENING = {
    "CapabilityBoundingSet": "", "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes",
    "NoNewPrivileges": "yes", "PrivateDevices": "yes", "PrivateTmp": "yes", "PrivateUsers": "yes",
    "ProtectHome": "yes", "ProtectKernelModules": "yes", "ProtectProc": "invisible",
    "ProtectSystem": "strict", "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes", "RestrictSUIDSGID": "yes", "UMask": "0077",
}  # fmt: skip


def settings(text: str) -> dict[str, list[str]]:
    """Settings of a unit with their values; a key may come several times."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def weaknesses(text: str) -> list[str]:
    """What a service lacks of what keeps it in, and restarts that would not end well."""
    unit = settings(text)
    found = [key for key, value in HARDENING.items() if unit.get(key) != [value]]
    found += [key for key in ("MemoryMax", "TasksMax", "LimitNOFILE") if key not in unit]
    found += [key for key in ("Requires", "BindsTo", "Requisite") if key in unit]
    if unit.get("User") in (None, ["root"]):
        found.append("User")
    if unit.get("Restart") != ["always"] or unit.get("StartLimitIntervalSec") != ["0"]:
        found.append("Restart")
    if not any(value.startswith("database_url:/") for value in unit.get("LoadCredential", [])):
        found.append("LoadCredential")
    if re.search(r"^Environment=.*(PASSWORD|URL)=", text, re.MULTILINE):
        found.append("Environment")
    return found


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_kept_in(name: str) -> None:
    assert weaknesses((UNITS / name).read_text()) == []


@pytest.mark.parametrize("name", SERVICES)
@pytest.mark.parametrize("key", [*HARDENING, "MemoryMax", "User", "Restart", "LoadCredential"])
def test_a_setting_that_is_taken_away_is_missed(name: str, key: str) -> None:
    text = (UNITS / name).read_text()
    changed = re.sub(rf"^{key}=.*\n", "", text, flags=re.MULTILINE)
    assert changed != text
    assert weaknesses(changed) == [key]


@pytest.mark.parametrize("name", SERVICES)
def test_trouble_that_is_put_in_is_seen(name: str) -> None:
    text = (UNITS / name).read_text()
    for line in (
        "Requires=postgresql.service",
        "BindsTo=mosquitto.service",
        "Environment=DATABASE_URL=postgresql://a:b@c/d",
    ):
        assert weaknesses(text + line + "\n") == [line.partition("=")[0]]


def test_the_loader_is_watched() -> None:
    unit = settings((UNITS / "lotwatt-loader.service").read_text())
    assert unit["Type"] == ["notify"]
    assert unit["NotifyAccess"] == ["main"]
    watchdog_s = int(unit["WatchdogSec"][0])
    from ingest.session import WATCHDOG_S

    assert watchdog_s > 2 * WATCHDOG_S
    files = [value for value in unit["Environment"] if "_FILE=" in value]
    names = [value.partition(":")[0] for value in unit["LoadCredential"]]
    assert [value.rpartition("/")[2] for value in files] == names
    assert all("=/run/credentials/%n/" in value for value in files)


def in_place(name: str, folder: Path) -> Path:
    """The unit with this repository instead of the one where a server has it."""
    file = folder / name
    lotwatt = folder / "lotwatt"
    lotwatt.write_text("#!/bin/sh\n")
    lotwatt.chmod(0o755)
    text = (UNITS / name).read_text()
    text = text.replace("/srv/lotwatt/.venv/bin/lotwatt", str(lotwatt))
    file.write_text(text.replace("/srv/lotwatt", str(ROOT)))
    return file


@pytest.mark.parametrize("name", SERVICES)
def test_what_systemd_says(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here; the settings themselves are tested above")
    file = in_place(name, tmp_path)
    verified = analyze("verify", "--man=no", file)
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
    secure = ["security", "--offline=true", f"--threshold={EXPOSURE}"]
    assert analyze(*secure, file).returncode == 0
    file.write_text(re.sub(r"^(Protect|Private).*\n", "", file.read_text(), flags=re.MULTILINE))
    assert analyze(*secure, file).returncode != 0


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": os.environ["PATH"], "SYSTEMD_COLORS": "0"},
    )  # fmt: skip


def test_the_broker_is_started_by_what_is_tested() -> None:
    drop_in = settings((UNITS / "mosquitto.service.d" / "lotwatt.conf").read_text())
    command = "/srv/lotwatt/scripts/mosquitto/run -c /etc/mosquitto/mosquitto.conf"
    assert drop_in["ExecStart"] == ["", command]
    assert os.access(ROOT / "scripts" / "mosquitto" / "run", os.X_OK)


@pytest.mark.parametrize("command", [["ingest", "mqtt"], ["scheduler", "--interval", "1s"]])
def test_an_outage_of_the_database_ends_no_service(command: list[str], tmp_path: Path) -> None:
    """It waits by itself, tells systemd that it lives, and ends when it is asked to."""
    url = tmp_path / "database_url"
    url.write_text("postgresql://nobody:s3cret@127.0.0.1:1/none\n")
    url.chmod(0o600)
    log = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd, log.open("wb") as output:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        environment = {
            "PATH": os.environ["PATH"], "DATABASE_URL_FILE": str(url),
            "NOTIFY_SOCKET": str(tmp_path / "notify"), "LOTWATT_HEALTH_PORT": "0",
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, ROOT / "lotwatt.py", *command], env=environment, cwd=ROOT,
            stderr=output,
        )  # fmt: skip
        try:
            wait_until(lambda: log.read_text().count("cannot reach the database") > 1)
            assert process.poll() is None
            if command[0] == "ingest":
                said = [systemd.recv(4096) for _ in range(2)]
                assert said[0].startswith(b"READY=1")  # so nobody's start waits for a database
                assert said[1].startswith(b"WATCHDOG=1")
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
        finally:
            process.kill()
            process.wait(10)
    assert "s3cret" not in log.read_text()


CRON = ROOT / "scripts" / "cron" / "lotwatt"
ENTRY = re.compile(r"(?P<when>(?:[\d*/,-]+ ){5})(?P<user>[a-z-]+) (?P<command>.+)")


def cron_entries() -> list[re.Match[str]]:
    lines = [line for line in CRON.read_text().splitlines() if line and line[0] != "#"]
    jobs = [line for line in lines if not re.match(r"[A-Z_]+=", line)]
    found = [ENTRY.fullmatch(line) for line in jobs]
    assert jobs
    assert None not in found, jobs
    return [entry for entry in found if entry is not None]


def test_each_job_of_cron_is_alone_and_ends() -> None:
    for entry in cron_entries():
        found = re.match(r"flock -n (/srv/lotwatt/\S+) timeout \d+[mh] ", entry["command"])
        assert found is not None
        assert entry["command"].count(found[1]) == 2
        assert entry["user"] != "root"
        assert "%" not in entry["command"]  # cron makes a line's end of it


def test_what_cron_runs_is_there() -> None:
    for entry in cron_entries():
        for path in re.findall(r"/srv/lotwatt/(\S+?)'?(?:\s|$)", entry["command"]):
            assert os.access(ROOT / path, os.X_OK), path


def test_cron_says_utc() -> None:
    assert "CRON_TZ=UTC" in CRON.read_text().splitlines()


def test_a_second_run_of_a_job_leaves_the_first_alone(tmp_path: Path) -> None:
    marker, script = tmp_path / "ran", tmp_path / "script"
    script.touch()
    command = re.sub(r"/srv/lotwatt/\S+", str(script), cron_entries()[0]["command"])
    flock, _, _ = command.partition(" timeout ")
    first = subprocess.Popen(
        ["sh", "-c", f"{flock} sh -c 'touch {marker}; exec sleep 60'"], start_new_session=True
    )
    try:
        wait_until(marker.exists)
        assert subprocess.run(["sh", "-c", f"{flock} true"], check=False).returncode == 1
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(10)
