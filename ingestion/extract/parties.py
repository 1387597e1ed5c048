"""Who sells and who buys: names and tax ids, by labels, places and legal forms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingestion.document import Evidence, Reading, Term
from ingestion.extract.anchors import TITLES, Label
from ingestion.extract.ids import Id, tax_ids, vat_id
from ingestion.extract.layout import Cell, fold
from ingestion.extract.marks import Mark, Stretch, View
from ingestion.extract.suppliers import Known

_FORMS = re.compile(
    r"(?<!\w)(gmbh|ag|kg|ug|ohg|e\.?k|llc|l\.l\.c|ltd|limited|inc|corp|plc|"
    r"sarl|s\.a\.r\.l|sas|sa|s\.a|eurl|sasu|b\.?v|n\.?v|"
    r"s\.?r\.?l|s\.?p\.?a|s\.?l|lda|sp\.? z ?o\.?o|kft|zrt|nyrt|ab|a/s|aps|as|oy|oyj|fze|fzc|fz-llc|fzco|dmcc|"
    r"est|co|company|wll|w\.l\.l|saoc|saog|spc|pvt|pty|trading|establishment|شركة|مؤسسة|مصنع|ش\.?م\.?م|ذ\.?م\.?م)\.?(?!\w)",
    re.IGNORECASE,
)

_APART = re.compile(r"\s[-–·●•]\s|,\s(?=.*\d)")
"""What divides a name from the address on the same line."""


def addressed(view: View) -> list[Cell]:
    """Cells of the buyer's and the receiver's address: under or beside their labels, down to the next gap or label."""
    cells: list[Cell] = []
    for mark in view.of(Label.BUYER, Label.SHIP_TO):
        if _in_sentence(mark):
            continue
        cells.extend(_block(view, mark))
    return cells


def _in_sentence(mark: Mark) -> bool:
    """Only words that fill their cell or end in a colon announce a party; `Supplier Ltd` is a name."""
    rest = mark.cell.text[mark.end :]
    return mark.first > 0 or not (mark.closed or not any(map(str.isalnum, rest)) or rest.lstrip().startswith("/"))


def _block(view: View, mark: Mark) -> list[Cell]:
    cells = [stretch.cell for stretch in view.behind(mark, far=1)]
    box, last = mark.box, mark.box
    for cell in view.sheet.below(mark.cell.page, box, 14 * (box.y1 - box.y0)):
        if abs(cell.box.x0 - box.x0) > 40 and abs(cell.box.x1 - box.x1) > 40:
            continue
        if cell.box.y0 - last.y1 > 1.6 * cell.height:
            break
        marks = view.marks[id(cell)]
        if marks and marks[0].first == 0:
            labels = marks[0].labels
            if Label.SELLER in labels or (any(title in labels for title in TITLES) and Label.OTHER not in labels):
                break
            if Label.BUYER in labels and marks[0].last == len(cell.tokens):
                continue
        cells.append(cell)
        last = cell.box
    return cells


def parties(view: View, known: Known | None, buyers: list[Cell]) -> dict[Term, Reading]:
    """Names and tax ids of both. A known supplier's come from the list as far as the document shows them."""
    found: dict[Term, Reading] = {}
    ids = _all_ids(view, {id(cell) for cell in buyers})
    if known is not None:
        evidence = [each for each in (known.name, known.tax_id) if each is not None]
        sure = min(0.99, 0.6 + 0.2 * known.strength)
        found[Term.SUPPLIER_NAME] = Reading(known.supplier.name, tuple(evidence), sure)
        if known.tax_id is not None:
            found[Term.SUPPLIER_TAX_ID] = Reading(known.tax_id.text, (known.tax_id,), 0.97)
    else:
        name = _supplier_name(view, buyers)
        if name is not None:
            found[Term.SUPPLIER_NAME] = name
    own = found.get(Term.SUPPLIER_TAX_ID)
    ours = fold(str(own.value)) if own is not None else ""
    for value, evidence_of, buyer, strength in sorted(ids, key=lambda each: -each[3]):
        reading = Reading(value.value, (evidence_of,), strength)
        if not buyer and Term.SUPPLIER_TAX_ID not in found:
            found[Term.SUPPLIER_TAX_ID] = reading
            ours = fold(value.value)
        elif (buyer or (own is not None and fold(value.value) != ours)) and Term.BUYER_TAX_ID not in found:
            found[Term.BUYER_TAX_ID] = reading
    buyer_name = _buyer_name(view, known)
    if buyer_name is not None:
        found[Term.BUYER_NAME] = buyer_name
    return found


def _all_ids(view: View, addressed: set[int]) -> list[tuple[Id, Evidence, bool, float]]:
    """Every tax id, whether it's the buyer's, and how surely it is one."""
    found: dict[tuple[int, int], tuple[Id, Evidence, bool, float]] = {}
    for mark in view.of(Label.TAX_ID, Label.BUYER_TAX_ID):
        for place in [*view.behind(mark, far=1), *view.before(mark), *list(view.under(mark, lines=1.6))[:1]]:
            read = list(tax_ids(place.text, labelled=True))
            for value in read:
                if any(str(amount.value) == value.value for amount in view.amounts(place.cell) if amount.decimals):
                    continue
                buyer = Label.BUYER_TAX_ID in mark.labels or id(mark.cell) in addressed or id(place.cell) in addressed
                start, end = place.start + value.start, place.start + value.end
                strength = 0.9 if value.proven else 0.6 if vat_id(value.value) is None else 0.7
                if len(value.value) < 8:
                    strength -= 0.2
                found.setdefault((id(place.cell), start), (value, place.cell.evidence(start, end), buyer, strength))
                break
            if read:
                break
    for cell in view.sheet.cells:
        if len(cell.text) < 9:
            continue
        for value in tax_ids(cell.text):
            key = (id(cell), value.start)
            if value.proven and key not in found:
                evidence = cell.evidence(value.start, value.end)
                found[key] = (value, evidence, id(cell) in addressed, 0.5)
    return list(found.values())


def _announces(view: View, cell: Cell) -> bool:
    """It begins with a known phrase, other than a party's word that is part of a name."""
    marks = view.marks[id(cell)]
    if not marks or marks[0].first > 0:
        return False
    return not (marks[0].labels[0] in (Label.SELLER, Label.BUYER) and _in_sentence(marks[0]))


def _under(view: View, mark: Mark) -> Iterator[Stretch]:
    """Cells of the next four lines below."""
    box = mark.box
    for cell in view.sheet.below(mark.cell.page, box, 4 * (box.y1 - box.y0)):
        yield Stretch(cell, 0, len(cell.text), 0.8)


def _named(cell: Cell, start: int = 0, end: int | None = None) -> Reading | None:
    """A stretch that can be a name: letters, no mark at its start, not a sentence."""
    text = _APART.split(cell.text[start:end].strip(" :|,-"))[0].strip(" :|,-")
    letters = sum(map(str.isalpha, text))
    if (
        letters < 3
        or letters < 0.5 * len(text.replace(" ", ""))
        or len(text) > 80
        or not _FORMS.sub("", text).strip(" .&")
    ):
        return None
    begin = cell.text.index(text, start)
    return Reading(text, (cell.evidence(begin, begin + len(text)),), 0.6)


def _supplier_name(view: View, buyers: list[Cell]) -> Reading | None:
    """Behind or under a label of the seller; else the first line with a legal form; else the first line."""
    for mark in view.of(Label.SELLER):
        if _in_sentence(mark):
            continue
        for place in [*view.behind(mark, far=1), *_under(view, mark)]:
            if place.start == 0 and _announces(view, place.cell):
                continue
            named = _named(place.cell, place.start, place.end)
            if named is not None:
                return named
    taken = {id(cell) for cell in buyers}
    first: Reading | None = None
    for cell in view.sheet.cells:
        if id(cell) in taken or _announces(view, cell) or view.days(cell):
            continue
        named = _named(cell)
        if named is None:
            continue
        if _FORMS.search(cell.text):
            return named
        if first is None:
            first = Reading(named.value, named.evidence, 0.3)
    return first


def _buyer_name(view: View, known: Known | None) -> Reading | None:
    seller = fold(known.supplier.name) if known is not None else ""
    for mark in view.of(Label.BUYER):
        if _in_sentence(mark):
            continue
        for place in [*view.behind(mark, far=1), *_under(view, mark)]:
            if place.start == 0 and _announces(view, place.cell):
                continue
            named = _named(place.cell, place.start, place.end)
            if named is not None and fold(str(named.value)) != seller:
                return named
    for cell in view.sheet.on(1):
        if _FORMS.search(cell.text) and seller and not _announces(view, cell):
            named = _named(cell)
            key = fold(cell.text)
            if named is not None and seller not in key and key not in seller:
                return Reading(named.value, named.evidence, 0.3)
    return None
