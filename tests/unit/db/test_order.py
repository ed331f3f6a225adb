"""The list of repeatable files."""

import pytest

from db import order
from db.errors import MigrationError


def test_comments_and_marks_are_read() -> None:
    files = order.parse("# first\nplant/a.sql\n\nops/b.sql timescale  # needs jobs\n")
    assert [(file.name, file.needs_timescale) for file in files] == [
        ("plant/a.sql", False),
        ("ops/b.sql", True),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.sql timescaledb", "line 1: expected a path"),
        ("a.sql\na.sql", "line 2: a.sql is named twice"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, message: str) -> None:
    with pytest.raises(MigrationError, match=message):
        order.parse(text)


def test_every_repeatable_file_is_in_the_order() -> None:
    assert order.unlisted() == []


def test_every_file_in_the_order_is_there() -> None:
    assert all(file.text for file in order.repeatable_files())
