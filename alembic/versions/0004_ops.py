"""Runs db/versioned/0004_ops.sql."""

from db import revision as files

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    files.run("0004")
