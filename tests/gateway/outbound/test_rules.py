"""Rules that need no database: who issues, and which numbers look alike."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from gateway.outbound.numbering import NewSeries
from gateway.outbound.routing import route
from gateway.outbound.rules import Issuer, check_issuer, check_number
from ubl import Invoice, complete, write
from ubl.invoice import Endpoint

OURS = Issuer(name="Palm", tin="1987654321", trn="198765432100003", four_eyes=True, approve_sends=False)


@pytest.mark.parametrize("number", ["INV-1", "2026/0001", "فاتورة 7", "A B", "é"])
def test_numbers_that_people_can_read(number: str) -> None:
    assert check_number(number) is None


@pytest.mark.parametrize(
    "number",
    [
        "INV-1\u200b",
        "INV\u00a01",
        "INV\t1",
        " INV-1",
        "INV-1 ",
        "INV  1",
        "e\u0301",
        "\u202eINV",
        "x" * 101,
        "A\u00ad1",
    ],
)
def test_numbers_that_look_like_others(number: str) -> None:
    assert check_number(number) is not None


def test_a_company_issues_in_its_own_name_only(invoice: Invoice) -> None:
    assert check_issuer(invoice, OURS) == []
    assert invoice.seller is not None
    stranger = msgspec.structs.replace(invoice.seller, trn="155566677700003", endpoint=Endpoint(id="1555666777"))
    findings = check_issuer(msgspec.structs.replace(invoice, seller=stranger), OURS)
    assert [finding.pointer for finding in findings] == ["/seller/trn", "/seller/endpoint/id"]
    assert {finding.rule for finding in findings} == {"GW-ISSUER"}


def test_in_self_billing_the_buyer_is_who_issues(invoice: Invoice) -> None:
    turned = msgspec.structs.replace(invoice, type="389", seller=invoice.buyer, buyer=invoice.seller)
    assert check_issuer(turned, OURS) == []
    assert [f.pointer for f in check_issuer(msgspec.structs.replace(invoice, type="389"), OURS)] == [
        "/buyer/trn",
        "/buyer/endpoint/id",
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", " 389 "),
        ("process", "urn:peppol:bis:selfbilling"),
        ("specification", "urn:peppol:pint:selfbilling-1@ae-1"),
    ],
)
def test_what_goes_out_in_the_buyers_name_is_issued_by_the_buyer(invoice: Invoice, field: str, value: str) -> None:
    odd = msgspec.structs.replace(complete(invoice), number="1", uuid="1", **{field: value})
    sender = route(write(odd), instance_id="1", created_at=datetime(2026, 11, 21, tzinfo=UTC)).sender
    assert odd.buyer is not None
    assert odd.buyer.endpoint is not None
    assert sender.identifier == odd.buyer.endpoint.id
    assert {finding.pointer for finding in check_issuer(odd, OURS)} == {"/buyer/trn", "/buyer/endpoint/id"}


@pytest.mark.parametrize("scheme", [" 0235", "0235 ", "0088", None])
def test_no_other_way_to_write_an_address_hides_whose_it_is(invoice: Invoice, scheme: str | None) -> None:
    assert invoice.seller is not None
    stranger = msgspec.structs.replace(invoice.seller, trn=None, endpoint=Endpoint(id="1555666777", scheme=scheme))
    unregistered = msgspec.structs.replace(OURS, trn=None)
    findings = check_issuer(msgspec.structs.replace(invoice, seller=stranger), unregistered)
    assert [finding.pointer for finding in findings] == ["/seller/endpoint/id"]


@pytest.mark.parametrize("prefix", ["", "INV1", "INV-1", "IN V-", "INV-\n", "x" * 25])
def test_a_prefix_never_ends_in_a_digit(prefix: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "A", "numbering": "assigned", "prefix": prefix}, NewSeries)
