"""The database's shape, step by step, run as the tables' owner.

Alembic is imported when there is something to do: every process asks for the newest revision when it starts, and few
have anything to migrate.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.config import Config

_HERE = Path(__file__).parent


def configuration(owner_dsn: str = "") -> Config:
    """Alembic's configuration for this folder; without a configuration file."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["dsn"] = owner_dsn
    return config


def upgrade(owner_dsn: str) -> None:
    """Bring the database to the newest revision. Safe to call twice, and by two processes at once.

    `owner_dsn`: `postgresql://...` of the role that owns the tables.
    """
    from alembic import command  # noqa: PLC0415

    command.upgrade(configuration(owner_dsn), "head")


def newest() -> str:
    """The revision that this program was written for: the files are numbered in their order."""
    return max(path.name for path in (_HERE / "versions").glob("[0-9]*.py"))[:4]
