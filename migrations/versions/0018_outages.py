"""Outages and holidays."""

from migrations import sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    sql.run(__file__)
