"""Writes docs/sql-api.md from the comments in the database: `python -m scripts.sql_api`.

Without DATABASE_URL it starts an embedded server in memory for the time that it takes.
"""

import os
import tempfile
from itertools import groupby
from pathlib import Path

import click

from db.connection import connect
from db.embedded import control
from db.migrate import Connection, upgrade
from db.statements import ROOT, load

STATEMENTS = load("scripts/sql_api.sql")
FILE = ROOT / "docs" / "sql-api.md"
HEAD = """\
# The SQL of Lotwatt: schema `api`

Generated from the comments in the database by `python -m scripts.sql_api`; do not edit.

The schema `api` is the only thing that Grafana and analysts see: views, and functions that take a
period. Log in as a role that is a member of `lotwatt_reader`. [query.md](query.md) has examples,
and [glossary.md](glossary.md) says what each word means.
"""


def render(connection: Connection) -> str:
    columns = {
        view: list(rows)
        for view, rows in groupby(
            connection.execute(STATEMENTS["columns"]).fetchall(), key=lambda row: row[0]
        )
    }
    parts = [HEAD, "## Views\n"]
    for view, said in connection.execute(STATEMENTS["views"]):
        lines = [
            f"### api.{view}\n",
            f"{sentence(said)}\n",
            "| column | type | what |",
            "|---|---|---|",
        ]
        lines += [
            f"| {name} | {short(kind)} | {cell(meaning)} |"
            for _, name, kind, meaning in columns[view]
        ]
        parts.append("\n".join(lines) + "\n")
    parts.append("## Functions\n")
    for name, arguments, result, said in connection.execute(STATEMENTS["functions"]):
        lines = [
            f"### api.{name}\n",
            f"{sentence(said)}\n",
            "```sql",
            f"api.{name}({short(arguments)})",
            f"returns {short(result)}",
            "```",
        ]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def sentence(said: str | None) -> str:
    return f"{said or 'No comment'}."


def cell(said: str | None) -> str:
    return (said or "").replace("|", "\\|")


def short(kind: str) -> str:
    return kind.replace("timestamp with time zone", "timestamptz").replace(
        "double precision", "float8"
    )


@click.command()
def main() -> None:
    """Write docs/sql-api.md anew.

    Example: python -m scripts.sql_api
    """
    url = os.environ.get("DATABASE_URL")
    with tempfile.TemporaryDirectory() as folder:
        dsn = url or control.start(Path(folder), data="memory").dsn
        try:
            upgrade(dsn)
            with connect(dsn, autocommit=True) as connection:
                FILE.write_text(render(connection), encoding="utf-8")
        finally:
            if not url:
                control.stop(Path(folder))
    click.echo(f"wrote {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
