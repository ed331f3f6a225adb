"""Control 16: who gets into the database, tried on a real PostgreSQL with the files that we ship.

Each refusal is tried again with what refuses taken away, and then the door is open.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from db.statements import ROOT
from scripts import native_postgres as native
from tests.security.broker import Change, as_shipped, instead, need
from tests.waiting import wait_until

pytestmark = pytest.mark.native

SHIPPED = ROOT / "scripts" / "postgres"
PASSWORD = "correct-horse"
LOGINS = {"loader1": "lotwatt_loader", "grafana": "lotwatt_reader", "nightly": "lotwatt_backup"}


@dataclass(frozen=True, slots=True)
class Server:
    native: native.NativeServer
    authority: Path

    def enter(self, user: str, database: str = "lotwatt", **changes: str) -> str:
        """'' where the login gets in, else what it is told."""
        options = {
            "host": "127.0.0.1", "port": str(self.native.port), "user": user, "dbname": database,
            "password": PASSWORD, "sslmode": "verify-full", "sslrootcert": str(self.authority),
            **changes,
        }  # fmt: skip
        try:
            psycopg.connect(**options, connect_timeout=10).close()  # type: ignore[arg-type]
        except psycopg.OperationalError as error:
            return str(error)
        return ""

    def use(self, change: Change) -> None:
        """Put the shipped file in, with the subnets of the test: the loader's is this host."""
        text = (SHIPPED / "pg_hba.conf").read_text()
        text = text.replace("10.77.1.0/24", "127.0.0.1/32")
        hba = self.native.folder / "data" / "pg_hba.conf"
        hba.write_text(change(text))
        control = self.native.binaries / "pg_ctl"
        before = self.log().count("received SIGHUP")
        native.control(control, "reload", "-D", self.native.folder / "data")
        wait_until(lambda: self.log().count("received SIGHUP") > before)

    def log(self) -> str:
        return (self.native.folder / "log").read_text()


@contextmanager
def started(certificates: Path) -> Iterator[Server]:
    found = native.binaries()
    if found is None:
        need("initdb", "postgresql")
    assert found is not None
    running = native.start(found)
    try:
        data = running.folder / "data"
        with psycopg.connect(running.url, autocommit=True) as connection:
            for role in ("loader", "migrate", "jobs", "reader", "backup"):
                connection.execute(f"create role lotwatt_{role}")
            for login, role in LOGINS.items():
                connection.execute(
                    f"create role {login} login password '{PASSWORD}' in role {role}"
                )
            connection.execute("grant pg_read_all_settings to loader1")
            connection.execute(f"alter role postgres password '{PASSWORD}'")
            connection.execute("create database lotwatt")
            connection.execute("create database payroll")
        for name in ("database.pem", "database.key"):
            shutil.copy(certificates / name, data)
            if user := native.account():
                shutil.chown(data / name, user)
        settings = (SHIPPED / "lotwatt.conf").read_text()
        settings = settings.replace("/etc/postgresql/lotwatt", str(data))
        with (data / "postgresql.conf").open("a") as file:
            file.write(settings)
        (data / "pg_hba.conf").write_text((SHIPPED / "pg_hba.conf").read_text())
        native.control(found / "pg_ctl", "restart", "-w", "-D", data, "-l", running.folder / "log")
        yield Server(running, certificates / "ca.pem")
    finally:
        running.stop()


@pytest.fixture(scope="module")
def server(certificates: Path) -> Iterator[Server]:
    with started(certificates) as server:
        yield server


LOADER = "hostssl lotwatt   +lotwatt_loader   127.0.0.1/32   scram-sha-256"
REFUSED = r"rejects connection|no pg_hba.conf entry"


def shipped_or(change: Change) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("change", "is_removed"), [(as_shipped, False), (change, True)], ids=["shipped", "removed"]
    )


def test_who_is_meant_gets_in(server: Server) -> None:
    server.use(as_shipped)
    assert server.enter("loader1") == ""
    assert server.enter("nightly") == ""


@shipped_or(instead(LOADER, LOADER.replace("scram-sha-256", "trust")))
def test_a_wrong_password(server: Server, change: Change, is_removed: bool) -> None:
    server.use(change)
    said = server.enter("loader1", password="guess")
    assert (said == "") is is_removed
    if not is_removed:
        assert "password authentication failed" in said
        assert PASSWORD not in said
        assert "guess" not in said
        # Failed logins are noted, with where they came from.
        noted = r"loader1@lotwatt 127\.0\.0\.1 .*FATAL:  password authentication failed"
        wait_until(lambda: re.search(noted, server.log()) is not None)


@shipped_or(instead(LOADER, LOADER.replace("hostssl", "host   ")))
def test_without_encryption(server: Server, change: Change, is_removed: bool) -> None:
    server.use(change)
    said = server.enter("loader1", sslmode="disable", sslrootcert="")
    assert (said == "") is is_removed
    assert is_removed or re.search(REFUSED, said)


@shipped_or(instead(LOADER, LOADER.replace("lotwatt  ", "all      ", 1)))
def test_another_database(server: Server, change: Change, is_removed: bool) -> None:
    server.use(change)
    for database in ("payroll", "postgres"):
        said = server.enter("loader1", database)
        assert (said == "") is is_removed
        assert is_removed or re.search(REFUSED, said)


@shipped_or(instead("10.77.2.0/24", "127.0.0.1/32"))
def test_a_reader_in_the_network_of_the_loader(
    server: Server, change: Change, is_removed: bool
) -> None:
    server.use(change)
    said = server.enter("grafana")
    assert (said == "") is is_removed
    assert is_removed or re.search(REFUSED, said)


@shipped_or(as_shipped)
def test_the_loader_from_another_network(server: Server, change: Change, is_removed: bool) -> None:
    """Here the subnet of the shipped file does not hold this host; in `removed` it does."""
    away = instead("127.0.0.1/32   scram-sha-256\nhostssl lotwatt   +lotwatt_migrate",
                   "10.77.1.0/24   scram-sha-256\nhostssl lotwatt   +lotwatt_migrate")  # fmt: skip
    server.use(change if is_removed else away)
    said = server.enter("loader1")
    assert (said == "") is is_removed
    assert is_removed or re.search(REFUSED, said)


@shipped_or(
    lambda text: instead("host    all       postgres          all            reject", "")(
        instead(LOADER, "hostssl all all 127.0.0.1/32 scram-sha-256")(text)
    )
)
def test_a_superuser_over_the_network(server: Server, change: Change, is_removed: bool) -> None:
    server.use(change)
    said = server.enter("postgres", "postgres")
    assert (said == "") is is_removed
    assert is_removed or "rejects connection" in said


def test_a_server_with_a_foreign_certificate(server: Server, foreign_certificates: Path) -> None:
    server.use(as_shipped)
    said = server.enter("loader1", sslrootcert=str(foreign_certificates / "ca.pem"))
    assert "certificate verify failed" in said
    assert server.enter("loader1", sslmode="require", sslrootcert="") == ""


def test_what_is_set(server: Server) -> None:
    server.use(as_shipped)
    wanted = {
        "password_encryption": "scram-sha-256", "ssl": "on", "ssl_min_protocol_version": "TLSv1.2",
        "log_connections": "on", "log_disconnections": "on", "log_statement": "ddl",
        "timescaledb.telemetry_level": "off",
    }  # fmt: skip
    with psycopg.connect(
        host="127.0.0.1", port=server.native.port, user="loader1", dbname="lotwatt",
        password=PASSWORD, sslmode="require",
    ) as connection:  # fmt: skip
        found = {
            name: connection.execute("select current_setting(%s)", [name]).fetchone()
            for name in wanted
        }
    assert found == {name: (value,) for name, value in wanted.items()}


def test_no_method_that_is_weak() -> None:
    for file in SHIPPED.iterdir():
        lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        assert not re.search(r"\b(trust|md5|password|ident)\b(?!_)", "\n".join(lines)), file
