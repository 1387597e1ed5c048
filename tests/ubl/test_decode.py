"""An ERP's body is taken digit by digit, or refused with the place and a word that helps."""

from __future__ import annotations

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings

import ubl
from tests.ubl.drawn import invoices
from tests.ubl.samples import EXAMPLES
from ubl.decode import LIMIT
from ubl.invoice import Invoice


def quantity(text: str) -> Decimal | None:
    return ubl.decode(f'{{"lines": [{{"quantity": {text}}}]}}'.encode()).lines[0].quantity


@pytest.mark.parametrize("text", ["0.1", '"0.1"', "1250.50", '"-3.1415926535"', "999999999999999.9999999999", "0"])
def test_decimals_keep_every_digit(text: str) -> None:
    assert str(quantity(text)) == text.strip('"')


@pytest.mark.parametrize(
    "text",
    [
        '"NaN"', '"Infinity"', '"-sNaN"', '"1_000"', '"1e3"', "1e3", "1e400", "1e-400", '"+1"', '"01"', '"1."', '".5"',
        '"1.5\\n"', '" 1"', '"١"', "1234567890123456", "0.12345678901", "9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ubl.DecodeError, match=r"number|digits") as caught:
        quantity(text)
    assert caught.value.pointer == "/lines/0/quantity"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_json_has_no_such_constants(text: str) -> None:
    with pytest.raises(ubl.DecodeError, match="is not a number"):
        quantity(text)


@pytest.mark.parametrize(
    ("body", "pointer", "says"),
    [
        ('{"currrency": "AED"}', "/currrency", "did you mean currency"),
        ('{"zzz": 1}', "/zzz", "no such field$"),
        ('{"a/b~": 1}', "/a~1b~0", "no such field"),
        (
            '{"lines": [{}, {"item": {"vat": {"categori": "S"}}}]}',
            "/lines/1/item/vat/categori",
            "did you mean category",
        ),
        ('{"number": "1", "number": "2"}', "/number", "twice"),
        ('{"lines": [{"item": {"name": "a", "name": "b"}}]}', "/lines/0/item/name", "twice"),
        ('{"currency": 5}', "/currency", "text is wanted here, this is a number"),
        ('{"lines": {}}', "/lines", "a list is wanted here, this is an object"),
        ('{"issue_date": "2026-13-01"}', "/issue_date", "date"),
        ('{"issue_date": 20260101}', "/issue_date", "YYYY-MM-DD"),
        ('{"seller": {"endpoint": {}}}', "/seller/endpoint", "id is missing"),
        ('{"documents": [{"id": "1", "file": {"content": "!"}}]}', "/documents/0/file/content", "base64"),
        ('{"number": ""}', "/number", "empty"),
        ('{"number": "A\\u200b1"}', "/number", r"U\+200B"),
        ('{"number": "A\\u00a01"}', "/number", r"U\+00A0"),
        ('{"number": " A1"}', "/number", "spaces"),
        ('{"notes": ["a\\u0000"]}', "/notes/0", r"U\+0000"),
        ('{"notes": ["\\ud800"]}', "/notes/0", r"U\+D800"),
        ('{"notes": ["e\\u0301"]}', "/notes/0", "NFC"),
        ("[]", "", "an object is wanted here, this is a list"),
        ("", "", "not JSON"),
        ('{"number": "1"', "", "not JSON.*line 1"),
        ("[" * 100_000, "", "nested too deeply"),
        ('{"lines":' + "[" * 900 + "]" * 900 + "}", "/lines/0", "an object is wanted"),
    ],
)
def test_a_mistake_is_named_with_its_place(body: str, pointer: str, says: str) -> None:
    with pytest.raises(ubl.DecodeError, match=says) as caught:
        ubl.decode(body.encode())
    assert caught.value.pointer == pointer


def test_a_name_twice_among_very_many_is_found_at_once() -> None:
    names = [*range(300_000), 299_999]
    body = "{" + ",".join(f'"{name}":0' for name in names) + "}"
    with pytest.raises(ubl.DecodeError, match="'299999' stands twice"):
        ubl.decode(body.encode())


def test_other_encodings_and_sizes_are_refused() -> None:
    with pytest.raises(ubl.DecodeError, match="not UTF-8"):
        ubl.decode('{"number": "é"}'.encode("latin-1"))
    with pytest.raises(ubl.DecodeError, match="at most"):
        ubl.decode(b" " * (LIMIT + 1))


@pytest.mark.parametrize("text", ["Al Noor", "مؤسسة النور", "line\nbreak", "a\u200cb", "½ 漢字 𝔘"])
def test_text_of_any_script_is_taken(text: str) -> None:
    assert ubl.decode(json.dumps({"notes": [text]}).encode()).notes == (text,)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_json_out_is_json_in(path: object) -> None:
    invoice = ubl.complete(ubl.decode(path.read_bytes()))  # type: ignore[attr-defined]
    assert ubl.decode(msgspec.json.encode(invoice)) == invoice


@settings(max_examples=60, deadline=None)
@given(invoices())
def test_any_invoice_is_taken_back_or_refused_for_its_text(invoice: Invoice) -> None:
    try:
        assert ubl.decode(msgspec.json.encode(invoice)) == invoice
    except ubl.DecodeError as error:
        assert error.pointer.startswith("/")
