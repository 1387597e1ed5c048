"""Which engines are at hand, made when first needed."""

from __future__ import annotations

from functools import cached_property

import msgspec

from ingestion.errors import Missing
from ingestion.ocr.engine import Ocr
from ingestion.ocr.recipes import RECIPES, Engine
from ingestion.ocr.tesseract import ARABIC, Installed, Tesseract, installed, passes


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What reads, and how."""

    recipes: tuple[str, ...] = ("rapidocr", "background")
    """Names out of `RECIPES`, in the order they are tried; those whose engine isn't there are passed over."""
    tesseract: str = "tesseract"
    """TESSERACT_CMD: name or path of the program."""
    language: str = "eng"
    """DEFAULT_OCR_LANGUAGE: Tesseract's codes. A page that shows Arabic is read with `ara` even if that isn't named."""
    threads: int = 1
    """Of RapidOCR."""

    def __post_init__(self) -> None:
        """Raises `ValueError` for a recipe that doesn't exist."""
        unknown = [name for name in self.recipes if name not in RECIPES]
        if unknown or not self.recipes:
            raise ValueError(f"no OCR recipe is called {', '.join(unknown) or '-'}: there are {', '.join(RECIPES)}")


class Engines:
    """The engines that the settings name and the machine has."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Raises `Missing` where no recipe can be used; its message says what to install."""
        self.settings = settings or Settings()
        self._made: dict[str, Ocr] = {}
        self.recipes = tuple(
            name for name in self.settings.recipes if RECIPES[name].engine is Engine.RAPIDOCR or self._reads_latin()
        )
        """Those that can be used, in order."""
        if not self.recipes:
            passes(self.settings.language, self._found().languages)

    def of(self, recipe: str) -> Ocr:
        """The engine of one of `recipes`."""
        if recipe not in self._made:
            self._made[recipe] = self._make(recipe)
        return self._made[recipe]

    @cached_property
    def arabic(self) -> Ocr | None:
        """Reads Arabic; None where Tesseract or its `ara` is missing."""
        if isinstance(self._tesseract, Missing) or ARABIC not in self._tesseract.languages:
            return None
        return Tesseract(self._tesseract, language=ARABIC, segmentation=4)

    @property
    def arabic_asked(self) -> bool:
        """Whether the settings want each page read as Arabic too."""
        return ARABIC in self.settings.language.split("+")

    def _make(self, recipe: str) -> Ocr:
        if RECIPES[recipe].engine is Engine.RAPIDOCR:
            from ingestion.ocr.rapid import Rapid  # noqa: PLC0415 - loads much that Tesseract alone doesn't need

            return Rapid(threads=self.settings.threads)
        there = self._found()
        first = passes(self.settings.language, there.languages)[0]
        return Tesseract(there, language=first, segmentation=RECIPES[recipe].segmentation)

    @cached_property
    def _tesseract(self) -> Installed | Missing:
        try:
            return installed(self.settings.tesseract)
        except Missing as missing:
            return missing

    def _found(self) -> Installed:
        if isinstance(self._tesseract, Missing):
            raise self._tesseract
        return self._tesseract

    def _reads_latin(self) -> bool:
        if isinstance(self._tesseract, Missing):
            return False
        return set(self.settings.language.split("+")) - {ARABIC} <= self._tesseract.languages
