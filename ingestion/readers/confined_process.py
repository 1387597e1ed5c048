"""The process behind `ingestion.readers.confined`: one document after the other from standard input, until that ends.

python -m ingestion.readers.confined_process '{"memory": ...}'
"""

from __future__ import annotations

import resource
import sys

import msgspec
import pypdfium2

from ingestion.bounds import Bounds
from ingestion.errors import Refused
from ingestion.readers import pdf, pdf_attachments, pdf_text
from ingestion.readers.confined import Answer, PdfReading, Picture, Request, receive, send


def main() -> None:
    """Answers until standard input ends, or memory does."""
    bounds = msgspec.json.decode(sys.argv[1], type=Bounds)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    _confine(bounds)
    send(target, msgspec.msgpack.encode(Answer()), b"")
    while True:
        try:
            head, data = receive(source)
        except EOFError:
            return
        _allow(bounds.seconds)
        answer, body = answered(msgspec.msgpack.decode(head, type=Request), data, bounds)
        send(target, msgspec.msgpack.encode(answer), body)
        if answer.exhausted:
            return


def _confine(bounds: Bounds) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory, bounds.memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: int) -> None:
    """So much processor time from now; then the kernel ends the process, whatever it is doing."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def answered(request: Request, data: bytes, bounds: Bounds) -> tuple[Answer, bytes]:
    """One request, done."""
    try:
        with pdf.opened(data, bounds) as document:
            result = _picture(document, request, bounds) if request.page else _reading(document, data, bounds)
            return Answer(), msgspec.msgpack.encode(result)
    except Refused as refused:
        return Answer(refused=(refused.code, str(refused))), b""
    except MemoryError:
        return Answer(exhausted=True), b""


def _reading(document: pypdfium2.PdfDocument, data: bytes, bounds: Bounds) -> PdfReading:
    return PdfReading(
        pdf_text.transcript(document, data, bounds),
        pdf_attachments.collect(document, bounds),
        pdf.doubts(document, data),
    )


def _picture(document: pypdfium2.PdfDocument, request: Request, bounds: Bounds) -> Picture:
    if request.page > len(document):
        raise Refused("no_such_page", f"The PDF has no page {request.page}.")
    page = document[request.page - 1]
    try:
        width, height = page.get_size()
        scale = request.dpi / 72
        if width * height * scale * scale > bounds.pixels or max(width, height) * scale > bounds.side:
            raise Refused(
                "too_many_pixels",
                f"Page {request.page} measures {width / 72:.0f} by {height / 72:.0f} inches. Scale it to paper.",
            )
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
        try:
            pixels = bitmap.to_numpy().reshape(bitmap.height, bitmap.width).tobytes()
            return Picture(bitmap.width, bitmap.height, pixels)
        finally:
            bitmap.close()
    finally:
        page.close()


if __name__ == "__main__":
    main()
