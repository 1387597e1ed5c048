"""What an engine is asked and answers: a picture of a page, and words with their places in it."""

from __future__ import annotations

from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from ingestion.document import Box

Gray = npt.NDArray[np.uint8]
"""A picture: rows from the top, one byte each, 0 black to 255 white."""


class Seen(msgspec.Struct, frozen=True):
    """One word in a picture."""

    text: str
    """As it is spoken: Arabic from its first letter on."""
    box: Box
    """In pixels of the picture that was given, from its top left corner."""
    confidence: float
    """What the engine thinks of it, 0 to 1. Comparable within one engine only."""


class Recognition(msgspec.Struct, frozen=True):
    """All an engine saw."""

    words: tuple[Seen, ...]
    unread: tuple[Box, ...] = ()
    """Where it saw writing and could make nothing of it, in pixels: a script it doesn't know, a signature."""


class Exhausted(Exception):
    """An engine used up what it may take of time or memory: the page is at fault, and trying again won't help."""


class Ocr(Protocol):
    """An engine. One call at a time; it isn't bounded by itself, see `ingestion.ocr.confined`."""

    @property
    def name(self) -> str:
        """Name and version, with what else decides the result: `tesseract 5.3.0 eng psm 4`."""

    @property
    def peak(self) -> int:
        """Bytes of memory one call may take at most, for a page of ordinary size at 200 dpi."""

    def recognise(self, picture: Gray) -> Recognition:
        """Words in no particular order. Nothing seen is an empty answer. Raises `Unavailable`, `Exhausted`."""
