"""What providers hold for us, fetched and acknowledged."""

from migrations import sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    sql.run(__file__)
