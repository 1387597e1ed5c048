"""Review, tasks and policies of bills."""

from migrations import sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    sql.run(__file__)
