"""Requests to seal, and the lease of the one who seals a busy company's documents."""

from migrations import sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    sql.run(__file__)
