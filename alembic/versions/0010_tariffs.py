"""Runs db/versioned/0009_energy_models.sql."""

from db import revision as files

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    files.run("0010")
