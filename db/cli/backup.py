"""`lotwatt db backup`, `restore` and `verify-backup`."""

from pathlib import Path

import click

from db.backup import dump as dumps
from db.backup import manifest
from db.backup import restore as restores
from db.cli.base import SETTINGS
from db.errors import LotwattError
from db.migrate import Progress, silent
from db.secret import read_secret

FOLDER = click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="LOTWATT_BACKUPS",
    show_envvar=True,
    default="backups",
    help="Folder of the backups.",
)
FILE = click.Path(dir_okay=False, path_type=Path)
QUIET = click.option("--quiet", is_flag=True, help="Say nothing unless something is wrong.")


@click.command(context_settings=SETTINGS)
@FOLDER
@click.option("--keep", type=click.IntRange(1), help="Keep so many; older ones go.  [default: all]")
@QUIET
def backup(folder: Path, keep: int | None, quiet: bool) -> None:
    """Back up the whole database, with a count of what it holds beside the dump.

    The file is named by its time in UTC. Two files belong together: keep both.

    Example: lotwatt db backup --to /var/backups/lotwatt --keep 14
    """
    dumps.backup(None, folder, keep, progress(quiet))


@click.command(context_settings=SETTINGS)
@click.argument("file", type=FILE)
def restore(file: Path) -> None:
    """Restore FILE into the database of DATABASE_URL, which has to be empty or not there yet.

    What came is compared with what was backed up, by table and day.

    Example: DATABASE_URL=postgresql://postgres@127.0.0.1/again lotwatt db restore FILE
    """
    done = restores.restore(None, file, click.echo)
    click.echo(f"OK: {done.rows:,} rows in {done.duration_s:.1f} s")


@click.command("verify-backup", context_settings=SETTINGS)
@click.argument("file", type=FILE, required=False)
@FOLDER
@click.option(
    "--server-file",
    type=FILE,
    help="File that holds the URL of the server to restore on.  [default: that of DATABASE_URL]",
)
@QUIET
def verify_backup(file: Path | None, folder: Path, server_file: Path | None, quiet: bool) -> None:
    """Prove that FILE, or else the newest backup, can be restored.

    It is restored into a scratch database, compared by table and day, and dropped. The result is
    kept in the database of DATABASE_URL, and lotwatt doctor tells how old it is.

    Example: lotwatt db verify-backup
    """
    if file is None:
        found = manifest.backups(folder)
        if not found:
            raise LotwattError(
                f"there is no backup in {folder}", hint="Make one with lotwatt db backup."
            )
        file = found[-1]
    say = progress(quiet)
    done = restores.verify(None, read_secret(server_file) if server_file else None, file, say)
    say(f"OK: {done.rows:,} rows in {done.duration_s:.1f} s")


def progress(quiet: bool) -> Progress:
    return silent if quiet else click.echo
