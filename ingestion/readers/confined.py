"""PDFs of strangers, opened in a process that may fail (see `ingestion.confinement`): PDFium is C, and a PDF is a
program for it.

What becomes of a document that ends the process:

| the process | outcome |
|---|---|
| used up its processor time | `Refused` (`too_complex`) |
| asked for more memory than allowed | `Refused` (`too_complex`) |
| crashed, and a fresh one did too | `Refused` (`too_complex`) |
| was killed from outside, and a fresh one was too | `Unavailable` |
| can't be started, or isn't done by the clock although it used little processor time | `Unavailable` |
"""

from __future__ import annotations

import msgspec

from ingestion.bounds import Bounds
from ingestion.confinement import Confinement, GaveUp, Role
from ingestion.document import Transcript
from ingestion.errors import Refused
from ingestion.readers.doubts import Doubt
from ingestion.readers.pdf_attachments import Attachment

_COMPLEX = (
    "The PDF needs more time or memory than any bill does, or is built to do harm. Print it to a new PDF and send that."
)


class PdfReading(msgspec.Struct, frozen=True):
    """Everything of a PDF that needs PDFium."""

    transcript: Transcript
    attachments: tuple[Attachment, ...]
    """Embedded files that may be XML: see `ingestion.readers.pdf_attachments.invoices`."""
    doubts: tuple[Doubt, ...]
    """About the file as a whole; those about a page stand there."""


class Picture(msgspec.Struct, frozen=True):
    """A page as a person sees it."""

    width: int
    height: int
    pixels: bytes
    """Rows from the top, one byte each, 0 black to 255 white."""


class Request(msgspec.Struct, frozen=True):
    """What is asked of the process; the document follows as the body."""

    page: int = 0
    """The page to draw, from 1; 0: read the whole document."""
    dpi: int = 0


class Answer(msgspec.Struct, frozen=True):
    """The head of what comes back; the body is the result."""

    refused: tuple[str, str] | None = None
    """Code and message."""


class Confined(Confinement):
    """A process for one document at a time; may be called from several threads, which then wait for each other."""

    def __init__(self, bounds: Bounds | None = None, *, idle: float | None = None) -> None:
        """`idle`: seconds without a document after which the process is ended; None: it stays."""
        self.bounds = bounds or Bounds()
        super().__init__(
            Role(
                module="ingestion.readers.confined_process",
                argument=msgspec.json.encode(self.bounds),
                does="reads PDFs",
                patience=self.bounds.patience,
                uses=1_000,
                idle=idle,
            )
        )

    def read(self, data: bytes) -> PdfReading:
        """The text layer, embedded XML and doubts of a PDF. Raises `Refused` and `Unavailable`."""
        return msgspec.msgpack.decode(self._result(Request(), data), type=PdfReading)

    def picture(self, data: bytes, page: int, *, dpi: int = 200) -> Picture:
        """One page of a PDF or of a file of pictures, from 1, drawn in grey as it is shown.

        Raises `Refused` and `Unavailable`.
        """
        return msgspec.msgpack.decode(self._result(Request(page=page, dpi=dpi), data), type=Picture)

    def _result(self, request: Request, data: bytes) -> bytes:
        if len(data) > self.bounds.size:
            raise Refused("too_large", f"The file has {len(data):,} bytes; at most {self.bounds.size:,} are taken.")
        try:
            head, body = self._ask(msgspec.msgpack.encode(request), data)
        except GaveUp:
            raise Refused("too_complex", _COMPLEX) from None
        answer = msgspec.msgpack.decode(head, type=Answer)
        if answer.refused:
            raise Refused(*answer.refused)
        return body
