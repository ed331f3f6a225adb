"""Controls 13, 15 and 18 in compose.yaml, read from the file: no engine is needed for it.

`weaknesses` says what is wrong with a stack. Each control is taken away in turn, and is missed.
"""

import copy
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from db.connection import checked
from db.secret import read_secret
from db.statements import ROOT
from scripts.native_postgres import free_port
from tests.security.broker import (
    PASSWORD,
    SCRIPTS,
    Client,
    add_account,
    give_to_broker,
    is_open,
    need,
)
from tests.waiting import wait_until

CONTAINER = ROOT / "scripts" / "container"
Stack = dict[str, Any]

# Who may reach whom: machines come from outside, so they reach what is published.
STORING = ("database", "jobs", "loader", "scheduler")
ZONES = {("broker", "loader"), ("database", "grafana"), *combinations(STORING, 2)}
PUBLISHED = {("broker", "8883:8883"), ("grafana", "3000:3000")}
# Networks that lead outside, and who alone is in them.
OUTSIDE = {"machines": {"broker"}, "people": {"grafana"}}
# An image by a version, which `.env` may put another in for; ours is built here.
IMAGE = re.compile(
    r"(\$\{LOTWATT_\w+_IMAGE:-)?[\w./-]+:v?\d[\w.-]*\}?(@sha256:[0-9a-f]{64})?|lotwatt"
)


def stack() -> Stack:
    loaded: Stack = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def weaknesses(stack: Stack) -> set[str]:
    found = set()
    for name, service in stack["services"].items():
        found |= {f"{name}: {what}" for what in container_weaknesses(service)}
    return found | zone_weaknesses(stack)


def container_weaknesses(service: Stack) -> set[str]:
    found = set()
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", service.get("user", "")):
        found.add("runs as root")
    if service.get("read_only") is not True:
        found.add("may write its image")
    if service.get("cap_drop") != ["ALL"] or service.get("cap_add"):
        found.add("keeps capabilities")
    if service.get("security_opt") != ["no-new-privileges:true"] or service.get("privileged"):
        found.add("may gain privileges")
    if "mem_limit" not in service or "pids_limit" not in service:
        found.add("has no limits")
    if {"pid", "ipc", "userns_mode", "devices"} & set(service) or service.get(
        "network_mode", "none"
    ) != "none":
        found.add("shares with the host")
    for volume in service.get("volumes", []):
        source, target, *mode = volume.split(":")
        if "docker.sock" in volume or source.startswith("/"):
            found.add("sees the host")
        if not source.startswith("./secrets") and source.startswith(".") and mode != ["ro"]:
            found.add(f"may change {target}")
    for key, value in service.get("environment", {}).items():
        is_file = value.startswith("$$__file{/run/secrets/")
        is_secret = re.search(r"PASSWORD$|SECRET$|TOKEN$", key) and not is_file
        if is_secret or re.search(r"://[^/@]*:[^/@]*@", value):
            found.add("has a secret in its environment")
    if not IMAGE.fullmatch(service["image"]):
        found.add("has an image of no version")
    return found


def zone_weaknesses(stack: Stack) -> set[str]:
    services, networks = stack["services"], stack["networks"]
    reached = {
        tuple(sorted(pair))
        for pair in combinations(services, 2)
        if set(services[pair[0]].get("networks", [])) & set(services[pair[1]].get("networks", []))
    }
    found = {f"{one} reaches {other}" for one, other in reached - ZONES}
    found |= {f"{one} does not reach {other}" for one, other in ZONES - reached}
    ports = {
        (name, port) for name, service in services.items() for port in service.get("ports", [])
    }
    found |= {f"{name} is published at {port}" for name, port in ports - PUBLISHED}
    for name, network in networks.items():
        inside = {service for service in services if name in services[service].get("networks", [])}
        if not (network or {}).get("internal") and inside != OUTSIDE.get(name):
            found.add(f"{name} leads outside")
    return found


def test_the_shipped_stack() -> None:
    assert weaknesses(stack()) == set()


Removal = Callable[[Stack], object]
REMOVALS: list[tuple[str, str, Removal]] = [
    ("user", "runs as root", lambda service: service.pop("user")),
    ("root", "runs as root", lambda service: service.update(user="0:0")),
    ("read_only", "may write its image", lambda service: service.pop("read_only")),
    ("cap_drop", "keeps capabilities", lambda service: service.pop("cap_drop")),
    ("cap_add", "keeps capabilities", lambda service: service.update(cap_add=["NET_ADMIN"])),
    ("security_opt", "may gain privileges", lambda service: service.pop("security_opt")),
    ("privileged", "may gain privileges", lambda service: service.update(privileged=True)),
    ("mem_limit", "has no limits", lambda service: service.pop("mem_limit")),
    ("pids_limit", "has no limits", lambda service: service.pop("pids_limit")),
    ("host network", "shares with the host", lambda service: service.update(network_mode="host")),
    ("host pid", "shares with the host", lambda service: service.update(pid="host")),
    ("docker.sock", "sees the host",
     lambda service: service.update(volumes=["/var/run/docker.sock:/var/run/docker.sock"])),
    ("password", "has a secret in its environment",
     lambda service: service.update(environment={"POSTGRES_PASSWORD": "x"})),
    ("url", "has a secret in its environment",
     lambda service: service.update(environment={"DATABASE_URL": "postgresql://a:b@c/d"})),
    ("latest", "has an image of no version", lambda service: service.update(image="x/y:latest")),
    ("no tag", "has an image of no version",
     lambda service: service.update(image="${LOTWATT_DATABASE_IMAGE:-x/y}")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "remove"), [removal[1:] for removal in REMOVALS], ids=[name for name, *_ in REMOVALS]
)
def test_a_control_of_a_container_that_is_taken_away(said: str, remove: Removal) -> None:
    for name in stack()["services"]:
        changed = copy.deepcopy(stack())
        remove(changed["services"][name])
        assert f"{name}: {said}" in weaknesses(changed)


def without_internal(stack: Stack) -> None:
    stack["networks"]["storing"].pop("internal")


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("database is published at 5432:5432",
         lambda stack: stack["services"]["database"].update(ports=["5432:5432"])),
        ("broker is published at 1883:1883",
         lambda stack: stack["services"]["broker"].update(ports=["8883:8883", "1883:1883"])),
        ("broker reaches database",
         lambda stack: stack["services"]["broker"]["networks"].append("storing")),
        ("database reaches broker",
         lambda stack: stack["services"]["database"]["networks"].append("machines")),
        ("broker does not reach loader",
         lambda stack: stack["services"]["loader"].update(networks=["storing"])),
        ("storing leads outside", without_internal),
        ("machines leads outside",
         lambda stack: stack["services"]["loader"]["networks"].append("machines")),
        ("people leads outside",
         lambda stack: stack["services"]["database"]["networks"].append("people")),
        ("broker reaches grafana",
         lambda stack: stack["services"]["grafana"]["networks"].append("machines")),
    ],
)  # fmt: skip
def test_a_zone_that_is_opened(said: str, change: Removal) -> None:
    changed = stack()
    change(changed)
    pair = " reaches ".join(sorted(said.split(" reaches "))) if " reaches " in said else said
    assert pair in weaknesses(changed)


def test_subnets_are_those_of_the_database(tmp_path: Path) -> None:
    networks = stack()["networks"]
    subnets = {
        name: networks[name]["ipam"]["config"][0]["subnet"] for name in ("storing", "reading")
    }
    rules = (ROOT / "scripts" / "postgres" / "pg_hba.conf").read_text()
    assert re.search(rf"\+lotwatt_loader +{re.escape(subnets['storing'])} ", rules)
    assert re.search(rf"\+lotwatt_reader +{re.escape(subnets['reading'])} ", rules)


def prepare(folder: Path, *hosts: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CONTAINER / "prepare", *hosts], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    need("openssl", "openssl")
    done = prepare(tmp_path, "plant.example", "127.0.0.1")
    if os.getuid() != 0:
        assert "run it as root" in done.stderr
        pytest.skip("only root can give files to the users of containers")
    assert done.returncode == 0, done.stderr
    return tmp_path / "secrets"


def test_secrets_belong_to_who_reads_them(prepared: Path) -> None:
    users = {service: int(values["user"].split(":")[0])
             for service, values in stack()["services"].items()}  # fmt: skip
    files = {name: ROOT / values["file"] for name, values in stack()["secrets"].items()}
    for service, values in stack()["services"].items():
        for secret in values.get("secrets", []):
            source = secret if isinstance(secret, str) else secret["source"]
            file = prepared / files[source].name
            state = file.stat()
            if file.suffix != ".pem":
                assert (state.st_uid, state.st_mode & 0o777) == (users[service], 0o400), file
    assert prepared.stat().st_mode & 0o777 == 0o700
    assert (prepared / "broker").stat().st_uid == users["broker"] == users["account"]
    assert (prepared / "logins" / "loader").stat().st_uid == users["admin"]


def test_secrets_are_kept_and_fit(prepared: Path) -> None:
    url = read_secret(prepared / "loader_database_url")
    assert checked(url) == url
    assert (prepared / "logins" / "loader").read_text().strip() in url
    assert prepare(prepared.parent, "plant.example").returncode == 0
    assert read_secret(prepared / "loader_database_url") == url
    passwords = {(prepared / name).read_text()
                 for name in ("postgres_password", "logins/loader", "logins/scheduler",
                              "loader_mqtt_password")}  # fmt: skip
    assert len(passwords) == 4


def test_secrets_are_ignored_by_git() -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", "secrets/ca.key"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@pytest.mark.native
def test_the_broker_starts_as_in_its_container(prepared: Path, broker_folder: Path) -> None:
    """The script of the container with other places, as the broker's user, on the shipped files."""
    need("mosquitto", "mosquitto")
    plain, secure = free_port(), free_port()
    (broker_folder / "data").mkdir()
    shutil.copytree(prepared / "broker", broker_folder / "secrets")
    add_account(broker_folder / "secrets" / "lotwatt.passwords", "m1")
    settings = (SCRIPTS / "lotwatt.conf").read_text()
    settings = settings.replace("listener 1883", f"listener {plain}")
    settings = settings.replace("listener 8883", f"listener {secure}")
    (broker_folder / "lotwatt.conf").write_text(settings)
    shutil.copy(SCRIPTS / "lotwatt.acl", broker_folder)
    shutil.copy(SCRIPTS / "run", broker_folder)
    script = (CONTAINER / "broker").read_text()
    for old, new in (
        ("/etc/lotwatt/", f"{broker_folder}/"), ("/mosquitto/data/", f"{broker_folder}/data/"),
        ("/run/secrets/broker/", f"{broker_folder}/secrets/"),
    ):  # fmt: skip
        assert old in script
        script = script.replace(old, new)
    (broker_folder / "broker").write_text(script)
    for path in [broker_folder, *broker_folder.rglob("*")]:
        give_to_broker(path)
    process = subprocess.Popen(
        ["sh", broker_folder / "broker"], user="mosquitto", group="mosquitto",
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: is_open("127.0.0.1", secure) or process.poll() is not None)
        with Client(plain, "m1", password=PASSWORD) as machine, Client(plain) as stranger:
            assert (machine.is_in, stranger.is_in) == (True, False)
    finally:
        process.terminate()
        process.wait(20)
