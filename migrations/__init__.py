"""The database's shape, step by step, run as the tables' owner."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def configuration(owner_dsn: str = "") -> Config:
    """Alembic's configuration for this folder; without a configuration file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["dsn"] = owner_dsn
    return config


def upgrade(owner_dsn: str) -> None:
    """Bring the database to the newest revision. Safe to call twice, and by two processes at once.

    `owner_dsn`: `postgresql://...` of the role that owns the tables.
    """
    command.upgrade(configuration(owner_dsn), "head")


def newest() -> str:
    """The revision that this program was written for."""
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""
