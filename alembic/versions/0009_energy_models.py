"""Runs db/versioned/0009_energy_models.sql."""

from db import revision as files

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    files.run("0009")
