"""A small disk that can be filled without harm to anybody else: a tmpfs in a mount namespace.

The whole run starts anew inside that namespace. There the file system is mounted, nobody else sees
it, and it is gone when the run is, however that ends.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

INSIDE = "LOTWATT_CHAOS_DISK"
REASON = "LOTWATT_CHAOS_NO_DISK"
MOUNT = """
folder=$2
mount -t tmpfs -o size="$1"m,mode=0777 none "$folder" || exit
shift 2
"$@"
code=$?
umount --lazy "$folder"
rmdir "$folder"
exit $code
"""


def enter(megabytes: int) -> None:
    """Start this command again where a small disk is mounted; stay where that is not allowed.

    Root mounts in a mount namespace. Others become root of a user namespace for the mount and are
    themselves again, in one within, before the command starts: PostgreSQL refuses to be root.
    """
    if INSIDE in os.environ or REASON in os.environ:
        return
    if os.getuid() == 0:
        outer, inner = ["unshare", "--mount"], []
    else:
        outer = ["unshare", "--map-root-user", "--mount"]
        inner = ["unshare", f"--map-user={os.getuid()}", f"--map-group={os.getgid()}"]
    command = [*outer, "sh", "-c", MOUNT, "sh", str(megabytes)]
    try:
        tried = subprocess.run(
            [*command, new_folder(), *inner, "true"], capture_output=True, text=True, check=False
        )
        problem = " ".join(tried.stderr.split()) if tried.returncode else ""
    except OSError as error:
        problem = str(error)
    if problem:
        os.environ[REASON] = f"no file system may be mounted here ({problem})"
        return
    folder = new_folder()
    os.environ[INSIDE] = folder
    os.execvp(
        command[0], [*command, folder, *inner, sys.executable, "-m", "scripts.chaos", *sys.argv[1:]]
    )


def new_folder() -> str:
    folder = tempfile.mkdtemp(prefix="lotwatt-disk-")
    os.chmod(folder, 0o755)
    return folder


def small_disk() -> "SmallDisk | None":
    folder = os.environ.get(INSIDE)
    return SmallDisk(Path(folder)) if folder else None


@dataclass(frozen=True, slots=True)
class SmallDisk:
    folder: Path

    @property
    def ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> int:
        """Take every free byte; how many there were."""
        taken = 0
        with self.ballast.open("wb") as file:
            step = 1 << 24
            while step >= 4096:
                try:
                    os.posix_fallocate(file.fileno(), taken, step)
                    taken += step
                except OSError:
                    step //= 2
        return taken

    def empty(self) -> None:
        self.ballast.unlink(missing_ok=True)
