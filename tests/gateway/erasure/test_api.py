"""Over HTTP: a person's document is issued, its period closed, held, and in the end erased, each by who may do it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from gateway import alarms
from gateway.outbound import examples
from gateway.outbound.examples import INVOICE
from tests.gateway.erasure.conftest import PERSON
from tests.gateway.house import Company, House, Person, ok
from ubl import Invoice

YEARS = timedelta(days=366 * 7)


@pytest.fixture(scope="module")
async def seller(house: House) -> Company:
    return await house.company()


@pytest.fixture(scope="module")
async def admin(seller: Company) -> Person:
    person = await seller.admin()
    await person.step_up("records")
    return person


def issued_by(company: Company, house: House, **changes: Any) -> Invoice:
    assert INVOICE.seller is not None and INVOICE.seller.endpoint is not None
    endpoint = msgspec.structs.replace(INVOICE.seller.endpoint, id=company.trn[:10])
    seller = msgspec.structs.replace(INVOICE.seller, trn=company.trn, endpoint=endpoint)
    today = house.now.date()
    return msgspec.structs.replace(
        examples.INVOICE, seller=seller, issue_date=today, due_date=today + timedelta(days=30), **changes
    )


async def sealed(admin: Person, invoice: Invoice) -> str:
    body = msgspec.to_builtins(invoice)
    drafted = ok(await admin.post("/v1/invoices", body), 201)
    done = await admin.post(f"/v1/invoices/{drafted['id']}/finalize")
    assert done.status_code == 200, done.text
    return str(drafted["id"])


async def test_a_document_from_sealing_to_erasure(house: House, seller: Company, admin: Person) -> None:
    document_id = await sealed(admin, issued_by(seller, house, buyer=PERSON))
    place = f"/v1/records/documents/{document_id}"
    term = ok(await admin.get(place))
    assert (term["personal"], term["record_class"], term["years"], term["held"]) == (True, "taxable", 5, False)
    early = await admin.post(f"{place}/erase", {"reason": "Too early."})
    assert (early.status_code, early.json()["code"]) == (409, "still-kept")
    assert early.json()["facts"]["possible_from"] > term["kept_until"]

    hold = ok(await admin.post("/v1/records/holds", {"document_id": document_id, "reason": "A lawsuit."}), 201)
    assert [one["id"] for one in ok(await admin.get("/v1/records/holds"))] == [hold["id"]]
    ok(await admin.post(f"/v1/records/holds/{hold['id']}/lift", {"reason": "It is settled."}))
    assert ok(await admin.put("/v1/records/retention", {"record_class": "taxable", "years": 6}))["years"] == 6
    short = await admin.put("/v1/records/retention", {"record_class": "taxable", "years": 4})
    assert (short.status_code, short.json()["findings"][0]["pointer"]) == (422, "/years")
    assert len(ok(await admin.get("/v1/records/retention"))["policies"]) == 5

    replayed = await admin.get(f"/v1/ledger/timeline?series=MAIN&number={await number_of(admin, document_id)}")
    seq = ok(replayed)["entries"][0]["seq"]
    assert ok(await admin.post(f"/v1/ledger/entries/{seq}/replay"))["outcome"] == "same"
    assert PERSON.name is not None
    assert PERSON.name in (await admin.get(f"/v1/ledger/entries/{seq}/attached")).text

    house.now += YEARS
    await admin.sign_in()
    await admin.step_up("records")
    assert [one["id"] for one in ok(await admin.get("/v1/records/erasable"))] == [document_id]
    named = await admin.post(f"{place}/erase", {"reason": f"{PERSON.name} asked."})
    assert named.status_code == 422
    ok(await admin.post(f"{place}/erase", {"reason": "The person asked."}))
    again = await admin.post(f"{place}/erase", {"reason": "Twice."})
    assert (again.status_code, again.json()["code"]) == (409, "nothing-to-erase")
    for gone in (f"/v1/ledger/entries/{seq}/attached", f"/v1/invoices/{document_id}/xml"):
        answer = await admin.get(gone)
        assert (answer.status_code, answer.json()["code"]) == (410, "gone")
    assert ok(await admin.post(f"/v1/ledger/entries/{seq}/replay"))["outcome"] == "erased"
    shown = await admin.get(f"/v1/invoices/{document_id}")
    assert ok(shown)["erased_at"] is not None
    assert PERSON.name not in shown.text


async def test_a_vat_period_over_http(house: House, admin: Person, seller: Company) -> None:
    ok(await admin.put("/v1/ledger/periods/calendar", {"months": 1}))
    last_month = house.now.date().replace(day=1) - timedelta(days=1)
    closed = ok(await admin.post("/v1/ledger/periods/close", {"day": last_month.isoformat(), "reason": "Filed."}), 201)
    assert closed["last_day"] == last_month.isoformat()
    for nonsense in ("0001-01-01", "9999-12-31"):
        answer = await admin.post("/v1/ledger/periods/close", {"day": nonsense, "reason": "Filed."})
        assert (answer.status_code, answer.json()["findings"][0]["pointer"]) == (422, "/day")
    late = issued_by(seller, house, tax_point_date=last_month)
    drafted = ok(await admin.post("/v1/invoices", msgspec.to_builtins(late)), 201)
    refused = await admin.post(f"/v1/invoices/{drafted['id']}/finalize")
    assert refused.status_code == 422
    assert "GW-PERIOD" in [finding["rule"] for finding in refused.json()["findings"]]
    why = {"document_id": drafted["id"], "reason": "Disclosed."}
    assert ok(await admin.post("/v1/ledger/periods/override", why)) == {"document_id": drafted["id"]}
    assert (await admin.post(f"/v1/invoices/{drafted['id']}/finalize")).status_code == 200
    shown = ok(await admin.get("/v1/ledger/periods"))
    assert shown["calendar"]["months"] == 1
    assert [period["entry_seq"] for period in shown["tax_periods"]] == [closed["entry_seq"]]
    assert ok(await admin.get("/v1/ledger/periods?span=day"))["closes"] == []
    assert ok(await admin.get("/v1/ledger/replays")) == []


async def number_of(admin: Person, document_id: str) -> str:
    assert UUID(document_id)
    return str(ok(await admin.get(f"/v1/invoices/{document_id}"))["number"])


async def test_alarms_are_told_to_the_monitoring(house: House) -> None:
    async with house.database.platform() as db:
        await alarms.sound(db, alarms.Alarm.REPLAY_DRIFT, times=3, now=house.now)
        await alarms.sound(db, alarms.Alarm.REPLAY_DRIFT, now=house.now)
    shown = (await house.client.get("/metrics")).text
    assert 'involinks_alarms{alarm="replay_drift"} 4.0' in shown
