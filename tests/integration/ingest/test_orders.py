"""Lists of orders: what they say of runs and lots, again, otherwise, in any order, in conflict."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner

from ingest.importer import Importer
from ingest.item import Order
from ingest.store import Counts
from lotwatt import main
from tests.integration.ingest.conftest import STATEMENTS, Plant, now
from tests.reset import Pristine, reset

pytestmark = pytest.mark.native

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)


def order(
    key: str, lot: str, start: float, end: float | None, machine: str = "m1", **said: Any
) -> Order:
    """Hours after AT."""
    names = ("reference", "planned", "good", "scrap", "operator")
    values = {name: said.get(name) for name in names}
    return Order(
        key=key, lot=lot, machine=machine, start=AT + timedelta(hours=start),
        end=None if end is None else AT + timedelta(hours=end), received_at=now(), **values,
    )  # fmt: skip


def store(plant: Plant, *orders: Order, name: str = "erp", is_per_row: bool = False) -> Counts:
    importer = Importer(plant.url, "api", name, is_per_row=is_per_row)
    try:
        return importer.store(orders)
    finally:
        importer.close()


def withdraw(plant: Plant, start: float, end: float, *keys: str) -> int:
    importer = Importer(plant.url, "api", "erp")
    try:
        return importer.withdraw_missing(
            AT + timedelta(hours=start), AT + timedelta(hours=end), keys
        )
    finally:
        importer.close()


def runs(plant: Plant) -> list[tuple[str, str, float, float | None]]:
    """Machine, lot, hours from when to when."""

    def hours(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - AT).total_seconds() / 3600

    return [
        (machine, lot, hours(start) or 0, hours(end))
        for machine, lot, start, end, _ in plant.rows("runs")
    ]


def conflicts(plant: Plant) -> list[tuple[str, str]]:
    return [(kind, lot) for kind, lot in plant.rows("order_conflicts")]


def test_an_order_is_a_run_of_its_lot(plant: Plant) -> None:
    said = {"reference": "CAP-28", "good": 4820, "scrap": 35, "planned": 5000, "operator": "kim"}
    first = order("1", "L1", 0, 2, **said)
    assert store(plant, first) == Counts(stored=1)
    assert runs(plant) == [("m1", "L1", 0, 2)]
    assert plant.rows("quantities") == [("L1", "CAP-28", 5000.0, 4820.0, 35.0)]
    assert store(plant, first) == Counts(duplicate=1)
    assert ("api:erp", 0, 2, 1, 1, 0, 0, 0) in plant.rows("ledger")
    assert plant.rows("assertions") == [("order 1 of api:erp", True)]


def test_a_changed_order_replaces_what_it_said(plant: Plant) -> None:
    store(plant, order("1", "L1", 0, None, reference="A"), order("2", "L2", 5, 6))
    assert runs(plant) == [("m1", "L1", 0, 5), ("m1", "L2", 5, 6)]
    changed = order("1", "L1", 1, 3, "m2", reference="B", good=7)
    assert store(plant, changed) == Counts(stored=1)
    assert runs(plant) == [("m1", "L2", 5, 6), ("m2", "L1", 1, 3)]
    assert plant.rows("quantities")[0] == ("L1", "B", None, 7.0, None)
    assert store(plant, order("1", "L9", 1, 3, "m2")) == Counts(stored=1)
    assert runs(plant) == [("m1", "L2", 5, 6), ("m2", "L9", 1, 3)]


def test_what_two_orders_claim_at_once_is_given_to_neither(plant: Plant) -> None:
    """L1 from 0 to 3 and L2 from 2 to 5: the hour from 2 to 3 is nobody's."""
    store(plant, order("1", "L1", 0, 3), order("2", "L2", 2, 5))
    assert runs(plant) == [("m1", "L1", 0, 2), ("m1", "L2", 3, 5)]
    assert conflicts(plant) == [("two orders at once", "L1, L2")]
    store(plant, order("1", "L1", 0, 2))
    assert runs(plant) == [("m1", "L1", 0, 2), ("m1", "L2", 2, 5)]
    assert conflicts(plant) == []


def test_orders_of_a_lot_that_differ(plant: Plant) -> None:
    store(plant, order("1", "L1", 0, 1, reference="A", good=5))
    assert plant.rows("quantities") == [("L1", "A", None, 5.0, None)]
    store(plant, order("2", "L1", 2, 3, reference="B", good=6))
    assert plant.rows("quantities") == [("L1", None, None, None, None)]
    assert conflicts(plant) == [("orders of one lot differ", "L1")]
    store(plant, order("2", "L1", 2, 3, reference="A", good=5))
    assert plant.rows("quantities") == [("L1", "A", None, 5.0, None)]
    assert conflicts(plant) == []


def test_quantities_of_rows_are_added_up_once_all_are_there(plant: Plant) -> None:
    store(plant, order("1", "L1", 0, 1, good=5), order("2", "L1", 2, None), is_per_row=True)
    assert plant.rows("quantities") == [("L1", None, None, None, None)]
    store(plant, order("2", "L1", 2, 3, good=6), is_per_row=True)
    assert plant.rows("quantities") == [("L1", None, None, 11.0, None)]


def test_an_order_that_is_gone_gives_back_what_it_held(plant: Plant) -> None:
    store(plant, order("1", "L1", 0, 1), order("2", "L2", 2, 3), order("3", "L3", 30, 31))
    assert withdraw(plant, 0, 24, "1") == 1
    assert runs(plant) == [("m1", "L1", 0, 1), ("m1", "L3", 30, 31)]
    assert withdraw(plant, 0, 24, "1") == 0
    assert store(plant, order("2", "L2", 2, 3)) == Counts(stored=1)
    assert len(runs(plant)) == 3


def test_what_a_person_corrected_stays(plant: Plant) -> None:
    store(plant, order("1", "L1", 0, 4, good=5))
    plant.do("assign", lot="L7", start=AT + timedelta(hours=1), end=AT + timedelta(hours=2))
    store(plant, order("1", "L1", 0, 5, good=6))
    assert runs(plant) == [("m1", "L1", 0, 1), ("m1", "L7", 1, 2), ("m1", "L1", 2, 5)]


def test_rows_that_cannot_be_meant_are_kept(plant: Plant) -> None:
    soon = (now() - AT).total_seconds() / 3600 + 24
    counts = store(
        plant, order("1", "L1", 2, 1), order("2", "L2", 0, 1, "m9"), order("3", "L3", soon, None),
        order("4", "L4", 0, 1), order("4", "L5", 0, 1), order("4", "L4", 0, 1),
        order("5", "L6", 0, 1, "plant/l/m2"),
    )  # fmt: skip
    assert counts == Counts(stored=2, duplicate=1, quarantined=3, dropped=1)
    assert [(row[0], row[1]) for row in plant.rows("quarantine")] == [
        ("order_ends_first", "api:erp"), ("order_twice", "api:erp"), ("unknown_machine", "api:erp"),
    ]  # fmt: skip
    assert runs(plant) == [("m1", "L4", 0, 1), ("m2", "L6", 0, 1)]


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_arrival(plant: Plant, native_pristine: Pristine, seed: int) -> None:
    """Two lists with changes: whatever comes first, runs and lots are the same in the end."""
    random = Random(seed)
    last = [
        order(str(n), f"L{n // 2}", start := random.randrange(20), start + random.choice((1, 2, 5)),
              random.choice(("m1", "m2")), reference=random.choice("AB"), good=n)
        for n in range(12)
    ]  # fmt: skip
    last[3] = order("3", "L1", 4, None)
    before = [order(str(n), f"L{n % 5}", n, n + 3, good=1) for n in range(12)]
    found = []
    for _ in range(3):
        reset(plant.connection, native_pristine)
        plant.connection.execute(STATEMENTS["plant"])
        for each in random.sample(before, 6):
            store(plant, each)
        random.shuffle(last)
        for start in range(0, 12, 4):
            store(plant, *last[start : start + 4], name="erp")
        found.append((runs(plant), conflicts(plant), plant.rows("lots_of_orders")))
    assert found[0] == found[1] == found[2]
    assert found[0][0]


# The command


def listed(plant: Plant, *options: str | Path) -> dict[str, Any]:
    result = CliRunner().invoke(main, [
        "ingest", "orders", *map(str, options), "--format", "json", "--database-url", plant.url,
    ])  # fmt: skip
    assert result.exit_code == 0, result.output
    said: dict[str, Any] = json.loads(result.stdout)
    return said


SPANISH = (
    "Orden;Lote;Referencia;Máquina;Inicio;Fin;Buenas\n"
    "1;L1;TAPÓN;m1;02/03/2026 07:00;02/03/2026 09:00;4.820,5\n"
    "2;L2;TAPÓN;m1;02/03/2026 09:00;;\n"
    "3;;TAPÓN;m1;02/03/2026 09:00;;\n"
    "4;L4;TAPÓN;m1;29/03/2026 02:30;29/03/2026 04:00;\n"
)
COLUMNS = ("key=Orden", "lot=Lote", "reference=Referencia", "machine=Máquina", "start=Inicio",
           "end=Fin", "good=Buenas")  # fmt: skip


def test_a_list_as_a_file(plant: Plant, tmp_path: Path) -> None:
    """Madrid is an hour ahead in March, until the 29th at 02:00."""
    path = tmp_path / "o.csv"
    path.write_bytes(SPANISH.encode("latin-1"))
    options = [
        path, *(part for column in COLUMNS for part in ("--column", column)), "--decimal", ",",
        "--thousands", ".", "--time-format", "%d/%m/%Y %H:%M", "--time-zone", "Europe/Madrid",
    ]  # fmt: skip
    said = listed(plant, *options, "--dry-run")
    assert (said["rows"], said["accepted"], said["quarantined"]) == (4, 2, 2)
    assert said["reasons"] == {"lot_missing": 1, "time_in_gap": 1}
    assert runs(plant) == []
    said = listed(plant, *options)
    assert (said["stored"], said["quarantined"]) == (2, 2)
    assert runs(plant) == [("m1", "L1", 0, 2), ("m1", "L2", 2, None)]
    assert plant.rows("quantities")[0] == ("L1", "TAPÓN", None, 4820.5, None)
    assert listed(plant, *options)["duplicate"] == 2


def test_a_list_that_is_complete(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    head = "key,lot,machine,start,end\n"
    rows = [
        f"{n},L{n},m1,2026-03-02T{6 + n:02}:00:00Z,2026-03-02T{6 + n:02}:30:00Z\n" for n in range(4)
    ]
    path.write_text(head + "".join(rows))
    listed(plant, path)
    path.write_text(head + rows[0] + rows[3])
    assert listed(plant, path, "--complete")["withdrawn"] == 2
    assert [lot for _, lot, *_ in runs(plant)] == ["L0", "L3"]
    path.write_text(head + rows[0] + "x,,m1,,\n")
    result = CliRunner().invoke(
        main, ["ingest", "orders", str(path), "--complete", "--database-url", plant.url]
    )
    assert "1 rows could not be read: nothing was taken back" in result.output
    assert len(runs(plant)) == 2


def test_a_list_of_starts_and_stops(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text(
        "event,lot,machine,time,good\nB,L1,m1,2026-03-02T06:00:00Z,\nE,L1,m1,2026-03-02T07:00:00Z,9\n"
    )
    said = listed(plant, path, "--events", "--word", "start=B", "--word", "stop=E")
    assert said["stored"] == 2
    assert [row[:4] for row in plant.rows("events")] == [
        ("m1", "start", "L1", AT), ("m1", "stop", "L1", AT + timedelta(hours=1)),
    ]  # fmt: skip


def test_what_a_list_lacks_is_said(plant: Plant, tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    path.write_text("a,b\n1,2\n")
    result = CliRunner().invoke(main, ["ingest", "orders", str(path), "--database-url", plant.url])
    assert "which column of o.csv is lot? Say it: --column lot=NAME. It has a, b" in result.output
    result = CliRunner().invoke(
        main, ["ingest", "orders", str(path), "--column", "lot=c", "--database-url", plant.url]
    )
    assert "o.csv has no column c" in result.output
