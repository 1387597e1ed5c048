"""Samples as files in a folder.

ID.pdf, ID.jpg       what the supplier sends
ID.xml, ID.json      the same bill as UBL, and what should be read of it
docs/ID.pdf          the bill with a text layer, whatever was sent
scans/ID_scan_p1.jpg each page as pictures, where that look was asked for
manifest.json        one entry a bill: id, file, kind, language, truth (`gt`), pages as pictures (`scans`)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from ingestion.errors import Refused
from ingestion.samples import Language, Look, Sample, Truth, each

Word = TypeVar("Word", Look, Language)


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the manifest. Paths are from the manifest's folder."""

    id: str
    sent: str
    """What the supplier sends."""
    file: str
    """The bill with a text layer."""
    xml: str
    kind: Look
    language: Language
    gt: Truth
    scans: dict[str, list[str]]
    """By `scan` and `photo`; empty for a bill that is sent with a text layer."""


def write(
    target: Path, seed: int, count: int, *, looks: Sequence[str] = tuple(Look), languages: Sequence[str] = ("english",)
) -> int:
    """Write `count` samples to a folder that is new or empty; returns how many.

    Raises `Refused` for a folder with something in it and for a word that names no look or language, `Missing` where
    Arabic is wanted and the machine has no font for it, `OSError` as the file system does.
    """
    if count < 1:
        raise Refused("no_count", "Ask for at least one sample.")
    chosen = [_of(Look, word) for word in looks]
    tongues = [_of(Language, word) for word in languages]
    if target.exists() and any(target.iterdir()):
        raise Refused("not_empty", f"{target} has something in it. Name a new or empty folder.")
    for folder in (target, target / "docs", target / "scans"):
        folder.mkdir(parents=True, exist_ok=True)
    entries = [_written(target, sample) for sample in each(seed, count, looks=chosen, languages=tongues)]
    (target / "manifest.json").write_bytes(_json(entries))
    return len(entries)


def _of(kind: type[Word], word: str) -> Word:
    try:
        return kind(word.strip())
    except ValueError:
        raise Refused("unknown_kind", f"{word!r} is none of {', '.join(kind)}.") from None


def _written(target: Path, sample: Sample) -> Entry:
    pages = () if sample.look is Look.CLEAN else sample.scans if sample.look is Look.SCAN else sample.photos
    pictures = {f"scans/{sample.id}_{sample.look}_p{number}.jpg": page for number, page in enumerate(pages, 1)}
    entry = Entry(
        id=sample.id,
        sent=sample.name,
        file=f"docs/{sample.id}.pdf",
        xml=f"{sample.id}.xml",
        kind=sample.look,
        language=sample.style.language,
        gt=sample.truth,
        scans={sample.look.value: list(pictures)} if pictures else {},
    )
    files = {
        entry.sent: sample.file,
        entry.file: sample.pdf,
        entry.xml: sample.xml,
        f"{sample.id}.json": _json(sample.truth),
    }
    for name, data in (files | pictures).items():
        (target / name).write_bytes(data)
    return entry


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
