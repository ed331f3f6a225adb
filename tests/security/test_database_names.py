"""Control 17: a name is data, whatever it says: through plant file, broker and command."""

import json
import re
import time
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg.types.json import Jsonb

from db.statements import ROOT, load
from ingest.buffer import Buffer, Limits
from ingest.store import Counts, Store
from ingest.wire import Packet
from lotwatt import main
from tests.logins import login_url

STATEMENTS = load("tests/security/database.sql")
HOSTILE = [
    "'; drop table plant.sensor; --",
    '"; drop table plant.sensor; --',
    "$$; drop table plant.sensor; $$",
    "x' || (select value from ops.setting limit 1) || '",
    "%s %(name)s {0} {x} $(id) `id`",
    "${jndi:ldap://x/y}",
    "../../etc/passwd",
    "-rf",
    "__proto__",
    "select",
    "a\\b'c\"d",
    "<script>alert(1)</script>",
    "tab\tand space ",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "\N{SNOWMAN}\N{PILE OF POO}",
    "x" * 200,
]
# Names of places are parts of topics: only plain ones are let in.
PLACES = [name for name in HOSTILE if not re.fullmatch(r"[A-Za-z0-9_.-]+", name)]

Connection = psycopg.Connection[tuple[Any, ...]]


def plant(**changes: Any) -> Jsonb:
    parts: dict[str, Any] = {
        "sites": [{"code": "S", "time_zone": "UTC"}],
        "lines": [{"code": "L", "site": "S"}],
        "machines": [{"code": "M", "line": "L", "topic": "p/M"}],
    }
    return Jsonb(parts | changes)


@pytest.fixture
def intact(db: Connection) -> Any:
    """What has to be as it was, whatever names were used."""
    before = db.execute(STATEMENTS["owners"]).fetchall(), tables(db)
    yield
    assert (db.execute(STATEMENTS["owners"]).fetchall(), tables(db)) == before


def tables(db: Connection) -> list[tuple[Any, ...]]:
    return db.execute(STATEMENTS["tables"]).fetchall()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_a_plant_file_and_in_commands(db: Connection, intact: None, name: str) -> None:
    db.execute("select from plant.apply(%s)", [plant(
        references=[{"code": name, "name": name, "description": name}],
        operators=[{"code": name, "name": name}],
        sensors=[{
            "code": name, "topic": "p/M/x", "machine": "M", "role": "other", "unit": name,
            "quantity": name, "location": name, "type": name,
        }],
        lots=[{"number": name, "reference": name}],
    )])  # fmt: skip
    assert db.execute("select code, unit, location from plant.sensor").fetchall() == [(name,) * 3]
    assert db.execute("select number, reference from api.lot").fetchall() == [(name, name)]
    for command in (["sensors"], ["references", "--reference", name]):
        result = CliRunner().invoke(main, [*command, "--format", "json"])
        assert result.exit_code == 0, result.output
        (found,) = json.loads(result.output)
        assert name in (found.get("sensor"), found.get("reference"))
    result = CliRunner().invoke(main, ["lot", "show", "--format", "json", "--", name])
    assert json.loads(result.output)["number"] == name


@pytest.mark.parametrize("part", ["sites", "lines", "machines"])
def test_names_of_places_are_plain(db: Connection, intact: None, part: str) -> None:
    refused = (psycopg.errors.CheckViolation, psycopg.errors.InvalidParameterValue)
    for name in PLACES:
        row = {"code": name, "time_zone": "UTC", "site": "S", "line": "L"}
        with pytest.raises(refused):
            db.execute("select from plant.apply(%s)", [plant(**{part: [row]})])
    assert db.execute("select from plant.site").fetchall() == []


@pytest.mark.parametrize("name", HOSTILE)
def test_names_that_come_by_the_broker(
    db: Connection, database_url: str, intact: None, name: str
) -> None:
    """As the loader's own role: topics and claims of machines, as readings and as events."""
    db.execute("select from plant.apply(%s)", [plant(sensors=[
        {"code": "M.t", "topic": "p/M/t", "machine": "M", "role": "other", "unit": "C"},
    ])])  # fmt: skip
    claim = {"lot": name, "reference": name, "operator": name}
    now = time.time()
    messages = [
        ("p/M/t", {"value": 1, "time": now, **claim}),
        ("p/M/lot", {"event": "start", "time": now, **claim}),
        ("p/M/" + name, {"value": 1, "time": now}),
        ("p/M", {"time": now, "values": {name: 1}}),
    ]
    with login_url(db, database_url, "lotwatt_loader") as url:
        store = Store(url, "names")
        buffer = Buffer(Limits(), store.load_catalog())
        buffer.add(
            [
                Packet(topic.encode(), json.dumps(said).encode(), number, 1, False)
                for number, (topic, said) in enumerate(messages, start=1)
            ],
            0.0,
        )
        counts = store.write(buffer.take())
        store.close()
    assert sum(vars_of(counts)) == len(messages)
    assert db.execute("select messages from ingest.ledger").fetchall() == [(len(messages),)]
    lots = {row[0] for row in db.execute("select number from plant.lot")}
    assert lots <= {name, name.strip()}


def vars_of(counts: Counts) -> list[int]:
    return [counts.stored, counts.duplicate, counts.conflict, counts.quarantined, counts.dropped]


def test_a_function_that_puts_a_name_into_sql_is_what_this_is_about(db: Connection) -> None:
    """Taken away: the same name, and the table is gone."""
    with db.transaction(force_rollback=True):
        db.execute(STATEMENTS["careless"])
        db.execute("select pg_temp.careless(%s)", ["'; drop table plant.audit cascade; --"])
        assert db.execute("select to_regclass('plant.audit')").fetchone() == (None,)


def test_functions_that_run_as_the_owner_fix_their_search_path(db: Connection) -> None:
    assert db.execute(STATEMENTS["without_search_path"]).fetchall() == []
    with db.transaction(force_rollback=True):
        db.execute("alter function ingest.drop_messages reset search_path")
        (found,) = db.execute(STATEMENTS["without_search_path"]).fetchall()
        assert found[0].startswith("ingest.drop_messages(")


@pytest.mark.parametrize("is_taken_away", [False, True])
def test_a_search_path_runs_nothing_as_the_owner(db: Connection, is_taken_away: bool) -> None:
    """A loader that owns a schema puts a function of the same name before PostgreSQL's own."""
    with db.transaction(force_rollback=True):
        db.execute(STATEMENTS["trap"])
        if is_taken_away:
            db.execute("alter function ingest.drop_messages reset search_path")
        db.execute("set local role lotwatt_test_trapper")
        db.execute("set local search_path = trap, pg_catalog")
        db.execute("select ingest.drop_messages('x', 'empty_payload', 1)")
        caught = {row[0] for row in db.execute("select who from trap.caught")}
    assert caught == ({"lotwatt_owner"} if is_taken_away else set())


def test_no_text_of_sql_is_put_together_from_names() -> None:
    """What EXECUTE runs is made by format() with %I and %L, or is a name from the catalog."""
    careless = re.compile(r"\bexecute\s+(?!format\s*\(|(function|procedure)\b|on\b)", re.IGNORECASE)
    assert careless.search("execute 'drop table ' || p_name")
    files = [*(ROOT / "db" / "repeatable").rglob("*.sql"), ROOT / "db" / "prepare.sql"]
    found = [
        f"{file.name}: {line.strip()}"
        for file in files
        for line in file.read_text().splitlines()
        if careless.search(line.partition("--")[0])
    ]
    assert found == []
