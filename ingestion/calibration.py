"""How often readings like this one were right. Measured on labelled bills; nothing here is anybody's opinion.

The tables are what `python -m benchmarks.bench_bills --calibrate --kept FOLDER` printed over the reference bills: two
thirds of the documents made the shares, `(right + 1) / (all + 2)`; behind each row stands how many values it was made
from and, step by step, how many were right of those in the third that was held out. Text is the text layer of the PDFs;
OCR is the same bills as scans and photos. A row from few cases is cautious by that rule, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ingestion.document import Column, Source, Term

Steps = tuple[tuple[float, float], ...]
"""From this raw score on, this share."""
EDGES = (0.0, 0.5, 0.7, 0.85, 0.95)
"""Raw scores between which is counted."""
_GROUPS: Mapping[Term, str] = {
    Term.NET: "amount", Term.TAX: "amount", Term.TOTAL: "amount", Term.PAYABLE: "amount",
    Term.ISSUE_DATE: "date", Term.DUE_DATE: "date",
    Term.SUPPLIER_TAX_ID: "supplier", Term.SUPPLIER_NAME: "supplier",
    Term.BUYER_NAME: "buyer", Term.BUYER_TAX_ID: "buyer",
    Term.INVOICE_NUMBER: "number", Term.PO_NUMBER: "order", Term.IBAN: "account", Term.CURRENCY: "currency",
}  # fmt: skip

FIELDS: Mapping[tuple[Source, str], Steps] = {
    (Source.OCR, "account"): ((0, 0.958),),  # 22 [12/14]
    (Source.OCR, "amount"): ((0, 0.522), (0.5, 0.857), (0.85, 0.986), (0.95, 0.995)),  # 309 [4/5, 5/7, 56/56, 56/62]
    (Source.OCR, "buyer"): ((0, 0.812), (0.5, 0.844), (0.7, 0.970)),  # 107 [4/4, 14/18, 18/18]
    (Source.OCR, "currency"): ((0, 0.989),),  # 92 [36/36]
    (Source.OCR, "date"): ((0, 0.929), (0.7, 0.947), (0.85, 0.972)),  # 133 [7/13, 16/17, 37/37]
    (Source.OCR, "line"): ((0, 0.918),),  # 1007 [266/308]
    (Source.OCR, "number"): ((0, 0.914), (0.95, 0.969)),  # 86 [16/18, 17/18]
    (Source.OCR, "order"): ((0, 0.625),),  # 6 [8/8]
    (Source.OCR, "supplier"): ((0, 0.867), (0.85, 0.994)),  # 178 [1/4, 68/68]
    (Source.TEXT, "account"): ((0, 0.923),),  # 11 [6/7]
    (Source.TEXT, "amount"): ((0, 0.934), (0.95, 0.991)),  # 163 [32/33, 29/32]
    (Source.TEXT, "buyer"): ((0, 0.850), (0.7, 0.947)),  # 55 [9/11, 9/9]
    (Source.TEXT, "currency"): ((0, 0.979),),  # 46 [18/18]
    (Source.TEXT, "date"): ((0, 0.973),),  # 72 [30/34]
    (Source.TEXT, "line"): ((0, 0.957),),  # 527 [134/148]
    (Source.TEXT, "number"): ((0, 0.978),),  # 44 [17/17]
    (Source.TEXT, "order"): ((0, 0.600),),  # 3 [4/4]
    (Source.TEXT, "supplier"): ((0, 0.929), (0.95, 0.988)),  # 90 [5/5, 31/31]
}  # fmt: skip
DOCUMENTS: Mapping[Source, Steps] = {
    Source.OCR: ((0, 0.545), (3, 0.900), (4, 0.946)),  # 92 [8/14, 1/2, 18/22]
    Source.TEXT: ((0, 0.857), (4, 0.944)),  # 46 [5/8, 9/11]
}  # fmt: skip


def group(key: Term | Column) -> str:
    """Values that are measured together: each by itself is printed too seldom."""
    return _GROUPS[key] if isinstance(key, Term) else "line"


def share(source: Source, key: Term | Column, raw: float) -> float:
    """Of readings of this kind, source and raw score, how many were right. Structured data is what it says: 1."""
    return 1.0 if source is Source.XML else _step(FIELDS[source, group(key)], raw)


def document_share(source: Source, checks: int) -> Decimal:
    """Of documents whose readings bore each other out so often, how many had no wrong value. Structured data: 1."""
    return Decimal(1) if source is Source.XML else Decimal(str(_step(DOCUMENTS[source], checks)))


def _step(steps: Steps, raw: float) -> float:
    return next((share for edge, share in reversed(steps) if raw >= edge), 0.0)
