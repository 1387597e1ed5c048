"""How much of a stranger's file is looked at. Beyond a bound the file is refused in words, never cut off in silence."""

from __future__ import annotations

import msgspec


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds for one file; the defaults suit a bill of some hundred lines."""

    size: int = 25 * 1024 * 1024
    """Bytes of the file."""
    pages: int = 200
    """Pages of a PDF, frames of a TIFF."""
    pixels: int = 60_000_000
    """Of one picture, width times height: a telephone takes 12 to 50 million."""
    side: int = 20_000
    """Of a picture, in pixels."""
    characters: int = 60_000
    """Of one page's text: a dense page has 6,000."""
    attachments: int = 50
    """Files embedded in a PDF."""
    attachment_size: int = 10 * 1024 * 1024
    """Bytes of an embedded XML."""
    memory: int = 768 * 1024 * 1024
    """Bytes of address space of the process that opens a PDF."""
    seconds: int = 20
    """Of processor time for one PDF."""
    patience: float = 300.0
    """Seconds by the clock for one PDF, after which the machine rather than the file is taken to be at fault."""
