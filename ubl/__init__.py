"""UBL 2.1 and PINT-AE: the invoice as a value, its XML, and whether it is lawful.

    >>> from pathlib import Path
    >>> invoice = complete(decode(Path("examples/tax-invoice.json").read_bytes()))
    >>> invoice.totals.payable
    Decimal('5388.39')
    >>> xml = write(invoice)
    >>> read(xml) == invoice
    True
    >>> check(xml).valid
    True

`decode` takes JSON, `complete` fills in what follows, `write` and `read` turn an invoice into UBL and back, `check`
says what is wrong with a document, by rule and place. An invoice is never changed: each function returns a new one.
The documents around an invoice have rooms of their own: `ubl.taxdata`, `ubl.mls`, `ubl.response`.
"""

from ubl.complete import complete
from ubl.decode import decode
from ubl.errors import CompleteError, DecodeError, ReadError, UblError, WriteError
from ubl.findings import Finding, Layer, Report, Severity
from ubl.invoice import Facts, Invoice
from ubl.read import Leftover, Reading, read, read_report
from ubl.validate import check, check_invoice
from ubl.write import write

__all__ = [
    "CompleteError",
    "DecodeError",
    "Facts",
    "Finding",
    "Invoice",
    "Layer",
    "Leftover",
    "ReadError",
    "Reading",
    "Report",
    "Severity",
    "UblError",
    "WriteError",
    "check",
    "check_invoice",
    "complete",
    "decode",
    "read",
    "read_report",
    "write",
]
