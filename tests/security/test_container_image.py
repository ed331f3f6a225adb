"""The image of Lotwatt without an engine: its files are put together here as its Dockerfile says,
and what its containers start is started from them.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from db.statements import ROOT

CONTAINER = ROOT / "scripts" / "container"
LOGINS = {"loader": "loader", "scheduler": "migrate", "jobs": "jobs", "grafana": "reader"}
PASSWORD = "correct-horse-battery"
# A line of a crontab: five fields of time, of a host also the user, then the command.
LINE = re.compile(r"^((?:[\d*/,-]+ ){5})(.*)$", re.MULTILINE)

Connection = psycopg.Connection[tuple[Any, ...]]


def dockerfile() -> list[str]:
    text = (CONTAINER / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and line[0] != "#"]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/srv/lotwatt of the image, with the packages that run this test."""
    folder = tmp_path_factory.mktemp("image")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    for line in dockerfile():
        if line.startswith("COPY") and "--from" not in line and "requirements" not in line:
            *sources, target = line.split()[1:]
            for source in sources:
                place = (
                    folder / target / Path(source).name if target[-1] == "/" else folder / target
                )
                place.parent.mkdir(parents=True, exist_ok=True)
                if (ROOT / source).is_dir():
                    skipped = shutil.ignore_patterns("node_modules", "__pycache__")
                    shutil.copytree(ROOT / source, place, ignore=skipped)
                else:
                    shutil.copy(ROOT / source, place)
    return folder


def run(image: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=image, env={"PATH": os.environ["PATH"], **environment},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def services() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return {name: service for name, service in loaded.items() if service["image"] == "lotwatt"}


def test_the_image_takes_hashed_packages_and_no_root() -> None:
    lines = dockerfile()
    installs = [line for line in lines if "pip" in line]
    assert installs
    assert all("--require-hashes" in line and "--only-binary :all:" in line for line in installs)
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001:10001"]
    assert not any(re.match(r"ADD|ENV .*(PASSWORD|URL)|RUN .*(curl|wget)", line) for line in lines)
    assert not any("go install" in line and not re.search(r"@v\d", line) for line in lines)
    ignored = (CONTAINER / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert not any(re.match(r"!(secrets|\.git|\.)", line) for line in ignored)


def test_the_images_below_it_are_those_of_compose() -> None:
    named = dict(line[4:].split("=") for line in dockerfile() if re.match(r"ARG \w+_IMAGE=", line))
    for name, service in services().items():
        arguments = service["build"]["args"]
        said = {key: re.sub(r"\$\{\w+:-(.*)\}", r"\1", text) for key, text in arguments.items()}
        assert said == named, name
        assert all(re.search(r":\d[\d.]+-", text) for text in said.values())


def test_what_is_copied_is_let_in() -> None:
    ignored = (CONTAINER / "Dockerfile.dockerignore").read_text().splitlines()
    for line in dockerfile():
        if line.startswith("COPY") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert f"!{source}" in ignored
                assert (ROOT / source).exists()


def test_every_container_starts_something_that_is_there(image: Path) -> None:
    asked = 0
    for service in services().values():
        entry = service.get("entrypoint", [".venv/bin/lotwatt"])
        check = service.get("healthcheck", {}).get("test", ["CMD"])[1:]
        for command in ([*entry, *service.get("command", [])], check):
            words = [word for word in command if "/" in word and " " not in word]
            assert all((image / word).is_file() for word in words), command
            if command and command[0] == ".venv/bin/lotwatt" and command[1:]:
                done = run(image, *command, "--help")
                assert done.stdout.startswith("Usage: "), done.stderr
                asked += 1
    assert asked == 3


def test_the_command_says_a_sentence_without_a_database(image: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    for command in (["scheduler", "--check"], ["db", "upgrade"], ["lots"]):
        done = run(image, ".venv/bin/lotwatt", *command, DATABASE_URL=url)
        assert "cannot reach the database" in done.stderr, done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["jobs", "backups"])
def test_crontabs_are_those_of_a_host(image: Path, name: str) -> None:
    """The same scripts at the same times and for as long; each is in the image."""
    host = (ROOT / "scripts" / "cron" / "lotwatt").read_text()
    known = {
        (times, re.sub(r".* (timeout \S+) /srv/lotwatt/", r"\1 ", command))
        for times, command in LINE.findall(host)
    }
    lines = LINE.findall((image / "scripts" / "container" / f"{name}.crontab").read_text())
    assert len(lines) == 2
    for times, command in lines:
        assert (times, command) in known
        script = image / command.split()[-1]
        assert os.access(script, os.X_OK), script


@pytest.fixture
def logins(db: Connection, tmp_path: Path) -> Iterator[Path]:
    """Passwords as `prepare` makes them. Logins belong to the server, so they are dropped."""
    folder = tmp_path / "logins"
    folder.mkdir()
    for name in LOGINS:
        (folder / name).write_text(f"{PASSWORD}-{name}\n")
        (folder / name).chmod(0o400)
    yield folder
    for name in LOGINS:
        db.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(name)))


def migrate(image: Path, logins: Path, url: str) -> subprocess.CompletedProcess[str]:
    script = image / "scripts" / "container" / "migrate"
    text = script.read_text()
    assert "/run/secrets/logins" in text
    here = script.with_name("migrate-here")
    here.write_text(text.replace("/run/secrets/logins", str(logins)))
    return run(image, "sh", f"scripts/container/{here.name}", DATABASE_URL=url)


def test_migrate_makes_the_logins_and_may_run_again(
    db: Connection, database_url: str, image: Path, logins: Path
) -> None:
    for said in ("made", "changed"):
        done = migrate(image, logins, database_url)
        assert done.returncode == 0, done.stderr
        for name, role in LOGINS.items():
            assert f"login {name} {said}: a member of lotwatt_{role}" in done.stdout
    members = "select pg_has_role(%s, %s, 'member')"
    for name, role in LOGINS.items():
        assert db.execute(members, (name, f"lotwatt_{role}")).fetchone() == (True,)


def test_migrate_ends_where_something_fails(database_url: str, image: Path, logins: Path) -> None:
    (logins / "jobs").unlink()
    done = migrate(image, logins, database_url)
    assert done.returncode != 0
    assert "jobs" in done.stderr
    assert "grafana" not in done.stdout


def test_jobs_run_as_their_login(
    db: Connection, database_url: str, image: Path, logins: Path
) -> None:
    """What the crontab starts, from the image's files: nothing is said where all is well."""
    assert migrate(image, logins, database_url).returncode == 0
    own = {"user": "jobs", "password": f"{PASSWORD}-jobs"}
    url = make_conninfo(**(conninfo_to_dict(database_url) | own))
    for _, command in LINE.findall((CONTAINER / "jobs.crontab").read_text()):
        done = run(image, "sh", "-c", command, DATABASE_URL=url)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    refused = run(image, "sh", "-c", "scripts/learn nothing", DATABASE_URL=url)
    assert refused.returncode == 1
    assert "lotwatt jobs nothing failed" in refused.stderr
