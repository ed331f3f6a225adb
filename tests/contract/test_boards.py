"""What boards ask the database: as the reader, whatever stands in their variables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, LiteralString, cast

import psycopg
import pytest

from db.statements import ROOT
from tests.security.dashboards import sql_texts

Connection = psycopg.Connection[tuple[Any, ...]]

FOLDER = ROOT / "grafana" / "provisioning" / "dashboards" / "en"
BOARDS = sorted(path.stem for path in FOLDER.glob("*.json"))
SEVERAL = re.compile(r"array\[\$\{\w+:sqlstring\}\]")
SINGLE = re.compile(r"\$\{\w+:sqlstring\}")
MACRO = re.compile(r"\$__time(From|To)\(\)")
HOSTILE = ("", "nobody", "');drop view api.lot; --", "\\'; select 1 --", "$$", "x" * 10_000)


def quoted(text: str) -> str:
    """As Grafana's sqlstring does."""
    return "'" + text.replace("'", "''") + "'"


def expanded(text: str, values: list[str], single: str) -> LiteralString:
    text = SEVERAL.sub(lambda _: f"array[{','.join(map(quoted, values))}]", text)
    text = SINGLE.sub(lambda _: quoted(single), text)
    text = MACRO.sub(lambda found: "'2026-03-0" + ("1" if found[1] == "From" else "8") + "Z'", text)
    assert "$__" not in text
    return cast(LiteralString, text)


def asked(board: str) -> list[str]:
    return list(sql_texts(json.loads((FOLDER / f"{board}.json").read_text(encoding="utf-8"))))


@pytest.fixture
def reader(db: Connection) -> Iterator[Connection]:
    db.execute("set role lotwatt_reader")
    yield db
    db.execute("reset role")


def panels(board: str) -> Iterator[dict[str, Any]]:
    for panel in json.loads((FOLDER / f"{board}.json").read_text(encoding="utf-8"))["panels"]:
        yield from (panel, *panel["panels"]) if panel["type"] == "row" else (panel,)


@pytest.mark.parametrize("board", BOARDS)
def test_every_statement_runs_as_the_reader(reader: Connection, board: str) -> None:
    for text in asked(board):
        for values in ([], ["m1", "m2"]):
            reader.execute(expanded(text, values, "L1"))


@pytest.mark.parametrize("board", BOARDS)
def test_hostile_values_change_nothing(reader: Connection, board: str) -> None:
    for value in HOSTILE:
        for text in asked(board):
            reader.execute(expanded(text, [value, "m1"], value))
    assert reader.execute("select count(*) from api.lot").fetchone() == (0,)


@pytest.mark.parametrize("board", BOARDS)
def test_columns_are_what_their_panel_needs(reader: Connection, board: str) -> None:
    for panel in panels(board):
        for target in panel.get("targets", ()):
            cursor = reader.execute(expanded(target["rawSql"], ["m1"], "L1"))
            assert cursor.description is not None
            kinds = {column.name: column.type_code for column in cursor.description}
            numbers = [name for name, kind in kinds.items() if kind in {20, 21, 23, 700, 701, 1700}]
            where = f"{board}: {panel['title']}"
            if target["format"] == "time_series":
                assert kinds["time"] == 1184, where
                assert numbers, where
            elif panel["type"] == "stat":
                assert len(numbers) == len(kinds), where
            elif panel["type"] == "barchart":
                assert kinds[panel["options"]["xField"]] == 25, where
            for override in panel["fieldConfig"]["overrides"]:
                name = override["matcher"]["options"]
                assert name in kinds or "metric" in kinds, f"{where}: no column {name}"


@pytest.mark.parametrize("board", BOARDS)
def test_all_comes_from_api(board: str) -> None:
    for text in asked(board):
        found = re.findall(r"\b(?:from|join)\s+([\w.]+)", text)
        assert found, text
        assert all(name.startswith("api.") for name in found), text
