"""What systemd is told, over a real socket of the kind that it listens on."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest import notify


@pytest.fixture(params=["path", "abstract"])
def systemd(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    name = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.settimeout(5)
        if request.param == "abstract":
            listener.bind("\0" + name)
            name = "@" + name
        else:
            listener.bind(name)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield listener


def test_each_state(systemd: socket.socket) -> None:
    notify.ready()
    notify.alive()
    notify.stopping()
    got = [systemd.recv(4096) for _ in range(3)]
    assert got == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_a_status_is_one_line(systemd: socket.socket) -> None:
    notify.alive("waits:\nthe database\nREADY=1")
    assert systemd.recv(4096) == b"WATCHDOG=1\nSTATUS=waits: the database READY=1"


def test_a_full_socket_holds_nobody_up(systemd: socket.socket) -> None:
    for _ in range(5000):
        notify.alive("x" * 1000)
    assert systemd.recv(4096).startswith(b"WATCHDOG=1")


def test_without_systemd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify.ready()
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify.ready()
