"""What the demo prints at the end: what to try next."""

from pathlib import Path

from rich.console import Console

from db.embedded import control
from db.embedded.control import Embedded

# Commands whose output closes the demo, in this order.
TABLES = (
    ("lots", "--machine", "DRYER", "--limit", "10"),
    ("lots", "--machine", "OVEN", "--limit", "4"),
    ("references",),
    ("forecast", "--site", "STEEL"),
    ("anomalies", "--machine", "PUMP"),
)

# The folder, beside the data, of the pages that the demo writes.
PAGES = "reports"
# Of this lot there is a dossier among them.
OUTLIER = "DRY-034"


def next_steps(console: Console, server: Embedded, state_dir: Path) -> None:
    password = shown(control.password_file(state_dir))
    lines = (
        "",
        "Open in a browser; none of them needs a server or a network:",
        *(f"  {shown(path)}" for path in sorted((state_dir / PAGES).glob("*.html"))),
        "",
        "The database and the broker stay up. Try:",
        f"  .venv/bin/lotwatt lot show {OUTLIER}      the outlier: what it used, and should have",
        "  .venv/bin/lotwatt lots --format csv     all 91 lots, for a spreadsheet",
        "  .venv/bin/lotwatt sensors               what is measured, and when it last spoke",
        "  .venv/bin/lotwatt forecast              what all machines, lines and sites will use",
        f"  PGPASSWORD=$(cat {password}) psql -h 127.0.0.1 -p {server.pg_port} -U postgres"
        f" {control.DATABASE}",
        r"                                          SQL: select * from api.lot;   \dv api.*",
        "  make demo                               again: the same history, all of it duplicates",
        "  make stop                               end both; the data stays",
    )
    console.print("\n".join(lines), markup=False, soft_wrap=True)


def shown(path: Path) -> Path:
    """Short where that is enough to find it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
