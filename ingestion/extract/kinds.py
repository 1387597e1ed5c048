"""What a document is, by its title: the largest and highest of the words that name a kind."""

from __future__ import annotations

from collections.abc import Mapping

from ingestion.document import Kind, Reading, Term
from ingestion.extract.anchors import TITLES, Label
from ingestion.extract.marks import Mark, View

_KINDS = {
    Label.INVOICE: Kind.INVOICE, Label.CREDIT_NOTE: Kind.CREDIT_NOTE, Label.RECEIPT: Kind.RECEIPT,
    Label.PURCHASE_ORDER: Kind.ORDER, Label.DELIVERY_NOTE: Kind.DELIVERY_NOTE, Label.STATEMENT: Kind.STATEMENT,
}  # fmt: skip
_NUMBERS = {"invoice": Kind.INVOICE, "rechnung": Kind.INVOICE, "facture": Kind.INVOICE, "credit": Kind.CREDIT_NOTE}


def classify(view: View) -> Kind:
    """The kind with the most prominent title; without any, what the labels speak of; else `other`."""
    scores: dict[Kind, float] = {}
    height = max((cell.height for cell in view.sheet.cells), default=0.0) or 1.0
    for mark in view.of(*TITLES, Label.NUMBER):
        kind = _kind(mark)
        if kind is None:
            continue
        cell = mark.cell
        alone = mark.first == 0 and len(cell.tokens) - mark.last <= 4
        if not alone and mark.first > 1:
            continue
        page = view.sheet.pages[cell.page]
        prominence = cell.height / height + (1 - cell.box.y0 / page.height) + (0.5 if alone else 0)
        if Label.ORDER in mark.labels or Label.OTHER in mark.labels:
            prominence -= 0.7
        if mark.closed:
            prominence -= 0.4
        prominence -= 0.5 * (cell.page - min(view.sheet.pages))
        scores[kind] = max(scores.get(kind, 0.0), prominence)
    if not scores:
        return Kind.OTHER
    kind = max(scores, key=lambda each: scores[each])
    return kind if scores[kind] > 0.6 else Kind.OTHER


def _kind(mark: Mark) -> Kind | None:
    """What a title names, or the label of a number: `invoice number`."""
    label = next((label for label in TITLES if label in mark.labels), None)
    if label is not None:
        return _KINDS[label]
    return next((kind for word, kind in _NUMBERS.items() if word in mark.key), None)


def settled(kind: Kind, header: Mapping[Term, Reading]) -> Kind:
    """`other` with a total, a tax and a number is an invoice without a title that we know."""
    if kind is Kind.OTHER and {Term.TOTAL, Term.TAX, Term.INVOICE_NUMBER} <= header.keys():
        return Kind.INVOICE
    return kind
