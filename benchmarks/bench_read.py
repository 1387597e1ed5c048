"""Milliseconds a page from a PDF's bytes to words, in this process and confined, beside PDFium's bare signs.

    python -m benchmarks.bench_read [--rounds 5]

The pages are the labelled bills where REFERENCE_DIR has them, else one dense page of our own.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from ingestion.bounds import Bounds
from ingestion.readers import pdf_attachments, pdf_text
from ingestion.readers.confined import Confined
from tests.ingestion.readers.papers import pdf, say

BILLS = Path(os.environ.get("REFERENCE_DIR", Path(__file__).parents[2] / "shared")) / "bills" / "docs"


def papers() -> list[bytes]:
    """What is read."""
    found = sorted((BILLS / "A_embedded_xml").glob("*.pdf")) + sorted((BILLS / "C").glob("*.pdf"))
    if found:
        return [path.read_bytes() for path in found]
    lines = (say(f"{row} Article number {row} of the season 12 pcs 1,0{row}.00 5% 12,{row}0.00", 40, 780 - 12 * row, 9)
             for row in range(10, 60))  # fmt: skip
    return [pdf(b"".join(lines))] * 20


def bare(data: bytes) -> None:
    """PDFium alone: each sign and its box, which is the floor."""
    document = pypdfium2.PdfDocument(data)
    rectangle = raw.FS_RECTF()
    for page in document:
        text = raw.FPDFText_LoadPage(page.raw)
        for index in range(raw.FPDFText_CountChars(text)):
            raw.FPDFText_GetUnicode(text, index)
            raw.FPDFText_GetLooseCharBox(text, index, ctypes.byref(rectangle))
        raw.FPDFText_ClosePage(text)
        page.close()
    document.close()


def spent(run: Callable[[bytes], object], data: bytes, rounds: int) -> float:
    """The least wall time of one call, in milliseconds."""
    best = float("inf")
    for _ in range(rounds):
        started = time.perf_counter()
        run(data)
        best = min(best, time.perf_counter() - started)
    return best * 1e3


def main() -> None:
    """Print a row for each way."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=5)
    rounds = options.parse_args().rounds
    bounds = Bounds()
    documents = papers()
    pages = [len(pdf_text.read(data).pages) for data in documents]
    with Confined(bounds) as confined:
        attached = {data: confined.read(data).attachments for data in documents}
        ways: dict[str, Callable[[bytes], object]] = {
            "signs alone": bare,
            "words as seen": pdf_text.read,
            "confined": confined.read,
            "embedded XML": lambda data: pdf_attachments.invoices(attached[data], bounds),
        }
        print(f"{len(documents)} documents, {sum(pages)} pages; ms a page\n{'':16}{'median':>8}{'mean':>8}{'most':>8}")
        for name, run in ways.items():
            times = sorted(spent(run, data, rounds) / count for data, count in zip(documents, pages, strict=True))
            print(f"{name:16}{times[len(times) // 2]:8.1f}{sum(times) / len(times):8.1f}{times[-1]:8.1f}")


if __name__ == "__main__":
    main()
