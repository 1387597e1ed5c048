"""Drawing: an invoice in a style, as the pages of a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from ingestion.samples import words
from ingestion.samples.canvas import HEIGHT, WIDTH, Canvas, Face, Side
from ingestion.samples.contents import address, facts, sums, tax_id
from ingestion.samples.style import Language, Style
from ubl.invoice import Invoice, Line, Party

_LEFT, _RIGHT, _FOOT = 42.0, WIDTH - 42.0, HEIGHT - 60.0
_ROOM = {
    "position": 22.0, "item": 52.0, "quantity": 48.0, "unit": 46.0, "price": 62.0, "discount": 46.0, "rate": 44.0,
    "tax": 54.0, "amount": 72.0, "gross": 72.0,
}  # fmt: skip
_FIGURES = frozenset({"quantity", "price", "discount", "rate", "tax", "amount", "gross"})
_HUNDRED = Decimal(100)


class _Place(msgspec.Struct, frozen=True):
    """Where a column stands, on a page that runs from left to right."""

    key: str
    x0: float
    x1: float


class Paper:
    """One document being drawn. `draw` is the way in."""

    def __init__(self, canvas: Canvas, invoice: Invoice, style: Style) -> None:
        self._canvas, self._invoice, self._style = canvas, invoice, style
        self._mirrored = style.language is Language.ARABIC
        self._y = 50.0

    def draw(self) -> None:
        """All pages."""
        self._canvas.page()
        self._head()
        self._facts()
        self._table()
        self._totals()
        self._foot()

    # what stands where

    def _say(
        self, x: float, text: str, *, y: float | None = None, size: float | None = None, bold: bool = False,
        side: Side = Side.LEFT, gray: int = 0,
    ) -> None:  # fmt: skip
        if self._mirrored:
            x = WIDTH - x
            side = {Side.LEFT: Side.RIGHT, Side.RIGHT: Side.LEFT}.get(side, side)
        face = Face.BOLD if bold and self._style.face is not Face.FIXED else self._style.face
        self._canvas.text(
            x, self._y if y is None else y, text, size or self._style.size, face=face, side=side, gray=gray
        )

    def _down(self, rows: float = 1.0) -> None:
        self._y += rows * (self._style.size + 4)

    # parts

    def _head(self) -> None:
        style, invoice = self._style, self._invoice
        title = style.say("credit" if invoice.is_credit_note else "invoice")
        seller, buyer = invoice.seller or Party(), invoice.buyer or Party()
        if style.head == "middle":
            self._say(WIDTH / 2, seller.name or "", size=15, bold=True, side=Side.MIDDLE)
            self._down(1.4)
            self._say(WIDTH / 2, f"{address(seller)}   {tax_id(self._style, seller)}", side=Side.MIDDLE)
            self._down(2)
            self._canvas.line(_LEFT, self._y - 8, _RIGHT, self._y - 8)
            self._down()
            self._say(WIDTH / 2, title, size=13, bold=True, side=Side.MIDDLE)
            self._down(2)
        elif style.head == "pair":
            self._say(_LEFT, title, size=18, bold=True)
            self._down(2.5)
            top = self._y
            self._party(_LEFT, style.say("seller"), seller)
            low, self._y = self._y, top
            self._party(310, style.say("buyer"), buyer)
            self._y = max(low, self._y)
            self._down()
            return
        else:
            self._say(_LEFT, seller.name or "", size=14, bold=True)
            self._say(_RIGHT, title, size=14, bold=True, side=Side.RIGHT)
            self._down(1.5)
            self._say(_LEFT, address(seller))
            if style.head == "left":
                self._down()
                self._say(_LEFT, tax_id(self._style, seller))
            self._down(2.2)
        top = self._y
        self._party(_LEFT, style.say("buyer"), buyer)
        self._down()
        if style.facts == "right":
            low, self._y = self._y, top
            self._pairs(340, _RIGHT)
            self._y = max(low, self._y)

    def _party(self, x: float, label: str, party: Party) -> None:
        self._say(x, label, bold=True)
        for text in (party.name or "", address(party), tax_id(self._style, party)):
            self._down()
            self._say(x, text)
        self._down()

    def _pairs(self, x0: float, x1: float) -> None:
        for label, value in facts(self._invoice, self._style):
            self._say(x0, f"{label}:" if self._style.wording % 2 else label)
            self._say(x1, value, side=Side.RIGHT)
            self._down()

    def _facts(self) -> None:
        rows = facts(self._invoice, self._style)
        if self._style.facts == "strip":
            self._down(0.5)
            step = (_RIGHT - _LEFT) / len(rows)
            for index, (label, value) in enumerate(rows):
                x = _LEFT + index * step
                shown = self._canvas.wrapped(label, step - 6, self._style.size - 1)
                for row, part in enumerate(shown[:2]):
                    self._say(x, part, y=self._y + row * 9, size=self._style.size - 1, gray=70)
                self._say(x, value, y=self._y + 22)
            self._y += 26
            self._canvas.line(_LEFT, self._y, _RIGHT, self._y)
            self._down(0.5)
        elif self._style.facts == "list" or self._style.head == "pair":
            self._pairs(_LEFT, 300)
        self._down(1.5)

    def _places(self) -> list[_Place]:
        fixed = sum(_ROOM.get(key, 0) for key in self._style.columns)
        places, x = [], _LEFT
        for key in self._style.columns:
            room = _ROOM.get(key, _RIGHT - _LEFT - fixed)
            places.append(_Place(key, x, x + room))
            x += room
        return places

    def _table(self) -> None:
        places = self._places()
        self._heading(places)
        for number, line in enumerate(self._invoice.lines, 1):
            texts = {place.key: self._cell(place, number, line) for place in places}
            rows = max(map(len, texts.values()))
            height = self._style.pitch + (rows - 1) * (self._style.size + 2)
            if self._y + height > _FOOT - 20:
                self._say(WIDTH / 2, f"{self._style.say('page')} {self._canvas.pages}", y=HEIGHT - 30, side=Side.MIDDLE)
                self._canvas.page()
                self._y = 60.0
                self._heading(places)
            self._row(places, texts, height, number)
        self._canvas.line(_LEFT, self._y, _RIGHT, self._y)
        self._down(1.5)

    def _heading(self, places: Sequence[_Place]) -> None:
        size = self._style.size - (1 if self._style.language is Language.BILINGUAL else 0)
        shown = {place.key: self._labels(place, size) for place in places}
        rows = max(map(len, shown.values()))
        height = 8 + rows * (size + 2)
        if self._style.ruling in ("shaded", "grid"):
            self._canvas.box(_LEFT, self._y, _RIGHT, self._y + height, gray=225)
        for place in places:
            for row, text in enumerate(shown[place.key]):
                x, side = _edge(place)
                self._say(x, text, y=self._y + 3 + (row + 1) * (size + 1), size=size, bold=True, side=side)
        self._y += height
        self._canvas.line(_LEFT, self._y, _RIGHT, self._y)

    def _labels(self, place: _Place, size: float) -> list[str]:
        parts = self._style.say(place.key).split(" / ")
        return [row for part in parts for row in self._canvas.wrapped(part, place.x1 - place.x0 - 4, size, Face.BOLD)]

    def _row(self, places: Sequence[_Place], texts: dict[str, list[str]], height: float, number: int) -> None:
        if self._style.ruling == "shaded" and number % 2 == 0:
            self._canvas.box(_LEFT, self._y + 1, _RIGHT, self._y + height, gray=243)
        base = self._y + 3 + self._style.size
        for place in places:
            x, side = _edge(place)
            for row, text in enumerate(texts[place.key]):
                self._say(x, text, y=base + row * (self._style.size + 2), side=side)
            if self._style.ruling == "grid":
                x = WIDTH - place.x1 if self._mirrored else place.x1
                self._canvas.line(x, self._y, x, self._y + height, 0.4)
        self._y += height
        if self._style.ruling in ("rows", "grid"):
            self._canvas.line(_LEFT, self._y, _RIGHT, self._y, 0.4)

    def _cell(self, place: _Place, number: int, line: Line) -> list[str]:
        style = self._style
        item, price = line.item, line.price
        vat = item.vat if item else None
        net = line.net or Decimal(0)
        percent = (vat.percent if vat else None) or Decimal(0)
        tax = (net * percent / _HUNDRED).quantize(Decimal("0.01"))
        off = line.allowances[0].percent if line.allowances else None
        match place.key:
            case "position":
                return [str(number)]
            case "item":
                return [(item.sellers_id if item else None) or ""]
            case "description":
                return self._canvas.wrapped(
                    (item.name if item else None) or "", place.x1 - place.x0 - 6, style.size, style.face
                )
            case "quantity":
                return [style.count(line.quantity or Decimal(0))]
            case "unit":
                return [words.UNITS[line.unit or "H87"][self._mirrored]]
            case "price":
                return [style.amount((price.net if price else None) or Decimal(0))]
            case "discount":
                return [f"{style.count(off)}%" if off else "-"]
            case "rate":
                return [f"{style.count(percent)}%"]
            case "tax":
                return [style.amount(tax)]
            case "gross":
                return [style.amount(net + tax)]
            case _:
                return [style.amount(net)]

    def _totals(self) -> None:
        rows = sums(self._invoice, self._style)
        if self._y + 16 * (len(rows) + 2) > _FOOT:
            self._canvas.page()
            self._y = 60.0
        if self._style.totals == "row" and len(rows) <= 4:
            step = (_RIGHT - _LEFT) / len(rows)
            for index, (label, value) in enumerate(rows):
                x = _LEFT + (index + 1) * step - 4
                self._say(x, label, side=Side.RIGHT, size=self._style.size - 0.5)
                self._say(x, value, y=self._y + 15, side=Side.RIGHT, bold=True)
            self._y += 34
            return
        x0, top = (330.0, self._y) if self._style.language is Language.ENGLISH else (290.0, self._y)
        for index, (label, value) in enumerate(rows):
            last = index == len(rows) - 1
            self._say(x0 + 5, label, bold=last)
            self._say(_RIGHT - 5, value, bold=last, side=Side.RIGHT)
            self._down(1.2)
        if self._style.totals == "boxed":
            left, right = (WIDTH - _RIGHT, WIDTH - x0) if self._mirrored else (x0, _RIGHT)
            self._canvas.box(left, top - 13, right, self._y - 8)
        self._down(2)

    def _foot(self) -> None:
        style, invoice = self._style, self._invoice
        account = invoice.payment_means[0].account if invoice.payment_means else None
        if account is not None and account.id:
            grouped = " ".join(account.id[at : at + 4] for at in range(0, len(account.id), 4))
            self._say(_LEFT, f"{style.say('iban')}: {grouped if style.wording % 3 else account.id}")
        if style.head == "foot" and invoice.seller is not None:
            self._canvas.line(_LEFT, HEIGHT - 52, _RIGHT, HEIGHT - 52)
            self._say(
                WIDTH / 2,
                f"{invoice.seller.name}  |  {tax_id(self._style, invoice.seller)}",
                y=HEIGHT - 40,
                side=Side.MIDDLE,
            )


def draw(invoice: Invoice, style: Style) -> bytes:
    """A PDF with a text layer. Raises `Missing` where Arabic is wanted and no font for it is found."""
    with Canvas() as canvas:
        Paper(canvas, invoice, style).draw()
        return canvas.pdf()


def _edge(place: _Place) -> tuple[float, Side]:
    return (place.x1 - 4, Side.RIGHT) if place.key in _FIGURES else (place.x0 + 3, Side.LEFT)
