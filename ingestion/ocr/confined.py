"""Recognising in a process that may fail and disturbs nobody: niced, one thread, bounded in memory and time, killed.

The process gets an empty environment, no open file but its pipes, no secret, and is kept for the next page: loading the
models takes seconds. It decodes strangers' pictures, too; PDFs are drawn elsewhere (`ingestion.readers.confined`).

What becomes of a page that ends the process:

| the process | outcome |
|---|---|
| used up its processor time, or its memory | a page without words, in doubt (`gave_up`) |
| crashed, and a fresh one did too | the same |
| so for a third page of a file | `Refused` (`too_complex`) |
| can't be started, or isn't done by the clock although it used little processor time | `Unavailable` |
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import msgspec

from ingestion.bounds import Bounds
from ingestion.detect import detect
from ingestion.document import Page, Source
from ingestion.errors import Missing, Refused, Unavailable
from ingestion.ocr.doubts import Doubt
from ingestion.ocr.engines import Settings
from ingestion.ocr.pictures import DPI
from ingestion.readers.confined import Confined, Picture, receive, send

_ROOT = Path(__file__).parents[2]
_USES = 500
"""Pages for one process, so that a leak never grows old."""
_GIVEN_UP = 2
"""Pages of one file that may be given up."""
_A4 = 842.0


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What recognising one page may cost."""

    memory: int = 1_300 * 1024 * 1024
    """Bytes of data of the process: with the libraries' code it stays under 1.5 GB."""
    seconds: int = 120
    """Of processor time; a dense page takes ten on a slow machine, the first one of a process three more."""
    patience: float = 900.0
    """Seconds by the clock, after which the machine rather than the page is taken to be at fault."""
    nice: int = 15
    """Steps of priority below the process that asks."""


class Start(msgspec.Struct, frozen=True):
    """What the process is told when it starts."""

    settings: Settings
    bounds: Bounds
    limits: Limits


class Request(msgspec.Struct, frozen=True):
    """One page; its pixels or the file it is in follow as the body."""

    number: int
    """Of the page, from 1."""
    frame: int | None = None
    """In a file of pictures, from 0; None: the body is pixels."""
    width: int = 0
    height: int = 0
    dpi: int = DPI


class Answer(msgspec.Struct, frozen=True):
    """What came of it."""

    page: Page | None = None
    refused: tuple[str, str] | None = None
    """Code and message."""
    missing: tuple[str, str] | None = None
    unavailable: str = ""
    gave_up: bool = False
    """A program it started used up its time or memory."""
    exhausted: bool = False
    """Its own memory ran out: it ends."""


class _Job(msgspec.Struct, frozen=True):
    """A page to send."""

    request: Request
    body: bytes
    size: tuple[float, float]
    """In points, for a page that is given up."""


class ConfinedOcr:
    """A process for one page at a time; may be called from several threads, which then wait for each other."""

    def __init__(
        self, settings: Settings | None = None, *, bounds: Bounds | None = None, limits: Limits | None = None
    ) -> None:
        settings = settings or Settings()
        command = shutil.which(settings.tesseract) or settings.tesseract
        self._start = Start(
            msgspec.structs.replace(settings, tesseract=command), bounds or Bounds(), limits or Limits()
        )
        self._lock = threading.Lock()
        self._process: _Process | None = None

    def __enter__(self) -> ConfinedOcr:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            self._end()

    def pictures(self, data: bytes) -> tuple[Page, ...]:
        """The pages of a JPEG, PNG, GIF or TIFF. Raises `Refused`, `Missing` and `Unavailable`."""
        found = detect(data, bounds=self._start.bounds)
        points = _A4 / max(found.width, found.height, 1)
        size = (found.width * points, found.height * points)
        frames = range(1, found.frames + 1)
        return self._pages(_Job(Request(number, frame=number - 1), data, size) for number in frames)

    def scanned(self, pdf: Confined, data: bytes, numbers: Iterable[int]) -> tuple[Page, ...]:
        """Some pages of a PDF, from 1, drawn at 200 dots an inch. Raises `Refused`, `Missing` and `Unavailable`."""
        return self._pages(self._drawn(number, pdf.picture(data, number, dpi=DPI)) for number in numbers)

    @staticmethod
    def _drawn(number: int, picture: Picture) -> _Job:
        size = (picture.width * 72 / DPI, picture.height * 72 / DPI)
        return _Job(Request(number, width=picture.width, height=picture.height), picture.pixels, size)

    def _pages(self, jobs: Iterable[_Job]) -> tuple[Page, ...]:
        pages: list[Page] = []
        given_up = 0
        for job in jobs:
            page = self._page(job.request, job.body)
            if page is None:
                given_up += 1
                if given_up > _GIVEN_UP:
                    raise Refused(
                        "too_complex",
                        "Recognising the pages needs more time or memory than any bill does. Scan them again, in grey "
                        "at 200 dpi, and send that.",
                    )
                page = _unread(job)
            pages.append(page)
        return tuple(pages)

    def _page(self, request: Request, body: bytes) -> Page | None:
        """None: the process gave up."""
        with self._lock:
            for _ in range(2):
                try:
                    return self._once(request, body)
                except _EndedError as ended:
                    self._end()
                    if ended.late:
                        raise Unavailable(
                            f"A page wasn't recognised within {self._start.limits.patience:.0f} s: the machine is "
                            "busy. Try again."
                        ) from None
                    if ended.exhausted:
                        return None
            return None

    def _once(self, request: Request, body: bytes) -> Page | None:
        if self._process is None or self._process.uses >= _USES:
            self._end()
            self._process = _Process(self._start)
        answer = self._process.ask(request, body)
        if answer.page is not None or answer.gave_up:
            return answer.page
        if answer.refused:
            raise Refused(*answer.refused)
        if answer.missing:
            raise Missing(*answer.missing)
        if answer.exhausted:
            raise _EndedError(exhausted=True)
        raise Unavailable(answer.unavailable)

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def _unread(job: _Job) -> Page:
    return Page(
        number=job.request.number,
        width=job.size[0],
        height=job.size[1],
        words=(),
        source=Source.OCR,
        engine="",
        quality=0.0,
        doubts=(Doubt.GAVE_UP,),
    )


class _EndedError(Exception):
    """The process is of no use any more."""

    def __init__(self, *, exhausted: bool = False, late: bool = False) -> None:
        super().__init__()
        self.exhausted = exhausted
        """By its own doing: trying again won't help."""
        self.late = late


class _Process:
    """The process, its pipes, and a folder for what Tesseract writes."""

    def __init__(self, start: Start) -> None:
        self.uses = 0
        self._patience = start.limits.patience
        self._late = False
        self._folder = tempfile.TemporaryDirectory(prefix="ocr-")
        environment = {
            "PYTHONPATH": str(_ROOT),
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "TMPDIR": self._folder.name,
            "HOME": self._folder.name,
            "OMP_NUM_THREADS": "1",
            "OMP_THREAD_LIMIT": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONWARNINGS": "ignore",
        }
        try:
            with (Path(self._folder.name) / "errors").open("wb") as errors:
                self._process = subprocess.Popen(  # noqa: S603 - our own module, started by our own interpreter
                    [sys.executable, "-P", "-B", "-m", "ingestion.ocr.confined_process", msgspec.json.encode(start)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    env=environment,
                    cwd="/",
                    start_new_session=True,  # so that Tesseract goes with it
                )
        except OSError as error:
            self._folder.cleanup()
            raise Unavailable(f"The process that recognises pages can't be started: {error}") from error
        try:
            answer = self._exchange(None)
        except _EndedError:
            words = self._last_words()
            self.end()
            raise Unavailable(f"The process that recognises pages can't be started: {words}") from None
        if answer.missing:
            self.end()
            raise Missing(*answer.missing)

    def ask(self, request: Request, body: bytes) -> Answer:
        """Its answer. Raises `_EndedError`."""
        self.uses += 1
        return self._exchange((msgspec.msgpack.encode(request), body))

    def _exchange(self, message: tuple[bytes, bytes] | None) -> Answer:
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101 - both are pipes
        watch = threading.Timer(self._patience, self._give_up)
        watch.start()
        try:
            if message is not None:
                send(self._process.stdin, *message)
            head, _ = receive(self._process.stdout)
        except (BrokenPipeError, EOFError):
            self._kill()
            raise _EndedError(exhausted=self._process.wait() == -signal.SIGXCPU, late=self._late) from None
        finally:
            watch.cancel()
        return msgspec.msgpack.decode(head, type=Answer)

    def _give_up(self) -> None:
        self._late = True
        self._kill()

    def _kill(self) -> None:
        """It and what it started; it leads a group of its own."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return

    def _last_words(self) -> str:
        words = (Path(self._folder.name) / "errors").read_text(errors="replace").strip()
        return words.rpartition("\n")[2][:300] or f"it ended with code {self._process.wait()}"

    def end(self) -> None:
        """Kills it, closes its pipes, empties its folder."""
        self._kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:  # what a process that died never read
                    continue
        self._folder.cleanup()
