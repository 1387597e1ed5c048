"""PDFs of strangers, opened in a process that may fail: bounded in memory and time, killed and started anew.

PDFium is C, and a PDF is a program for it. The process gets an empty environment, no open file but its pipes, no
secret, and is kept for the next document, so that confinement costs the transport of bytes and not a start. It isn't
cut off from the network or from files its account may read: that is left to whoever runs the service.

What becomes of a document that ends the process:

| the process | outcome |
|---|---|
| used up its processor time | `Refused` (`too_complex`) |
| asked for more memory than allowed | `Refused` (`too_complex`) |
| crashed, and a fresh one did too | `Refused` (`too_complex`) |
| can't be started, or isn't done by the clock although it used little processor time | `Unavailable` |
"""

from __future__ import annotations

import signal
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, TypeVar

import msgspec

from ingestion.bounds import Bounds
from ingestion.document import Transcript
from ingestion.errors import Refused, Unavailable
from ingestion.readers.doubts import Doubt
from ingestion.readers.pdf_attachments import Attachment

FRAME = struct.Struct("!IQ")
"""Before each message: length of its head, and of its body."""
_ROOT = Path(__file__).parents[2]
_USES = 1_000
"""Documents for one process, so that a leak never grows old."""
_COMPLEX = (
    "The PDF needs more time or memory than any bill does, or is built to do harm. Print it to a new PDF and send that."
)

T = TypeVar("T")


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
    exhausted: bool = False
    """Memory ran out."""


class Confined:
    """A process for one document at a time; may be called from several threads, which then wait for each other."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def __enter__(self) -> Confined:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            self._end()

    def read(self, data: bytes) -> PdfReading:
        """The text layer, embedded XML and doubts of a PDF. Raises `Refused` and `Unavailable`."""
        return msgspec.msgpack.decode(self._ask(Request(), data), type=PdfReading)

    def picture(self, data: bytes, page: int, *, dpi: int = 200) -> Picture:
        """One page, from 1, drawn in grey as it is shown. Raises `Refused` and `Unavailable`."""
        return msgspec.msgpack.decode(self._ask(Request(page=page, dpi=dpi), data), type=Picture)

    def _ask(self, request: Request, data: bytes) -> bytes:
        if len(data) > self.bounds.size:
            raise Refused("too_large", f"The file has {len(data):,} bytes; at most {self.bounds.size:,} are taken.")
        with self._lock:
            for attempt in (1, 2):
                try:
                    return self._once(request, data)
                except _EndedError as ended:
                    self._end()
                    if ended.late:
                        raise Unavailable(
                            f"A PDF wasn't read within {self.bounds.patience:.0f} s: the machine is busy. Try again."
                        ) from None
                    if ended.exhausted or attempt == 2:
                        raise Refused("too_complex", _COMPLEX) from None
        raise AssertionError("both attempts return or raise")

    def _once(self, request: Request, data: bytes) -> bytes:
        if self._process is None or self._process.uses >= _USES:
            self._end()
            self._process = _Process(self.bounds)
        answer, body = self._process.ask(request, data)
        if answer.exhausted:
            raise _EndedError(exhausted=True)
        if answer.refused:
            raise Refused(*answer.refused)
        return body

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


class _EndedError(Exception):
    """The process is of no use any more."""

    def __init__(self, *, exhausted: bool = False, late: bool = False) -> None:
        super().__init__()
        self.exhausted = exhausted
        """By its own doing: trying again won't help."""
        self.late = late


class _Process:
    """The process and its pipes."""

    def __init__(self, bounds: Bounds) -> None:
        self.uses = 0
        self._patience = bounds.patience
        self._late = False
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, started by our own interpreter
                [sys.executable, "-P", "-B", "-m", "ingestion.readers.confined_process", msgspec.json.encode(bounds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env={"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                cwd="/",
            )
        except OSError as error:
            self._errors.close()
            raise Unavailable(f"The process that reads PDFs can't be started: {error}") from error
        try:
            self._exchange(None)
        except _EndedError:
            code = self.end(tell=True)
            raise Unavailable(f"The process that reads PDFs can't be started: {code}") from None

    def ask(self, request: Request, data: bytes) -> tuple[Answer, bytes]:
        """Its answer. Raises `_EndedError`."""
        self.uses += 1
        return self._exchange((msgspec.msgpack.encode(request), data))

    def _exchange(self, message: tuple[bytes, bytes] | None) -> tuple[Answer, bytes]:
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - both are pipes
        watch = threading.Timer(self._patience, self._give_up)
        watch.start()
        try:
            if message is not None:
                send(self._process.stdin, *message)
            head, body = receive(self._process.stdout)
        except (BrokenPipeError, EOFError):
            ended = self._process.wait()
            raise _EndedError(exhausted=ended == -signal.SIGXCPU, late=self._late) from None
        finally:
            watch.cancel()
        return msgspec.msgpack.decode(head, type=Answer), body

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()

    def end(self, *, tell: bool = False) -> str:
        """Kills it and closes its pipes; with `tell`, returns its last words."""
        self._process.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what a process that died never read
                    continue
        words = ""
        if tell:
            self._errors.seek(0)
            words = self._errors.read(1_000_000).decode(errors="replace").strip().rpartition("\n")[2][:300]
        self._errors.close()
        return words or f"it ended with code {code}"


def send(pipe: IO[bytes], head: bytes, body: bytes) -> None:
    """One message."""
    pipe.write(FRAME.pack(len(head), len(body)))
    pipe.write(head)
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[bytes, bytes]:
    """One message. Raises `EOFError` where the other side is gone."""
    sizes = pipe.read(FRAME.size)
    if len(sizes) < FRAME.size:
        raise EOFError
    head, body = FRAME.unpack(sizes)
    data = pipe.read(head + body)
    if len(data) < head + body:
        raise EOFError
    return data[:head], data[head:]
