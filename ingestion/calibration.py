"""How often readings like this one were right, measured: `python -m benchmarks.bench_bills --calibrate` prints it.

PLACEHOLDER
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ingestion.document import Column, Source, Term

Steps = tuple[tuple[float, str], ...]

FIELDS: Mapping[tuple[Source, str], Steps] = {}
DOCUMENTS: Mapping[tuple[Source, int], str] = {}


def share(source: Source, key: Term | Column, raw: float) -> float:
    """Of readings of this kind, source and raw score, how many were right."""
    return raw


def document_share(source: Source, checks: int) -> Decimal:
    """Of documents whose readings bore each other out so often, how many had no wrong value."""
    return Decimal(1)
