"""What files are read with: the confined processes and, where there is one, a language model.

A worker opens one set for all its reading; nothing starts before the first file needs it.
"""

from __future__ import annotations

from types import TracebackType

from ingestion.bounds import Bounds
from ingestion.extractor import Extractor
from ingestion.ocr.confined import ConfinedOcr
from ingestion.ocr.engines import Settings
from ingestion.readers.confined import Confined


class Readers:
    """May be used from several threads, which then wait for each other at each process."""

    def __init__(
        self, *, ocr: Settings | None = None, bounds: Bounds | None = None, llm: Extractor | None = None
    ) -> None:
        self.bounds = bounds or Bounds()
        self.pdf = Confined(self.bounds)
        self.ocr = ConfinedOcr(ocr, bounds=self.bounds)
        self.llm = llm

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends both processes; the next file starts them again."""
        self.pdf.close()
        self.ocr.close()
