"""Backup, restore, compare: what was backed up comes back, and what did not is named."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.conninfo import conninfo_to_dict

from db.backup import dump as dumps
from db.backup import manifest, tools
from db.backup import restore as restores
from db.backup.contents import STATEMENTS as ASKED
from db.backup.contents import differences, read
from db.connection import connect
from db.embedded import control
from db.errors import LotwattError
from db.statements import ROOT
from lotwatt import main
from tests.databases import scratch
from tests.integration.backup.conftest import STATEMENTS
from tests.logins import login_url
from tests.waiting import wait_until

pytestmark = pytest.mark.native


def quiet(_: str) -> None:
    """Progress that no test reads."""


def copy_of(dump: Path, folder: Path) -> Path:
    for path in (dump, manifest.path_of(dump)):
        shutil.copy(path, folder)
    return folder / dump.name


def contents(url: str) -> Any:
    with connect(url) as connection:
        connection.execute(ASKED["session"])
        return read(connection, quiet)


def test_what_is_backed_up_is_counted_by_day(dumped: Path) -> None:
    found = manifest.read(dumped)
    readings = found.contents.tables["telemetry.reading"]
    assert len(readings) == 40
    assert {count for count, _ in readings.values()} == {288}
    assert len({checksum for _, checksum in readings.values()}) == 40
    assert found.contents.tables["plant.sensor"]["all"][0] == 2


def test_a_backup_is_verified_and_the_result_is_kept(
    full_url: str, dumped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", full_url)
    result = CliRunner().invoke(main, ["db", "verify-backup", "--to", str(dumped.parent)])
    assert result.exit_code == 0, result.output
    rows = manifest.read(dumped).contents.rows
    assert f"OK: {rows:,} rows" in result.output
    with connect(full_url) as connection:
        last = connection.execute(STATEMENTS["checks"]).fetchall()[-1]
        assert last == (dumped.name, rows, None)
        assert connection.execute(STATEMENTS["databases"]).fetchall() == []


def test_a_backup_is_restored_and_works(
    native_server_url: str, full_url: str, dumped: Path, is_plain: bool
) -> None:
    """Into a database that is not there yet: rows, grants, chunks; and it takes more."""
    with scratch(native_server_url) as url:
        name = conninfo_to_dict(url)["dbname"]
        with connect(native_server_url, autocommit=True) as server:
            server.execute(f"drop database {name}")
        done = restores.restore(url, dumped, quiet)
        assert done.rows == manifest.read(dumped).contents.rows
        wanted, found = manifest.read(dumped).contents, contents(url)
        jobs = [line for line in differences(wanted, found) if "job " not in line]
        assert [line for line in jobs if "ops.applied_sql" not in line] == []
        with connect(url, autocommit=True) as connection:
            connection.execute(
                "insert into telemetry.reading (time, sensor_id, value)"
                " values ('2026-03-02 00:05Z', 1, 7), ('2026-06-01 00:05Z', 1, 7)"
            )
            if not is_plain:
                wait_until(lambda: connection.execute(STATEMENTS["workers"]).fetchone() == (1,))
            with login_url(connection, url, "lotwatt_loader") as own, connect(own) as loader:
                for statement in ("select 1 from telemetry.reading", "create temp table t (n int)"):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        loader.execute(statement.encode())
                    loader.rollback()


def test_a_database_that_holds_something_is_refused(
    native_server_url: str, full_url: str, dumped: Path
) -> None:
    before = contents(full_url)
    with pytest.raises(LotwattError, match="is not empty: nothing was restored"):
        restores.restore(full_url, dumped, quiet)
    assert differences(before, contents(full_url)) == []
    with scratch(native_server_url) as url:
        with connect(url, autocommit=True) as connection:
            connection.execute("create table mine (n int)")
        with pytest.raises(LotwattError, match="is not empty"):
            restores.restore(url, dumped, quiet)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update telemetry.reading set value = value + 1 where time = '2026-03-07 10:00Z'",
         "telemetry.reading on 2026-03-07: 288 rows, but not the same ones"),
        ("delete from telemetry.reading where time >= '2026-03-09' and time < '2026-03-10'",
         "telemetry.reading on 2026-03-09: 0 rows of 288"),
        ("insert into telemetry.reading (time, sensor_id, value)"
         " values ('2026-03-08 10:01Z', 1, 1)",
         "telemetry.reading on 2026-03-08: 289 rows of 288"),
        ("update plant.reference set name = 'other'",
         "plant.reference: 1 rows, but not the same ones"),
        ("grant select on telemetry.reading to lotwatt_reader", "missing: table telemetry.reading"),
        ("drop trigger audit_row on plant.sensor", "missing: trigger audit_row of plant.sensor"),
        ("drop index telemetry.slice_lot", "missing: index telemetry.slice_lot of telemetry.slice"),
    ],
)  # fmt: skip
def test_every_kind_of_difference_is_named(
    full_url: str, dumped: Path, change: str, said: str
) -> None:
    with connect(full_url) as connection:
        connection.execute(change.encode())
        connection.execute(ASKED["session"])
        lines = differences(manifest.read(dumped).contents, read(connection, quiet))
        connection.rollback()
    assert any(line.startswith(said) for line in lines), lines


def test_a_restore_that_loses_rows_is_found(
    native_server_url: str, dumped: Path, is_plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pre_restore TimescaleDB loses rows of compressed chunks. Where there is none, a tool
    that leaves a table out stands for it."""
    if is_plain:
        start = tools.start
        monkeypatch.setattr(
            tools, "start", lambda tool, url, more: start(tool, url, ["--section=pre-data", *more])
        )
        missing = r"telemetry\.reading on 2026-03-01: 0 rows of 288"
    else:
        monkeypatch.setitem(ASKED._texts, "pre_restore", "select 1")
        missing = r"telemetry\.(reading|slice) on 2026-\d\d-\d\d: 0 rows of"
    with (
        scratch(native_server_url) as url,
        pytest.raises(restores.DifferentError, match=missing),
    ):
        restores.restore(url, dumped, quiet)


def test_a_dump_of_one_table_does_not_pass(
    full_url: str, dumped: Path, tmp_path: Path, native_server_url: str
) -> None:
    """pg_dump -t writes no row of a hypertable, as its rows are in chunks."""
    copy = copy_of(dumped, tmp_path)
    tool = tools.find("pg_dump", 0)
    subprocess.run(
        [tool.path, "-Fc", "-t", "telemetry.reading", f"--file={copy}", f"--dbname={full_url}"],
        check=True,
    )
    with pytest.raises(LotwattError, match="is not as it was made"):
        manifest.need_unchanged(copy, manifest.read(copy))
    said = json.loads(manifest.path_of(copy).read_text())
    said |= {"size": copy.stat().st_size, "sha256": manifest.sha256(copy)}
    manifest.path_of(copy).write_text(json.dumps(said))
    with pytest.raises(LotwattError, match="is not what was backed up"):
        restores.verify(full_url, None, copy, quiet)
    with connect(full_url) as connection:
        last = connection.execute(STATEMENTS["checks"]).fetchall()[-1]
        assert "is not what was backed up" in last[2]
        assert connection.execute(STATEMENTS["databases"]).fetchall() == []


def test_a_file_that_was_damaged_or_is_alone_is_refused(
    full_url: str, dumped: Path, tmp_path: Path
) -> None:
    copy = copy_of(dumped, tmp_path)
    block = bytearray(copy.read_bytes())
    block[len(block) // 2] ^= 1
    copy.write_bytes(bytes(block))
    with pytest.raises(LotwattError, match="is not as it was made"):
        restores.verify(full_url, None, copy, quiet)
    with connect(full_url) as connection:  # else the doctor would go by the last good one
        assert "is not as it was made" in connection.execute(STATEMENTS["checks"]).fetchall()[-1][2]
    with pytest.raises(LotwattError, match="is not as it was made"):
        restores.restore(full_url, copy, quiet)
    with pytest.raises(LotwattError, match="does not say into which database"):
        restores.restore("postgresql://127.0.0.1", dumped, quiet)
    manifest.path_of(copy).unlink()
    with pytest.raises(LotwattError, match=r"has no .*\.json beside it"):
        manifest.read(copy)
    with pytest.raises(LotwattError, match="there is no file"):
        manifest.read(tmp_path / "nothing.dump")


def test_versions_that_do_not_fit_are_refused(
    native_server_url: str, dumped: Path, tmp_path: Path
) -> None:
    copy = copy_of(dumped, tmp_path)
    said = json.loads(manifest.path_of(copy).read_text())
    for change, message in (
        ({"timescaledb": "2.1.0"}, "is of TimescaleDB 2.1.0; this server has"),
        ({"postgresql": "99.1"}, "is of PostgreSQL 99.1, newer than this server's"),
        ({"revision": "9999"}, "is of a newer Lotwatt: its tables are at 9999"),
    ):
        manifest.path_of(copy).write_text(json.dumps(said | change))
        with scratch(native_server_url) as url, pytest.raises(LotwattError, match=message):
            restores.restore(url, copy, quiet)


def test_the_backup_role_backs_up_and_changes_nothing(full_url: str, tmp_path: Path) -> None:
    with connect(full_url, autocommit=True) as admin:
        with login_url(admin, full_url, "lotwatt_backup") as url:
            made = dumps.backup(url, tmp_path, None, quiet)
            assert manifest.read(made).contents.rows > 0
            with connect(url, autocommit=True) as connection:
                for statement in (
                    "delete from telemetry.reading",
                    "delete from ops.backup",
                    "select plant.apply('{}')",
                    "create table public.mine (n int)",
                ):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(statement.encode())
            with pytest.raises(LotwattError, match="only a superuser"):
                restores.verify(url, None, made, quiet)
        with (
            login_url(admin, full_url, "lotwatt_reader") as url,
            pytest.raises((LotwattError, psycopg.errors.InsufficientPrivilege)),
        ):
            dumps.backup(url, tmp_path / "no", None, quiet)
    assert list((tmp_path / "no").glob("*")) == []


def test_old_backups_go_and_unfinished_ones_do_not_count(full_url: str, tmp_path: Path) -> None:
    for second in range(3):
        for name in ("dump", "json"):
            (tmp_path / f"lotwatt-20260101T00000{second}Z.{name}").touch()
    (tmp_path / "lotwatt-20260101T000009Z.dump").touch()
    made = dumps.backup(full_url, tmp_path, 2, quiet)
    assert [path.name for path in manifest.backups(tmp_path)] == [
        "lotwatt-20260101T000002Z.dump",
        made.name,
    ]
    assert list(tmp_path.glob("*.partial")) == []


def test_a_backup_that_fails_leaves_no_file_and_takes_none_away(
    full_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dumps.backup(full_url, tmp_path, None, quiet)
    before = sorted(tmp_path.iterdir())
    start = tools.start
    monkeypatch.setattr(
        tools, "start", lambda tool, url, more: start(tool, url, [*more, "--no-such-option"])
    )
    with pytest.raises(LotwattError, match=r"pg_dump failed, no backup was made: .*no-such-option"):
        dumps.backup(full_url, tmp_path, 1, quiet)
    assert sorted(tmp_path.iterdir()) == before


def test_a_tool_that_is_missing_or_too_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LotwattError, match=r"pg_dump is of PostgreSQL .*, older than .* 99"):
        tools.find("pg_dump", 99)
    monkeypatch.setattr(tools, "candidates", lambda name: iter(()))
    with pytest.raises(LotwattError, match="pg_dump is not on this machine"):
        tools.find("pg_dump", 15)


def test_the_password_shows_in_no_list_of_processes(dumped: Path, full_url: str) -> None:
    tool = tools.Tool(Path("/bin/echo"), 15, "15")
    running = tools.start(tool, f"{full_url} password=secret-word", ["x"])
    assert "secret-word" not in str(running.args)
    running.communicate()


def test_what_is_written_meanwhile_is_in_neither(full_url: str, tmp_path: Path) -> None:
    """The dump and its count are of one snapshot, however long they take."""

    def write(_: str) -> None:
        with connect(full_url) as connection:
            connection.execute(
                "insert into telemetry.reading (time, sensor_id, value)"
                " values (clock_timestamp(), 1, 1)"
            )

    made = dumps.backup(full_url, tmp_path, None, write)
    restores.verify(full_url, None, made, quiet)


def test_doctor_tells_how_old_backups_and_restores_are(full_url: str, dumped: Path) -> None:
    def health() -> list[tuple[Any, ...]]:
        return connection.execute(STATEMENTS["health"]).fetchall()

    with connect(full_url) as connection:
        connection.execute("delete from ops.backup")
        connection.execute("delete from ops.restore_check")
        young = health()
        assert [(row[0], row[1]) for row in young] == [("backup", True), ("restore", True)]
        assert young[0][2] == "none was made yet"
        connection.execute(STATEMENTS["age"], {"age": "8 days"})
        assert [row[1] for row in health()] == [False, False]
        noted = {"file": "f", "made_at": "now", "rows": 1, "duration_s": 1.0, "difference": None}
        connection.execute(ASKED["note_backup"], noted | {"size": 1, "sha256": "x"})
        connection.execute(ASKED["note_restore_check"], noted)
        assert [row[1] for row in health()] == [True, True]
        connection.execute(STATEMENTS["age"], {"age": "36 hours"})
        assert [row[1] for row in health()] == [True, True]
        connection.execute(ASKED["note_restore_check"], noted | {"difference": "rows are missing"})
        assert [row[1] for row in health()] == [True, False]
        connection.execute(ASKED["note_restore_check"], noted)
        connection.execute(STATEMENTS["age"], {"age": "6 days"})
        assert [row[1] for row in health()] == [False, True]
        connection.execute(STATEMENTS["age"], {"age": "2 days"})
        assert [row[1] for row in health()] == [False, False]
        connection.rollback()


def test_the_embedded_server_is_refused(tmp_path: Path, dumped: Path) -> None:
    url = control.start(tmp_path / "embedded", data="memory").dsn
    try:
        with pytest.raises(LotwattError, match="the embedded server has no backup"):
            dumps.backup(url, tmp_path, None, quiet)
        with pytest.raises(LotwattError, match="the embedded server has no backup"):
            restores.verify(url, None, dumped, quiet)
        with pytest.raises(LotwattError, match="the embedded server has no backup"):
            restores.restore(url, dumped, quiet)
    finally:
        control.stop(tmp_path / "embedded")


def test_cron_backs_up_and_verifies_without_a_word(
    full_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", full_url)
    monkeypatch.setenv("LOTWATT_BACKUPS", str(tmp_path))
    for script in ("backup", "verify-backup"):
        done = subprocess.run([ROOT / "scripts" / script], capture_output=True, text=True)
        assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    (dump,) = manifest.backups(tmp_path)
    assert dump.stat().st_mode & 0o7 == 0
    with connect(full_url) as connection:
        assert connection.execute(STATEMENTS["checks"]).fetchall()[-1][::2] == (dump.name, None)
    dump.write_bytes(b"damaged")
    done = subprocess.run([ROOT / "scripts" / "verify-backup"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "is not as it was made" in done.stderr
    with connect(full_url) as connection:
        assert "is not as it was made" in connection.execute(STATEMENTS["checks"]).fetchall()[-1][2]
