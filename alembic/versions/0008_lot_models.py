"""Runs db/versioned/0008_lot_models.sql."""

from db import revision as files

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    files.run("0008")
