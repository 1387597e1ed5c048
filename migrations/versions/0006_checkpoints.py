"""The Merkle tree's stored nodes and the signed checkpoints of every batch."""

from migrations import sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    sql.run(__file__)
