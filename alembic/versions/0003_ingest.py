"""Runs db/versioned/0003_ingest.sql."""

from db import revision as files

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    files.run("0003")
