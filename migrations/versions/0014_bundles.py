"""Audit bundles and their files."""

from migrations import sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    sql.run(__file__)
