"""Tesseract through pytesseract, where an operator has it: a program of its own, started for each page.

English and Arabic are read in passes of their own and merged by their places: read together, Arabic spoils Western
digits.
"""

from __future__ import annotations

import re
import shutil
import subprocess

import msgspec
import pytesseract
from PIL import Image

from ingestion.document import Box
from ingestion.errors import Missing, Unavailable
from ingestion.ocr.engine import Exhausted, Gray, Recognition, Seen

ARABIC = "ara"
_LANGUAGES = re.compile(r"[A-Za-z0-9_]{2,30}(?:\+[A-Za-z0-9_]{2,30}){0,5}\Z")


class Installed(msgspec.Struct, frozen=True):
    """A Tesseract that is there."""

    command: str
    """Path of the program."""
    version: str
    languages: frozenset[str]
    """What it has data for."""


def installed(command: str = "tesseract") -> Installed:
    """What is found under TESSERACT_CMD, a name or a path. Raises `Missing` (`tesseract`)."""
    path = shutil.which(command)
    if path is None:
        raise Missing("tesseract", f"There is no program {command!r}: install tesseract-ocr, or set TESSERACT_CMD.")
    pytesseract.pytesseract.tesseract_cmd = path
    try:
        version = str(pytesseract.get_tesseract_version())
        languages = frozenset(pytesseract.get_languages())
    except (OSError, SystemExit, RuntimeError, UnicodeError, subprocess.SubprocessError) as error:
        raise Missing("tesseract", f"{path} isn't a Tesseract that runs: {error}. Check TESSERACT_CMD.") from error
    return Installed(path, version, languages - {"osd"})


def passes(language: str, there: frozenset[str]) -> tuple[str, ...]:
    """The passes that DEFAULT_OCR_LANGUAGE asks for, Arabic by itself and last. Raises `Missing` and `ValueError`.

    >>> passes("ara+eng", frozenset({"ara", "eng"}))
    ('eng', 'ara')
    """
    if not _LANGUAGES.match(language):
        raise ValueError(f"DEFAULT_OCR_LANGUAGE is {language!r}; it is one or more of Tesseract's codes: eng+ara")
    wanted = list(dict.fromkeys(language.split("+")))
    for code in wanted:
        if code not in there:
            raise Missing(
                code, f"Tesseract has no data for {code!r}: install tesseract-ocr-{code}, or set DEFAULT_OCR_LANGUAGE."
            )
    others = "+".join(code for code in wanted if code != ARABIC)
    return tuple(each for each in (others, ARABIC if ARABIC in wanted else "") if each)


class Tesseract:
    """An `Ocr` for one language or several that are read together.

    Peak: 80 MB, in the program's own process; kept to one thread by OMP_THREAD_LIMIT in the environment.
    """

    peak = 100_000_000

    def __init__(self, there: Installed, *, language: str, segmentation: int) -> None:
        """`language`: one of `passes`; `segmentation`: Tesseract's page segmentation mode."""
        self.name = f"tesseract {there.version} {language} psm {segmentation}"
        self._command = there.command
        self._language = language
        self._config = f"--psm {segmentation} --dpi 200"

    def recognise(self, picture: Gray) -> Recognition:
        """See `Ocr`."""
        pytesseract.pytesseract.tesseract_cmd = self._command
        try:
            found = pytesseract.image_to_data(
                Image.fromarray(picture),
                lang=self._language,
                config=self._config,
                output_type=pytesseract.Output.DICT,
            )
        except pytesseract.TesseractError as error:
            if error.status < 0:  # ended by a signal: out of time or of memory
                raise Exhausted(str(error)) from error
            raise Unavailable(f"{self.name} failed: {error}") from error
        except OSError as error:
            raise Unavailable(f"{self.name} failed: {error}") from error
        words: list[Seen] = []
        unread: list[Box] = []
        for text, confidence, left, top, width, height in zip(
            *(found.get(key, ()) for key in ("text", "conf", "left", "top", "width", "height")), strict=True
        ):
            if confidence < 0:
                continue
            box = Box(left, top, left + width, top + height)
            if text.strip():
                words.append(Seen(text.strip(), box, confidence / 100))
            elif width > 3 * height > 30:
                unread.append(box)
        return Recognition(tuple(words), tuple(unread))
