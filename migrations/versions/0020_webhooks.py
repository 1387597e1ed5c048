"""Webhooks to ERPs."""

from migrations import sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    sql.run(__file__)
