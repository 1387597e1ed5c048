"""A bill as a PDF of our own making, from the same words that stand in `tests.ingestion.extract.papers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from ingestion.confidence import Addressee
from ingestion.extract import Supplier
from tests.ingestion.extract.papers import INVOICE, Placed
from tests.ingestion.readers.papers import pdf, say

TODAY = date(2024, 6, 1)
PALM = Supplier("Palm Trading LLC", ("100123456700003",))
OASIS = Addressee(("Oasis Stores LLC",), ("100765432100003",))


def changed(changes: Mapping[str, str], texts: Sequence[Placed] = INVOICE) -> list[Placed]:
    """The bill with some words replaced; each must be there."""
    missing = set(changes) - {text for *_, text in texts}
    assert not missing, missing
    return [(x, y, changes.get(text, text)) for x, y, text in texts]


def content(texts: Sequence[Placed]) -> bytes:
    return b"".join(say(text, x, 842 - y - 9, 9) for x, y, text in texts)


def bill(changes: Mapping[str, str] | None = None, *, more: bytes = b"", **how: object) -> bytes:
    """One page. `more`: what else its content draws; `how`: see `pdf`."""
    return pdf(content(changed(changes or {})) + more, **how)  # type: ignore[arg-type]
