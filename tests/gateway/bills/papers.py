"""Bills for these tests: lawful XML, and PDFs that print one page per document."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import uuid4

import msgspec

import ubl
from gateway.outbound import examples
from tests.ingestion.readers.papers import say, stream
from ubl.lines import Item, Price
from ubl.parties import Endpoint

BUYER_TRN = "198765432100003"
SELLER_TRN = "100123456700003"
IBAN = "AE070331234567890123456"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def xml(
    number: str, *, order: str | None = None, quantity: str = "10", price: str = "100.00", **changes: object
) -> bytes:
    """An invoice over one line, to us."""
    given = examples.INVOICE
    assert given.buyer is not None and given.seller is not None
    line = msgspec.structs.replace(
        given.lines[0],
        quantity=Decimal(quantity),
        unit="C62",
        net=None,
        totals=None,
        allowances=(),
        charges=(),
        item=msgspec.structs.replace(given.lines[0].item or Item(), name="Toner cartridge", sellers_id="TN-1"),
        price=Price(net=Decimal(price)),
    )
    buyer = msgspec.structs.replace(given.buyer, endpoint=Endpoint(id=BUYER_TRN[:10]), trn=BUYER_TRN, tin=None)
    seller = msgspec.structs.replace(
        given.seller, endpoint=Endpoint(id=SELLER_TRN[:10]), trn=SELLER_TRN, name="Desert Toner Trading LLC", tin=None
    )
    document = msgspec.structs.replace(
        given, number=number, uuid=str(uuid4()), buyer=buyer, seller=seller, lines=(line,), purchase_order=order,
        totals=None, vat=None, prepayments=(), allowances=(), charges=(), vat_aed=None, total_aed=None, **changes,
    )  # fmt: skip
    return ubl.write(ubl.complete(document))


def page(number: str, *, net: str = "1000.00", tax: str = "50.00", total: str = "1050.00", order: str = "") -> bytes:
    """The content of one page: a plain tax invoice."""
    lines = [
        say("Desert Toner Trading LLC", 50, 790, 16),
        say(f"TRN: {SELLER_TRN}", 50, 770),
        say("TAX INVOICE", 400, 790, 18),
        say(f"Invoice No: {number}", 350, 760),
        say("Invoice Date: 15/11/2026", 350, 745),
        say("Bill To: Palm Office Supplies LLC", 50, 730),
        say(f"Customer TRN: {BUYER_TRN}", 50, 715),
        say("Description", 50, 660),
        say("Qty", 270, 660),
        say("Unit Price", 330, 660),
        say("Amount AED", 450, 660),
        say("Toner cartridge", 50, 640),
        say("10", 270, 640),
        say("100.00", 330, 640),
        say(net, 450, 640),
        say("Subtotal", 350, 560),
        say(net, 450, 560),
        say("VAT 5%", 350, 545),
        say(tax, 450, 545),
        say("Total AED", 350, 530),
        say(total, 450, 530),
    ]
    if order:
        lines.append(say(f"PO Number: {order}", 350, 730))
    return b"".join(lines)


def pdf(pages: Sequence[bytes]) -> bytes:
    """A file of these pages."""
    objects: dict[int, bytes] = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 3: FONT}
    kids = []
    for index, content in enumerate(pages):
        leaf, body = 10 + 2 * index, 11 + 2 * index
        kids.append(b"%d 0 R" % leaf)
        objects[leaf] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % body
        )
        objects[body] = stream(content)
    objects[2] = b"<< /Type /Pages /Count %d /Kids [ %s ] >>" % (len(pages), b" ".join(kids))
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, thing in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + thing + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (max(objects) + 1, start)
    return bytes(out)
