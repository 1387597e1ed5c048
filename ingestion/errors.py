"""What can go wrong with a file. A value that can't be read is no error: it is absent, and a person is asked.

IngestionError
├── Refused      this file is never read, whatever is tried: what is wrong, and what to do
└── Unavailable  an engine or service is missing or fails just now; the file is kept and read later
    └── Missing  a program or its data isn't installed: what to install
"""

from __future__ import annotations


class IngestionError(Exception):
    """Anything this package raises."""


class Refused(IngestionError):
    """The file is refused for what it is."""

    def __init__(self, code: str, message: str) -> None:
        """`code`: stable, for programs (`encrypted`); `message`: what is wrong and what to do, for the sender."""
        super().__init__(message)
        self.code = code


class Unavailable(IngestionError):
    """Nothing is wrong with the file; try again later, or read it another way."""


class Missing(Unavailable):
    """Something that an operator can install isn't there."""

    def __init__(self, what: str, message: str) -> None:
        """`what`: stable, for programs (`tesseract`, `ara`); `message`: what to install or set."""
        super().__init__(message)
        self.what = what
