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
    (Source.OCR, "account"): ((0, 0.957),),  # 21 [10/12]
    (Source.OCR, "amount"): ((0, 0.450), (0.5, 0.857), (0.85, 0.983), (0.95, 0.993)),  # 233 [4/5, 5/7, 45/45, 38/44]
    (Source.OCR, "buyer"): ((0, 0.845), (0.7, 0.955)),  # 76 [14/18, 14/14]
    (Source.OCR, "currency"): ((0, 0.986),),  # 67 [28/28]
    (Source.OCR, "date"): ((0, 0.960), (0.85, 0.961)),  # 98 [21/26, 26/26]
    (Source.OCR, "line"): ((0, 0.897),),  # 706 [194/225]
    (Source.OCR, "number"): ((0, 0.875), (0.95, 0.964)),  # 64 [12/14, 13/14]
    (Source.OCR, "order"): ((0, 0.667),),  # 4 [8/8]
    (Source.OCR, "supplier"): ((0, 0.944), (0.95, 0.991)),  # 129 [5/8, 48/48]
    (Source.TEXT, "account"): ((0, 0.923),),  # 11 [6/7]
    (Source.TEXT, "amount"): ((0, 0.934), (0.95, 0.991)),  # 163 [32/33, 29/32]
    (Source.TEXT, "buyer"): ((0, 0.850), (0.7, 0.947)),  # 55 [9/11, 9/9]
    (Source.TEXT, "currency"): ((0, 0.979),),  # 46 [18/18]
    (Source.TEXT, "date"): ((0, 0.973),),  # 72 [30/34]
    (Source.TEXT, "line"): ((0, 0.958),),  # 523 [134/148]
    (Source.TEXT, "number"): ((0, 0.978),),  # 44 [17/17]
    (Source.TEXT, "order"): ((0, 0.600),),  # 3 [4/4]
    (Source.TEXT, "supplier"): ((0, 0.929), (0.95, 0.988)),  # 90 [5/5, 31/31]
}  # fmt: skip
DOCUMENTS: Mapping[Source, Steps] = {
    Source.OCR: ((0, 0.400), (3, 0.842), (4, 0.974)),  # 67 [7/13, 3/6, 10/11]
    Source.TEXT: ((0, 0.833), (4, 0.969)),  # 46 [7/11, 7/8]
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
