"""What the demo prints at the end: lots, references, and what to try next."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from db.embedded import control
from db.embedded.control import Embedded
from db.migrate import Connection
from scripts.demo.loader import STATEMENTS

FIRST, LAST = 8, 12


def show_tables(connection: Connection, console: Console) -> None:
    lots = connection.execute(STATEMENTS["lots"]).fetchall()
    console.print()
    console.print(lot_table([*lots[:FIRST], None, *lots[-LAST:]] if len(lots) > 24 else lots))
    console.print(f"{len(lots)} lots; all of them: lotwatt lots\n")
    console.print(reference_table(connection.execute(STATEMENTS["references"]).fetchall()))


def lot_table(rows: Sequence[tuple[Any, ...] | None]) -> Table:
    table = plain_table("Lots", "number", "reference", "machine", "started (UTC)")
    for name in ("minutes", "quantity", "kWh", "kWh/unit", "coverage", "mean C", "max C"):
        table.add_column(name, justify="right")
    for row in rows:
        if row is None:
            table.add_row(*["..."] * 11)
            continue
        number, reference, machine, started, duration, quantity, unit, kwh, per, coverage, *c = row
        table.add_row(
            said(number), said(reference), said(machine), f"{started:%m-%d %H:%M}",
            figure(duration, 0, 60), f"{figure(quantity, 0)} {said(unit)}", figure(kwh, 2),
            figure(per, 4), figure(coverage, 3), *(figure(each, 2) for each in c),
        )  # fmt: skip
    return table


def reference_table(rows: Sequence[tuple[Any, ...]]) -> Table:
    table = plain_table("References", "reference", "name")
    for name in ("lots", "quantity", "kWh", "kWh/unit", "p05", "p95", "mean minutes", "mean C"):
        table.add_column(name, justify="right")
    for code, name, unit, lots, quantity, kwh, per, p05, p95, duration, mean in rows:
        table.add_row(
            said(code), said(name), said(lots), f"{figure(quantity, 0)} {said(unit)}",
            figure(kwh, 1), figure(per, 4), figure(p05, 4), figure(p95, 4),
            figure(duration, 0, 60), figure(mean, 2),
        )  # fmt: skip
    return table


def plain_table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=True)
    return table


def figure(value: object, digits: int, divisor: float = 1) -> str:
    return f"{value / divisor:,.{digits}f}" if isinstance(value, int | float) else "-"


def said(value: object) -> str:
    return "-" if value is None else str(value)


def next_steps(console: Console, server: Embedded, state_dir: Path) -> None:
    password = shown(control.password_file(state_dir))
    lines = (
        "",
        "The database and the broker stay up. Try:",
        "  .venv/bin/lotwatt lot show DRY-034      the outlier: how long it took, and what it used",
        "  .venv/bin/lotwatt lots --format csv     every lot, for a spreadsheet",
        "  .venv/bin/lotwatt sensors               what is measured, and when it last spoke",
        f"  PGPASSWORD=$(cat {password}) psql -h 127.0.0.1 -p {server.pg_port} -U postgres"
        f" {control.DATABASE}",
        r"                                          SQL: select * from api.lot;  \dv api.*",
        "  make demo                               again: the same history, all of it duplicates",
        "  make stop                               end both; the data stays",
    )
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def shown(path: Path) -> Path:
    """Short where that is enough to find it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
