"""What pages say of findings: every rule in both languages, and places in the words of an accountant."""

import re
from pathlib import Path

import msgspec
import pytest

import gateway
import ingestion
import ubl
from gateway.http.problems import Finding
from gateway.pages.findings import OWN, tell
from gateway.pages.places import ELEMENTS, WORDS, place
from gateway.pages.texts import LANGUAGES
from ingestion.detect import _REFUSED
from ubl.explain import explained

ARABIC = re.compile("[\u0600-\u06ff]")


def members(of: type) -> set[str]:
    """Every member's name in the tree of an invoice."""
    found: set[str] = set()
    open_, seen = [msgspec.inspect.type_info(of)], set()
    while open_:
        one = open_.pop()
        if isinstance(one, msgspec.inspect.StructType):
            if one.cls not in seen:
                seen.add(one.cls)
                found |= {field.encode_name for field in one.fields}
                open_ += [field.type for field in one.fields]
        elif isinstance(one, msgspec.inspect.UnionType):
            open_ += one.types
        else:
            open_ += [inner for inner in (getattr(one, "item_type", None), *getattr(one, "item_types", ())) if inner]
    return found


def test_every_member_of_an_invoice_has_a_name_for_people_and_no_name_is_left_over() -> None:
    assert set(WORDS) == members(ubl.Invoice)
    assert set(ELEMENTS.values()) <= set(WORDS)


@pytest.mark.parametrize("name", WORDS)
def test_a_name_is_there_in_both_languages(name: str) -> None:
    english, arabic = WORDS[name]
    assert english
    assert not ARABIC.search(english)
    assert ARABIC.search(arabic)


@pytest.mark.parametrize(
    ("pointer", "where", "english", "arabic"),
    [
        ("/lines/0", None, "Line 1", "البند 1"),
        ("/lines/11/item/vat", "/Invoice", "Line 12 › item › VAT", "البند 12 › الصنف › الضريبة"),
        ("/seller/address/city", None, "Seller › address › city", "البائع › العنوان › المدينة"),
        ("", "/Invoice", "The document as a whole", "المستند كله"),
        (None, "/", "The document as a whole", "المستند كله"),
        (None, None, "The document as a whole", "المستند كله"),
        (None, "/*/cbc:CustomizationID", "The document as a whole", "المستند كله"),
        (None, "/Invoice/cac:InvoiceLine[2]/cac:Price/cbc:PriceAmount", "Line 2 › price", "البند 2 › السعر"),
        ("/nobody/knows", None, "Nobody › knows", "Nobody › knows"),
    ],
)
def test_a_place_in_words(pointer: str | None, where: str | None, english: str, arabic: str) -> None:
    assert place(pointer, where, "en") == english
    assert place(pointer, where, "ar") == arabic


@pytest.mark.parametrize("rule", [*explained(), *OWN])
def test_every_rule_is_told_in_both_languages_with_a_mend(rule: str) -> None:
    finding = Finding(rule=rule, message="1.00 isn't 2.00.", pointer="/lines/0/net", terms=("IBT-131",))
    english, arabic = (tell(finding, language) for language in LANGUAGES)
    for told in (english, arabic):
        assert (told.rule, told.path, told.message) == (rule, "/lines/0/net", "1.00 isn't 2.00.")
    assert (english.place, english.terms) == ("Line 1 › net amount", (("IBT-131", "line net amount"),))
    assert (arabic.place, arabic.terms) == ("البند 1 › الصافي", (("IBT-131", "صافي البند"),))
    for told in (arabic.title, arabic.mend):
        assert ARABIC.search(told)
    for told in (english.title, english.mend):
        assert told
        assert not ARABIC.search(told)


def test_every_rule_of_the_gateway_is_in_the_table() -> None:
    sources = "".join(path.read_text("utf-8") for path in Path(gateway.__path__[0]).rglob("*.py"))
    files = {rule for rule in OWN if rule.startswith("GW-FILE-")}
    assert set(re.findall(r'"(GW-[A-Z]+(?:-[A-Z]+)*)"', sources)) == set(OWN) - files


def test_every_reason_to_refuse_a_file_is_in_the_table() -> None:
    """Codes are given where a file is read, or looked up in the table of kinds that aren't."""
    folder = Path(ingestion.__path__[0])
    sources = "".join(path.read_text("utf-8") for path in folder.rglob("*.py") if "samples" not in path.parts)
    codes = set(re.findall(r'\bRefused\(\s*"([a-z_]+)"', sources)) | {code for _, code, _ in _REFUSED}
    told = {rule for rule in OWN if rule.startswith("GW-FILE-")}
    assert {f"GW-FILE-{code.upper().replace('_', '-')}" for code in codes | {"infected", "no_file"}} == told


def test_english_says_nothing_twice_and_a_rule_without_explanation_still_says_what_is_wrong() -> None:
    rule = "ibr-193-ae"
    same = tell(Finding(rule=rule, message="The document must have a unique identifier (UUID)."), "en")
    assert (same.title, same.message) == ("The document must have a unique identifier (UUID).", "")
    unknown = tell(Finding(rule="JSON-TYPE", message="Expected a text.", pointer="/number"), "ar")
    assert (unknown.title, unknown.message, unknown.mend) == ("Expected a text.", "", "")
