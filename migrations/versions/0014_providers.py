"""Provider accounts of companies, and which of them a document goes through."""

from migrations import sql

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    sql.run(__file__)
