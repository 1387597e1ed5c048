"""Suppliers and their bank accounts."""

from migrations import sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    sql.run(__file__)
