"""Realistic bills that nobody sent, with what should be read of them: for demonstrations, training and tests.

    >>> [sample] = make(7)
    >>> sample.pdf[:5], sample.truth.currency in ("AED", "EUR", "GBP", "USD")
    (b'%PDF-', True)

make       samples for a seed; the same seed gives the same bytes
folder     the same as files: papers, their UBL, truth and a manifest
bills      the invoice, by chance;  words: what it is made of
style      where its parts stand, how labels and figures look;  contents: what is said
paper      drawing, on a canvas;  arabic: shaping and direction
pictures   as a scanner and as a telephone give it
truth      what is printed and should be found
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cached_property
from random import Random

import msgspec

import ubl
from ingestion.samples import bills, paper, pictures
from ingestion.samples.style import Language, Style, style
from ingestion.samples.truth import TrueLine, Truth, truth

__all__ = ["Language", "Look", "Sample", "TrueLine", "Truth", "each", "make"]


class Look(StrEnum):
    """How a bill comes in."""

    CLEAN = "clean"
    """A PDF with a text layer."""
    SCAN = "scan"
    """A PDF of pictures."""
    PHOTO = "photo"
    """A JPEG; a PDF of pictures where there are several pages."""


class Sample(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """One bill. Pictures are made when they are first asked for, which takes about half a second a page."""

    id: str
    """Unique within its seed: `S7-0003`."""
    look: Look
    """What `file` is; the other looks are to be had as well."""
    invoice: ubl.Invoice
    """Complete."""
    pdf: bytes
    """With a text layer, whatever the look."""
    truth: Truth
    style: Style
    seed: int

    @cached_property
    def xml(self) -> bytes:
        """The same bill as UBL."""
        return ubl.write(self.invoice)

    @cached_property
    def scans(self) -> tuple[bytes, ...]:
        """A JPEG for each page."""
        return pictures.scans(self.pdf, self.seed)

    @cached_property
    def photos(self) -> tuple[bytes, ...]:
        """A JPEG for each page."""
        return pictures.photos(self.pdf, self.seed)

    @property
    def name(self) -> str:
        """Of `file`, with its extension."""
        return f"{self.id}.{'jpg' if self._single else 'pdf'}"

    @property
    def media_type(self) -> str:
        """Of `file`."""
        return "image/jpeg" if self._single else "application/pdf"

    @property
    def file(self) -> bytes:
        """What the supplier sends, by the look."""
        if self.look is Look.CLEAN:
            return self.pdf
        pages = self.scans if self.look is Look.SCAN else self.photos
        return pages[0] if self._single else pictures.bound(pages)

    @property
    def _single(self) -> bool:
        return self.look is Look.PHOTO and len(self.photos) == 1


def make(
    seed: int,
    count: int = 1,
    *,
    looks: Sequence[Look] = (Look.CLEAN,),
    languages: Sequence[Language] = (Language.ENGLISH,),
    lines: int | None = None,
) -> tuple[Sample, ...]:
    """So many bills; looks and languages take turns. A clean English one takes about 20 ms.

    `lines`: of every bill; without it as chance has it. Each sample depends on seed and place alone, not on `count`.
    Raises `ValueError` where there is nothing to choose from, `ingestion.errors.Missing` where Arabic is wanted and
    the machine has no font for it.
    """
    return tuple(each(seed, count, looks=looks, languages=languages, lines=lines))


def each(
    seed: int, count: int, *, looks: Sequence[Look], languages: Sequence[Language], lines: int | None = None
) -> Iterator[Sample]:
    """The same one by one: pictures of many pages needn't stay in memory."""
    if count < 0 or not looks or not languages or (lines is not None and lines < 1):
        raise ValueError("samples need a count, a look and a language, and at least one line")
    turns = [(look, language) for language in languages for look in looks]
    for place in range(count):
        yield _sample(seed, place, *turns[place % len(turns)], lines)


def _sample(seed: int, place: int, look: Look, language: Language, lines: int | None) -> Sample:
    chance = Random(f"{seed}/{place}")  # noqa: S311 (no secret)
    invoice = bills.bill(chance, arabic=language is Language.ARABIC, lines=lines)
    shown = style(chance, invoice, language)
    return Sample(
        id=f"S{seed}-{place:04}",
        look=look,
        invoice=invoice,
        pdf=paper.draw(invoice, shown),
        truth=truth(invoice, frozenset(shown.columns)),
        style=shown,
        seed=chance.randrange(2**32),
    )
