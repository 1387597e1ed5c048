"""Invoice Responses, sent and received."""

from migrations import sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    sql.run(__file__)
