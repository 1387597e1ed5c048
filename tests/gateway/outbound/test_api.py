"""Issued documents over HTTP: an ERP's day, and every way to say it wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx
import msgspec
import pytest

import ubl
from gateway.outbound import examples
from tests.gateway.house import Company, House, Person, ok
from ubl import Invoice, mend
from ubl.invoice import Endpoint

XML = "application/xml"
MISSING = "01932c07-a5e0-7c53-b1f4-000000000000"


@dataclass
class Firm:
    """A company with the people that a document needs."""

    company: Company
    erp: Person
    """A machine: drafts, finalizes and sends."""
    clerk: Person
    head: Person

    def invoice(self, **changes: Any) -> dict[str, Any]:
        """A valid tax invoice of this company, as its ERP would post it."""
        seller = examples.INVOICE.seller
        assert seller is not None
        own = msgspec.structs.replace(seller, trn=self.company.trn, endpoint=Endpoint(id=self.company.trn[:10]))
        body = msgspec.to_builtins(msgspec.structs.replace(examples.INVOICE, seller=own), builtin_types=())
        return {**body, **changes}

    def xml(self, number: str) -> bytes:
        """The same as UBL with a number of the ERP's own."""
        invoice = ubl.decode(msgspec.json.encode(self.invoice(number=number, uuid=MISSING)))
        return ubl.write(ubl.complete(invoice))

    async def drafted(self, **changes: Any) -> dict[str, Any]:
        return ok(await self.clerk.post("/v1/invoices", self.invoice(**changes)), 201)

    async def sealed(self, **changes: Any) -> dict[str, Any]:
        drafted = await self.drafted(**changes)
        return ok(await self.clerk.post(f"/v1/invoices/{drafted['id']}/finalize"))


@pytest.fixture(scope="module")
async def firm(house: House) -> Firm:
    company = await house.company()
    scopes = ("documents:draft", "documents:finalize", "documents:send", "documents:read", "documents:validate")
    erp = await company.key(*scopes)
    return Firm(company, erp, await company.person("FINANCE_USER"), await company.person("FINANCE_USER"))


async def raw(person: Person, method: str, path: str, content: bytes, media: str, **headers: str) -> httpx.Response:
    """A request with a body as it is."""
    given = {"Authorization": f"Bearer {person.token}", "Content-Type": media}
    given.update({name.replace("_", "-"): value for name, value in headers.items()})
    return await person.house.client.request(method, path, content=content, headers=given)


async def test_an_invoice_from_the_erps_post_to_the_queue(firm: Firm) -> None:
    verdict = ok(await firm.erp.post("/v1/validate", firm.invoice()))
    assert verdict["valid"], verdict["findings"]
    answer = await firm.erp.post("/v1/invoices", firm.invoice())
    drafted = ok(answer, 201)
    path = f"/v1/invoices/{drafted['id']}"
    assert (answer.headers["Location"], answer.headers["ETag"]) == (path, '"1"')
    assert (drafted["state"], drafted["number"], drafted["valid"], drafted["payable"]) == (
        "DRAFT",
        None,
        True,
        "1302.00",
    )

    sealed = ok(await firm.erp.post(f"{path}/finalize"))
    assert (sealed["state"], sealed["version"]) == ("FINALIZED", 2)
    assert sealed["number"].startswith("INV-")
    xml = await firm.erp.get(f"{path}/xml")
    assert xml.headers["Content-Type"].startswith("application/xml")
    assert "attachment" in xml.headers["Content-Disposition"] and sealed["number"] in xml.headers["Content-Disposition"]
    assert ubl.check(xml.content).valid

    refused = await firm.clerk.post(f"{path}/approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "step-up-required"), refused.text
    await firm.head.step_up("approve", "send")
    approved = ok(await firm.head.post(f"{path}/approve"))
    assert approved["state"] == "APPROVED"
    assert ok(await firm.head.post(f"{path}/send"), 202)["state"] == "SENDING"
    again = await firm.head.post(f"{path}/send")
    assert (again.status_code, again.json()["code"]) == (409, "illegal-transition")

    shown = ok(await firm.clerk.get(path))
    assert [event["kind"] for event in shown["timeline"]] == [
        "invoice.draft", "invoice.finalized", "invoice.approved", "invoice.queued",
    ]  # fmt: skip
    assert shown["timeline"] == ok(await firm.clerk.get(f"{path}/events"))
    assert shown["timeline"][1]["facts"]["xml_sha256"] == sha256(xml.content).hexdigest()
    assert shown["steps"]["approved"]["by"] == f"user:{firm.head.id}"
    assert shown["facts"]["receiver"]["state"] == "open", "silence is never a yes"


async def test_a_wrong_total_comes_with_its_mend(firm: Firm) -> None:
    """The patch of the answer, applied to what was posted, makes it valid; a missing name has no patch."""
    whole = msgspec.to_builtins(ubl.complete(ubl.decode(msgspec.json.encode(firm.invoice()))), builtin_types=())
    totals = {name: str(value) for name, value in whole["totals"].items()}
    posted = firm.invoice(totals={**totals, "payable": "1.00"})
    verdict = ok(await firm.erp.post("/v1/validate", posted))
    assert not verdict["valid"]
    (fatal,) = (finding for finding in verdict["findings"] if finding["severity"] == "fatal")
    assert fatal["patch"] == [{"op": "replace", "path": "/totals/payable", "value": "1302.00"}]
    patch = msgspec.convert(fatal["patch"], tuple[mend.Operation, ...])
    body = mend.apply(patch, msgspec.json.encode(posted))
    assert ok(await firm.erp.post("/v1/validate", msgspec.json.decode(body)))["valid"]
    drafted = ok(await firm.erp.post("/v1/invoices", posted), 201)
    assert any(finding["patch"] == fatal["patch"] for finding in drafted["findings"])

    nameless = firm.invoice()
    nameless["lines"][0]["item"].pop("name")
    findings = ok(await firm.erp.post("/v1/validate", nameless))["findings"]
    assert all(finding["patch"] is None for finding in findings if finding["severity"] == "fatal")


async def test_an_admins_key_counts_as_the_admin(firm: Firm) -> None:
    drafted = ok(await firm.erp.post("/v1/invoices", firm.invoice()), 201)
    ok(await firm.erp.post(f"/v1/invoices/{drafted['id']}/finalize"))
    admin = await firm.company.admin()
    await admin.step_up("approve")
    refused = await admin.post(f"/v1/invoices/{drafted['id']}/approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "four-eyes")


async def test_a_broken_invoice_is_drafted_with_findings_and_not_sealed(firm: Firm) -> None:
    body = firm.invoice(due_date=None)
    del body["due_date"]
    body["lines"][0]["item"].pop("name")
    drafted = ok(await firm.clerk.post("/v1/invoices", body), 201)
    assert not drafted["valid"]
    refused = await firm.clerk.post(f"/v1/invoices/{drafted['id']}/finalize")
    assert refused.status_code == 422
    problem = refused.json()
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert problem["code"] == "invalid-document"
    assert {finding["rule"] for finding in problem["findings"]} == {f["rule"] for f in drafted["findings"]}
    assert any((finding["pointer"] or "").startswith("/lines/0") for finding in problem["findings"])


class TestBodies:
    @pytest.mark.parametrize(
        ("content", "media", "status"),
        [
            (b"{", "application/json", 422),
            (b"", "application/json", 422),
            (b"[]", "application/json", 422),
            (b'{"sellr": {}}', "application/json", 422),
            (b'{"number": "A", "number": "B"}', "application/json", 422),
            (b'{"vat_aed": NaN}', "application/json", 422),
            (b'{"vat_aed": 1e400}', "application/json", 422),
            (b'{"number": "A\\u0000"}', "application/json", 422),
            (b'{"number": "A\\u200b1"}', "application/json", 422),
            (b"<Invoice/>", XML, 422),
            (b"{}", XML, 422),
            (b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", XML, 422),
            (b"{}", "text/plain", 415),
            (b"{}", "multipart/form-data", 415),
        ],
    )
    async def test_what_can_not_be_understood_is_refused_with_a_reason(
        self, firm: Firm, content: bytes, media: str, status: int
    ) -> None:
        for path in ("/v1/validate", "/v1/invoices"):
            answer = await raw(firm.clerk, "POST", path, content, media)
            assert answer.status_code == status, answer.text
            assert answer.json()["detail"]
            if status == 422:
                assert answer.json()["findings"]

    async def test_ready_ubl_is_kept_byte_for_byte(self, firm: Firm) -> None:
        xml = firm.xml("ERP-2026-1")
        drafted = ok(await raw(firm.erp, "POST", "/v1/invoices", xml, XML), 201)
        assert (drafted["number"], drafted["series"], drafted["valid"]) == ("ERP-2026-1", "ERP", True)
        ok(await firm.erp.post(f"/v1/invoices/{drafted['id']}/finalize"))
        assert (await firm.erp.get(f"/v1/invoices/{drafted['id']}/xml")).content == xml
        again = await raw(firm.erp, "POST", "/v1/invoices", xml, XML)
        assert (again.status_code, again.json()["code"]) == (409, "number-taken")
        assert again.json()["facts"] == {"document_id": drafted["id"]}

    async def test_an_idempotency_key_makes_one_document(self, firm: Firm) -> None:
        first = await firm.erp.post("/v1/invoices", firm.invoice(), Idempotency_Key="order-4711")
        second = await firm.erp.post("/v1/invoices", firm.invoice(), Idempotency_Key="order-4711")
        assert ok(first, 201)["id"] == ok(second, 201)["id"]
        assert second.headers["Idempotency-Replayed"] == "true"
        other = await firm.erp.post("/v1/invoices", firm.invoice(buyer_reference="x"), Idempotency_Key="order-4711")
        assert other.status_code == 409


class TestDraftsChange:
    async def test_with_their_version_only(self, firm: Firm) -> None:
        path = f"/v1/invoices/{(await firm.drafted())['id']}"
        patch, media = b'{"buyer_reference":"PO-7","due_date":null}', "application/merge-patch+json"
        assert (await raw(firm.clerk, "PATCH", path, patch, media)).status_code == 428
        assert (await firm.clerk.delete(path)).status_code == 428
        changed = ok(await raw(firm.clerk, "PATCH", path, patch, media, If_Match='"1"'))
        assert (changed["version"], changed["valid"], changed["document"]["buyer_reference"]) == (2, False, "PO-7")
        for answer in (
            await raw(firm.clerk, "PATCH", path, patch, media, If_Match='"1"'),
            await firm.clerk.delete(f"{path}?version=1"),
            await firm.clerk.post(f"{path}/finalize?version=1"),
        ):
            assert (answer.status_code, answer.json()["code"], answer.json()["facts"]) == (
                409, "stale-draft", {"version": 2},
            )  # fmt: skip
        assert (await raw(firm.clerk, "PATCH", path, patch, media, If_Match='"x"')).status_code == 400
        assert (await raw(firm.clerk, "PATCH", path, b"[]", media, If_Match='"2"')).status_code == 400
        assert (await raw(firm.clerk, "PATCH", path, b"{}", "text/plain", If_Match='"2"')).status_code == 415
        assert (await firm.clerk.delete(f"{path}?version=2")).status_code == 204
        assert (await firm.clerk.get(path)).status_code == 404

    async def test_never_once_sealed(self, firm: Firm) -> None:
        path = f"/v1/invoices/{(await firm.sealed())['id']}"
        for answer in (
            await firm.clerk.request("PATCH", f"{path}?version=2", {}),
            await firm.clerk.delete(f"{path}?version=2"),
            await firm.clerk.post(f"{path}/finalize"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (409, "sealed")
            assert "correct" in answer.json()["detail"]


async def test_rejected_and_corrected(firm: Firm) -> None:
    sealed = await firm.sealed()
    path = f"/v1/invoices/{sealed['id']}"
    corrected = ok(
        await firm.clerk.post(f"{path}/correct", {"reason": "DL8.61.1.A", "description": "Wrong price"}), 201
    )
    assert corrected["credit_note"]["document"]["preceding"][0]["number"] == sealed["number"]
    assert corrected["draft"]["document"]["type"] == "380"
    for body in ({}, {"reason": "because"}, {"reason": "VD", "description": ""}, {"reason": "VD", "more": 1}):
        assert (await firm.clerk.post(f"{path}/correct", body)).status_code == 422
    await firm.head.step_up("approve")
    assert (await firm.head.post(f"{path}/reject", {"reason": ""})).status_code == 422
    assert ok(await firm.head.post(f"{path}/reject", {"reason": "Wrong price"}))["state"] == "REJECTED"
    assert (await firm.head.post(f"{path}/approve")).status_code == 409


async def test_lists_are_filtered_and_turned_page_by_page(firm: Firm) -> None:
    made = [(await firm.drafted(number=f"PAGE-{index}"))["id"] for index in range(3)]
    first = ok(await firm.clerk.get("/v1/invoices?search=page-&limit=2&state=DRAFT&state=FINALIZED"))
    assert [item["id"] for item in first["items"]] == [made[2], made[1]]
    second = ok(await firm.clerk.get(f"/v1/invoices?search=page-&limit=2&cursor={first['next']}"))
    assert ([item["id"] for item in second["items"]], second["next"]) == ([made[0]], None)
    assert ok(await firm.clerk.get("/v1/invoices?number=PAGE-1&valid=true&type=380&series=ERP"))["items"]
    assert not ok(await firm.clerk.get("/v1/invoices?search=page-&issued_to=2020-01-01"))["items"]
    for wrong in ("limit=0", "limit=201", "state=LOST", "cursor=x", "issued_from=yesterday"):
        assert (await firm.clerk.get(f"/v1/invoices?{wrong}")).status_code in {400, 422}, wrong


async def test_series_are_made_listed_and_shown_with_their_gaps(firm: Firm) -> None:
    admin = await firm.company.admin()
    made = ok(await admin.post("/v1/series", {"name": "EXPORT", "numbering": "assigned", "prefix": "EXP-"}), 201)
    assert made["next"] == "EXP-000001"
    assert (await admin.post("/v1/series", {"name": "EXPORT", "numbering": "given"})).status_code == 409
    assert (await firm.clerk.post("/v1/series", {"name": "B", "numbering": "given"})).status_code == 403
    assert (await admin.post("/v1/series", {"name": "b c", "numbering": "given"})).status_code == 422
    drafted = ok(await firm.clerk.post("/v1/invoices?series=EXPORT", firm.invoice()), 201)
    assert ok(await firm.clerk.post(f"/v1/invoices/{drafted['id']}/finalize"))["number"] == "EXP-000001"
    assert "EXPORT" in [series["name"] for series in ok(await firm.clerk.get("/v1/series"))]
    ok(await admin.post("/v1/series", {"name": "GAPPY", "numbering": "given"}), 201)
    for number in ("Q7", "Q9"):
        made = ok(await firm.clerk.post("/v1/invoices?series=GAPPY", firm.invoice(number=number)), 201)
        ok(await firm.clerk.post(f"/v1/invoices/{made['id']}/finalize"))
    assert ok(await firm.clerk.get("/v1/series/GAPPY"))["gaps"] == [{"first": "Q8", "last": "Q8", "count": 1}]
    assert (await firm.clerk.get("/v1/series/NOPE")).status_code == 404
    assert (await firm.clerk.post("/v1/invoices?series=NOPE", firm.invoice())).status_code == 404


async def test_another_companys_documents_are_not_there(house: House, firm: Firm) -> None:
    sealed = await firm.sealed()
    other = await (await house.company()).person("FINANCE_USER")
    await other.step_up("approve", "send")
    told: dict[str, set[str]] = {}
    for document_id in (sealed["id"], MISSING):
        path = f"/v1/invoices/{document_id}"
        for answer in (
            await other.get(path),
            await other.get(f"{path}/xml"),
            await other.get(f"{path}/events"),
            await other.request("PATCH", f"{path}?version=1", {}),
            await other.delete(f"{path}?version=1"),
            await other.post(f"{path}/finalize"),
            await other.post(f"{path}/approve"),
            await other.post(f"{path}/reject", {"reason": "no"}),
            await other.post(f"{path}/send"),
            await other.post(f"{path}/correct", {"reason": "VD"}),
        ):
            assert answer.status_code == 404, answer.request.url
            told.setdefault(str(answer.request.method) + answer.request.url.path.replace(document_id, ""), set()).add(
                answer.json()["detail"].replace(document_id, "")
            )
    assert all(len(words) == 1 for words in told.values()), "a foreign document is told apart from none"
    assert ok(await other.get("/v1/invoices"))["items"] == []


async def test_a_draft_has_no_sealed_xml(firm: Firm) -> None:
    drafted = await firm.drafted()
    answer = await firm.clerk.get(f"/v1/invoices/{drafted['id']}/xml")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-sealed")


async def test_thirty_two_requests_at_once_are_numbered_without_a_gap(house: House) -> None:
    company = await house.company()
    firm = Firm(company, *[await company.person("FINANCE_USER")] * 3)
    drafts = [await firm.drafted() for _ in range(32)]
    answers = await asyncio.gather(*(firm.clerk.post(f"/v1/invoices/{drafted['id']}/finalize") for drafted in drafts))
    assert sorted(ok(answer)["number"] for answer in answers) == [f"INV-{counter:06d}" for counter in range(1, 33)]


def test_the_example_of_the_description_is_lawful() -> None:
    report = ubl.check_invoice(ubl.complete(msgspec.structs.replace(examples.INVOICE, number="1", uuid=MISSING)))
    assert report.valid, report.findings


def test_the_example_is_what_an_erp_would_post() -> None:
    assert ubl.decode(msgspec.json.encode(examples.INVOICE)) == examples.INVOICE
    assert isinstance(examples.INVOICE, Invoice)
