"""UBL 2.1 and PINT-AE: the invoice as a value, its XML, and whether it is lawful."""

from ubl.errors import CompleteError, DecodeError, ReadError, UblError, WriteError
from ubl.invoice import Invoice

__all__ = ["CompleteError", "DecodeError", "Invoice", "ReadError", "UblError", "WriteError"]
