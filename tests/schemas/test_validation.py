"""Verdicts and reasons hold for the document that was asked about, whoever else asks, and come in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import msgspec
import pytest
from lxml import etree

from schemas import schema, validation
from tests.ubl.samples import EXAMPLES
from ubl import complete, decode, write
from ubl.rules.tree import CAC, CBC

NAME = "Invoice-2"


def invoice(*, date: str = "2026-11-02", notes: int = 1, broken_lines: int = 0) -> etree._Element:
    posted = next(path for path in EXAMPLES if path.stem == "tax-invoice").read_bytes()
    text = write(complete(msgspec.structs.replace(decode(posted), number="INV-1"))).decode()
    text = text.replace("<cbc:IssueDate>2026-11-02<", f"<cbc:IssueDate>{date}<", 1)
    note = "<cbc:Note>Thank you for your order</cbc:Note>"
    assert note in text
    text = text.replace(note, note * notes, 1)
    text = text.replace("<cac:InvoiceLine>", "<cac:InvoiceLine/>" * broken_lines + "<cac:InvoiceLine>", 1)
    return etree.fromstring(text.encode())


def child(parent: etree._Element, tag: str) -> etree._Element:
    found = parent.find(tag)
    assert found is not None
    return found


@pytest.mark.parametrize("notes", [1, 6000], ids=["small", "large"])
def test_the_verdict_is_the_schemas(notes: int) -> None:
    good, bad = invoice(notes=notes), invoice(notes=notes, date="someday")
    assert schema(NAME).validate(good) is True
    assert (validation.holds(good, NAME), validation.errors(good, NAME)) == (True, [])
    assert validation.holds(bad, NAME) is False
    ((where, line, message),) = [entry for entry in validation.errors(bad, NAME) if "someday" in entry[2]][:1]
    assert (where.endswith("IssueDate"), line) == (True, 1)
    assert "xs:date" in message


@pytest.mark.parametrize("notes", [1, 6000], ids=["small", "large"])
def test_a_document_is_not_told_what_the_thread_read_before(notes: int) -> None:
    other = invoice(date="of-another-company", broken_lines=300)
    schema(NAME).validate(other)
    validation.errors(other, NAME)
    mine = invoice(notes=notes, date="mine")
    messages = [message for _, _, message in validation.errors(mine, NAME)]
    assert any("'mine'" in message for message in messages)
    assert not any("InvoiceLine" in message or "another" in message for message in messages)


@pytest.mark.parametrize("notes", [1, 6000], ids=["small", "large"])
def test_documents_checked_at_once_are_told_their_own_mistakes(notes: int) -> None:
    """One shared list of errors would show one company's values to another, or find nothing wrong at all."""
    words = ["mine", "theirs", "hers", "his"]
    documents = {word: invoice(notes=notes, date=word) for word in words}

    def told(word: str) -> None:
        for _ in range(60):
            messages = [message for _, _, message in validation.errors(documents[word], NAME)]
            assert any(f"'{word}'" in message for message in messages)
            assert not any(f"'{other}'" in message for other in words if other != word for message in messages)
            assert validation.holds(documents[word], NAME) is False

    with ThreadPoolExecutor(len(words)) as threads:
        for outcome in [threads.submit(told, word) for word in words]:
            outcome.result()


@pytest.mark.parametrize("place", [0, 999, 1000, 2499], ids=str)
def test_one_wrong_line_among_thousands_is_found_wherever_it_stands(place: int) -> None:
    root = invoice()
    line = child(root, CAC + "InvoiceLine")
    root.extend([deepcopy(line) for _ in range(2500 - len(root.findall(line.tag)))])
    assert validation.holds(root, NAME) is schema(NAME).validate(root) is True
    lines = root.findall(f"{CAC}InvoiceLine")
    lines[place].remove(child(lines[place], CAC + "Item"))
    assert validation.holds(root, NAME) is schema(NAME).validate(root) is False


@pytest.mark.parametrize("tail", ["UUID", "Note"])
def test_what_stands_too_often_or_too_late_in_a_large_document_is_found(tail: str) -> None:
    root = invoice(notes=3000)
    assert validation.holds(root, NAME) is True
    root.append(deepcopy(child(root, CBC + tail)))
    assert validation.holds(root, NAME) is schema(NAME).validate(root) is False
    repeated = invoice(notes=3000)
    identifier = child(repeated, CBC + "ID")
    for _ in range(1500):
        identifier.addnext(deepcopy(identifier))
    assert validation.holds(repeated, NAME) is schema(NAME).validate(repeated) is False


def test_a_line_that_is_large_itself_is_judged_as_well() -> None:
    root = invoice()
    identifier = child(child(root, CAC + "InvoiceLine"), CBC + "ID")
    for _ in range(6000):
        identifier.addnext(etree.Element(CBC + "Note"))
    assert validation.holds(root, NAME) is True
    identifier.addnext(etree.Element(CBC + "Unknown"))
    assert validation.holds(root, NAME) is False


def test_a_document_that_is_wrong_in_every_line_is_refused_in_time() -> None:
    """Naming the place of each of these by counting its siblings would take a quarter of an hour."""
    crowd = invoice(broken_lines=300_000)
    assert validation.holds(crowd, NAME) is False
    errors = validation.errors(crowd, NAME)
    assert len(errors) == validation.MOST
    assert "InvoiceLine" in errors[0][2]
