"""Roles, the current company, jobs, events, objects, idempotency, rate limits."""

from migrations import sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    sql.run(__file__)
