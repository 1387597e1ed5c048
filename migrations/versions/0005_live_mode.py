"""What live mode refuses in a database: traces of development."""

from migrations import sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    sql.run(__file__)
