"""What goes wrong before an invoice can be judged.

    UblError
    ├── DecodeError     the posted JSON is not an invoice
    ├── ReadError       the XML is not an invoice or credit note
    ├── WriteError      the invoice holds something that XML can't carry
    ├── CompleteError   totals can't be computed from what is there
    └── BuildError      a tax data document, status or response can't say what is asked of it

What is wrong with a readable invoice is never an exception but a `Finding`.
"""


class UblError(ValueError):
    """`reason` says in plain words what is wrong; `pointer` is the JSON pointer (RFC 6901) to it, "" for the whole."""

    def __init__(self, reason: str, pointer: str = "") -> None:
        self.reason = reason
        self.pointer = pointer
        super().__init__(f"{pointer}: {reason}" if pointer else reason)


class DecodeError(UblError):
    """The posted body is not JSON of an invoice."""


class ReadError(UblError):
    """The XML is not well-formed, not taken, or not a UBL Invoice or CreditNote; `line` is 1-based where known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.line = line
        super().__init__(f"{reason} (line {line})" if line else reason)


class WriteError(UblError):
    """A value has no place in the UBL document, or holds a character that XML 1.0 forbids."""


class CompleteError(UblError):
    """An amount can't be computed: an input is missing or out of bounds."""


class BuildError(UblError):
    """A term that must be stated is missing, or what is asked may not be said; nothing is written."""
