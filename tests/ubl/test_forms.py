"""What is filled into a known form is judged as if it had been read element by element."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
from lxml import etree

from tests.ubl.vectors import example, vectors
from ubl.advice import ADVICE
from ubl.rules.engine import Automaton
from ubl.rules.rulesets import PUBLISHED
from ubl.rules.tree import CAC, CBC

LINE = CAC + "InvoiceLine"


def found(automaton: Automaton, root: etree._Element) -> Counter[tuple[str, str]]:
    tree = root.getroottree()
    failures = automaton.run(root, self_billing=False)
    return Counter((failure.rule.id, tree.getpath(failure.element)) for failure in failures)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Callable[[etree._Element], Counter[tuple[str, str]]]:
    """What is found by a reader that knows no form, nor keeps any."""
    automaton = Automaton((*PUBLISHED, *ADVICE))

    def read(root: etree._Element) -> Counter[tuple[str, str]]:
        with monkeypatch.context() as patch:
            patch.setattr("ubl.rules.engine._LARGEST_PART", 0)
            return found(automaton, root)

    return read


def fresh(name: str = "tax-invoice", lines: int = 3) -> etree._Element:
    root = etree.fromstring(etree.tostring(example(name)))
    for _ in range(lines - len(root.findall(LINE))):
        root.append(deepcopy(at(root, "cac:InvoiceLine")))
    return root


def at(root: etree._Element, path: str) -> etree._Element:
    element = root.find(path.replace("cac:", CAC).replace("cbc:", CBC))
    assert element is not None
    return element


def text(path: str, value: str | None) -> Callable[[etree._Element], None]:
    def edit(root: etree._Element) -> None:
        at(root, path).text = value

    return edit


def attribute(path: str, name: str, value: str) -> Callable[[etree._Element], None]:
    def edit(root: etree._Element) -> None:
        at(root, path).set(name, value)

    return edit


def add(path: str, name: str, value: str | None) -> Callable[[etree._Element], None]:
    def edit(root: etree._Element) -> None:
        etree.SubElement(at(root, path), name).text = value

    return edit


def markup(old: str, new: str) -> Callable[[etree._Element], etree._Element]:
    def edit(root: etree._Element) -> etree._Element:
        written = etree.tostring(root, encoding="unicode")
        assert old in written
        return etree.fromstring(written.replace(old, new), etree.XMLParser(strip_cdata=False))

    return edit


EDITS: dict[str, Callable[[etree._Element], etree._Element | None]] = {
    "a number": text("cac:InvoiceLine[2]/cac:Price/cbc:PriceAmount", "-1"),
    "a date": text("cbc:IssueDate", "2026-13-01"),
    "characters that markup escapes": text("cbc:UUID", "<&>\r\"'&amp;"),
    "nothing but spaces": text("cac:InvoiceLine[2]/cbc:ID", " \t\n"),
    "nothing but an escaped space": text("cac:InvoiceLine[2]/cbc:ID", "\r"),
    "nothing but spaces that XML doesn't know": text("cac:InvoiceLine[2]/cbc:ID", "\u00a0\u2003"),
    "a text after spaces": text("cbc:IssueDate", " \n2026-13-01"),
    "no text": text("cac:InvoiceLine[2]/cbc:ID", None),
    "no text in the head": text("cbc:ID", None),
    "another category": text("cac:InvoiceLine[2]/cac:Item/cac:ClassifiedTaxCategory/cbc:ID", "E"),
    "another type of document": text("cbc:InvoiceTypeCode", "480"),
    "other flags": text("cbc:ProfileExecutionID", "11111111"),
    "another currency": text("cbc:DocumentCurrencyCode", "USD"),
    "no code": text("cbc:InvoiceTypeCode", " "),
    "another attribute": attribute("cac:InvoiceLine[2]/cbc:LineExtensionAmount", "currencyID", "USD"),
    "an attribute with markup": attribute("cac:InvoiceLine[2]/cbc:LineExtensionAmount", "currencyID", "a>b</<\"'&/"),
    "a line in a line": add("cac:InvoiceLine[1]", LINE, None),
    "lines elsewhere": add("cac:AccountingSupplierParty", LINE, "x"),
    "a line of another name": add(".", CAC + "CreditNoteLine", None),
    "a line that is almost one": add(".", LINE + "Reference", "x"),
    "elements in an element that has none": add("cbc:ID", CBC + "Note", "x"),
    "a text where elements are": text("cac:AccountingSupplierParty", "x"),
    "an empty line": add(".", LINE, None),
    "a line of nothing but spaces": add(".", LINE, " "),
    "another prefix": lambda root: etree.fromstring(
        etree.tostring(root).replace(b"cbc:", b"x:").replace(b"xmlns:cbc", b"xmlns:x")
    ),
    "prefixes that changed places": lambda root: etree.fromstring(
        etree.tostring(root).replace(b"cbc:", b"_:").replace(b"cac:", b"cbc:").replace(b"_:", b"cac:")
        .replace(b"xmlns:cbc", b"xmlns:_").replace(b"xmlns:cac", b"xmlns:cbc").replace(b"xmlns:_", b"xmlns:cac")
    ),
    "a prefix of other names": markup(f'xmlns:cbc="{CBC[1:-1]}"', 'xmlns:cbc="urn:x"'),
    "a prefix bound again": markup("<cbc:IssueDate>", '<cbc:IssueDate xmlns:cbc="urn:x">'),
    "a line of another prefix": markup(
        "</cac:LegalMonetaryTotal>", f'</cac:LegalMonetaryTotal><x:InvoiceLine xmlns:x="{CAC[1:-1]}"/>'
    ),
    "a line of another prefix and one elsewhere": markup(
        "</cac:Party>", f'<cac:InvoiceLine></cac:InvoiceLine></cac:Party><x:InvoiceLine xmlns:x="{CAC[1:-1]}"/>'
    ),
    "an empty line and one elsewhere": markup(
        "</cac:Party>", "<cac:InvoiceLine>x</cac:InvoiceLine></cac:Party><cac:InvoiceLine/>"
    ),
    "a section as it stands": markup("380", "<![CDATA[3]]>80"),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_a_document_is_judged_by_its_own_values(
    edit: Callable[[etree._Element], etree._Element | None],
    reading: Callable[[etree._Element], Counter[tuple[str, str]]],
) -> None:
    """First the sound document, then the edited one twice, then the sound one again."""
    automaton = Automaton((*PUBLISHED, *ADVICE))
    sound = fresh()
    before = found(automaton, sound)
    edited = fresh()
    edited = replaced if (replaced := edit(edited)) is not None else edited
    expected = reading(edited)
    assert found(automaton, edited) == expected
    assert found(automaton, edited) == expected
    assert found(automaton, sound) == before == reading(sound)


def test_the_vectors_are_judged_alike(reading: Callable[[etree._Element], Counter[tuple[str, str]]]) -> None:
    """Every bad document of ours, by forms that all of them before have filled."""
    automaton = Automaton((*PUBLISHED, *ADVICE))
    documents = [etree.fromstring(etree.tostring(vector.build())) for vector in vectors()]
    expected = [reading(root) for root in documents]
    assert [found(automaton, root) for root in documents] == expected
    assert [found(automaton, root) for root in reversed(documents)] == expected[::-1]


def test_a_form_is_filled_by_one_thread_at_a_time() -> None:
    automaton = Automaton((*PUBLISHED, *ADVICE))
    documents = []
    for number in range(40):
        root = fresh(lines=20)
        at(root, f"cac:InvoiceLine[{number % 20 + 1}]/cac:Price/cbc:PriceAmount").text = "-1"
        documents.append(root)
    expected = [found(Automaton((*PUBLISHED, *ADVICE)), root) for root in documents[:20]]
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(lambda root: found(automaton, root), documents)) == expected * 2
    finally:
        sys.setswitchinterval(usual)


def test_a_form_that_somebody_has_is_nobody_elses() -> None:
    """Two threads never fill the same form: while one has it, the other is told that there is none."""
    automaton = Automaton((*PUBLISHED, *ADVICE))
    found(automaton, fresh())
    kept = [layout for layout in automaton._layouts.values() if layout is not None and layout._forms]
    assert kept
    for layout in kept:
        ((codes, form),) = layout._forms.items()
        parts = [""] * 1_000
        for place, code in zip(layout._codes, codes, strict=True):
            parts[place] = code
        for _, place in form.blanks:
            parts[place] = "x"
        assert layout.take(parts) is form
        assert layout.take(parts) is None
        layout.give(parts, form)
        assert layout.take(parts) is form


def test_a_file_of_another_name_needs_no_other_form() -> None:
    automaton = Automaton(PUBLISHED)
    before: set[object] = set()
    for name in ("a.pdf", "b\"<>&'.pdf", "c filename=.pdf"):
        root = fresh()
        reference = etree.Element(CAC + "AdditionalDocumentReference")
        etree.SubElement(reference, CBC + "ID").text = f'its filename="{name}"'
        attachment = etree.SubElement(reference, CAC + "Attachment")
        file = etree.SubElement(attachment, CBC + "EmbeddedDocumentBinaryObject", mimeCode="application/pdf")
        file.set("filename", name)
        file.text = "AAAA"
        at(root, "cac:AccountingSupplierParty").addprevious(reference)
        assert found(automaton, root) == Counter()
        assert not before or before == set(automaton._layouts)
        before = set(automaton._layouts)
    del file.attrib["filename"]
    assert [rule for rule, _ in found(automaton, root)] == ["ibr-075"]


def test_forms_nobody_needs_again_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ubl.rules.engine._MOST_REMEMBERED", 500)
    automaton = Automaton(PUBLISHED)
    for number in range(40):
        root = fresh()
        at(root, "cac:InvoiceLine[1]/cbc:LineExtensionAmount").set("currencyID", f"X{number}")
        found(automaton, root)
    assert 0 < sum(map(len, automaton._layouts)) <= 1_500


def test_a_long_text_is_not_kept_in_a_form_that_a_short_one_made() -> None:
    """Else whoever sends many small documents, and then large ones of the same markup, fills the memory."""
    automaton, note = Automaton(PUBLISHED), "a long word " * 5_000
    for words in ("short", note, note):
        for path in ("cbc:Note", "cac:InvoiceLine/cac:Item/cbc:Description"):
            root = fresh()
            at(root, path).text = words
            found(automaton, root)
    kept = [form for known in automaton._layouts.values() for form in known._forms.values()]
    assert max(len(item.text) for form in kept for item in form.items) < len(note)
