"""What the tests of quarantine, ledger and devices look at."""

from typing import Any

from db.cli.verify import FOLDER
from db.statements import load
from tests.integration.ingest.conftest import Plant

STATEMENTS = load("tests/integration/ingest/kept.sql")


def rows(plant: Plant, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    return plant.connection.execute(STATEMENTS[statement], values).fetchall()


def do(plant: Plant, statement: str, **values: Any) -> None:
    plant.connection.execute(STATEMENTS[statement], values)


def offending(plant: Plant, check: str) -> list[tuple[Any, ...]]:
    """What a check of lotwatt verify returns."""
    text = (FOLDER / f"{check}.sql").read_text(encoding="utf-8")
    return plant.connection.execute(text.encode()).fetchall()
