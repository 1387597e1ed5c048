"""Heads, entries, signing keys: INSERT only."""

from migrations import sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    sql.run(__file__)
