"""What a person's corrections teach about a supplier's documents: beside which words, or where, a value stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ingestion.document import Box, Evidence, Extraction, Page, Reading, Term, Transcript
from ingestion.extract.fields import identifier
from ingestion.extract.ids import ibans, tax_ids
from ingestion.extract.layout import Cell, Sheet, sheet
from ingestion.extract.marks import Stretch, View
from ingestion.extract.suppliers import Anchor

_MOST = 3
"""Anchors kept for one value, the newest first."""
_WORDS = 5


def learn(
    transcript: Transcript,
    extraction: Extraction,
    corrected: Extraction,
    known: Mapping[Term, tuple[Anchor, ...]] | None = None,
) -> dict[Term, tuple[Anchor, ...]]:
    """The supplier's anchors after a correction: those known before, and one for each value that was put right.

    A value teaches where its evidence says on which page and in which box it stands. Nothing else is kept of it.
    """
    anchors = dict(known or {})
    page = sheet(transcript)
    for term, reading in corrected.header.items():
        before = extraction.header.get(term)
        if (before is not None and before.value == reading.value) or not reading.evidence:
            continue
        anchor = _anchor(page, reading.evidence[0])
        if anchor is not None:
            others = [each for each in anchors.get(term, ()) if each != anchor]
            anchors[term] = (anchor, *others)[:_MOST]
    return anchors


def _anchor(page: Sheet, evidence: Evidence) -> Anchor | None:
    if evidence.page is None or evidence.box is None or evidence.page not in page.pages:
        return None
    box, size = page.level(evidence.page, evidence.box), page.pages[evidence.page]
    x, y = round(box.x0 / size.width, 3), round(box.y0 / size.height, 3)
    left = _left(page, evidence.page, box)
    if left:
        return Anchor(left, False, x, y)
    above = _above(page, evidence.page, box)
    return Anchor(above, bool(above), x, y)


def _left(page: Sheet, number: int, box: Box) -> str:
    """The words directly left of a box, at its height."""
    found = [
        token
        for cell in page.on(number)
        if min(cell.box.y1, box.y1) - max(cell.box.y0, box.y0) > 0.5 * min(cell.height, box.y1 - box.y0)
        for token in cell.tokens
        if token.box.x1 <= box.x0 + 2 and token.key and not token.key.isdecimal()
    ]
    found.sort(key=lambda token: token.box.x0)
    near = found[-_WORDS:]
    return "".join(token.key for token in near if box.x0 - token.box.x1 < 250)


def _above(page: Sheet, number: int, box: Box) -> str:
    """The cell directly above a box."""
    cells = [
        cell
        for cell in page.on(number)
        if cell.box.y1 <= box.y0 + 2 and min(cell.box.x1, box.x1) > max(cell.box.x0, box.x0)
    ]
    nearest = max(cells, key=lambda cell: cell.box.y1, default=None)
    if nearest is None or box.y0 - nearest.box.y1 > 3 * (box.y1 - box.y0):
        return ""
    return "".join(token.key for token in nearest.tokens if not token.key.isdecimal())


def taught(view: View, anchors: Mapping[Term, tuple[Anchor, ...]]) -> dict[Term, Reading]:
    """Values where a supplier's anchors say they stand, read by the same rules as any other."""
    found: dict[Term, Reading] = {}
    for term, known in anchors.items():
        for anchor in known:
            place = next(_places(view, anchor), None)
            reading = _value(view, term, place) if place is not None else None
            if reading is not None:
                found[term] = reading
                break
    return found


def _places(view: View, anchor: Anchor) -> Iterator[Stretch]:
    first = min(view.sheet.pages, default=0)
    for cell in view.sheet.cells:
        page = view.sheet.pages[cell.page]
        if not anchor.words:
            if cell.page == first and _near(cell, page, anchor):
                yield Stretch(cell, 0, len(cell.text), 1.0)
            continue
        end = _ends_with(cell, anchor.words)
        if end is None:
            continue
        if anchor.below:
            for below in view.sheet.below(cell.page, cell.box, 4 * cell.height)[:1]:
                yield Stretch(below, 0, len(below.text), 1.0)
            continue
        right = [(other.box.x0, other, 0) for other in view.sheet.beside(cell) if other.box.x0 >= cell.box.x1 - 2]
        if end < len(cell.tokens):
            right.append((cell.tokens[end].box.x0, cell, cell.starts[end]))
        for _, other, start in sorted(right, key=lambda each: abs(each[0] / page.width - anchor.x))[:1]:
            yield Stretch(other, start, len(other.text), 1.0)


def _near(cell: Cell, page: Page, anchor: Anchor) -> bool:
    return abs(cell.box.x0 / page.width - anchor.x) < 0.03 and abs(cell.box.y0 / page.height - anchor.y) < 0.012


def _ends_with(cell: Cell, words: str) -> int | None:
    """One past the token with which the words, or as many of them as the cell holds, are over."""
    for first in range(len(cell.tokens)):
        joined = ""
        for last in range(first, min(first + 2 * _WORDS, len(cell.tokens))):
            joined += cell.tokens[last].key
            if joined and (joined == words or (first == 0 and len(joined) >= 4 and words.endswith(joined))):
                return last + 1
    return None


def _value(view: View, term: Term, place: Stretch) -> Reading | None:
    cell = place.cell
    if term in (Term.ISSUE_DATE, Term.DUE_DATE):
        for day in view.days(cell):
            if day.start >= place.start:
                value = day.mdy if day.dmy is None or (view.month_first and day.mdy is not None) else day.dmy
                if value is not None:
                    return Reading(value, (cell.evidence(day.start, day.end),), 0.9)
        return None
    if term in (Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE):
        for amount in view.amounts(cell):
            if amount.start >= place.start and not amount.percent:
                return Reading(amount.value, (cell.evidence(amount.start, amount.end),), 0.9)
        return None
    if term in (Term.SUPPLIER_TAX_ID, Term.BUYER_TAX_ID, Term.IBAN):
        found = ibans(place.text) if term is Term.IBAN else tax_ids(place.text, labelled=True)
        for each in found:
            evidence = cell.evidence(place.start + each.start, place.start + each.end)
            return Reading(each.value, (evidence,), 0.9 if each.proven else 0.6)
        return None
    if term in (Term.INVOICE_NUMBER, Term.PO_NUMBER):
        read = identifier(view, place)
        return Reading(read[0], (read[1],), 0.9) if read is not None else None
    text = place.text.strip(" :|")
    return Reading(text, (cell.evidence(place.start, place.end),), 0.8) if text and term is not Term.CURRENCY else None
