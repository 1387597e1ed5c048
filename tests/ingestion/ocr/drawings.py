"""Pages drawn for tests, and a program that stands in for Tesseract."""

from __future__ import annotations

import io
import stat
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ingestion.document import Box
from ingestion.ocr.engine import Gray, Recognition, Seen

BILL = ("Invoice INV-2041", "Subtotal 1,250.00", "VAT 62.50", "Total 1,312.50 AED")


def drawn(lines: Sequence[str] = BILL, *, size: tuple[int, int] = (640, 320), height: int = 30) -> Image.Image:
    """Black on white, a line every 60 pixels from (40, 40)."""
    image = Image.new("L", size, 255)
    pen = ImageDraw.Draw(image)
    for index, text in enumerate(lines):
        pen.text((40, 40 + 60 * index), text, fill=0, font=ImageFont.load_default(height))
    return image


def gray(image: Image.Image) -> Gray:
    return np.asarray(image.convert("L"), np.uint8)


def saved(image: Image.Image, form: str = "PNG", **how: object) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **how)
    return target.getvalue()


class Fixed:
    """An engine that always sees the same; counts how often it was asked."""

    peak = 0

    def __init__(self, *answers: Recognition, name: str = "fixed 1") -> None:
        self.answers = answers
        self.name = name
        self.asked: list[Gray] = []

    def recognise(self, picture: Gray) -> Recognition:
        self.asked.append(picture)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def seen(text: str, x0: float, y0: float, x1: float, y1: float, confidence: float = 0.95) -> Seen:
    return Seen(text, Box(x0, y0, x1, y1), confidence)


def pretended_tesseract(folder: Path, words: dict[str, str], *, languages: str = "eng ara", then: str = "") -> str:
    """A program that keeps Tesseract's manners: for each language it answers fixed words, one per line of print.

    `then`: what it does, in shell, before it answers.
    """
    head = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n"
    folder.mkdir(exist_ok=True)
    for language, text in words.items():
        rows = "".join(
            f"5\t1\t1\t1\t{n}\t1\t40\t{40 + 60 * n}\t200\t30\t91.5\t{w}\n" for n, w in enumerate(text.split())
        )
        (folder / f"{language}.tsv").write_text(head + "1\t1\t0\t0\t0\t0\t0\t0\t640\t320\t-1\t\n" + rows)
    program = folder / "tesseract"
    listing = "".join(f"{each}\\n" for each in languages.split())
    program.write_text(
        f"""#!/bin/sh
case "$1" in
  --version) echo "tesseract 5.3.0"; exit 0;;
  --list-langs) printf 'List of available languages in "/x" (2):\\n{listing}osd\\n'; exit 0;;
esac
echo "$@" >> {folder}/calls
{then}
cp {folder}/"$4".tsv "$2".tsv
"""
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return str(program)
