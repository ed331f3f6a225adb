"""What ordinary clients do: threads, batches, pipelines, cursors, COPY, psql, SQLAlchemy."""

import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict

from db.embedded.control import Embedded
from tests.embedded.conftest import Connect

Connection = psycopg.Connection[Any]


def count(connection: Connection, table: str = "sample") -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608
    assert row is not None
    return int(row[0])


def test_parallel_clients_with_transactions(connect: Connect, table: str) -> None:
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            connection = connect(autocommit=False, application_name=f"client {number}")
            for i in range(25):
                with connection.transaction():
                    connection.execute("insert into sample values (%s, %s)", (number, str(i)))
                    seen = connection.execute(
                        "select count(*) from sample where id = %s", (number,)
                    ).fetchone()
                    assert seen == (i + 1,)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not failures
    assert count(connect()) == 200


def test_executemany_of_a_thousand_rows(admin: Connection, table: str) -> None:
    with admin.cursor() as cursor:
        cursor.executemany(
            "insert into sample values (%s, %s)", [(i, "x" * i) for i in range(1000)]
        )
    assert count(admin) == 1000


@pytest.mark.parametrize("length", [8160, 8170, 8180, 8192, 16384, 16390, 300_000])
def test_messages_around_the_receive_buffer(admin: Connection, table: str, length: int) -> None:
    with admin.cursor() as cursor:
        for near in range(length - 12, length + 12):
            cursor.execute("select length(%s::text)", ("x" * near,))
            assert cursor.fetchone() == (near,)
        cursor.executemany(
            "insert into sample values (%s, %s)", [(i, "x" * (length - i)) for i in range(20)]
        )
    assert count(admin) == 20


def test_pipeline(admin: Connection, table: str) -> None:
    with admin.pipeline():
        for i in range(300):
            admin.execute("insert into sample values (%s, %s)", (i, "pipeline"))
        answer = admin.execute("select count(*) from sample")
    assert answer.fetchone() == (300,)


def test_error_in_pipeline_skips_to_its_end(admin: Connection, table: str) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero), admin.pipeline():  # noqa: PT012
        admin.execute("insert into sample values (1, 'lost')")
        admin.execute("select 1 / 0")
        for i in range(200):
            admin.execute("insert into sample values (%s, %s)", (i, "y" * 500))
    assert count(admin) == 0


def test_server_side_cursor(connect: Connect) -> None:
    connection = connect(autocommit=False)
    with connection.transaction(), connection.cursor("rows") as cursor:
        cursor.execute("select generate_series(1, 5000)")
        assert cursor.fetchmany(10)[-1] == (10,)
        assert len(cursor.fetchall()) == 4990


def test_error_in_transaction_then_rollback(connect: Connect, table: str) -> None:
    connection = connect(autocommit=False)
    connection.execute("insert into sample values (1, 'lost')")
    with pytest.raises(psycopg.errors.UndefinedColumn):
        connection.execute("select nope")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        connection.execute("select 1")
    connection.rollback()
    assert count(connection) == 0


def test_client_that_leaves_in_a_transaction(connect: Connect, table: str) -> None:
    connection = connect(autocommit=False)
    connection.execute("insert into sample values (1, 'lost')")
    connection.close()
    assert count(connect()) == 0


def test_copy_in_and_out(admin: Connection, table: str) -> None:
    with admin.cursor() as cursor:
        with cursor.copy("/* a /* nested */ note */ copy sample (id, note) from stdin") as copy:
            for i in range(20_000):
                copy.write_row((i, f"ünï\t{i}"))
        assert cursor.rowcount == 20_000
        with cursor.copy("copy sample to stdout (format csv)") as copy:
            lines = b"".join(copy).decode().splitlines()
    assert len(lines) == 20_000
    assert lines[7] == "7,ünï\t7"


def test_binary_copy(admin: Connection, table: str) -> None:
    with (
        admin.cursor() as cursor,
        cursor.copy("copy sample (id, note) from stdin (format binary)") as copy,
    ):
        copy.set_types(["integer", "text"])
        for i in range(100):
            copy.write_row((i, "binary"))
    assert count(admin) == 100


@pytest.mark.parametrize("bad_line", [5, 149_000])
def test_error_in_copy(connect: Connect, table: str, bad_line: int) -> None:
    connection = connect(autocommit=False)
    with (  # noqa: PT012
        pytest.raises(psycopg.errors.InvalidTextRepresentation),
        connection.cursor() as cursor,
        cursor.copy("copy sample from stdin") as copy,
    ):
        for i in range(150_000):
            copy.write(f"{'bad' if i == bad_line else i}\tten bytes.\n")
    connection.rollback()
    assert count(connection) == 0


def test_copy_that_the_client_breaks_off(admin: Connection, table: str) -> None:
    with (  # noqa: PT012
        pytest.raises(ValueError, match="enough"),
        admin.cursor() as cursor,
        cursor.copy("copy sample from stdin") as copy,
    ):
        copy.write("1\tx\n")
        raise ValueError("enough")
    assert count(admin) == 0


@pytest.mark.parametrize(
    "text",
    [
        "select 1; copy sample from stdin",
        "copy sample from stdin; select 1",
        "select 'a\\'; copy sample from stdin",
        "select '/*'; copy sample from stdin; select '*/'",
    ],
)
def test_copy_among_statements_is_refused(admin: Connection, table: str, text: str) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="single statement"):
        admin.execute(text)
    assert count(admin) == 0


def test_copy_in_extended_protocol_is_refused(admin: Connection, table: str) -> None:
    answer = admin.pgconn.exec_params(b"copy sample from stdin", [])
    assert answer.error_field(psycopg.pq.DiagnosticField.SQLSTATE) == b"0A000"
    assert count(admin) == 0


def test_text_that_only_mentions_copy(admin: Connection) -> None:
    text = "select 'copy sample from stdin; select 1' as note -- copy sample from stdin"
    assert admin.execute(text).fetchone() == ("copy sample from stdin; select 1",)


def test_prepared_statements_outlive_turns(connect: Connect) -> None:
    one, other = connect(prepare_threshold=0), connect(prepare_threshold=0)
    for i in range(8):
        assert one.execute("select %s::int + 1", (i,)).fetchone() == (i + 1,)
        assert other.execute("select %s::int * 2", (i,)).fetchone() == (i * 2,)


def test_settings_outlive_turns(connect: Connect) -> None:
    one = connect(options="-c timezone=Europe/Rome", application_name="one")
    other = connect()
    one.execute("set work_mem = '9MB'")
    other.execute("set time zone 'Asia/Tokyo'")

    def show(connection: Connection) -> tuple[Any, ...] | None:
        return connection.execute(
            "select current_setting('work_mem'), current_setting('timezone'),"
            " current_setting('application_name')"
        ).fetchone()

    assert show(one) == ("9MB", "Europe/Rome", "one")
    assert show(other) == ("4MB", "Asia/Tokyo", "")
    one.execute("reset work_mem")
    assert show(other) == ("4MB", "Asia/Tokyo", "")
    assert show(one) == ("4MB", "Europe/Rome", "one")


def test_usual_values_instead_of_the_odd_flags(admin: Connection) -> None:
    values = (
        "select current_setting('enable_seqscan'), current_setting('search_path'),"
        " current_setting('client_min_messages'), current_setting('timezone')"
    )
    usual = ("on", '"$user", public', "notice", "UTC")
    assert admin.execute(values).fetchone() == usual
    for statement in (
        "reset all",
        "discard all",
        "set search_path = pg_catalog; reset search_path",
    ):
        admin.execute(statement)
        assert admin.execute(values).fetchone() == usual


def test_notices_reach_the_client(admin: Connection) -> None:
    notices: list[str | None] = []
    admin.add_notice_handler(lambda diag: notices.append(diag.message_primary))
    admin.execute("do $$ begin raise notice 'hello'; end $$")
    assert notices == ["hello"]


def test_sqlalchemy_as_alembic_uses_it(server: Embedded) -> None:
    url = server.dsn.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(url, connect_args={"prepare_threshold": None})
    metadata = sa.MetaData()
    version = sa.Table("version_of_test", metadata, sa.Column("number", sa.String(32)))
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(version.insert(), [{"number": "a"}, {"number": "b"}])
    with engine.connect() as connection:
        autocommit = connection.execution_options(isolation_level="AUTOCOMMIT")
        autocommit.exec_driver_sql("vacuum version_of_test")
    assert "version_of_test" in sa.inspect(engine).get_table_names()
    with engine.begin() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(version)).scalar() == 2
        metadata.drop_all(connection)
    engine.dispose()


def psql(server: Embedded, *commands: str, **options: Any) -> subprocess.CompletedProcess[str]:
    program = shutil.which("psql")
    if program is None:
        pytest.skip("psql is not installed")
    parts = conninfo_to_dict(server.dsn)
    environment = {**os.environ, "PGPASSWORD": str(parts["password"])}
    dsn = f"host={parts['host']} port={parts['port']} user=postgres dbname={parts['dbname']}"
    arguments = [part for command in commands for part in ("-c", command)]
    return subprocess.run(
        [program, "-X", "-v", "ON_ERROR_STOP=1", dsn, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        **options,
    )


def test_psql_describes(server: Embedded, table: str) -> None:
    answer = psql(server, r"\d", r"\d sample", r"\dx", r"\du")
    assert answer.returncode == 0, answer.stderr
    assert "sample" in answer.stdout
    assert "timescaledb" in answer.stdout


def test_psql_copies(server: Embedded, table: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("".join(f"{i},row {i}\n" for i in range(5000)))
    answer = psql(
        server,
        r"\copy sample from 'in.csv' csv",
        r"\copy (select * from sample order by id) to 'out.csv' csv",
        cwd=tmp_path,
    )
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / "out.csv").read_text() == (tmp_path / "in.csv").read_text()
