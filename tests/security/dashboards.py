"""Finds what a dashboard of Grafana does with its variables that lets a viewer write SQL."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Grafana's ways to write a variable: $name, ${name}, ${name:format}, [[name]], [[name:format]].
VARIABLE = re.compile(
    r"\$\{(?P<braced>\w+)(?:\.[\w.]+)?(?::(?P<format>\w+))?\}"
    r"|\[\[(?P<old>\w+)(?::(?P<old_format>\w+))?\]\]"
    r"|\$(?P<plain>[A-Za-z]\w*)"
)
# Macros and Grafana's own variables, which a viewer cannot fill with text.
OWN = re.compile(r"__\w+")


def careless(folder: Path) -> list[str]:
    """One sentence for each use of a variable in SQL that is not quoted by Grafana."""
    return [
        f"{path.relative_to(folder)}: {said}"
        for path in sorted(folder.rglob("*.json"))
        for said in in_dashboard(json.loads(path.read_text(encoding="utf-8")))
    ]


def in_dashboard(dashboard: Any) -> Iterator[str]:
    for text in sql_texts(dashboard):
        for found in VARIABLE.finditer(text):
            name = found["braced"] or found["old"] or found["plain"]
            if OWN.fullmatch(name):
                continue
            written = found["format"] or found["old_format"]
            if written != "sqlstring":
                yield f"{found[0]} in {text[:60]!r}: write ${{{name}:sqlstring}}"
            elif text[: found.start()].endswith("'"):
                yield f"'{found[0]}' is quoted twice: leave the quotes out"


def sql_texts(part: Any) -> Iterator[str]:
    """Every text that goes to the database: of panels, of variables, of annotations."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key in {"rawSql", "rawQuery", "query", "definition"} and isinstance(value, str):
                yield value
            else:
                yield from sql_texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from sql_texts(value)
