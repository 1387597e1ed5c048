"""Companies, users, memberships, sessions, API keys, invitations."""

from migrations import sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    sql.run(__file__)
