"""What stands of a bill: its values as one typed value, taken from a reading and put right by people.

Nothing is worked out here: a value that wasn't read or given is absent. `check` does the arithmetic and tells what
doesn't fit; whether that matters is decided by who accepts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import msgspec

import ubl
from gateway.http.problems import Finding
from ingestion.document import Extraction, Kind, Value
from ubl.lines import Line as InvoiceLine

CENT = Decimal("0.01")
LONGEST = 500
"""Characters of a text."""
BILLS = frozenset({Kind.INVOICE, Kind.CREDIT_NOTE, Kind.RECEIPT})
"""What asks for money or gives it back; anything else can't be accepted as a bill."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line. The references in the second part are known from structured data, or given by a person."""

    description: str | None = None
    item: str | None = None
    """An item number, whoever's."""
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    discount: Decimal | None = None
    """Percent off the price, where the line prints it in a column of its own."""
    net_amount: Decimal | None = None
    """IBT-131, without VAT."""
    tax_rate: Decimal | None = None
    """Percent."""
    order_number: str | None = None
    order_position: str | None = None
    """IBT-132."""
    buyer_item: str | None = None
    """IBT-156."""
    seller_item: str | None = None
    """IBT-155."""
    standard_item: str | None = None
    """IBT-157."""


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """A whole bill; the names are those of `ingestion.document.Term`. Amounts of a credit note are positive."""

    kind: Kind
    supplier_name: str | None = None
    supplier_tax_id: str | None = None
    buyer_name: str | None = None
    buyer_tax_id: str | None = None
    invoice_number: str | None = None
    issue_date: date | None = None
    due_date: date | None = None
    currency: str | None = None
    """ISO 4217."""
    net: Decimal | None = None
    tax: Decimal | None = None
    total: Decimal | None = None
    payable: Decimal | None = None
    po_number: str | None = None
    iban: str | None = None
    supplier_endpoint: str | None = None
    """`0235:1234567890`, from structured data only."""
    charges: Decimal | None = None
    """Charges less allowances of the whole document, from structured data or a person."""
    rounding: Decimal | None = None
    """IBT-114."""
    prepaid: Decimal | None = None
    """IBT-113."""
    rate: Decimal | None = None
    """How much of the orders' currency one unit of the bill's is worth; given by a person, never taken from a bill."""
    lines: tuple[Line, ...] = ()


def of(extraction: Extraction, invoice: ubl.Invoice | None = None) -> Fields:
    """What a reading says; of structured data also what only that holds."""
    header = _plain({term.value: reading.value for term, reading in extraction.header.items()})
    lines = tuple(
        msgspec.convert(_plain({column.value: reading.value for column, reading in line.items()}), Line)
        for line in extraction.lines
    )
    fields = msgspec.structs.replace(msgspec.convert({"kind": extraction.kind, **header}, Fields), lines=lines)
    return fields if invoice is None else _with_structure(fields, invoice)


def check(fields: Fields) -> tuple[Finding, ...]:
    """What is missing for a bill (fatal) and what contradicts itself (warning), each with a pointer into the fields."""
    return (*_missing(fields), *_contradictions(fields))


def reduced(price: Decimal, line: Line) -> Decimal:
    """A price after the line's discount.

    >>> reduced(Decimal("120"), Line(discount=Decimal(10)))
    Decimal('108')
    """
    return price if line.discount is None else price * (100 - line.discount) / 100


def _missing(fields: Fields) -> Iterator[Finding]:
    if fields.kind not in BILLS:
        yield _finding("GW-BILL-KIND", "/kind", "It is no invoice, credit note or receipt; say so if it is one.")
    for name, what in (
        ("invoice_number", "The number"),
        ("issue_date", "The date of issue"),
        ("currency", "The currency"),
        ("total", "The total with VAT"),
        ("tax", "The VAT (0 where none is charged)"),
        ("net", "The total without VAT"),
    ):
        if getattr(fields, name) is None:
            yield _finding("GW-BILL-MISSING", f"/{name}", f"{what} is missing; read it from the document.")
    if fields.total is not None and fields.total < 0:
        said = "What gives money back is a credit note, and its amounts are positive; an amount below zero is neither."
        yield _finding("GW-BILL-SIGN", "/total", said)
    if fields.supplier_name is None and fields.supplier_tax_id is None:
        yield _finding("GW-BILL-MISSING", "/supplier_name", "Neither the supplier's name nor its tax id is there.")


def _contradictions(fields: Fields) -> Iterator[Finding]:
    net, tax, total = fields.net, fields.tax, fields.total
    if net is not None and tax is not None and total is not None and abs(net + tax - total) > CENT:
        yield _warning("GW-BILL-TOTAL", "/total", f"Net {net} and VAT {tax} make {net + tax}, not {total}.")
    if fields.payable is not None and total is not None:
        due = total - (fields.prepaid or 0) + (fields.rounding or 0)
        if abs(due - fields.payable) > CENT:
            yield _warning("GW-BILL-PAYABLE", "/payable", f"To be paid is {fields.payable}; the total makes {due}.")
    amounts = [line.net_amount for line in fields.lines if line.net_amount is not None]
    if net is not None and amounts and len(amounts) == len(fields.lines):
        made = sum(amounts, Decimal(0)) + (fields.charges or 0)
        if abs(made - net) > CENT:
            yield _warning("GW-BILL-LINES", "/lines", f"The lines make {made}, the document says {net} without VAT.")
    for index, line in enumerate(fields.lines):
        if line.quantity is None or line.unit_price is None or line.net_amount is None:
            continue
        made = line.quantity * reduced(line.unit_price, line)
        if abs(made - line.net_amount) > CENT:
            said = f"Quantity times price makes {made:f}, the line says {line.net_amount}."
            yield _warning("GW-BILL-LINE", f"/lines/{index}/net_amount", said)
    if fields.issue_date and fields.due_date and fields.due_date < fields.issue_date:
        yield _warning("GW-BILL-DUE", "/due_date", "It falls due before it was issued.")


def _plain(values: Mapping[str, Value]) -> dict[str, Value]:
    """Texts as a database and JSON can hold them: broken fonts give control signs and half characters."""
    plain = {name: tidy(value) if isinstance(value, str) else value for name, value in values.items()}
    return {name: value for name, value in plain.items() if value != ""}


def tidy(value: str) -> str:
    r"""A stranger's text on one line: NFC, without half characters and signs that nobody sees, at most `LONGEST` long.

    >>> tidy("Palm \ud800 Trading\x00\n\u200fLLC")
    'Palm ? Trading LLC'
    """
    sound = unicodedata.normalize("NFC", value.encode("utf-8", "replace").decode("utf-8"))
    seen = (sign for sign in sound if unicodedata.category(sign) != "Cf")
    return " ".join("".join(sign if sign.isprintable() else " " for sign in seen).split())[:LONGEST]


def _with_structure(fields: Fields, invoice: ubl.Invoice) -> Fields:
    """What has no place in an extraction: the references of lines, charges, the seller's address on the network."""
    totals, seller = invoice.totals, invoice.seller
    lines = fields.lines
    if len(lines) == len(invoice.lines):
        lines = tuple(_with_references(line, stated) for line, stated in zip(lines, invoice.lines, strict=True))
    endpoint = seller.endpoint if seller else None
    charged = [one for one in (totals.charges, totals.allowances) if one is not None] if totals else []
    return msgspec.structs.replace(
        fields,
        lines=lines,
        supplier_endpoint=tidy(f"{endpoint.scheme}:{endpoint.id}") if endpoint and endpoint.scheme else None,
        charges=(totals.charges or Decimal(0)) - (totals.allowances or Decimal(0)) if totals and charged else None,
        rounding=totals.rounding if totals else None,
        prepaid=totals.prepaid if totals else None,
    )


def _with_references(line: Line, stated: InvoiceLine) -> Line:
    item = stated.item
    return msgspec.structs.replace(
        line,
        **_plain(
            {
                "order_number": stated.order or "",
                "order_position": stated.order_line or "",
                "buyer_item": (item.buyers_id or "") if item else "",
                "seller_item": (item.sellers_id or "") if item else "",
                "standard_item": item.standard_id.id if item and item.standard_id else "",
            }
        ),
    )


def _finding(rule: str, pointer: str, message: str) -> Finding:
    return Finding(rule=rule, layer="gateway", message=message, pointer=pointer)


def _warning(rule: str, pointer: str, message: str) -> Finding:
    return Finding(rule=rule, layer="gateway", severity="warning", message=message, pointer=pointer)
