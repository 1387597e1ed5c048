"""What files are read with: two confined processes and, where there is one, a language model.

A worker holds one set for all its reading. Nothing is loaded or started before a file needs it: who never reads pays
nothing.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING

from ingestion.bounds import Bounds

if TYPE_CHECKING:
    from ingestion.extractor import Extractor
    from ingestion.ocr.confined import ConfinedOcr
    from ingestion.readers.confined import Confined

RECIPES = ("rapidocr", "background")
"""See `ingestion.ocr.recipes`."""


class Readers:
    """May be used from several threads, which then wait for each other at each process."""

    def __init__(
        self,
        *,
        recipes: tuple[str, ...] = RECIPES,
        tesseract: str = "tesseract",
        language: str = "eng",
        idle: float | None = 300.0,
        bounds: Bounds | None = None,
        llm: Extractor | None = None,
    ) -> None:
        """`recipes`, `tesseract`, `language`: see `ingestion.ocr.engines.Settings`.

        `idle`: seconds without a picture after which the process for them is ended; it holds most of the memory.
        """
        self.bounds = bounds or Bounds()
        self.llm = llm
        self._recipes, self._tesseract, self._language, self._idle = recipes, tesseract, language, idle
        self._lock = threading.Lock()
        self._pdf: Confined | None = None
        self._ocr: ConfinedOcr | None = None

    @property
    def pdf(self) -> Confined:
        """Opens PDFs."""
        with self._lock:
            if self._pdf is None:
                from ingestion.readers.confined import Confined  # noqa: PLC0415 - for those who read

                self._pdf = Confined(self.bounds)
            return self._pdf

    @property
    def ocr(self) -> ConfinedOcr:
        """Recognises pages. Raises `ValueError` for a recipe that doesn't exist."""
        with self._lock:
            if self._ocr is None:
                from ingestion.ocr.confined import ConfinedOcr  # noqa: PLC0415 - for those who read
                from ingestion.ocr.engines import Settings  # noqa: PLC0415

                settings = Settings(recipes=self._recipes, tesseract=self._tesseract, language=self._language)
                self._ocr = ConfinedOcr(settings, bounds=self.bounds, idle=self._idle)
            return self._ocr

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends both processes; the next file starts them again."""
        with self._lock:
            for process in (self._pdf, self._ocr):
                if process is not None:
                    process.close()
