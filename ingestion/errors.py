"""What can go wrong with a file. A value that can't be read is no error: it is absent, and a person is asked.

IngestionError
├── Refused      this file is never read, whatever is tried: what is wrong, and what to do
└── Unavailable  an engine or service is missing or fails just now; the file is kept and read later
    ├── Missing  a program or its data isn't installed: what to install
    └── NoAnswer a language model gave nothing that can be used: why; our rules' reading stands alone
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


class NoAnswer(Unavailable):
    """A language model gave nothing that can be used. Our rules' reading stands alone; nothing is made up."""

    def __init__(self, code: str, message: str) -> None:
        """`code`: stable, for programs (`timeout`, see `ingestion.extract.llm.reasons`); `message`: for a log or page.

        Neither holds a word of the document or of the answer. The error's text is both.
        """
        super().__init__(f"{message} ({code})")
        self.code = code
