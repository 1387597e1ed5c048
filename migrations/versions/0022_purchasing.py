"""Purchase orders, goods receipts and what bills consumed of them."""

from migrations import sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    sql.run(__file__)
