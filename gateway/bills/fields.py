"""What stands of a bill: its values as one typed value, taken from a reading and put right by people.

Nothing is worked out here: a value that wasn't read or given is absent. `check` does the arithmetic and tells what
doesn't fit; whether that matters is decided by who accepts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import msgspec

import ubl
from gateway.http.problems import Finding
from ingestion.document import Column, Extraction, Kind, Reading, Term

CENT = Decimal("0.01")
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
    lines: tuple[Line, ...] = ()


def of(extraction: Extraction, invoice: ubl.Invoice | None = None) -> Fields:
    """What a reading says; of structured data also what only that holds."""
    header = {term.value: _plain(term, reading) for term, reading in extraction.header.items()}
    lines = [_line(line) for line in extraction.lines]
    fields = Fields(kind=extraction.kind, **header, lines=tuple(lines))  # type: ignore[arg-type]
    return fields if invoice is None else _with_structure(fields, invoice)


def check(fields: Fields) -> tuple[Finding, ...]:
    """What is missing for a bill (fatal) and what contradicts itself (warning), each with a pointer into the fields."""
    return (*_missing(fields), *_contradictions(fields))


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
        made = line.quantity * line.unit_price
        if abs(made - line.net_amount) > CENT:
            said = f"Quantity times price makes {made:f}, the line says {line.net_amount}."
            yield _warning("GW-BILL-LINE", f"/lines/{index}/net_amount", said)
    if fields.issue_date and fields.due_date and fields.due_date < fields.issue_date:
        yield _warning("GW-BILL-DUE", "/due_date", "It falls due before it was issued.")


def _plain(term: Term | Column, reading: Reading) -> str | Decimal | date:
    wanted = date if term in _DATES else Decimal if term in _DECIMALS else str
    if not isinstance(reading.value, wanted):
        raise TypeError(f"{term} was read as {type(reading.value).__name__}")
    return reading.value


_DATES = frozenset({Term.ISSUE_DATE, Term.DUE_DATE})
_DECIMALS = frozenset(
    {
        Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE,
        Column.QUANTITY, Column.UNIT_PRICE, Column.NET_AMOUNT, Column.TAX_RATE,
    }
)  # fmt: skip


def _line(readings: Mapping[Column, Reading]) -> Line:
    return Line(**{column.value: _plain(column, reading) for column, reading in readings.items()})  # type: ignore[arg-type]


def _with_structure(fields: Fields, invoice: ubl.Invoice) -> Fields:
    raise NotImplementedError


def _finding(rule: str, pointer: str, message: str) -> Finding:
    return Finding(rule=rule, layer="gateway", message=message, pointer=pointer)


def _warning(rule: str, pointer: str, message: str) -> Finding:
    return Finding(rule=rule, layer="gateway", severity="warning", message=message, pointer=pointer)
