"""What came, what was erased, and who may have a package."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from gateway import events
from gateway.outbound import examples
from ledger.entry import Kind
from peppol import signature
from tests.gateway.audit.test_windows import limited
from tests.gateway.erasure.conftest import PERSON, TELLING, YEARS_LATER, erase
from tests.gateway.evidence.conftest import failures, members, packed, sent
from tests.gateway.house import Company as Tenant
from tests.gateway.house import House, Person, ok
from tests.gateway.inbound.envelopes import enveloped
from tests.gateway.inbound.envelopes import invoice as bill
from tests.gateway.outbound.conftest import Company
from ubl import Invoice


@pytest.fixture(scope="module")
async def tenant(house: House) -> Tenant:
    return await house.company()


@pytest.fixture(scope="module")
async def clerk(tenant: Tenant) -> Person:
    return await tenant.person("FINANCE_USER")


async def delivered(house: House, envelope: bytes) -> UUID:
    """A document that the network brought."""
    secret = house.wiring.settings.provider_secrets[0].reveal().encode()
    signed = signature.sign(secret, str(uuid4()), envelope, house.now) | {"Content-Type": "application/xml"}
    answer = await house.client.post("/v1/network/deliveries", content=envelope, headers=signed)
    assert answer.status_code in (200, 201), answer.text
    return UUID(answer.json()["id"])


async def test_a_received_document_is_proved_with_the_envelope_that_brought_it(
    house: House, tenant: Tenant, clerk: Person, verifier: ModuleType, tmp_path: Path
) -> None:
    document = bill("BILL-1", buyer_tin=tenant.trn[:10])
    envelope = enveloped(document)
    document_id = await delivered(house, envelope)
    ok(await clerk.post(f"/v1/inbox/{document_id}/acknowledge", {"note": "Seen."}))
    answer = await clerk.get(f"/v1/inbox/{document_id}/evidence")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/zip"
    assert 'filename="evidence-BILL-1.zip"' in answer.headers["content-disposition"]
    parts = members(answer.content)
    assert f'href="/v1/inbox/{document_id}/evidence"' in (await clerk.get(f"/inbox/{document_id}")).text
    for name in ("verify.py", "verify_evidence.py"):
        assert (await house.client.get(f"/v1/ledger/verifiers/{name}")).content == parts[name]
    assert parts[f"envelopes/{sha256(envelope).hexdigest()}.xml"] == envelope
    assert json.loads(parts["manifest.json"])["direction"] == "received"
    assert {parts[name][39] for name in parts if name.endswith(".entry")} >= {Kind.RECEIVED, Kind.ACKNOWLEDGEMENT}
    assert failures(verifier, answer.content, tmp_path) == []


async def test_two_bills_of_one_number_are_not_mixed_up(
    house: House, tenant: Tenant, clerk: Person, verifier: ModuleType, tmp_path: Path
) -> None:
    """Nor two that can't be read, and so have no number at all."""
    numbered = [bill("TWICE-1", buyer_tin=tenant.trn[:10], note=note) for note in ("one", "two")]
    odd = [enveloped(one).replace(b"<cbc:ID>TWICE-1</cbc:ID>", b"") for one in numbered]
    for pair in ([enveloped(one) for one in numbered], odd):
        first, second = [await delivered(house, one) for one in pair]
        assert first != second
        packages = [(await clerk.get(f"/v1/inbox/{one}/evidence")).content for one in (first, second)]
        own = [{name for name in members(package) if name.endswith(".entry")} for package in packages]
        keys = own[0] & own[1]
        assert {members(packages[0])[name][39] for name in keys} == {Kind.KEY_ADDED}
        for package in packages:
            assert failures(verifier, package, tmp_path) == []


async def test_of_an_erased_document_its_place_and_seal_are_left(
    company: Company, invoice: Invoice, verifier: ModuleType, tmp_path: Path
) -> None:
    personal = msgspec.structs.replace(invoice, buyer=PERSON)
    document_id = await sent(company, personal)
    before = await packed(company, document_id)
    assert failures(verifier, before, tmp_path) == []
    assert all(word.encode() in before for word in TELLING[:1])
    company.now += YEARS_LATER
    await erase(company, document_id)
    after = await packed(company, document_id)
    assert failures(verifier, after, tmp_path) == []
    assert not [word for word in TELLING if word.encode() in after]
    parts = members(after)
    assert "document.xml" not in parts and not [name for name in parts if name.startswith(("envelopes/", "answers/"))]
    kinds = [parts[name][39] for name in sorted(parts) if name.endswith(".entry")]
    assert Kind.INVOICE in kinds and Kind.ERASURE in kinds
    erasure = next(name for name in parts if name.endswith(".entry") and parts[name][39] == Kind.ERASURE)
    gone = {name: content for name, content in parts.items() if not name.startswith(erasure.removesuffix("entry"))}
    from tests.gateway.evidence.test_package import consistent

    assert failures(verifier, consistent(gone), tmp_path), "without the entry that says so it is a gap"


async def test_who_may_have_a_package_and_what_remains_of_the_asking(
    house: House, tenant: Tenant, clerk: Person
) -> None:
    body = msgspec.json.encode(msgspec.structs.replace(examples.INVOICE, seller=None))
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {clerk.token}"}
    drafted = ok(await house.client.post("/v1/invoices", content=body, headers=headers), 201)
    refused = await clerk.get(f"/v1/invoices/{drafted['id']}/evidence")
    assert (refused.status_code, refused.json()["code"]) == (409, "not-sealed")
    document_id = await delivered(house, enveloped(bill("BILL-3", buyer_tin=tenant.trn[:10])))
    assert (await clerk.get(f"/v1/invoices/{document_id}/evidence")).status_code == 404
    narrow = await tenant.key("documents:read")
    assert (await narrow.get(f"/v1/inbox/{document_id}/evidence")).status_code == 403

    auditor = await tenant.person("AUDITOR")
    ok(await auditor.sign_in())
    assert (await auditor.get(f"/v1/inbox/{document_id}/evidence")).status_code == 200
    head = ok(await auditor.get("/v1/ledger/head"))
    entry = ok(await auditor.get(f"/v1/ledger/entries/{head['count'] - 1}/canonical"))
    assert entry["path"] == f"/v1/inbox/{document_id}/evidence", "the reading is an entry itself"


async def test_an_auditors_days_hold_for_packages_too(house: House, tenant: Tenant) -> None:
    document_id = await delivered(house, enveloped(bill("BILL-4", buyer_tin=tenant.trn[:10])))
    day = (house.now + timedelta(hours=4)).date()
    for first, status in ((day - timedelta(days=1), 200), (day + timedelta(days=2), 403)):
        auditor = await limited(tenant, {"from": first.isoformat()})
        answer: Any = await auditor.get(f"/v1/inbox/{document_id}/evidence")
        assert answer.status_code == status, answer.text


async def test_what_happened_later_and_is_in_no_entry_isnt_shown_either(house: House, tenant: Tenant) -> None:
    document_id = await delivered(house, enveloped(bill("BILL-5", buyer_tin=tenant.trn[:10])))
    day = (house.now + timedelta(hours=4)).date()
    repeated = events.Event(
        "document.repeated", document_id, house.now + timedelta(days=5), "system:network", msgspec.Raw(b"{}")
    )
    async with house.database.company(tenant.id) as db:
        await events.emit(db, tenant.id, repeated)
    for last, shown in ((day, False), (day + timedelta(days=9), True)):
        auditor = await limited(tenant, {"to": last.isoformat()})
        answer: Any = await auditor.get(f"/v1/inbox/{document_id}/evidence")
        assert answer.status_code == 200, answer.text
        assert (b"document.repeated" in members(answer.content)["timeline.json"]) is shown
