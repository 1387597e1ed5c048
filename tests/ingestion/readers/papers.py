"""PDFs written by hand, byte by byte, so that a test says exactly what is in them."""

from __future__ import annotations

import zlib

HELVETICA = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"


def pdf(
    content: bytes = b"BT /F1 12 Tf 100 700 Td (Total 105.00) Tj ET",
    *,
    page: bytes = b"/MediaBox [0 0 595 842]",
    pages: int = 1,
    catalog: bytes = b"",
    trailer: bytes = b"",
    fonts: bytes = b"",
    xobjects: bytes = b"",
    objects: tuple[bytes, ...] = (),
    packed: bool = False,
) -> bytes:
    """`objects` are numbered from 10; the page content is object 4, Helvetica is /F1; every page is the same."""
    if packed:
        body, filters = zlib.compress(content), b" /Filter /FlateDecode"
    else:
        body, filters = content, b""
    leaf = b"<< /Type /Page /Parent 2 0 R " + page + b" /Contents 4 0 R /Resources << /Font << /F1 5 0 R " + fonts
    numbered = {
        1: b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        2: b"<< /Type /Pages /Count %d /Kids [ %s ] >>" % (pages, b"3 0 R " * pages),
        3: leaf + b" >> /XObject << " + xobjects + b" >> >> >>",
        4: stream(body, filters),
        5: HELVETICA,
        **dict(enumerate(objects, 10)),
    }
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, thing in numbered.items():
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + thing + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, place in places.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    out += (
        b"trailer << /Size %d /Root 1 0 R " % (max(numbered) + 1) + trailer + b" >>\nstartxref\n%d\n%%%%EOF\n" % start
    )
    return bytes(out)


def stream(body: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d" % len(body) + entries + b" >>\nstream\n" + body + b"\nendstream"


def say(text: str, x: float, y: float, size: float = 12, *, before: str = "", font: str = "F1") -> bytes:
    """Content that writes `text`; `before` sets what else matters, `3 Tr` or `1 g`."""
    return f"q BT {before} /{font} {size} Tf {x} {y} Td ({text}) Tj ET Q\n".encode("latin-1")


def blocks(letters: str) -> tuple[bytes, tuple[bytes, ...]]:
    """A font whose signs are inked blocks half an em wide: entry for /Font, and the objects from 10 on.

    The first of `letters` is written as `A`, the next as `B`: any script without a font file.
    """
    codes = range(65, 65 + len(letters))
    lines = b"".join(
        b"<%02X> <%s>\n" % (code, letter.encode("utf-16-be").hex().encode())
        for code, letter in zip(codes, letters, strict=True)
    )
    cmap = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        b"1 begincodespacerange <00> <FF> endcodespacerange\n"
        b"%d beginbfchar\n" % len(letters) + lines + b"endbfchar endcmap end end"
    )
    names = b" ".join(b"/g%d" % code for code in codes)
    font = (
        b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0]"
        b" /FirstChar 65 /LastChar %d /Widths [ %s ]"
        % (codes[-1], b"500 " * len(letters))
        + b" /Encoding << /Type /Encoding /Differences [65 "
        + names
        + b"] >>"
        b" /CharProcs << " + b" ".join(b"/g%d 12 0 R" % code for code in codes) + b" >> /ToUnicode 11 0 R >>"
    )
    return b"/F2 10 0 R", (font, stream(cmap), stream(b"500 0 0 0 450 700 d1 50 0 400 700 re f"))
