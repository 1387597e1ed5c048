"""How the story is told on a terminal: numbered steps, one fact per line, colour only where somebody looks."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TextIO


class StoryBroken(Exception):
    """A step went another way than it must; the text says which."""


class Teller:
    """Writes the story."""

    def __init__(self, out: TextIO | None = None) -> None:
        """To standard output, or to `out`."""
        self._out = out or sys.stdout
        self._coloured, self._step = self._out.isatty(), 0

    def title(self, text: str) -> None:
        """The head of the story, and of its end."""
        self._line(f"\n{self._painted(text, 1)}")

    def step(self, text: str) -> None:
        """The next numbered step."""
        self._step += 1
        self._line(f"\n{self._painted(f'{self._step}. {text}', 1)}")

    def fact(self, text: str) -> None:
        """Something that happened as it should."""
        self._line(f"   {self._painted('+', 32)} {text}")

    def refusal(self, text: str) -> None:
        """Something that was refused, as it should be."""
        self._line(f"   {self._painted('x', 33)} {text}")

    def detail(self, text: str) -> None:
        """More about the line above."""
        self._line(f"       {self._painted(text, 2)}")

    def table(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Columns, aligned."""
        lines = [tuple(row) for row in rows]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
        for line in lines:
            self._line(
                "     " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            )

    def line(self, text: str) -> None:
        """Something to copy."""
        self._line(f"     {text}")

    def failure(self, text: str) -> None:
        """The end of a story that went wrong."""
        self._line(f"\n{self._painted('The story ends here: ' + text, 31)}")

    def _painted(self, text: str, colour: int) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text

    def _line(self, text: str) -> None:
        print(text, file=self._out, flush=True)
