"""How sure a reading is, and whether it may go on without a person: calibrated on labelled bills.

A document goes on by itself only where nothing speaks against it: each `Reason` is a rule that looks at what was read,
and none can be outvoted by a high score. The score itself is measured, see `ingestion.calibration`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import msgspec
from rapidfuzz import fuzz

from ingestion import arithmetic, calibration, comparison
from ingestion.comparison import Disagreement, Why
from ingestion.document import Column, Extraction, Kind, Reading, Source, Term
from ingestion.extract import Supplier
from ingestion.extract.dates import days
from ingestion.extract.ids import compact, vat_id
from ingestion.extract.layout import fold
from ingestion.reasons import OF_DOUBTS, TOLD, Reason
from ubl import Invoice

_ORDINARY = frozenset(
    {Term.SUPPLIER_NAME, Term.BUYER_NAME, Term.PO_NUMBER, Column.DESCRIPTION, Column.ITEM, Column.UNIT}
)
"""Values whose spelling may differ between two readings without harm to what is paid."""
DECISIVE = tuple(term.value for term in comparison.DECISIVE)
"""Values that decide what is paid, when and to whom: a document with one of them wrong counts as wrong."""
_AMOUNT = re.compile(r"[-+]?\d{1,3}(?:[.,' ]?\d{3})*[.,]\d{2}\Z")


class Thresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What one company asks of a reading before nobody looks at it."""

    automatic: bool = True
    """False: a person looks at every bill."""
    least: Decimal = Decimal("0.92")
    """The least share of such documents without a wrong value, as measured; pictures reach it only where all checks
    hold."""
    largest: Decimal | None = None
    """A total beyond which a person looks, in the bill's currency."""
    oldest: int = 5479
    """Days between issue and arrival. Tax records are asked for fifteen years back at most: older is misread."""
    ahead: int = 1
    """Days an issue date may lie in the future: the world has two dates at a time."""
    longest_due: int = 400
    """Days from issue until it falls due."""


class Addressee(msgspec.Struct, frozen=True):
    """The company that bills must be addressed to."""

    names: tuple[str, ...]
    """Registered and trade names, in each language."""
    tax_ids: tuple[str, ...] = ()


class Confidence(msgspec.Struct, frozen=True):
    """What came of judging."""

    score: Decimal
    """Share of labelled documents like this without a wrong value; see `ingestion.calibration`."""
    reasons: tuple[Reason, ...]
    acceptable: bool
    """Nothing that is read of a bill itself speaks against going on without a person."""


def judge(
    extraction: Extraction,
    *,
    supplier_known: bool,
    today: date,
    thresholds: Thresholds | None = None,
    own: Addressee | None = None,
    doubts: Collection[str] = (),
    disagreements: Sequence[Disagreement] = (),
    invoice: Invoice | None = None,
) -> Confidence:
    """Everything that speaks against a reading, and how sure it is.

    `supplier_known`: by tax id, see `known_by_tax_id`. `doubts`: of the file, the pages and the extraction. `invoice`:
    the structured document, where it is one.
    """
    thresholds = thresholds or Thresholds()
    sums = arithmetic.sums(extraction, invoice)
    score = _score(extraction, sums, supplier_known=supplier_known)
    reasons = [
        *([] if extraction.kind in (Kind.INVOICE, Kind.CREDIT_NOTE) else [Reason.NO_BILL]),
        *_amounts(extraction, sums, thresholds),
        *([] if supplier_known else [Reason.SUPPLIER_UNKNOWN]),
        *_buyer(extraction, own),
        *_number(extraction),
        *_days(extraction, today, thresholds),
        *(OF_DOUBTS[doubt] for doubt in doubts if doubt in OF_DOUBTS),
        *_differing(disagreements),
        *([Reason.UNSURE] if score < thresholds.least else []),
        *([] if thresholds.automatic else [Reason.NEVER]),
    ]
    found = set(reasons)
    return Confidence(score, tuple(each for each in Reason if each in found), not found - TOLD)


def known_by_tax_id(extraction: Extraction, known: Sequence[Supplier]) -> bool:
    """Whether the supplier's tax id is on the list, whatever its country and however it is spaced."""
    reading = extraction.header.get(Term.SUPPLIER_TAX_ID)
    read = compact(str(reading.value)) if reading is not None else ""
    return bool(read) and any(read == compact(tax_id) for supplier in known for tax_id in supplier.tax_ids)


def calibrated(extraction: Extraction) -> Extraction:
    """With each value's raw score replaced by the share of such readings that were right."""
    return msgspec.structs.replace(
        extraction,
        header={term: _measured(reading, term) for term, reading in extraction.header.items()},
        lines=tuple(
            {column: _measured(reading, column) for column, reading in line.items()} for line in extraction.lines
        ),
    )


def source_of(extraction: Extraction) -> Source:
    """The least sure source of any value."""
    sources = [each.source for reading in extraction.header.values() for each in reading.evidence]
    return max(sources, key=list(Source).index, default=Source.OCR)


def _measured(reading: Reading, key: Term | Column) -> Reading:
    source = max((each.source for each in reading.evidence), key=list(Source).index, default=Source.OCR)
    return msgspec.structs.replace(reading, confidence=calibration.share(source, key, reading.confidence))


def _score(extraction: Extraction, sums: arithmetic.Sums, *, supplier_known: bool) -> Decimal:
    return calibration.document_share(source_of(extraction), checks(sums, supplier_known=supplier_known))


def checks(sums: arithmetic.Sums, *, supplier_known: bool) -> int:
    """How often the readings bear each other out, of four: totals, lines, products, and the supplier's tax id."""
    return sum((sums.totals is True, sums.lines is True, sums.products is True, supplier_known))


def _amounts(extraction: Extraction, sums: arithmetic.Sums, thresholds: Thresholds) -> Iterator[Reason]:
    if sums.totals is None:
        yield Reason.AMOUNT_MISSING
    if sums.totals is False or sums.payable is False:
        yield Reason.AMOUNTS_CONTRADICT
    printed = extraction.header.get(Term.TOTAL)
    if printed is not None and Decimal(str(printed.value)) < 0:
        yield Reason.SIGN_OPEN
    if arithmetic.line_sum(extraction.lines) is None:
        yield Reason.LINES_MISSING
    if sums.lines is False or sums.products is False:
        yield Reason.LINES_CONTRADICT
    if Term.CURRENCY not in extraction.header:
        yield Reason.CURRENCY_MISSING
    total = extraction.header.get(Term.TOTAL)
    if total is not None and thresholds.largest is not None and abs(Decimal(str(total.value))) > thresholds.largest:
        yield Reason.TOO_LARGE


def _buyer(extraction: Extraction, own: Addressee | None) -> Iterator[Reason]:
    """By tax id where both have one, else by name; nothing read is nothing said."""
    if own is None:
        return
    ours = {compact(each) for each in own.tax_ids}
    seller, buyer, name = (
        str(extraction.header[term].value) if term in extraction.header else ""
        for term in (Term.SUPPLIER_TAX_ID, Term.BUYER_TAX_ID, Term.BUYER_NAME)
    )
    if compact(seller) in ours:
        yield Reason.OWN_BILL
    if buyer and ours:
        if compact(buyer) not in ours:
            yield Reason.OTHER_BUYER
    elif name and own.names and max(fuzz.partial_ratio(fold(name), fold(each)) for each in own.names) < _LIKE:
        yield Reason.OTHER_BUYER


_LIKE = 75
"""Likeness, of 100, from which a printed name may be ours: names are shortened, and misread."""


def _number(extraction: Extraction) -> Iterator[Reason]:
    reading = extraction.header.get(Term.INVOICE_NUMBER)
    if reading is None:
        yield Reason.NUMBER_MISSING
        return
    number = str(reading.value)
    others = {
        compact(str(extraction.header[term].value))
        for term in (Term.SUPPLIER_TAX_ID, Term.BUYER_TAX_ID, Term.IBAN)
        if term in extraction.header
    }
    written = reading.evidence and reading.evidence[0].source is not Source.XML
    if (
        not any(map(str.isdecimal, number))
        or len(number) > 60
        or compact(number) in others
        or (written and _AMOUNT.match(number))
        or (written and any(day.start == 0 and day.end == len(number) and not day.compact for day in days(number)))
        or (written and len(compact(number)) == 15 and vat_id(number))
    ):
        yield Reason.NUMBER_IMPLAUSIBLE


def _days(extraction: Extraction, today: date, thresholds: Thresholds) -> Iterator[Reason]:
    issued, due = (
        extraction.header[term].value if term in extraction.header else None
        for term in (Term.ISSUE_DATE, Term.DUE_DATE)
    )
    if not isinstance(issued, date):
        yield Reason.DATE_MISSING
        return
    plausible = -timedelta(thresholds.ahead) <= today - issued <= timedelta(thresholds.oldest)
    if isinstance(due, date):
        plausible = plausible and timedelta(0) <= due - issued <= timedelta(thresholds.longest_due)
    if not plausible:
        yield Reason.DATE_IMPLAUSIBLE


def _differing(disagreements: Sequence[Disagreement]) -> Iterator[Reason]:
    for each in disagreements:
        if each.why is Why.STATED:
            yield Reason.STATED_NOT_SHOWN
        elif each.why is Why.ALONE or (each.why is Why.FIRST and (each.term or each.column) not in _ORDINARY):
            yield Reason.READINGS_DIFFER
