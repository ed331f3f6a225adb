"""Writes the set of dashboards in one language."""

import json
from importlib import import_module
from pathlib import Path

from grafana.boards.model import Board, Json
from grafana.boards.translate import LOCALES, translated

BOARDS = ("summary", "temperature", "energy", "anomalies", "lots", "lot", "references")

__all__ = ["BOARDS", "LOCALES", "boards", "texts_of_files", "write"]


def boards() -> list[Board]:
    """Every board, in the order in which they lead from the whole to the single thing."""
    found = []
    for name in BOARDS:
        board = import_module(f"grafana.boards.{name}").BOARD
        assert isinstance(board, Board)
        found.append(board)
    return found


def texts_of_files(locale: str) -> dict[str, str]:
    """What each file of the set holds, by its name."""
    return {f"{board.name}.json": text(translated(board.json(), locale)) for board in boards()}


def text(dashboard: Json) -> str:
    return json.dumps(dashboard, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write(folder: Path, locale: str) -> list[Path]:
    """Writes the set; files of boards that are no more are deleted."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = texts_of_files(locale)
    for path in folder.glob("*.json"):
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in wanted]
