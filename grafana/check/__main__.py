"""`make grafana-check GRAFANA_URL=https://plant.example:3000`: checks a running Grafana.

The login is in the environment, as arguments are shown to everybody: GRAFANA_TOKEN, or GRAFANA_USER
and GRAFANA_PASSWORD, or the same with _FILE for a file that holds it.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from db.cli.base import SETTINGS
from db.errors import LotwattError
from db.secret import read_secret
from db.statements import load
from grafana.check import alerts, boards
from grafana.check.client import Grafana, GrafanaError, Login, QueryError
from grafana.check.finding import Finding
from grafana.report.macros import Span

# The oldest that reads the boards' JSON, schema 37.
OLDEST = (9, 3)
STATEMENTS = load("grafana/check/statements.sql")


@click.command(context_settings=SETTINGS)
@click.option("--url", envvar="GRAFANA_URL", show_envvar=True, help="Address of the Grafana.")
@click.option(
    "--ca", "authority", envvar="GRAFANA_CA", show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File of the authority that signed its certificate, where it is none of the system's.",
)  # fmt: skip
def main(url: str | None, authority: Path | None) -> None:
    """Ask a running Grafana whether all that is shipped is there and answers.

    A line for each check; exit code 1 where one failed.
    """
    if not url:
        raise click.UsageError("Which Grafana? make grafana-check GRAFANA_URL=https://host:3000")
    passed = failed = 0
    try:
        with closing(Grafana(url, login(), authority=authority)) as grafana:
            for finding in findings(grafana):
                say(finding)
                passed, failed = passed + finding.is_ok, failed + (not finding.is_ok)
    except LotwattError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{passed} of {passed + failed} checks passed")
    sys.exit(1 if failed else 0)


def say(finding: Finding) -> None:
    click.echo(f"{'OK  ' if finding.is_ok else 'FAIL'}  {finding.check}: {finding.said}")
    if not finding.is_ok and finding.hint:
        click.echo(f"      {finding.hint}")


def login() -> Login:
    """From the environment. A token comes before a user; without either, the user is admin."""
    token = secret("GRAFANA_TOKEN")
    password = secret("GRAFANA_PASSWORD")
    if not (token or password):
        raise GrafanaError(
            "no login of Grafana is named",
            hint="Set GRAFANA_TOKEN or GRAFANA_PASSWORD, or the same with _FILE for a file.",
        )
    return Login(os.environ.get("GRAFANA_USER", "admin"), password, token)


def secret(name: str) -> str:
    if value := os.environ.get(name):
        return value
    file = os.environ.get(f"{name}_FILE")
    return read_secret(Path(file)) if file else ""


def findings(grafana: Grafana) -> Iterator[Finding]:
    """Checks that need nothing come first; without a database, nothing else would answer."""
    yield server(grafana)
    yield (database := datasource(grafana))
    if database.is_ok:
        yield from boards.check(grafana)
        yield from alerts.check(grafana)


def server(grafana: Grafana) -> Finding:
    health = grafana.get("/api/health")
    if not isinstance(health, dict) or "version" not in health:
        raise GrafanaError(f"{grafana.url} does not say its version: is that a Grafana?")
    version = str(health["version"])
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    is_ok = numbers >= OLDEST and health.get("database") == "ok"
    said = f"Grafana {version} at {grafana.url}, its own database is {health.get('database')}"
    return Finding("server", is_ok, said, "Grafana has to be 9.3 or newer.")


def datasource(grafana: Grafana) -> Finding:
    """Whether the database answers, and whether its login is a reader and no more."""
    now = datetime.now(UTC)
    try:
        answer = grafana.ask(STATEMENTS["login"], "table", Span(now - timedelta(hours=1), now))
    except QueryError as error:
        hint = "docs/grafana.md says which variables Grafana takes the database from."
        return Finding("datasource", False, str(error), hint)
    ((who,), (is_more,)) = (answer.columns[name] for name in ("login", "is_more"))
    if is_more:
        hint = "Viewers can send any SQL: lotwatt db login grafana --member reader."
        return Finding("datasource", False, f"its login {who} is not a reader alone", hint)
    return Finding("datasource", True, f"the database answers, as {who}, a reader")


if __name__ == "__main__":
    main(prog_name="make grafana-check")
