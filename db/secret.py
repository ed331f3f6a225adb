"""Secrets come from files: environments and arguments are shown to too many."""

import os
import stat
from pathlib import Path

from db.errors import SecretError

# Here an engine decides who gets in, and may hand out files that any user inside may read.
GUARDED = Path("/run/secrets")
TOO_OPEN = stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH | stat.S_IXOTH


def read_secret(file: Path) -> str:
    """What the file holds, without the line's end; refused where others could read or change it.

    A group may read, as Debian's services have it. Docker's /run/secrets and systemd's
    $CREDENTIALS_DIRECTORY are taken as they are: there it is the folder that keeps others out.
    """
    try:
        with file.open(encoding="utf-8") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if mode & TOO_OPEN and not is_guarded(file):
                raise SecretError(
                    f"the secret file {file} is open to others (mode {stat.S_IMODE(mode):04o})",
                    hint=f"Close it with `chmod 0600 {file}`; change the secret if it was read.",
                )
            secret = opened.read().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise SecretError(f"cannot read the secret file {file}: {reason}") from None
    if not secret:
        raise SecretError(f"the secret file {file} is empty")
    return secret


def is_guarded(file: Path) -> bool:
    folders = [GUARDED]
    if credentials := os.environ.get("CREDENTIALS_DIRECTORY"):
        folders.append(Path(credentials))
    return any(file.resolve().is_relative_to(folder.resolve()) for folder in folders)
