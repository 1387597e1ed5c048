"""The inbox over HTTP, and the door through which the network delivers: signed, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

import ubl
from peppol import signature
from tests.gateway.house import Company, House, Person, ok
from tests.gateway.inbound.envelopes import enveloped, invoice

_DOOR = "/v1/network/deliveries"


async def deliver(house: House, envelope: bytes, *, secret: bytes | None = None, **changed: str) -> httpx.Response:
    """What the network's corner 3 does."""
    known = house.wiring.settings.provider_secrets[0].reveal().encode()
    headers = signature.sign(secret or known, f"call-{uuid4()}", envelope, house.now)
    headers |= {"content-type": "application/xml"} | changed
    return await house.client.post(_DOOR, content=envelope, headers=headers)


@pytest.fixture(scope="module")
async def buyer(house: House) -> Company:
    return await house.company()


@pytest.fixture(scope="module")
async def clerk(buyer: Company) -> Person:
    return await buyer.person("FINANCE_USER")


def to(buyer: Company, number: str, **options: Any) -> ubl.Invoice:
    return invoice(number, buyer_tin=buyer.trn[:10], **options)


async def received(house: House, buyer: Company, number: str) -> str:
    return str(ok(await deliver(house, enveloped(to(buyer, number))), 201)["id"])


async def test_a_delivery_is_answered_created_and_then_known(house: House, buyer: Company, clerk: Person) -> None:
    envelope = enveloped(to(buyer, "HTTP-1"))
    first = ok(await deliver(house, envelope), 201)
    again = ok(await deliver(house, envelope), 200)
    assert again == {"id": first["id"], "duplicate": True}
    shown = ok(await clerk.get(f"/v1/inbox/{first['id']}"))
    assert (shown["number"], shown["state"], shown["valid"]) == ("HTTP-1", "RECEIVED", True)
    assert shown["document"]["lines"]
    assert shown["timeline"][0]["kind"] == "document.received"


async def test_nothing_is_believed_without_a_signature(house: House, buyer: Company) -> None:
    envelope = enveloped(to(buyer, "HTTP-2"))
    refused = [
        await house.client.post(_DOOR, content=envelope, headers={"content-type": "application/xml"}),
        await deliver(house, envelope, secret=b"another secret"),
        await deliver(house, envelope, **{"webhook-id": "another"}),
        await deliver(house, envelope, **{"webhook-timestamp": str(int(house.now.timestamp()) + 5)}),
    ]
    for answer in refused:
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    house.turn(seconds=0)
    stale = signature.sign(
        house.wiring.settings.provider_secrets[0].reveal().encode(), "c", envelope, house.now - timedelta(minutes=6)
    )
    assert (await house.client.post(_DOOR, content=envelope, headers=stale)).status_code == 401


@pytest.mark.parametrize(
    ("envelope", "status", "code"),
    [
        (b"", 422, "network-refused"),
        (b"not xml", 422, "network-refused"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', 422, "network-refused"),
        (b"<a>" * 5000 + b"</a>" * 5000, 422, "network-refused"),
        (enveloped(invoice("X", buyer_tin="1999999998")), 404, "receiver-unknown"),
    ],
)
async def test_what_is_final_is_answered_so_that_nobody_repeats_it(
    house: House, envelope: bytes, status: int, code: str
) -> None:
    answer = await deliver(house, envelope)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "passwd" not in answer.text
    assert len(answer.json()["detail"]) < 600


async def test_a_body_beyond_the_cap(house: House) -> None:
    answer = await deliver(house, b"<x>" + b" " * (33 * 1024 * 1024) + b"</x>")
    assert answer.status_code == 413


async def test_the_xml_is_an_attachment_byte_for_byte(house: House, buyer: Company, clerk: Person) -> None:
    xml = ubl.write(to(buyer, 'A"B/ü\r\n1'.replace("\r\n", " ")))
    receipt = ok(await deliver(house, enveloped(xml)), 201)
    answer = await clerk.get(f"/v1/inbox/{receipt['id']}/xml")
    assert answer.content in xml
    named = "attachment; filename=\"A-B-1.xml\"; filename*=UTF-8''A%22B%2F%C3%BC%201.xml"
    assert answer.headers["content-disposition"] == named
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_acknowledging(house: House, buyer: Company, clerk: Person) -> None:
    path = f"/v1/inbox/{await received(house, buyer, 'HTTP-3')}/acknowledge"
    done = ok(await clerk.post(path, {"note": "To purchasing"}))
    assert (done["state"], done["facts"]["acknowledged"]["note"]) == ("ACKNOWLEDGED", "To purchasing")
    assert (await clerk.post(path, {})).status_code == 409
    assert (await clerk.post(path, {"note": ""})).status_code == 422
    assert (await clerk.post(path, {"remark": "x"})).status_code == 422


async def test_who_may(house: House, buyer: Company, clerk: Person) -> None:
    document_id = await received(house, buyer, "HTTP-4")
    auditor = await buyer.person("AUDITOR")
    reader = await buyer.key("inbox:read")
    stranger = await (await house.company()).person("COMPANY_ADMIN")
    for person, may_read, may_acknowledge in (
        (auditor, 200, 403),
        (reader, 200, 403),
        (stranger, 404, 404),
        (Person(house, "nobody"), 401, 401),
        (clerk, 200, 200),
    ):
        assert (await person.get(f"/v1/inbox/{document_id}")).status_code == may_read
        assert (await person.get(f"/v1/inbox/{document_id}/xml")).status_code == may_read
        assert (await person.post(f"/v1/inbox/{document_id}/acknowledge", {})).status_code == may_acknowledge
    listed = ok(await stranger.get("/v1/inbox"))
    assert listed == {"items": [], "next": None}


async def test_listing_by_page_and_filter(house: House) -> None:
    company = await house.company()
    person = await company.person("FINANCE_USER")
    ids = [await received(house, company, f"L-{index}") for index in range(5)]
    twin = ok(await deliver(house, enveloped(to(company, "L-0", note="again"))), 201)["id"]
    seen, cursor = [], None
    while True:
        page = ok(await person.get(f"/v1/inbox?limit=2{f'&cursor={cursor}' if cursor else ''}"))
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [twin, *reversed(ids)]
    ok(await person.post(f"/v1/inbox/{ids[2]}/acknowledge", {}))
    soon = (house.now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for query, expected in (
        ("state=ACKNOWLEDGED", [ids[2]]),
        ("number=L-3", [ids[3]]),
        ("twins=true", [twin]),
        ("valid=false", []),
        ("search=l-4", [ids[4]]),
        ("search=%25", []),
        ("type=381", []),
        (f"received_from={soon}", []),
        (f"received_to={soon}&number=L-1", [ids[1]]),
        ("seller_endpoint=0235:1987654321&number=L-1", [ids[1]]),
    ):
        found = ok(await person.get(f"/v1/inbox?{query}"))
        assert [item["id"] for item in found["items"]] == expected, query
    assert (await person.get("/v1/inbox?limit=0")).status_code in {400, 422}
    assert (await person.get("/v1/inbox?state=EATEN")).status_code in {400, 422}
