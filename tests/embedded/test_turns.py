"""One transaction at a time: waiting and idling are limited, and the errors name the holder."""

import socket
import struct
import threading
import time
from typing import Any

import psycopg
import pytest

from db.embedded.control import Embedded
from tests.embedded.conftest import Connect

Connection = psycopg.Connection[Any]


def test_idle_transaction_ends_when_others_wait(connect: Connect, table: str) -> None:
    idle = connect(autocommit=False, application_name="forgetful")
    idle.execute("insert into sample values (1, 'lost')")
    other = connect(application_name="patient")  # a login waits for a turn as well
    assert other.execute("select count(*) from sample").fetchone() == (0,)
    message = r"application forgetful\) was idle in its transaction for .* others waited"
    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout, match=message):
        idle.execute("select 1")


def test_idle_transaction_may_stay_while_nobody_waits(connect: Connect) -> None:
    idle = connect(autocommit=False)
    idle.execute("select 1")
    time.sleep(2)
    assert idle.execute("select 2").fetchone() == (2,)


def test_waiting_has_a_limit_and_names_the_holder(connect: Connect, table: str) -> None:
    busy, waiting = connect(application_name="long"), connect(autocommit=False)
    thread = threading.Thread(target=busy.execute, args=("select pg_sleep(6)",))
    thread.start()
    time.sleep(0.3)
    with pytest.raises(psycopg.errors.LockNotAvailable) as caught:
        waiting.execute("insert into sample values (1, %s)", ("late",))
    assert "application long" in str(caught.value)
    assert "busy for" in str(caught.value)
    thread.join()
    waiting.rollback()
    assert waiting.execute("select count(*) from sample").fetchone() == (0,)


def test_cancel_reaches_who_waits(connect: Connect) -> None:
    busy, waiting = connect(), connect()
    thread = threading.Thread(target=busy.execute, args=("select pg_sleep(2)",))
    thread.start()
    time.sleep(0.3)
    threading.Timer(0.5, waiting.cancel_safe).start()
    with pytest.raises(psycopg.errors.QueryCanceled):
        waiting.execute("select 1")
    thread.join()
    assert waiting.execute("select 1").fetchone() == (1,)


def test_cancel_of_what_runs_is_answered_and_ignored(connect: Connect) -> None:
    busy = connect()
    threading.Timer(0.2, busy.cancel_safe).start()
    assert busy.execute("select 1 from pg_sleep(1)").fetchone() == (1,)


@pytest.mark.parametrize("code", [80877103, 80877104])
def test_encryption_is_declined(server: Embedded, code: int) -> None:
    with socket.create_connection(("127.0.0.1", server.pg_port), timeout=5) as client:
        client.sendall(struct.pack("!ii", 8, code))
        assert client.recv(1) == b"N"


@pytest.mark.parametrize(
    "rubbish", [b"GET / HTTP/1.1\r\n\r\n", b"\x00\x00\x00\x08\x00\x02\x00\x00"]
)
def test_rubbish_is_refused(server: Embedded, connect: Connect, rubbish: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.pg_port), timeout=5) as client:
        client.sendall(rubbish)
        assert client.recv(1) == b"E"
    assert connect().execute("select 1").fetchone() == (1,)


def test_deep_recursion(admin: Connection) -> None:
    """The engine's own stack is 64 kB; sixty nested calls overran it without any error."""
    admin.execute(
        "create or replace function deep(i integer) returns integer language plpgsql as"
        " $$ begin if i = 0 then return 0; end if; return deep(i - 1); end $$"
    )
    assert admin.execute("select deep(1000)").fetchone() == (0,)
