"""Bills to measure by where the labelled ones aren't: our own samples, and a scorer for them.

The samples' layouts were made by the same hands as the rules: figures over them say that nothing is broken, not how
well strangers' bills are read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from rapidfuzz.distance import Levenshtein
from scipy.optimize import linear_sum_assignment

from ingestion.samples import folder

HEAD = ("supplier_name", "supplier_tax_id", "invoice_number", "issue_date", "currency", "net", "tax", "total")
EXTRA = ("due_date", "payable", "po_number", "iban", "buyer_name", "buyer_tax_id")
CELLS = ("description", "quantity", "unit_price", "net_amount")
COUNT = {"text": 60, "scan": 10, "photo": 10}
_NAMES = ("supplier_name", "buyer_name", "description")
_ALIKE = 0.8
"""Likeness of names from which they are the same."""
Counts = dict[str, list[int]]
"""By field: right, wrong or made up, missed."""


def write(target: Path, kind: str) -> Path:
    """Samples of one kind, `text`, `scan` or `photo`, in a new folder; returns it."""
    folder.write(target, 2026, COUNT[kind], looks=("clean" if kind == "text" else kind,))
    return target


def score(found: Mapping[str, object], truth: Mapping[str, object], fields: Collection[str] = HEAD) -> Counts:
    """Right, wrong and missed values by field, and of all cells of lines under `lines`.

    Values are the same where they are so as numbers, or by letters and digits; names where four in five signs agree.
    What the truth doesn't tell isn't judged, but for what it says is absent.
    """
    counts: Counts = {}
    absent = truth.get("absent")
    for field in fields:
        value = found.get(field)
        if truth.get(field) is None:
            if isinstance(absent, list) and field in absent and value is not None:
                counts[field] = [0, 1, 0]
        elif value is None:
            counts[field] = [0, 0, 1]
        else:
            counts[field] = [1, 0, 0] if _same(field, value, truth[field]) else [0, 1, 1]
    counts["lines"] = _lines(_rows(found), _rows(truth))
    return counts


def f1(counts: Sequence[int]) -> float:
    """Of right, wrong, missed."""
    right, wrong, missed = counts
    return 2 * right / max(1, 2 * right + wrong + missed)


def _rows(document: Mapping[str, object]) -> list[Mapping[str, object]]:
    rows = document.get("lines")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _lines(found: list[Mapping[str, object]], truth: list[Mapping[str, object]]) -> list[int]:
    """Lines are put together so that most cells agree."""
    agree = [
        [sum(_same(cell, ours.get(cell), theirs.get(cell)) for cell in CELLS) for ours in found] for theirs in truth
    ]
    right = 0
    if found and truth:
        rows, columns = linear_sum_assignment(agree, maximize=True)
        right = sum(agree[row][column] for row, column in zip(rows, columns, strict=True))
    ours, theirs = (sum(row.get(cell) is not None for row in rows for cell in CELLS) for rows in (found, truth))
    return [right, ours - right, theirs - right]


def _same(field: str, ours: object, theirs: object) -> bool:
    if ours is None or theirs is None:
        return False
    if field in _NAMES:
        return Levenshtein.normalized_similarity(_plain(ours), _plain(theirs)) >= _ALIKE
    numbers = _number(ours), _number(theirs)
    if None not in numbers:
        return numbers[0] == numbers[1]
    return _plain(ours) == _plain(theirs)


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _plain(value: object) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", str(value)).casefold())
