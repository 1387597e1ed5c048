"""Content under keys of its own, retention and legal hold."""

from migrations import sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    sql.run(__file__)
