"""Bad documents around an invoice, one per rule: a good one that we wrote, and the edit of its text that breaks it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import NamedTuple

from tests.ubl.samples import CONFORMANCE

Edit = Callable[[str], str]


class Broken(NamedTuple):
    rule: str
    edit: Edit


def swap(old: str, new: str) -> Edit:
    """Put `new` in place of the first `old`, which must be there."""

    def edit(text: str) -> str:
        assert old in text, f"{old} isn't there"
        return text.replace(old, new, 1)

    return edit


def _element(name: str) -> re.Pattern[str]:
    return re.compile(rf"<{name}(?: [^>]*)?>.*?</{name}>", re.DOTALL)


def cut(name: str, new: str = "") -> Edit:
    """Take the first element of that name away, or put something in its place."""

    def edit(text: str) -> str:
        found = _element(name).search(text)
        assert found, f"{name} isn't there"
        return text[: found.start()] + new + text[found.end() :]

    return edit


def twice(name: str) -> Edit:
    """Repeat the first element of that name."""

    def edit(text: str) -> str:
        found = _element(name).search(text)
        assert found, f"{name} isn't there"
        return text[: found.end()] + found[0] + text[found.end() :]

    return edit


def both(*edits: Edit) -> Edit:
    """One edit after the other."""

    def edit(text: str) -> str:
        for each in edits:
            text = each(text)
        return text

    return edit


def labelled(folder: str) -> list[tuple[str, bool, tuple[str, ...]]]:
    """The published documents of a folder: path, whether the schema takes it, failed rules; none without them."""
    verdicts = CONFORMANCE / "samples" / "verdicts.csv"
    if not verdicts.is_file():
        return []
    with verdicts.open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["path"].startswith(folder)]
    return [(row["path"], row["xsd"] == "valid", tuple(row["failed_rules"].split())) for row in rows]
