"""Runs db/versioned/0001_plant.sql."""

from db import revision as files

revision = "0001"
down_revision = None


def upgrade() -> None:
    files.run("0001")
