"""One line of a bill: from the figures and texts of its rows to its values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from ingestion.document import Column, Reading
from ingestion.extract.anchors import Label
from ingestion.extract.cells import Figure, Text

VALUES = {
    Label.QUANTITY: Column.QUANTITY, Label.PRICE: Column.UNIT_PRICE, Label.AMOUNT: Column.NET_AMOUNT,
    Label.RATE: Column.TAX_RATE, Label.DISCOUNT: Column.DISCOUNT,
}  # fmt: skip
_HUNDRED = Decimal(100)
_TIMES = re.compile(
    r"\(?(?<![\d.,])(\d{1,6}(?:[.,]\d{1,3})?)\s?[x×*]\s?(\d{1,9}(?:[.,]\d{1,6})?)(?:\s?[A-Z€$£]{1,3})?(?![\d.,])\)?"
)
Line = Mapping[Column, Reading]


class Entry(msgspec.Struct):
    """One line while it is put together."""

    page: int
    top: float
    bottom: float
    figures: dict[Label, Figure]
    texts: dict[Label, list[Text]]


def line(entry: Entry, limit: float) -> dict[Column, Reading]:
    values: dict[Column, Reading] = {}
    _count_in_place(entry)
    sure = 0.95 if multiplies(entry.figures) else 0.7
    for label, column in VALUES.items():
        if label is Label.DISCOUNT and not _is_percent(entry.figures):
            continue
        if label in entry.figures:
            figure = entry.figures[label]
            certain = sure if figure.amount.sure else 0.4
            values[column] = Reading(figure.amount.value, (figure.evidence,), certain)
    for label, column in (
        (Label.DESCRIPTION, Column.DESCRIPTION),
        (Label.ITEM, Column.ITEM),
        (Label.UNIT, Column.UNIT),
    ):
        pieces = entry.texts.get(label, [])
        if label is Label.DESCRIPTION:
            pieces = _wrapped(_worded(pieces) or list(filter(in_words, entry.texts.get(Label.ITEM, []))), limit)
        if pieces:
            text = " ".join(piece.text for piece in pieces).strip(" |:")
            evidence = tuple(piece.cell.evidence(piece.start, piece.end) for piece in pieces)
            values[column] = Reading(text, evidence, 0.7)
    return _times(values)


def _worded(pieces: list[Text]) -> list[Text]:
    """Without the rows before the first with words: the article's number, over its name."""
    for index, piece in enumerate(pieces):
        if in_words(piece):
            return [each for each in pieces[:index] if each.box.y1 > piece.box.y0 + 0.5 * _height(piece)] + pieces[
                index:
            ]
    return pieces


def in_words(piece: Text) -> bool:
    """Says what a thing is, and isn't its number."""
    letters, digits = sum(map(str.isalpha, piece.text)), sum(map(str.isdigit, piece.text))
    return letters >= 3 and letters > digits


def _count_in_place(entry: Entry) -> None:
    """A first column that is no running number but, times the price, the amount."""
    figures = entry.figures
    if Label.POSITION in figures and Label.QUANTITY not in figures and figures[Label.POSITION].amount.decimals:
        counted = {**figures, Label.QUANTITY: figures[Label.POSITION]}
        if multiplies(counted):
            entry.figures = counted


def _times(values: dict[Column, Reading]) -> dict[Column, Reading]:
    """`(3 x 49.00)` in the text of a line without columns for it, where the product is the amount."""
    text, amount = values.get(Column.DESCRIPTION), values.get(Column.NET_AMOUNT)
    if text is None or amount is None or {Column.QUANTITY, Column.UNIT_PRICE} & values.keys():
        return values
    words = str(text.value)
    for found in _TIMES.finditer(words):
        quantity, price = Decimal(found[1].replace(",", ".")), Decimal(found[2].replace(",", "."))
        if quantity * price == amount.value:
            evidence = tuple(msgspec.structs.replace(each, text=found[0].strip("() ")) for each in text.evidence[:1])
            values[Column.QUANTITY] = Reading(quantity, evidence, 0.9)
            values[Column.UNIT_PRICE] = Reading(price, evidence, 0.9)
            rest = (words[: found.start()] + words[found.end() :]).strip()
            if rest:
                values[Column.DESCRIPTION] = Reading(rest, text.evidence, text.confidence)
            break
    return values


def _labelled(piece: Text) -> bool:
    """Begins with a label and its colon: `Delivery date: 1 May`."""
    return any(":" in word for word in piece.text.split()[:3])


def _height(piece: Text) -> float:
    return piece.box.y1 - piece.box.y0


def _wrapped(pieces: list[Text], limit: float) -> list[Text]:
    """The first paragraph: a row goes on in the next only where its first word had no room any more."""
    kept: list[Text] = []
    for piece in pieces:
        if kept and piece.box.y0 > kept[-1].box.y1 - 0.5 * (piece.box.y1 - piece.box.y0):
            word = piece.cell.tokens[piece.cell.tokens_at(piece.start, piece.start + 1)[0]].box
            room = limit - max(each.box.x1 for each in kept if each.cell.line == kept[-1].cell.line)
            if word.x1 - word.x0 < room - 3 or _height(piece) < 0.92 * _height(kept[0]) or _labelled(piece):
                break
        kept.append(piece)
    return kept


def multiplies(figures: dict[Label, Figure]) -> bool:
    return _makes(figures, Decimal(0)) or (Label.DISCOUNT in figures and _makes(figures, _off(figures)))


def _is_percent(figures: dict[Label, Figure]) -> bool:
    """A discount that says so, or that makes the amount as one, and where there is something to tell."""
    return 0 < _off(figures) < _HUNDRED and (figures[Label.DISCOUNT].amount.percent or _makes(figures, _off(figures)))


def _off(figures: dict[Label, Figure]) -> Decimal:
    return abs(figures[Label.DISCOUNT].amount.value) if Label.DISCOUNT in figures else Decimal(0)


def _makes(figures: dict[Label, Figure], off: Decimal) -> bool:
    """Quantity times price, less so many per cent, is the amount."""
    if not {Label.QUANTITY, Label.PRICE, Label.AMOUNT} <= figures.keys():
        return False
    product = figures[Label.QUANTITY].amount.value * figures[Label.PRICE].amount.value * (1 - off / _HUNDRED)
    amount = figures[Label.AMOUNT].amount.value
    if amount == 0:
        return product == 0
    return abs(abs(product) - abs(amount)) <= max(Decimal("0.02"), abs(amount) / 200)
