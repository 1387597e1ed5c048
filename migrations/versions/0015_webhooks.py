"""Webhooks of companies: endpoints, deliveries, attempts."""

from migrations import sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    sql.run(__file__)
