"""Who counts as a natural person: in doubt everybody."""

from __future__ import annotations

import msgspec
import pytest

from gateway.outbound.natural import is_about_a_person
from ubl import Invoice
from ubl.parties import LegalId, Party

TRN = "100234567890003"


@pytest.mark.parametrize(
    ("party", "person"),
    [
        (Party(name="Somebody"), True),
        (Party(), True),
        (Party(legal_id=LegalId(id="784-1", type="EID")), True),
        (Party(legal_id=LegalId(id="P1", type="PAS", authority="FR")), True),
        (Party(trn=TRN, legal_id=LegalId(id="784-1", type=" eid ")), True),
        (Party(legal_id=LegalId(id="P1", type="PAS", scheme="0060")), True),
        (Party(legal_id=LegalId(id="5")), True),
        (Party(trn=TRN), False),
        (Party(legal_id=LegalId(id="CN-1", type="TL")), False),
        (Party(legal_id=LegalId(id="7/2024", type="CD")), False),
        (Party(legal_id=LegalId(id="123456789", scheme="0060")), False),
    ],
)
def test_who_counts_as_a_person(invoice: Invoice, party: Party, person: bool) -> None:
    assert is_about_a_person(msgspec.structs.replace(invoice, buyer=party)) is person
    us = Party(trn=TRN, legal_id=LegalId(id="CN-1", type="TL"))
    assert is_about_a_person(msgspec.structs.replace(invoice, type="389", seller=party, buyer=us)) is person


def test_a_document_without_a_counterparty_is_about_nobody(invoice: Invoice) -> None:
    assert not is_about_a_person(msgspec.structs.replace(invoice, buyer=None))
