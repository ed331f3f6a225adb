"""Versioned files are frozen, and each has its Alembic revision."""

import re

from alembic.script import ScriptDirectory

from db import revision


def test_frozen_files_are_as_they_were() -> None:
    """A released file never changes: add a new one. `lotwatt db freeze` notes the new one."""
    assert revision.differences() == []


def test_each_file_has_one_revision_in_order() -> None:
    script = ScriptDirectory.from_config(revision.alembic_config())
    chain = [found.revision for found in script.walk_revisions()][::-1]
    assert chain == [each.number for each in revision.revisions()]


def test_numbers_follow_each_other() -> None:
    numbers = [int(each.number) for each in revision.revisions()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_revisions_run_the_file_of_their_number() -> None:
    for each in revision.revisions():
        path = revision.ROOT / "alembic" / "versions" / f"{each.path.stem}.py"
        assert re.findall(r'files\.run\("(\d{4})"\)', path.read_text()) == [each.number]
