"""Invoices inside PDFs are found by what they are; and a page that shows something else than its XML is found out."""

from __future__ import annotations

import io
from decimal import Decimal

import pypdfium2
import pytest

from ingestion.bounds import Bounds
from ingestion.document import Evidence, Extraction, Kind, Reading, Source, Term
from ingestion.errors import Refused
from ingestion.readers import pdf_text
from ingestion.readers.agreement import Disagreement, differing, meanings, printed_numbers, unshown
from ingestion.readers.doubts import Doubt
from ingestion.readers.pdf import opened
from ingestion.readers.pdf_attachments import collect, invoices
from tests.ingestion.readers.papers import blocks, pdf, say
from tests.ingestion.readers.test_xml import BIS, CII, OURS

BOUNDS = Bounds()


def carrying(*files, page=None):
    document = pypdfium2.PdfDocument(page or pdf())
    for name, content in files:
        document.new_attachment(name).set_data(content)
    buffer = io.BytesIO()
    document.save(buffer)
    document.close()
    return buffer.getvalue()


def attachments(data, bounds=BOUNDS):
    with opened(data, bounds) as document:
        return collect(document, bounds)


@pytest.mark.parametrize("name", ["factur-x.xml", "delivery-note.pdf", "فاتورة", "x"])
@pytest.mark.parametrize("xml", [BIS, CII, OURS, b"\xef\xbb\xbf" + CII, CII.decode().encode("utf-16")])
def test_an_invoice_is_told_by_its_root_and_not_by_its_name(name, xml):
    found = attachments(carrying((name, xml)))
    assert [(each.name, each.content) for each in found] == [(name, xml)]
    embedded = invoices(found, BOUNDS)
    assert embedded.doubts == ()
    assert len(embedded.invoices) == 1


def test_other_files_are_left_alone():
    note = b"<note>thank you</note>"
    found = attachments(carrying(("factur-x.xml", b"%PDF-1.7"), ("photo.xml", b"\xff\xd8\xff"), ("a.xml", note)))
    assert [each.content for each in found] == [note]
    assert invoices(found, BOUNDS) == type(invoices((), BOUNDS))((), ())


def test_a_pdf_without_files_has_none():
    assert attachments(pdf()) == ()


def test_copies_of_one_invoice_count_once_and_the_fullest_is_kept():
    short = (
        CII[: CII.index(b"<ram:IncludedSupply")] + CII[CII.rindex(b"</ram:IncludedSupplyChainTradeLineItem>") + 39 :]
    )
    for order in ((short, CII), (CII, short)):
        embedded = invoices(attachments(carrying(*zip("ab", order, strict=True))), BOUNDS)
        assert embedded.doubts == ()
        assert [len(each.extraction.lines) for each in embedded.invoices] == [1]


def test_two_invoices_that_differ_are_a_doubt():
    other = CII.replace(b">21.00</ram:DuePayable", b">99.00</ram:DuePayable")
    embedded = invoices(attachments(carrying(("a", CII), ("b", other))), BOUNDS)
    assert len(embedded.invoices) == 2
    assert embedded.doubts == (Doubt.SEVERAL_INVOICES,)


@pytest.mark.parametrize(
    "xml", [CII[:900], b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", b"<a>" * 1000]
)
def test_broken_or_hostile_xml_is_a_doubt_and_the_pages_remain(xml):
    data = carrying(("factur-x.xml", xml))
    embedded = invoices(attachments(data), BOUNDS)
    assert (embedded.invoices, embedded.doubts) == ((), (Doubt.UNREADABLE_XML,))
    assert pdf_text.read(data).pages[0].words


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (Bounds(attachments=1), "too_many_attachments"),
        (Bounds(attachment_size=100), "attachment_too_large"),
    ],
)
def test_files_are_bounded(bounds, code):
    data = carrying(("a", CII), ("b", CII))
    with pytest.raises(Refused) as refused:
        attachments(data, bounds)
    assert refused.value.code == code


def stating(**values):
    nowhere = Evidence(source=Source.XML, engine="test", text="")
    header = {Term(term): Reading(value, (nowhere,), 1.0) for term, value in values.items()}
    return Extraction(kind=Kind.INVOICE, header=header, extractor="test")


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("1234.50", "1234.50"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1 234 567,89", "1234567.89"),
        ("1'234.50", "1234.50"),
        ("AED1,234.50", "1234.50"),
        ("-1234.50", "-1234.50"),
        ("(1,234.50)", "-1234.50"),
        ("1.234", "1234"),
        ("6,056.250", "6056.25"),
    ],
)
def test_an_amount_is_found_in_any_notation(printed, number):
    transcript = pdf_text.read(pdf(say("Total " + printed.replace("(", "\\(").replace(")", "\\)"), 100, 700)))
    assert unshown(stating(total=Decimal(number)), transcript) == ()
    assert unshown(stating(total=Decimal(number) + Decimal("0.01")), transcript) != ()


def test_arabic_indic_digits_are_numbers():
    fonts, objects = blocks("١٢٣٤٫٥٠٬")
    transcript = pdf_text.read(pdf(say("AHBCDEFG", 100, 700, font="F2"), fonts=fonts, objects=objects))
    assert list(printed_numbers(transcript)) == [Decimal("1234.50")]


def test_an_amount_that_is_only_in_the_xml_is_found_out():
    page = pdf(say("Net 100.00", 100, 700) + say("Total 105.00", 100, 680) + say("905.00", 300, 680, before="3 Tr"))
    stated = stating(net=Decimal("100.00"), total=Decimal("905.00"), tax=Decimal("0.00"))
    assert unshown(stated, pdf_text.read(page)) == (Disagreement(Term.TOTAL, Decimal("905.00"), None),)


def test_what_two_readings_give_differently_is_listed():
    stated = stating(total=Decimal("105.00"), invoice_number="INV-7", supplier_name="Palm")
    read = stating(total=Decimal("106.00"), invoice_number="inv 7", currency="AED")
    assert differing(stated, read) == (Disagreement(Term.TOTAL, Decimal("105.00"), Decimal("106.00")),)
    assert differing(stated, stated) == ()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("12", {"12"}),
        ("12,34", {"12.34"}),
        ("1,234", {"1234", "1.234"}),
        ("1,234,567", {"1234567"}),
        ("1.2.3", {"123"}),
    ],
)
def test_meanings(text, values):
    assert meanings(text) == set(map(Decimal, values))
