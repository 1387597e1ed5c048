"""Checking an invoice beside the published rules on Saxon, or beside lxml's bare parse and XSD, in one run.

    python -m benchmarks.bench_check [--seconds 2]

With `saxonche` installed and the official rule sets registered (`python -m schemas install DIR`) the ratio is "times
as fast as the published rules". Without them it is "times the cost of parsing and XSD alone". Parsing and XSD are
always part of our check. The document is the published "Standard tax invoice" where REFERENCE_DIR has it, else our
own example; lines are repeated as they stand, so totals don't fit: findings then cost us more, not less.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ubl
from schemas import register, schema, xmlsafe

ROOT = Path(__file__).parents[1]
SAMPLE = Path("conformance/samples/official-1.0.4/billing-invoice/Standard tax invoice.xml")
STYLESHEETS = ("PINT-UBL-validation-preprocessed.xslt", "PINT-jurisdiction-aligned-rules.xslt")
Run = Callable[[bytes], object]


def document(lines: int) -> bytes:
    """The sample with its first line repeated."""
    published = Path(os.environ.get("REFERENCE_DIR", ROOT.parent / "shared")) / SAMPLE
    if published.is_file():
        xml = published.read_bytes()
    else:
        xml = ubl.write(ubl.complete(ubl.decode((ROOT / "examples" / "tax-invoice.json").read_bytes())))
    if lines == 0:
        return xml
    start, end = b"<cac:InvoiceLine>", b"</cac:InvoiceLine>"
    head, tail = xml[: xml.index(start)], xml[xml.rindex(end) + len(end) :]
    line = xml[xml.index(start) : xml.index(end) + len(end)]
    return head + line * lines + tail


def saxon() -> Run | None:
    """The published rules, shared then aligned, compiled once; `None` where they or saxonche are absent."""
    try:
        from saxonche import PySaxonProcessor
    except ImportError:
        return None
    folders = [Path(entry.folder) for entry in register.registered()]
    found = [next((f for folder in folders for f in folder.rglob(name)), None) for name in STYLESHEETS]
    if None in found:
        return None
    processor = PySaxonProcessor(license=False)
    xslt = processor.new_xslt30_processor()
    compiled = [xslt.compile_stylesheet(stylesheet_file=str(file)) for file in found]

    def run(xml: bytes) -> object:
        parsed = processor.parse_xml(xml_text=xml.decode())
        return [sheet.transform_to_string(xdm_node=parsed) for sheet in compiled]

    return run


def parse_and_xsd(xml: bytes) -> object:
    """The floor of any check."""
    return schema("Invoice-2").validate(xmlsafe.parse(xml))


def fastest(run: Run, xml: bytes, seconds: float) -> float:
    """The least CPU time of one call, in seconds."""
    run(xml)
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until or best == float("inf"):
        started = time.process_time()
        run(xml)
        best = min(best, time.process_time() - started)
    return best


def memory() -> None:
    """Peak memory of a process that checks 10,000 lines, in sizes of the document."""
    xml = document(10_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    ubl.check(xml)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    size = len(xml) / 1e6
    print(f"10,000 lines, {size:.1f} MB: peak {after / len(xml):.1f} x the document, {before / 1e6:.0f} MB before")


def main() -> None:
    """Print the ratios of this run."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=2.0)
    options.add_argument("--memory", action="store_true", help="only the peak memory of 10,000 lines")
    asked = options.parse_args()
    if asked.memory:
        memory()
        return
    reference = saxon()
    print(f"{'':16}{'check':>12}{'parse+XSD':>12}{'published':>12}   ratio")
    for name, lines in (("sample", 0), ("100 lines", 100), ("1,000 lines", 1_000)):
        xml = document(lines)
        floor = fastest(parse_and_xsd, xml, asked.seconds)
        ours = fastest(ubl.check, xml, asked.seconds)
        if reference is None:
            ratio, other = f"{ours / floor:.1f} x parse+XSD", "-"
        else:
            theirs = fastest(reference, xml, asked.seconds)
            ratio, other = f"{theirs / ours:.1f} x as fast as the published rules", f"{theirs * 1e3:.2f} ms"
        print(f"{name:16}{ours * 1e3:9.2f} ms{floor * 1e3:9.2f} ms{other:>12}   {ratio}")
    subprocess.run([sys.executable, "-m", "benchmarks.bench_check", "--memory"], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
