"""Run the SQL file that lies beside a revision, in the migration's transaction."""

from __future__ import annotations

from pathlib import Path

from alembic import op


def run(revision_file: str) -> None:
    """Execute `0001_name.sql` for `0001_name.py`; the driver's simple protocol takes the whole file at once."""
    script = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    if any(line and not line.startswith("--") for line in script.splitlines()):  # comments alone are no query
        bind = op.get_bind()
        bind.exec_driver_sql("select 1")  # asyncpg's transaction begins with the first statement of SQLAlchemy's
        driver_connection = bind.connection.dbapi_connection
        if driver_connection is None:
            raise RuntimeError("the migration has no connection")
        driver_connection.run_async(lambda driver: driver.execute(script))
