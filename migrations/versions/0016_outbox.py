"""Attempts of transmissions, priorities."""

from migrations import sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    sql.run(__file__)
