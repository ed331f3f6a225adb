"""Named SQL: a .sql file split on its `-- name: foo` headers."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import LiteralString, cast

ROOT = Path(__file__).resolve().parent.parent
HEADER = re.compile(r"^-- name:[ \t]*(\w+)[ \t]*$", re.MULTILINE)


class Statements(Mapping[str, LiteralString]):
    """The statements of one file by name. They count as literals: nobody puts them together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # The first part is what stands before the first header: the comment of the file.
        _, *parts = HEADER.split(path.read_text(encoding="utf-8"))
        names, texts = parts[::2], parts[1::2]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"{path}: statement named twice: {', '.join(sorted(twice))}")
        self._texts = {
            name: cast(LiteralString, text.strip().rstrip(";"))
            for name, text in zip(names, texts, strict=True)
        }

    def __getitem__(self, name: str) -> LiteralString:
        try:
            return self._texts[name]
        except KeyError:
            raise KeyError(f"{self._path} has no statement named {name}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def load(path: str | Path) -> Statements:
    """Load a file by its path from the top of the project: `load("ingest/statements.sql")`."""
    return Statements(ROOT / path)
