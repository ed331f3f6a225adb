"""Control 14: only what the lock files name is installed, by its hash; what is known against it."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from db.statements import ROOT
from scripts.audit import LOCKS, read


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """The smallest package there is, made here: no registry is asked."""
    files = {
        "tiny_lot.py": b"ANSWER = 42\n",
        "tiny_lot-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny-lot\nVersion: 1.0\n",
        "tiny_lot-1.0.dist-info/WHEEL": (
            b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        ),
    }
    record = ""
    for name, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(content)}\n"
    files["tiny_lot-1.0.dist-info/RECORD"] = f"{record}tiny_lot-1.0.dist-info/RECORD,,\n".encode()
    path = tmp_path / "tiny_lot-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def install(wheel: Path, digest: str, *options: str) -> subprocess.CompletedProcess[str]:
    lock = wheel.parent / "requirements.lock"
    lock.write_text(
        f"tiny-lot==1.0 \\\n    --hash=sha256:{digest}\n" if digest else "tiny-lot==1.0\n"
    )
    command = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", *options,
               "--no-index", "--find-links", wheel.parent, "--target", wheel.parent / "installed",
               "-r", lock]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_package_that_was_changed_is_not_installed(wheel: Path) -> None:
    """As `make setup` does it; without --require-hashes and hashes, the changed one gets in."""
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert install(wheel, digest, "--require-hashes").returncode == 0
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.comment = b"changed"
    refused = install(wheel, digest, "--require-hashes", "--upgrade")
    assert refused.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in refused.stderr
    unnamed = install(wheel, "", "--require-hashes", "--upgrade")
    assert "Hashes are required" in unnamed.stderr
    assert install(wheel, "", "--upgrade").returncode == 0


def test_set_up_asks_for_hashes() -> None:
    text = (ROOT / "scripts" / "setup").read_text()
    installs = [line for line in text.splitlines() if re.search(r"-m pip install", line)]
    assert installs
    assert all("--require-hashes" in line for line in installs)


@pytest.mark.parametrize("name", LOCKS)
def test_each_package_of_a_lock_file_has_a_version_and_hashes(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert packages
    for line in packages:
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line
    assert not re.search(r"https?://|index-url|find-links", text)


def test_packages_of_node_have_hashes() -> None:
    lock = json.loads((ROOT / "db" / "embedded" / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages)


VULNERABLE = {
    "name": "old", "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}],
}  # fmt: skip
FINE = {"name": "fine", "version": "2.0", "vulns": []}
UNKNOWN = {"name": "strange", "skip_reason": "Dependency not found on PyPI"}


def test_what_is_known_is_read() -> None:
    found = read({"dependencies": [VULNERABLE, FINE, UNKNOWN]})
    assert (found.packages, found.unknown) == (3, 1)
    assert found.vulnerable == ("old 1.0: PYSEC-1, mended in 1.1",)


@pytest.mark.parametrize(
    ("document", "options", "code", "said"),
    [
        ({"dependencies": [FINE]}, [], 0, "nothing known against 1 packages"),
        ({"dependencies": [VULNERABLE]}, [], 1, "PYSEC-1"),
        ({"dependencies": [UNKNOWN]}, [], 0, "NOT AUDITED: the service does not know 1 of 1"),
        ({"dependencies": [UNKNOWN]}, ["--strict"], 3, "NOT AUDITED"),
        (None, [], 0, "NOT AUDITED: the network is down"),
        (None, ["--strict"], 3, "NOT AUDITED"),
    ],
)  # fmt: skip
def test_an_audit_that_could_not_be_made_is_not_a_good_one(
    tmp_path: Path, document: object, options: list[str], code: int, said: str
) -> None:
    """A stand-in for pip-audit, as the service of advisories is not to be had everywhere."""
    tool = tmp_path / "pip-audit"
    answer = (
        f"echo '{json.dumps(document)}'" if document else "echo the network is down >&2; exit 1"
    )
    tool.write_text(f"#!/bin/sh\n{answer}\n")
    tool.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "scripts.audit", "--tool", tool, *options], cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    assert said in done.stdout + done.stderr


def test_the_list_of_what_runs_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "sbom.json"
    tool = Path(sys.executable).parent / "cyclonedx-py"
    command = [tool, "requirements", "--of", "JSON", "-o", target, ROOT / "requirements.lock"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    listed = {item["name"] for item in json.loads(target.read_text())["components"]}
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert listed == set(locked)
