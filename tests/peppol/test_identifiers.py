"""An identifier that exists is one the network takes."""

from __future__ import annotations

import pytest

from peppol import identifiers
from peppol.errors import BadIdentifier, Permanent
from peppol.identifiers import BILLING, CREDIT_NOTE, INVOICE, DocumentTypeId, ParticipantId, ProcessId


def test_a_tin_is_read_with_and_without_its_scheme() -> None:
    tin = ParticipantId.parse("iso6523-actorid-upis::0235:1234567890")
    assert tin == ParticipantId.parse(" 0235:1234567890 ")
    assert (tin.icd, tin.identifier, str(tin)) == ("0235", "1234567890", "iso6523-actorid-upis::0235:1234567890")


def test_case_makes_no_difference() -> None:
    lower, upper = ParticipantId("0242:000006-testbed.3001"), ParticipantId("0242:000006-TESTBED.3001")
    assert lower == upper
    assert len({lower, upper}) == 1
    assert lower != "0242:000006-testbed.3001"


@pytest.mark.parametrize(
    "text",
    [
        "", "0235", "0235:", "235:1234567890", "0235:2234567890", "0235:123456789", "0235:12345678901",
        "0235:1234567890\n",
        "0242:12345", "0242:123456-x", "other::0235:1234567890", "0088:a b", "0088:" + "9" * 131, "0088:<x>", "0088:é",
        "٠٢٣٥:1234567890", "0235:1٢34567890",
    ],
)  # fmt: skip
def test_a_bad_participant_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadIdentifier) as caught:
        ParticipantId(text) if text.endswith("\n") else ParticipantId.parse(text)
    assert isinstance(caught.value, Permanent)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("value", sorted(identifiers.PREDEFINED))
def test_predefined_endpoints_stand_for_no_receiver(value: str) -> None:
    assert ParticipantId(value).predefined
    assert not ParticipantId("0235:1234567890").predefined


def test_document_types_go_there_and_back() -> None:
    text = (
        "peppol-doctype-wildcard::urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2::CreditNote"
        "##urn:peppol:pint:billing-1@ae-1::2.1"
    )
    assert str(CREDIT_NOTE) == text
    assert DocumentTypeId.parse(text) == CREDIT_NOTE


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("peppol-doctype-wildcard", "other"), "scheme"),
        (("##", "#"), "isn't"),
        (("::2.1", ""), "isn't"),
        (("Invoice-2::Invoice", "Invoice-2"), "isn't"),
        (("billing-1", "billing 1"), "blanks"),
        (("billing-1", "b" * 500), "too long"),
    ],
)
def test_a_bad_document_type_is_refused(change: tuple[str, str], word: str) -> None:
    with pytest.raises(BadIdentifier, match=word):
        DocumentTypeId.parse(str(INVOICE).replace(*change))


def test_a_wildcard_registration_covers_its_extensions_only() -> None:
    offered = [c.customization for c in INVOICE.candidates()]
    assert offered == [
        "urn:peppol:pint:billing-1@ae-1",
        "urn:peppol:pint:billing-1@ae-1*",
        "urn:peppol:pint:billing-1*",
    ]
    mls = identifiers.ubl("ApplicationResponse", "urn:peppol:edec:mls:1.0")
    assert list(mls.candidates()) == [mls]


def test_processes() -> None:
    assert ProcessId.parse("cenbii-procid-ubl::urn:peppol:bis:billing") == BILLING
    for bad in ("urn:peppol:bis:billing", "x" * 26 + "::y", "cenbii-procid-ubl::", "a::b c", "a::" + "x" * 201):
        with pytest.raises(BadIdentifier):
            ProcessId.parse(bad)


def test_equal_and_unequal_never_agree() -> None:
    one, same, other = (ParticipantId(value) for value in ("0242:000123-ABC", "0242:000123-abc", "0242:000124"))
    assert (one == same, one != same, hash(one) == hash(same)) == (True, False, True)
    assert (one == other, one != other) == (False, True)
