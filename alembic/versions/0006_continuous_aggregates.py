"""Runs db/versioned/0006_continuous_aggregates.sql."""

from db import revision as files

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    files.run("0006")
