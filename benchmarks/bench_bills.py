"""How well and how fast bills are read, and whether those that nobody looks at are right.

    python -m benchmarks.bench_bills [--pictures scan|photo] [--first N] [--kept FOLDER] [--calibrate]

Over the labelled bills of REFERENCE_DIR/bills, through `ingestion.read` and `judge` as a worker does, values compared
by the scorer that lies beside them. The supplier master is seeded with names and tax ids only. A third of the
documents, by hash of their id, was looked at neither while the rules were written nor by the calibration; it is
reported apart. "Straight through" is what `judge` lets pass with the default thresholds: of these, documents with a
wrong amount must be none.

Where there are no labelled bills our own samples are read instead, which nobody held out and which are easier.

--kept       a folder where recognised words are kept and found again: recognising takes long
--calibrate  print the table of `ingestion.calibration`, from the developed part of text layers, and of scans and photos
             where `--kept` has them
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import io
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import msgspec
import psutil
from PIL import Image

from benchmarks import calibrate, own_bills
from ingestion.detect import detect
from ingestion.document import Extraction, Source, Transcript
from ingestion.extract import Supplier, document
from ingestion.read import ReadDocument, Readers, ReadFile, read, reread

ROOT = Path(__file__).parents[1]
BILLS = Path(os.environ.get("REFERENCE_DIR", ROOT.parent / "shared")) / "bills"
TARGETS = {"text": (0.93, 0.85), "scan": (0.90, 0.78), "photo": (0.88, 0.70)}
"""Header F1 and line F1."""
STRAIGHT = 0.40
"""Share of documents with a text layer that nobody need look at."""
SPEED = 30.0
"""Milliseconds of processor time for a bill with a text layer."""
AMOUNTS = ("net", "tax", "total", "payable")
TODAY = date(2026, 11, 22)


class Bill(msgspec.Struct):
    """One labelled document."""

    id: str
    file: str
    gt: dict[str, object]
    scans: dict[str, list[str]] = {}

    @property
    def held_out(self) -> bool:
        """Not looked at while the rules were written."""
        return int(hashlib.sha256(self.id.encode()).hexdigest()[:8], 16) % 3 == 0


class Sum(msgspec.Struct):
    """What came out for a part of the corpus."""

    documents: int = 0
    header: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    lines: list[int] = msgspec.field(default_factory=lambda: [0, 0, 0])
    perfect: int = 0
    straight: int = 0
    wrong: int = 0
    missed: Counter[str] = msgspec.field(default_factory=Counter)
    reasons: Counter[str] = msgspec.field(default_factory=Counter)
    curve: dict[Decimal, list[int]] = msgspec.field(default_factory=dict)
    """Score -> documents, and those of them without a wrong value."""


def scorer() -> ModuleType:
    """The scorer that comes with the labelled bills, which is no part of this project; ours for our own samples."""
    if not (BILLS / "score.py").is_file():
        return own_bills
    spec = importlib.util.spec_from_file_location("bills_score", BILLS / "score.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def master(bills: list[Bill]) -> list[Supplier]:
    """Names and tax ids of all suppliers in the corpus."""
    known: dict[str, set[str]] = {}
    for bill in bills:
        if name := bill.gt.get("supplier_name"):
            ids = known.setdefault(str(name), set())
            if tax_id := bill.gt.get("supplier_tax_id"):
                ids.add(str(tax_id))
    return [Supplier(name, tuple(sorted(ids))) for name, ids in known.items()]


def flat(extraction: Extraction) -> dict[str, object]:
    """As the scorer wants it."""
    found: dict[str, object] = {term.value: str(reading.value) for term, reading in extraction.header.items()}
    found["lines"] = [{column.value: str(each.value) for column, each in line.items()} for line in extraction.lines]
    return found


def measure(bill: Bill, found: ReadDocument, score: ModuleType, into: Sum) -> None:
    """Add one document."""
    counts = score.score(flat(found.extraction), bill.gt)
    header = [key for key in counts if key != "lines"]
    into.documents += 1
    for key in header:
        into.header = [old + new for old, new in zip(into.header, counts[key], strict=True)]
        into.missed[key] += counts[key][1] + counts[key][2] > 0
    if "lines" in counts:
        into.lines = [old + new for old, new in zip(into.lines, counts["lines"], strict=True)]
    into.perfect += not any(counts[key][1] or counts[key][2] for key in header)
    into.reasons.update(found.confidence.reasons)
    step = into.curve.setdefault(found.confidence.score, [0, 0])
    step[0] += 1
    step[1] += not any(counts[key][1] for key in header)
    if found.confidence.acceptable:
        amounts = score.score(flat(found.extraction), bill.gt, AMOUNTS)
        into.straight += 1
        into.wrong += any(amounts[key][1] > 0 for key in AMOUNTS if key in amounts)


def report(name: str, part: Sum, f1: Callable[[list[int]], float]) -> None:
    """A few rows."""
    print(
        f"{name:<10} {part.documents:>4} documents  header F1 {f1(part.header):.3f}  line F1 {f1(part.lines):.3f}  "
        f"perfect headers {part.perfect}  straight through {part.straight / max(1, part.documents):.0%}, "
        f"of these wrong amounts {part.wrong}"
    )
    if part.missed:
        print("           missed: " + ", ".join(f"{key} {count}" for key, count in part.missed.most_common() if count))
        print("           stopped: " + ", ".join(f"{key} {count}" for key, count in part.reasons.most_common()))
        curve = (f"{score} -> {right}/{count}" for score, (count, right) in sorted(part.curve.items()))
        print("           score -> documents without a wrong value: " + ", ".join(curve))


def together(folder: Path, files: list[str]) -> bytes:
    """Pictures of one document's pages, as one file."""
    pages = [Image.open(folder / file).convert("L") for file in files]
    if len(pages) == 1:
        return (folder / files[0]).read_bytes()
    target = io.BytesIO()
    pages[0].save(target, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_deflate")
    return target.getvalue()


class Reading:
    """One way to read the corpus."""

    def __init__(self, kind: str, bills: list[Bill], kept: Path | None, folder: Path = BILLS) -> None:
        self.known = master(bills)
        self.bills = [bill for bill in bills if kind == "text" or bill.scans.get(kind)]
        self._kind, self._kept, self._folder = kind, kept, folder
        self.readers = Readers()

    def __call__(self, bill: Bill) -> ReadFile:
        """One bill."""
        kept = self._kept / f"{bill.id}.{self._kind}.json" if self._kept and self._kind != "text" else None
        if kept is not None and kept.exists():
            transcript = msgspec.json.decode(kept.read_bytes(), type=Transcript)
            return reread(transcript, self.known, self.readers, today=TODAY)
        folder = self._folder
        data = (folder / bill.file).read_bytes() if self._kind == "text" else together(folder, bill.scans[self._kind])
        file = read(data, detect(data), self.known, self.readers, today=TODAY)
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(msgspec.json.encode(file.transcript))
        return file

    def spent(self) -> float:
        """Seconds of processor time so far, of this process and those it started."""
        children = (each.cpu_times() for each in psutil.Process().children(recursive=True))
        return time.process_time() + sum(each.user + each.system for each in children)


def calibration(bills: list[Bill], kept: Path | None, score: ModuleType) -> None:
    """Print the table, and how it fits the part it was not made from."""
    cases: list[calibrate.Case] = []
    for kind in TARGETS:
        reading = Reading(kind, bills, kept)
        with reading.readers:
            for bill in reading.bills:
                if kind != "text" and (kept is None or not (kept / f"{bill.id}.{kind}.json").exists()):
                    continue
                raw = document(reading(bill).transcript.pages, reading.known)
                counts = score.score(flat(raw), bill.gt, [*score.HEAD, *score.EXTRA])
                source = Source.TEXT if kind == "text" else Source.OCR
                cases.append(calibrate.Case(source, bill.held_out, raw, counts, reading.known))
    calibrate.show(cases)


def main() -> int:
    """1 where a target is missed over the whole corpus, or an amount is wrong in a document nobody would look at."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", choices=sorted(TARGETS.keys() - {"text"}), help="read renderings instead, by OCR")
    parser.add_argument("--first", type=int, help="no more documents than this")
    parser.add_argument("--kept", type=Path, help="where recognised words are kept")
    parser.add_argument("--calibrate", action="store_true")
    arguments = parser.parse_args()
    wanted = arguments.pictures or "text"
    if (BILLS / "manifest.json").is_file():
        if arguments.calibrate:
            calibration(labelled(BILLS), arguments.kept, scorer())
            return 0
        return run(wanted, BILLS, arguments.first, arguments.kept)
    print(f"no labelled bills under {BILLS}: set REFERENCE_DIR. Our own samples instead:")
    with tempfile.TemporaryDirectory() as own:
        return run(wanted, own_bills.write(Path(own), wanted), arguments.first, None)


def labelled(folder: Path) -> list[Bill]:
    """The bills of a folder."""
    return msgspec.convert(json.loads((folder / "manifest.json").read_bytes()), list[Bill])


def run(wanted: str, folder: Path, first: int | None, kept: Path | None) -> int:
    """Read a folder's bills and print what came of it."""
    bills, score = labelled(folder), scorer()
    parts = {"developed": Sum(), "held out": Sum(), "all": Sum()}
    reading = Reading(wanted, bills, kept, folder)
    with reading.readers:
        reading(reading.bills[0])  # starts the process, which serves many
        began, pages = reading.spent(), 0
        for bill in reading.bills[:first]:
            file = reading(bill)
            pages += len(file.pages)
            for name in ("held out" if bill.held_out else "developed", "all"):
                measure(bill, file.documents[0], score, parts[name])
        spent = 1000 * (reading.spent() - began)
    for name, part in parts.items():
        report(name, part, score.f1)
    whole = parts["all"]
    each = spent / whole.documents
    print(f"processor time from bytes to judged documents: {spent / pages:.1f} ms a page, {each:.1f} ms a bill")
    header, lines = TARGETS[wanted]
    missed = score.f1(whole.header) < header or score.f1(whole.lines) < lines or bool(whole.wrong)
    aim = f"header {header}, lines {lines}"
    if wanted == "text":
        missed = missed or each > SPEED or whole.straight < STRAIGHT * whole.documents
        aim += f", {SPEED:.0f} ms a bill, {STRAIGHT:.0%} straight through"
    print(f"targets: {aim}, no wrong amount: {'missed' if missed else 'met'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
