"""Runs db/versioned/0002_telemetry.sql."""

from db import revision as files

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    files.run("0002")
