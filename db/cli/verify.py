"""`lotwatt verify`: proves the invariants on the live database with the queries of db/checks."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg

from db.cli.base import SETTINGS, sentences
from db.cli.output import said
from db.connection import connect
from db.errors import LotwattError
from db.migrate import Connection
from db.statements import ROOT

FOLDER = ROOT / "db" / "checks"
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One file of db/checks: a query that returns what offends."""

    name: str
    is_fatal: bool
    text: str


@dataclass(frozen=True, slots=True)
class Result:
    """What a check returned: offending rows, or why it could not be asked."""

    check: Check
    columns: Sequence[str] = ()
    rows: Sequence[tuple[Any, ...]] = ()
    error: str | None = None

    @property
    def is_broken(self) -> bool:
        return bool(self.rows) or self.error is not None

    @property
    def has_failed(self) -> bool:
        return self.error is not None or (self.check.is_fatal and self.is_broken)


@click.command(context_settings=SETTINGS)
@click.option("--rows", default=SHOWN, type=click.IntRange(1), help="Offending rows to show.")
def verify(rows: int) -> None:
    """Prove the invariants on the live database.

    Each check is a file of db/checks. Exit code 1 when one of level fail returns rows.

    Example: lotwatt verify
    """
    checks = load_checks()
    if not checks:
        raise LotwattError("db/checks holds no check", hint="Is this a whole copy of the project?")
    with connect(autocommit=True) as connection:
        results = [ask(connection, check) for check in checks]
    for result in results:
        tell(result, rows)
    sys.exit(1 if any(result.has_failed for result in results) else 0)


def load_checks(folder: Path = FOLDER) -> list[Check]:
    return [parse(path) for path in sorted(folder.glob("*.sql"))]


def parse(path: Path) -> Check:
    text = path.read_text(encoding="utf-8")
    header = dict(re.findall(r"^-- (check|level):[ \t]*(.+?)[ \t]*$", text, re.MULTILINE))
    if header.keys() != {"check", "level"} or header["level"] not in ("fail", "warn"):
        raise LotwattError(
            f"{path.name} does not say what it checks",
            hint="Begin it with `-- check: name` and `-- level: fail` (or warn).",
        )
    return Check(header["check"], header["level"] == "fail", text)


def ask(connection: Connection, check: Check) -> Result:
    try:
        cursor = connection.execute(check.text.encode())
    except psycopg.Error as error:
        return Result(check, error=sentences(error))
    return Result(check, [column.name for column in cursor.description or []], cursor.fetchall())


def tell(result: Result, shown: int) -> None:
    name = result.check.name
    if not result.is_broken:
        click.echo(f"OK    {name}")
        return
    word = "FAIL" if result.has_failed else "WARN"
    if result.error is not None:
        click.echo(f"{word}  {name}: could not be asked: {result.error}")
        return
    click.echo(f"{word}  {name}: {len(result.rows)} row{'s' if len(result.rows) > 1 else ''}")
    for row in result.rows[:shown]:
        pairs = zip(result.columns, row, strict=True)
        click.echo(
            "      " + ", ".join(f"{column} {said(value) or '-'}" for column, value in pairs)
        )
