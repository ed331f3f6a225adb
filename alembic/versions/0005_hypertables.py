"""Runs db/versioned/0005_hypertables.sql."""

from db import revision as files

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    files.run("0005")
