"""Rows as values."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Row = TypeVar("Row", bound=msgspec.Struct)


async def every(db: AsyncConnection, kind: type[Row], statement: str, **values: object) -> list[Row]:
    """All rows of a statement, each as a `kind`."""
    found = await db.execute(text(statement), values)
    return [msgspec.convert(row._mapping, kind, strict=False) for row in found]


async def first(db: AsyncConnection, kind: type[Row], statement: str, **values: object) -> Row | None:
    """The first row, or None."""
    found = await every(db, kind, statement, **values)
    return found[0] if found else None
