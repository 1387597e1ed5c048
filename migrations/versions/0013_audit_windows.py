"""Auditors who see a range of dates."""

from migrations import sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    sql.run(__file__)
