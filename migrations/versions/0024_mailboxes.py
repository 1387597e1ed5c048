"""Mailboxes that bills are fetched from."""

from migrations import sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    sql.run(__file__)
