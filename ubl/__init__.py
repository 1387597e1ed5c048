"""UBL 2.1 and PINT-AE: the invoice as a value, its XML, and whether it is lawful."""

from ubl.complete import complete
from ubl.decode import decode
from ubl.errors import CompleteError, DecodeError, ReadError, UblError, WriteError
from ubl.invoice import Invoice
from ubl.read import Leftover, Reading, read, read_report
from ubl.write import write

__all__ = [
    "CompleteError",
    "DecodeError",
    "Invoice",
    "Leftover",
    "ReadError",
    "Reading",
    "UblError",
    "WriteError",
    "complete",
    "decode",
    "read",
    "read_report",
    "write",
]
