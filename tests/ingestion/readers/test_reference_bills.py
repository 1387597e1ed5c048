"""Real bills with their XML inside, against what their makers say is in them."""

from __future__ import annotations

import json
import os
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from ingestion.bounds import Bounds
from ingestion.document import Column, Source, Term
from ingestion.readers import pdf_text
from ingestion.readers.agreement import unshown
from ingestion.readers.doubts import Doubt
from ingestion.readers.pdf import opened
from ingestion.readers.pdf_attachments import collect, invoices

BILLS = Path(os.environ.get("REFERENCE_DIR", Path(__file__).parents[4] / "shared")) / "bills"
MANIFEST = BILLS / "manifest.json"
ENTRIES = json.loads(MANIFEST.read_bytes()) if MANIFEST.is_file() else []
CARRYING = [entry for entry in ENTRIES if entry.get("original_with_xml")]

pytestmark = pytest.mark.skipif(not ENTRIES, reason=f"the labelled bills are not at {BILLS}: set REFERENCE_DIR")


@cache
def embedded(path):
    data = (BILLS / path).read_bytes()
    with opened(data, Bounds()) as document:
        found = invoices(collect(document, Bounds()), Bounds())
        return found, pdf_text.transcript(document, data, Bounds())


def same(value, stated):
    if isinstance(value, Decimal):
        return value == Decimal(stated)
    if isinstance(value, date):
        return value.isoformat() == stated
    return bare(value) == bare(stated)


def bare(text):
    return "".join(filter(str.isalnum, text.casefold()))


def test_every_embedded_invoice_is_found_and_its_values_are_those_of_the_truth():
    wrong, right, cells, found_in = [], 0, 0, 0
    for entry in CARRYING:
        found, _ = embedded(entry["original_with_xml"])
        if not found.invoices:
            wrong.append((entry["id"], "no invoice"))
            continue
        found_in += 1
        (only,) = found.invoices
        for term in Term:
            if term in entry["gt"]:
                reading = only.extraction.header.get(term)
                if reading is not None and same(reading.value, entry["gt"][term]):
                    right += 1
                else:
                    wrong.append((entry["id"], term, entry["gt"][term], reading and reading.value))
        nets = [line.get(Column.NET_AMOUNT) for line in only.extraction.lines]
        stated = [Decimal(line["net_amount"]) for line in entry["gt"].get("lines", ()) if "net_amount" in line]
        cells += sum(any(reading and reading.value == net for reading in nets) for net in stated)
        wrong.extend((entry["id"], net) for net in stated if not any(each and each.value == net for each in nets))
    print(
        f"\n{found_in} embedded invoices: {right} values and {cells} line amounts as stated, {len(wrong)} not: {wrong}"
    )
    assert found_in == len(CARRYING)
    assert len(wrong) <= 4  # a name with numbers before it; a payer's account that the truth calls the seller's


def test_only_amounts_that_are_not_printed_are_called_so():
    for entry in CARRYING:
        found, transcript = embedded(entry["original_with_xml"])
        missing = {each.term for each in unshown(found.invoices[0].extraction, transcript)}
        amounts = {Term.NET, Term.TAX, Term.TOTAL, Term.PAYABLE}
        assert not missing & {term for term in amounts if term in entry["gt"]}, entry["id"]


def test_what_is_printed_is_in_the_text_layer():
    """Share of the stated numbers and tax ids that are among the words; and no doubt without a reason."""
    there = stated = 0
    doubted = []
    for entry in ENTRIES:
        transcript = pdf_text.read((BILLS / entry["file"]).read_bytes())
        assert all(page.source is Source.TEXT for page in transcript.pages)
        text = bare("".join(word.text for page in transcript.pages for word in page.words))
        for term in (Term.INVOICE_NUMBER, Term.SUPPLIER_TAX_ID):
            if term in entry["gt"]:
                stated += 1
                there += bare(entry["gt"][term]) in text
        if any(page.doubts for page in transcript.pages):
            doubted.append((entry["id"], [page.doubts for page in transcript.pages]))
    print(f"\n{there} of {stated} numbers and tax ids stand in the text layer; in doubt: {doubted}")
    assert there >= 0.97 * stated
    assert sum(Doubt.HIDDEN in page for _, pages in doubted for page in pages) <= 2
