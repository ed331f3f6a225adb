"""Runs db/versioned/0007_baselines.sql."""

from db import revision as files

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    files.run("0007")
