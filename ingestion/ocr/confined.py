"""Recognising in a process that may fail and disturbs nobody: niced, one thread, bounded in memory and time, killed.

It is kept for the next page, see `ingestion.confinement`: loading the models takes seconds. It decodes strangers'
pictures, too; PDFs are drawn elsewhere (`ingestion.readers.confined`).

What becomes of a page that ends the process:

| the process | outcome |
|---|---|
| used up its processor time, or its memory | a page without words, in doubt (`gave_up`) |
| crashed, and a fresh one did too | the same |
| so for a third page of a file | `Refused` (`too_complex`) |
| was killed from outside, and a fresh one was too | `Unavailable` |
| can't be started, or isn't done by the clock although it used little processor time | `Unavailable` |
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence

import msgspec

from ingestion.bounds import Bounds
from ingestion.confinement import Confinement, GaveUp, Role
from ingestion.detect import detect
from ingestion.document import Page, Source
from ingestion.errors import Missing, Refused, Unavailable
from ingestion.ocr.doubts import Doubt
from ingestion.ocr.engines import Settings
from ingestion.ocr.pictures import DPI
from ingestion.readers.confined import Confined, Picture

Progress = Callable[[int, int], None]
"""Told after each page: pages done, pages in all."""
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


class _Job(msgspec.Struct, frozen=True):
    """A page to send."""

    request: Request
    body: bytes
    size: tuple[float, float]
    """In points, for a page that is given up."""


class ConfinedOcr(Confinement):
    """A process for one page at a time; may be called from several threads, which then wait for each other."""

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        bounds: Bounds | None = None,
        limits: Limits | None = None,
        idle: float | None = None,
    ) -> None:
        """`idle`: seconds without a page after which the process is ended; it holds up to a gigabyte."""
        settings = settings or Settings()
        command = shutil.which(settings.tesseract) or settings.tesseract
        self._start = Start(
            msgspec.structs.replace(settings, tesseract=command), bounds or Bounds(), limits or Limits()
        )
        super().__init__(
            Role(
                module="ingestion.ocr.confined_process",
                argument=msgspec.json.encode(self._start),
                does="recognises pages",
                patience=self._start.limits.patience,
                uses=500,
                idle=idle,
                environment={
                    "PATH": os.defpath,
                    "LANG": "C.UTF-8",
                    "OMP_THREAD_LIMIT": "1",
                    "PYTHONWARNINGS": "ignore",
                },
                writes=True,  # what Tesseract leaves behind
            )
        )

    def pictures(self, data: bytes, *, progress: Progress | None = None) -> tuple[Page, ...]:
        """The pages of a JPEG, PNG, GIF or TIFF; `progress` is told after each.

        Raises `Refused`, `Missing` and `Unavailable`.
        """
        found = detect(data, bounds=self._start.bounds)
        points = _A4 / max(found.width, found.height, 1)
        size = (found.width * points, found.height * points)
        frames = range(1, found.frames + 1)
        jobs = (_Job(Request(number, frame=number - 1), data, size) for number in frames)
        return self._pages(jobs, found.frames, progress)

    def scanned(
        self, pdf: Confined, data: bytes, numbers: Sequence[int], *, progress: Progress | None = None
    ) -> tuple[Page, ...]:
        """Some pages of a PDF, from 1, drawn at 200 dots an inch. Raises `Refused`, `Missing` and `Unavailable`."""
        jobs = (self._drawn(number, pdf.picture(data, number, dpi=DPI)) for number in numbers)
        return self._pages(jobs, len(numbers), progress)

    @staticmethod
    def _drawn(number: int, picture: Picture) -> _Job:
        size = (picture.width * 72 / DPI, picture.height * 72 / DPI)
        return _Job(Request(number, width=picture.width, height=picture.height), picture.pixels, size)

    def _pages(self, jobs: Iterable[_Job], count: int, progress: Progress | None) -> tuple[Page, ...]:
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
            if progress is not None:
                progress(len(pages), count)
        return tuple(pages)

    def _page(self, request: Request, body: bytes) -> Page | None:
        """None: the process gave up."""
        try:
            head, _ = self._ask(msgspec.msgpack.encode(request), body)
        except GaveUp:
            return None
        answer = msgspec.msgpack.decode(head, type=Answer)
        if answer.page is not None or answer.gave_up:
            return answer.page
        if answer.refused:
            raise Refused(*answer.refused)
        if answer.missing:
            raise Missing(*answer.missing)
        raise Unavailable(answer.unavailable)


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
