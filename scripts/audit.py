"""Known vulnerabilities of the packages that the lock files name: `make audit`.

pip-audit says "no known vulnerabilities" also where the service knew none of the packages, as
behind a mirror, so what it left out is counted. Exit code 1 where something is vulnerable; where
the service could not be asked, that is said, and the exit code is 3 with --strict and else 0.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")


@dataclass(frozen=True, slots=True)
class Audit:
    """What is known of the packages of one lock file."""

    packages: int = 0
    unknown: int = 0
    vulnerable: tuple[str, ...] = ()
    trouble: str = ""


def audit(lock: Path, tool: Path) -> Audit:
    """Ask about the packages of one lock file."""
    done = subprocess.run(
        [tool, "--requirement", lock, "--require-hashes", "--disable-pip", "--format", "json",
         "--progress-spinner", "off"],
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    try:
        document = json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return Audit(trouble=lines[-1])
    return read(document)


def read(document: dict[str, Any]) -> Audit:
    packages = document["dependencies"]
    vulnerable = tuple(
        f"{package['name']} {package['version']}: {found['id']}"
        + (f", mended in {', '.join(found['fix_versions'])}" if found["fix_versions"] else "")
        for package in packages
        for found in package.get("vulns", ())
    )
    unknown = sum("skip_reason" in package for package in packages)
    return Audit(len(packages), unknown, vulnerable)


@click.command()
@click.option("--strict", is_flag=True, help="Fail also where the service could not be asked.")
@click.option(
    "--tool", type=click.Path(path_type=Path), default=ROOT / ".venv/bin/pip-audit", hidden=True
)
def main(strict: bool, tool: Path) -> None:
    is_unasked = False
    is_vulnerable = False
    for name in LOCKS:
        found = audit(ROOT / name, tool)
        for text in found.vulnerable:
            click.echo(f"{name}: {text}")
        is_vulnerable = is_vulnerable or bool(found.vulnerable)
        if found.trouble:
            click.echo(f"{name}: NOT AUDITED: {found.trouble}", err=True)
        elif found.unknown:
            click.echo(
                f"{name}: NOT AUDITED: the service does not know {found.unknown}"
                f" of {found.packages} packages (a mirror, perhaps)", err=True,
            )  # fmt: skip
        elif not found.vulnerable:
            click.echo(f"{name}: nothing known against {found.packages} packages")
        is_unasked = is_unasked or bool(found.trouble or found.unknown)
    sys.exit(1 if is_vulnerable else 3 if is_unasked and strict else 0)


if __name__ == "__main__":
    main()
