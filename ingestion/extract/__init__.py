"""Our own rules: from the words of a document to its values, each with the place where it was read.

extract    a transcript, and the suppliers that are known -> one extraction per document in the file
document   the pages of one document -> its extraction
learn      what a person's correction teaches about a supplier's documents

Every value is parsed from printed words and carries them as evidence; what isn't printed is absent, even a
sum that could be worked out. Only a supplier known by its tax id has its name from the list. Amounts are Decimal.
Confidence is a raw score that orders readings; it becomes a share of right ones where it is calibrated.

anchors, months, currencies   tables of words
layout, marks                 cells of words, known phrases, and where their values may stand
numbers, dates, ids           values of one kind in a text
fields, parties, totals, between       values of the whole document
columns, table, line          lines
doubts                        what the values leave unexplained
kinds, split                  what a document is, and where the next one begins
suppliers, learning           the master list, and anchors learned per supplier
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ingestion.document import Column, Extraction, Kind, Page, Reading, Term, Transcript
from ingestion.extract import fields, kinds, learning, parties, suppliers, table
from ingestion.extract.between import between
from ingestion.extract.doubts import doubts as left
from ingestion.extract.layout import Sheet
from ingestion.extract.learning import learn
from ingestion.extract.line import Line
from ingestion.extract.marks import View
from ingestion.extract.split import split
from ingestion.extract.suppliers import Anchor, Anchors, Supplier
from ingestion.extract.totals import totals

__all__ = ["Anchor", "Anchors", "Supplier", "document", "extract", "learn"]

EXTRACTOR = "rules/1"


def extract(transcript: Transcript, known: Sequence[Supplier] = ()) -> tuple[Extraction, ...]:
    """Every document of a file, in its order; at least one, and one of kind `other` where nothing is understood.

    `known`: the supplier master. A supplier is recognised by a printed tax id or name, never by anything else.
    """
    return tuple(document(pages, known) for pages in split(transcript))


def document(pages: tuple[Page, ...], known: Sequence[Supplier] = ()) -> Extraction:
    """The pages of one document, read."""
    view = View(Sheet(pages))
    money = fields.currency(view)
    found = money.values.get(Term.CURRENCY)
    view.currency = str(found.value) if found is not None else ""
    view.forget_amounts()
    buyers = parties.addressed(view)
    supplier = suppliers.recognise(view.sheet, known, buyers)
    kind = kinds.classify(view)
    lines = table.lines(view)
    header: dict[Term, Reading] = {**money.values, **parties.parties(view, supplier, buyers)}
    summed, tax_named = totals(view, _sum(lines), credit=kind is Kind.CREDIT_NOTE)
    header |= summed
    days, iban = fields.dates(view), fields.account(view)
    header |= days.values | iban.values
    for term, reading in (
        (Term.INVOICE_NUMBER, fields.document_number(view)),
        (Term.PO_NUMBER, fields.order_number(view)),
    ):
        if reading is not None:
            header[term] = reading
    if supplier is not None:
        header |= learning.taught(view, supplier.supplier.anchors)
    doubts = [*money.doubts, *days.doubts, *iban.doubts]
    if any(sign in cell.text for cell in view.sheet.cells for sign in "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"):
        doubts.append("arabic_digits")
    parts = between(view)
    doubts += left(view, header, lines, parts, tax_labelled=tax_named)
    return Extraction(
        kind=kinds.settled(kind, header),
        header={term: header[term] for term in Term if term in header},
        lines=lines,
        between=parts,
        extractor=EXTRACTOR,
        doubts=tuple(dict.fromkeys(doubts)),
    )


def _sum(lines: tuple[Line, ...]) -> Decimal | None:
    """Of the lines' net amounts, where each has one."""
    values = [line[Column.NET_AMOUNT].value for line in lines if Column.NET_AMOUNT in line]
    if not values or len(values) != len(lines):
        return None
    return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))
