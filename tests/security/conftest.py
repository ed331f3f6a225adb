"""A folder that Mosquitto can reach as its own user, and certificates of the shipped script."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.statements import ROOT
from tests.security.broker import need


@pytest.fixture
def broker_folder() -> Iterator[Path]:
    """Not below pytest's own folder, which another run of pytest closes to other users again."""
    folder = Path(tempfile.mkdtemp(prefix="lotwatt-mosquitto-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def certify(folder: Path) -> Path:
    need("openssl", "openssl")
    for name in ("broker", "database"):
        command = [ROOT / "scripts" / "certificates", folder, name, "127.0.0.1", "localhost"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certify(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def foreign_certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of an authority that nobody here trusts."""
    return certify(tmp_path_factory.mktemp("foreign"))
