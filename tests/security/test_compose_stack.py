"""How the stack of compose.yaml comes up, read from the file: no engine is needed for it.

The schema is that of the compose specification, which the package check-jsonschema carries.
"""

import copy
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from db.statements import ROOT
from tests.security.test_compose import Stack, prepare, stack

CHECK = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
ENDS = {"migrate", "loader-account"}
FOR_A_PERSON = {"admin", "account"}
VARIABLE = re.compile(r"\$\{?(LOTWATT_\w+)")


def faults(stack: Stack) -> set[str]:
    """What would keep the services from coming up in their order, and from being watched."""
    found = set()
    services = stack["services"]
    for name, service in services.items():
        is_short = name in ENDS | FOR_A_PERSON
        if is_short != (service["restart"] == "no"):
            found.add(f"{name} is restarted or not, unlike what it is for")
        if not is_short and "healthcheck" not in service:
            found.add(f"{name} has no health check")
        if (name in FOR_A_PERSON) != (service.get("profiles") == ["admin"]):
            found.add(f"{name} is started or not, unlike what it is for")
        for other, wait in service.get("depends_on", {}).items():
            match wait["condition"]:
                case "service_completed_successfully" if other not in ENDS:
                    found.add(f"{name} waits for the end of {other}")
                case "service_healthy" if "healthcheck" not in services.get(other, {}):
                    found.add(f"{name} waits for the health of {other}, which is not asked")
        if "DATABASE_URL_FILE" in service.get("environment", {}) or name in {"grafana", "backups"}:
            wanted = {"condition": "service_completed_successfully"}
            if service.get("depends_on", {}).get("migrate") != wanted:
                found.add(f"{name} does not wait for the migration")
    if services["migrate"]["depends_on"] != {"database": {"condition": "service_healthy"}}:
        found.add("migrate does not wait for the database")
    if "loader-account" not in services["broker"].get("depends_on", {}):
        found.add("broker does not wait for the account of the loader")
    if "-h" not in services["database"]["healthcheck"]["test"]:
        found.add("database is well while its image still makes it")
    return found


def test_the_stack_comes_up_in_order() -> None:
    assert faults(stack()) == set()


@pytest.mark.parametrize(
    ("service", "key", "value", "said"),
    [
        ("scheduler", "healthcheck", None, "scheduler has no health check"),
        ("loader", "depends_on", {}, "loader does not wait for the migration"),
        ("grafana", "depends_on", {"migrate": {"condition": "service_started"}},
         "grafana does not wait for the migration"),
        ("migrate", "restart", "always", "migrate is restarted or not, unlike what it is for"),
        ("database", "healthcheck", {"test": ["CMD", "pg_isready"]},
         "database is well while its image still makes it"),
        ("broker", "depends_on", {}, "broker does not wait for the account of the loader"),
        ("admin", "profiles", None, "admin is started or not, unlike what it is for"),
    ],
)  # fmt: skip
def test_a_step_that_is_taken_away(service: str, key: str, value: Any, said: str) -> None:
    changed = copy.deepcopy(stack())
    if value is None:
        del changed["services"][service][key]
    else:
        changed["services"][service][key] = value
    assert said in faults(changed)


def checked(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*CHECK, path], capture_output=True, text=True, check=False, timeout=120)


def test_it_keeps_to_the_specification(tmp_path: Path) -> None:
    done = checked(ROOT / "compose.yaml")
    assert done.returncode == 0, done.stdout
    text = (ROOT / "compose.yaml").read_text()
    for good, bad in (("healthcheck:", "helthcheck:"), ("mem_limit: 64m", "mem_limit: [64m]")):
        assert good in text
        (tmp_path / "compose.yaml").write_text(text.replace(good, bad, 1))
        assert checked(tmp_path / "compose.yaml").returncode == 1


def test_what_is_named_is_there(tmp_path: Path) -> None:
    """Files that are mounted, and volumes, networks, secrets and configurations that are used."""
    loaded = stack()
    used: dict[str, set[str]] = {
        key: set() for key in ("volumes", "networks", "secrets", "configs")
    }
    for service in loaded["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if not source.startswith("."):
                used["volumes"].add(source)
            elif not source.startswith("./secrets"):
                assert (ROOT / source).exists(), source
        used["networks"] |= set(service.get("networks", []))
        for kind in ("secrets", "configs"):
            for item in service.get(kind, []):
                used[kind].add(item if isinstance(item, str) else item["source"])
    assert used == {kind: set(loaded[kind]) for kind in used}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to the users of containers")
def test_prepare_makes_every_secret(tmp_path: Path) -> None:
    done = prepare(tmp_path, "plant.example", "127.0.0.1")
    assert done.returncode == 0, done.stderr
    loaded = stack()
    for item in [*loaded["secrets"].values(), *loaded["configs"].values()]:
        assert (tmp_path / item["file"]).stat().st_size > 0, item
    for folder in ("broker", "logins"):
        assert (tmp_path / "secrets" / folder).is_dir()
    same = {("loader_mqtt_password", "loader_account"),
            ("logins/grafana", "grafana_database_password")}  # fmt: skip
    for one, other in same:
        secrets = tmp_path / "secrets"
        assert (secrets / one).read_text() == (secrets / other).read_text()


def test_grafana_has_every_variable_of_its_provisioning() -> None:
    folder = ROOT / "grafana" / "provisioning"
    texts = [path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")]
    asked = {name for text in texts for name in VARIABLE.findall(text)}
    given = stack()["services"]["grafana"]["environment"]
    assert asked <= set(given), asked - set(given)
    assert len(asked) >= 7
    document = (ROOT / "docs" / "grafana.md").read_text(encoding="utf-8")
    assert [name for name in sorted(asked) if f"`{name}`" not in document] == []


def test_grafana_checks_the_database_and_takes_the_password_from_a_file() -> None:
    folder = ROOT / "grafana" / "provisioning" / "datasources"
    (source,) = yaml.safe_load((folder / "lotwatt.yaml").read_text())["datasources"]
    # In braces, as Grafana expands ${} before $__file{}, and $NAME after both.
    assert source["secureJsonData"] == {"password": "${LOTWATT_DATABASE_PASSWORD}"}
    assert source["jsonData"]["sslRootCertFile"] == "$LOTWATT_DATABASE_SSLROOTCERT"
    service = stack()["services"]["grafana"]
    given = service["environment"]
    assert given["LOTWATT_DATABASE_SSLMODE"] == "verify-full"
    assert {"source": "authority", "target": given["LOTWATT_DATABASE_SSLROOTCERT"]} in service[
        "configs"
    ]
    files = [text for text in given.values() if "/run/secrets/" in text]
    named = {re.findall(r"/run/secrets/(\w+)", text)[0] for text in files}
    assert named == set(service["secrets"])


TOOLS = ("sh", "sed", "dirname", "id")
DOCKER = """#!/bin/sh
echo "docker $*" >>"$CALLS"
case "$1 $2" in
    "compose version") exit {compose} ;;
    "info ") exit {engine} ;;
    "compose up") exit {up} ;;
esac
"""


def started(
    folder: Path, what: str, *, docker: bool = True, compose: int = 0, engine: int = 0, up: int = 0
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """The script, with a docker that answers like this, in a tree of its own."""
    programs = folder / "bin"
    programs.mkdir()
    for tool in TOOLS:
        (programs / tool).symlink_to(shutil.which(tool) or tool)
    if docker:
        (programs / "docker").write_text(DOCKER.format(compose=compose, engine=engine, up=up))
        (programs / "docker").chmod(0o755)
    script = folder / "scripts" / "container" / "stack"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "container" / "stack", script)
    calls = folder / "calls"
    done = subprocess.run(
        ["sh", script, *what.split()], env={"PATH": str(programs), "CALLS": str(calls)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done, calls.read_text().splitlines() if calls.exists() else []


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"docker": False}, "There is no docker on this host."),
        ({"compose": 1}, "This docker has no compose."),
        ({"engine": 1}, "The Docker engine does not answer."),
        ({}, "There are no secrets yet."),
    ],
)
def test_up_says_what_is_missing(tmp_path: Path, answers: dict[str, Any], said: str) -> None:
    done, calls = started(tmp_path, "up", **answers)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said)
    assert not any(call.startswith("docker compose up") for call in calls)


def test_up_down_and_logs(tmp_path: Path) -> None:
    for number, (what, last) in enumerate((
        ("up", "docker compose ps"), ("down", "docker compose down"),
        ("logs loader", "docker compose logs --follow --tail 100 loader"),
    )):  # fmt: skip
        folder = tmp_path / str(number)
        (folder / "secrets").mkdir(parents=True)
        done, calls = started(folder, what)
        assert done.returncode == 0, done.stderr
        assert calls[-1] == last
        assert ("docker compose up --build --detach --wait" in calls) == (what == "up")


def test_up_says_where_to_look_when_something_is_not_well(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    done, _ = started(tmp_path, "up", up=1)
    assert done.returncode == 1
    assert "docker compose ps --all" in done.stderr
