"""Witnesses of the ledgers' heads, and time stamps."""

from migrations import sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    sql.run(__file__)
