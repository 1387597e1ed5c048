"""Suppliers' bills."""

from migrations import sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    sql.run(__file__)
