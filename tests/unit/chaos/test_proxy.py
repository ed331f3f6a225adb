"""The proxy does to a connection what its faults promise."""

import socket
import threading
from collections.abc import Iterator

import pytest

from scripts.chaos.proxy import Proxy


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """In front of a server that says everything again."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=echo, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        proxy = Proxy(server.getsockname())
        proxy.start()
        yield proxy
        proxy.stop()


def echo(connection: socket.socket) -> None:
    with connection:
        try:
            while data := connection.recv(1024):
                connection.sendall(data)
        except OSError:
            return


def client(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def said_again(connection: socket.socket) -> bytes:
    connection.sendall(b"hello")
    return connection.recv(1024)


def test_it_passes_everything_on(proxy: Proxy) -> None:
    with client(proxy) as connection:
        assert said_again(connection) == b"hello"
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1024) == b""


def test_a_cut_resets_what_is_there_and_what_comes_until_it_heals(proxy: Proxy) -> None:
    with client(proxy) as connection:
        assert said_again(connection) == b"hello"
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1024)
    with (
        pytest.raises((ConnectionResetError, BrokenPipeError)),
        client(proxy) as connection,
    ):
        said_again(connection)
    proxy.heal()
    with client(proxy) as connection:
        assert said_again(connection) == b"hello"


def test_a_freeze_holds_everything_back_and_loses_nothing(proxy: Proxy) -> None:
    with client(proxy) as connection:
        assert said_again(connection) == b"hello"
        proxy.freeze()
        connection.sendall(b"later")
        connection.settimeout(0.3)
        with pytest.raises(TimeoutError):
            connection.recv(1024)
        proxy.heal()
        connection.settimeout(5)
        assert connection.recv(1024) == b"later"
