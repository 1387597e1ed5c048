"""The process behind `ingestion.readers.confined`: one document after the other from standard input, until that ends.

python -m ingestion.readers.confined_process '{"memory": ...}'
"""

from __future__ import annotations

import sys

import msgspec
import pypdfium2
from PIL import Image

from ingestion.bounds import Bounds
from ingestion.confinement import answering, confine
from ingestion.detect import detect
from ingestion.errors import Refused
from ingestion.ocr import pictures
from ingestion.readers import pdf, pdf_attachments, pdf_text
from ingestion.readers.confined import Answer, PdfReading, Picture, Request


def main() -> None:
    """Answers until standard input ends, or memory does."""
    bounds = msgspec.json.decode(sys.argv[1], type=Bounds)
    confine(bounds.memory)

    def answer(head: bytes, data: bytes) -> tuple[bytes, bytes]:
        told, body = answered(msgspec.msgpack.decode(head, type=Request), data, bounds)
        return msgspec.msgpack.encode(told), body

    answering(answer, seconds=bounds.seconds)


def answered(request: Request, data: bytes, bounds: Bounds) -> tuple[Answer, bytes]:
    """One request, done."""
    try:
        if request.page and detect(data, bounds=bounds).kind in pictures.FORMATS:
            return Answer(), msgspec.msgpack.encode(_shown(data, request, bounds))
        with pdf.opened(data, bounds) as document:
            result = _picture(document, request, bounds) if request.page else _reading(document, data, bounds)
            return Answer(), msgspec.msgpack.encode(result)
    except Refused as refused:
        return Answer(refused=(refused.code, str(refused))), b""


def _reading(document: pypdfium2.PdfDocument, data: bytes, bounds: Bounds) -> PdfReading:
    return PdfReading(
        pdf_text.transcript(document, data, bounds),
        pdf_attachments.collect(document, bounds),
        pdf.doubts(document, data),
    )


def _shown(data: bytes, request: Request, bounds: Bounds) -> Picture:
    """A page of a file of pictures, as large as `ingestion.ocr.pictures` takes it to be."""
    sheet = pictures.sheet(data, request.page - 1, bounds)
    scale = sheet.points * request.dpi / 72
    height, width = sheet.picture.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    drawn = Image.fromarray(sheet.picture).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)
    return Picture(*size, drawn.tobytes())


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
