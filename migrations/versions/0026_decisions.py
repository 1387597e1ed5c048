"""Tasks about bills that don't match, and who approved them."""

from migrations import sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    sql.run(__file__)
