"""Provider accounts of companies and their routes."""

from migrations import sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    sql.run(__file__)
