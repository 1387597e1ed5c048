"""Bills found, looked at, put right, accepted and thrown away: with evidence for each value, and never twice."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest

from gateway.bills.as_read import Extracted, Read, Value
from gateway.bills.changes import Changed
from gateway.bills.evidence import Corrected
from gateway.bills.fields import Fields, Line
from gateway.bills.proof import _Known, _values
from ingestion.document import Kind
from tests.gateway.bills.desk.papers import entries, in_review, paper, read, send, sent
from tests.gateway.bills.papers import xml
from tests.gateway.house import Company, House, Person, ok

_AT = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


def meant(bill: dict[str, object]) -> dict[str, str]:
    return {"If_Match": f'"{bill["version"]}"'}


async def test_a_bill_is_shown_with_what_speaks_for_each_value(house: House, company: Company, clerk: Person) -> None:
    data = paper(pages=2)
    (bill_id,) = await sent(clerk, data)
    await read(house, company, bill_id)
    answer = await clerk.get(f"/v1/bills/{bill_id}")
    bill = ok(answer)
    assert answer.headers["etag"] == f'"{bill["version"]}"'
    assert bill["original"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert bill["reasons"], "a person is told why"
    assert "accept" in bill["next_step"]
    assert [one["kind"] for one in bill["timeline"]] == ["bill.received", "bill.processing", "bill.needs_review"]
    total = next(one for one in bill["proof"]["values"] if (one["term"], one["line"]) == ("total", None))
    assert (total["value"], total["read"], bill["fields"]["total"]) == ("1050.00", "1050.00", "1050.00")
    (spot, *_) = total["evidence"]
    assert spot["page"] == 1
    assert "1050.00" in spot["text"]
    assert (spot["source"], spot["model"], spot["prompt"]) == ("text", "", "")
    assert "pypdfium2" in spot["engine"]
    x0, y0, x1, y1 = map(float, spot["box"])
    assert 350 <= x0 < x1 <= 595 and 290 < y0 < y1 < 320, "where it was printed"
    assert 0 < float(total["confidence"]) <= 1
    assert total["reader"] == bill["proof"]["reader"]
    entry = ok(await (await company.admin()).get(f"/v1/ledger/entries/{bill['proof']['entry']}"))
    assert (entry["kind"], entry["invoice_hash"]) == ("reading", bill["proof"]["sha256"])


async def test_values_are_put_right_and_the_arithmetic_answers(house: House, company: Company, clerk: Person) -> None:
    ids = await sent(clerk, paper(total="1060.00"))
    await read(house, company, *ids)
    where = f"/v1/bills/{ids[0]}"
    bill = ok(await clerk.get(where))
    assert "GW-BILL-TOTAL" in {one["rule"] for one in bill["findings"]}
    shown = {"page": 1, "box": {"x0": 350, "y0": 300, "x1": 500, "y1": 312}}
    changes = [{"term": "total", "value": "1050.00", **shown}, {"term": "unit", "line": 0, "value": "box"}]
    put_right = ok(await clerk.patch(where, {"changes": changes}, **meant(bill)))
    assert put_right["version"] == bill["version"] + 1
    assert (put_right["fields"]["total"], put_right["total"]) == ("1050.00", "1050.00")
    assert "GW-BILL-TOTAL" not in {one["rule"] for one in put_right["findings"]}
    values = {(one["term"], one["line"]): one for one in put_right["proof"]["values"]}
    (correction,) = values["total", None]["corrections"]
    assert (correction["was"], correction["now"], correction["by"]) == ("1060.00", "1050.00", f"user:{clerk.id}")
    assert values["total", None]["read"] == "1060.00", "what was read stays known"
    assert values["unit", 0]["read"] is None
    assert (await entries(house, company, ids[0]))[-1] == "CORRECTION"

    worse = ok(await clerk.patch(where, {"changes": [{"term": "total", "value": "9.00"}]}, **meant(put_right)))
    (finding,) = (one for one in worse["findings"] if one["rule"] == "GW-BILL-TOTAL")
    assert (finding["pointer"], finding["severity"]) == ("/total", "warning")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"changes": [{"term": "po_number", "value": "P"}, {"term": "total", "value": "1,050"}]}, "/changes/1/value"),
        ({"changes": [{"term": "total", "value": "NaN"}]}, "/changes/0/value"),
        ({"changes": [{"term": "issue_date", "value": "20/11/2026"}]}, "/changes/0/value"),
        ({"changes": [{"term": "beauty", "value": "1"}]}, "/changes/0/term"),
        ({"changes": [{"term": "unit", "line": 99, "value": "box"}]}, "/changes/0/line"),
        ({"changes": [{"term": "total", "value": 5}]}, "/changes/0/value"),
        ({"changes": [{"term": "total", "price": "5"}]}, "/changes/0"),
        ({"changes": []}, "/changes"),
        ({}, ""),
    ],
)  # fmt: skip
async def test_a_change_that_cant_be_made_is_named_and_nothing_is_changed(
    clerk: Person, waiting: dict[str, object], body: object, pointer: str
) -> None:
    where = f"/v1/bills/{waiting['id']}"
    refused = await clerk.patch(where, body, **meant(waiting))
    assert (refused.status_code, refused.json()["findings"][0]["pointer"]) == (422, pointer), refused.text
    now = ok(await clerk.get(where))
    assert (now["version"], now["fields"]) == (waiting["version"], waiting["fields"])


@pytest.fixture(scope="module")
async def waiting(house: House, company: Company, clerk: Person) -> dict[str, object]:
    (bill,) = await in_review(house, company, clerk)
    return bill


async def test_a_change_says_which_version_it_means(clerk: Person, waiting: dict[str, object]) -> None:
    where, body = f"/v1/bills/{waiting['id']}", {"changes": [{"term": "po_number", "value": "PO-1"}]}
    assert (await clerk.patch(where, body)).status_code == 428
    assert (await clerk.post(f"{where}/accept")).status_code == 428
    assert (await clerk.post(f"{where}/discard", {"confirm": "discard", "reason": "x"})).status_code == 428
    refused = await clerk.patch(where, body, If_Match='"77"')
    assert (refused.status_code, refused.json()["code"]) == (409, "bill-changed")
    assert refused.json()["facts"] == {"version": waiting["version"]}
    assert (await clerk.patch(where, body, If_Match='"two"')).status_code == 400


async def test_of_two_changes_of_one_version_one_is_made(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}"
    bodies = [{"changes": [{"term": "po_number", "value": value}]} for value in ("PO-1", "PO-2")]
    answers = await asyncio.gather(*(clerk.patch(where, body, **meant(bill)) for body in bodies))
    assert sorted(one.status_code for one in answers) == [200, 409]
    (made,) = (one.json() for one in answers if one.status_code == 200)
    assert ok(await clerk.get(where))["fields"]["po_number"] == made["fields"]["po_number"]


async def test_accepting_twice_at_once_accepts_once(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}"
    answers = await asyncio.gather(*(clerk.post(f"{where}/accept", **meant(bill)) for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [200, 409, 409]
    accepted = ok(await clerk.get(where))
    assert (accepted["state"], accepted["reviewed"]["by"]) == ("READ", f"user:{clerk.id}")
    kinds = await entries(house, company, bill["id"])
    assert kinds == ["BILL", "READING", "READING"]
    assert accepted["proof"]["entry"] == bill["proof"]["entry"], "what was read is still shown as it was read"


async def test_nothing_is_changed_after_acceptance(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}"
    accepted = ok(await clerk.post(f"{where}/accept", **meant(bill)))
    body = {"changes": [{"term": "total", "value": "1.00"}]}
    for refused in (
        await clerk.patch(where, body, **meant(accepted)),
        await clerk.post(f"{where}/accept", **meant(accepted)),
        await clerk.post(f"{where}/discard", {"confirm": "discard", "reason": "Late."}, **meant(accepted)),
        await clerk.post(f"{where}/retry"),
    ):
        assert refused.status_code == 409, refused.text
    assert ok(await clerk.get(where))["fields"] == bill["fields"]


async def test_a_change_and_an_acceptance_at_once_leave_what_was_accepted(
    house: House, company: Company, clerk: Person
) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}"
    body = {"changes": [{"term": "po_number", "value": "PO-5"}]}
    changed, accepted = await asyncio.gather(
        clerk.patch(where, body, **meant(bill)), clerk.post(f"{where}/accept", **meant(bill))
    )
    assert sorted((changed.status_code, accepted.status_code)) == [200, 409]


async def test_what_lacks_a_value_isnt_accepted(house: House, company: Company, clerk: Person) -> None:
    (bill,) = await in_review(house, company, clerk)
    where = f"/v1/bills/{bill['id']}"
    without = ok(await clerk.patch(where, {"changes": [{"term": "total", "value": None}]}, **meant(bill)))
    refused = await clerk.post(f"{where}/accept", **meant(without))
    assert (refused.status_code, refused.json()["code"]) == (422, "bill-not-acceptable")
    assert refused.json()["findings"][0]["pointer"] == "/total"


async def test_a_reading_is_discarded_when_that_is_meant_and_the_original_stays(
    house: House, company: Company, clerk: Person
) -> None:
    data = paper()
    (bill_id,) = await sent(clerk, data)
    await read(house, company, bill_id)
    where = f"/v1/bills/{bill_id}"
    bill = ok(await clerk.get(where))
    for unconfirmed in ({"reason": "A menu."}, {"reason": "A menu.", "confirm": "yes"}, {"confirm": "discard"}):
        assert (await clerk.post(f"{where}/discard", unconfirmed, **meant(bill))).status_code == 422
    discarded = ok(await clerk.post(f"{where}/discard", {"confirm": "discard", "reason": "A menu."}, **meant(bill)))
    assert (discarded["state"], discarded["note"]) == ("DISCARDED", "A menu.")
    assert discarded["discarded"]["by"] == f"user:{clerk.id}"
    assert (await entries(house, company, bill_id)) == ["BILL", "READING", "BILL"]
    assert (await clerk.get(f"{where}/original")).content == data
    again = await clerk.post(f"{where}/discard", {"confirm": "discard", "reason": "A menu."}, **meant(discarded))
    assert again.status_code == 409
    repeated = ok(await send(clerk, ("menu.pdf", data)))["files"][0]
    assert (repeated["outcome"], repeated["state"], repeated["bill_id"]) == ("duplicate", "DISCARDED", bill_id)


async def test_an_original_is_a_download_and_nothing_else(clerk: Person) -> None:
    page = b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"
    answered = ok(await send(clerk, ("evil.html", page)))["files"][0]
    data = xml("X-1") if answered["outcome"] == "refused" else page
    (bill_id,) = await sent(clerk, data)
    original = await clerk.get(f"/v1/bills/{bill_id}/original")
    assert original.content == data
    assert original.headers["content-disposition"].startswith("attachment; ")
    assert original.headers["content-disposition"].endswith(".xml")
    assert original.headers["x-content-type-options"] == "nosniff"
    assert original.headers["content-type"].startswith("application/xml")
    assert original.headers["etag"] == f'"{hashlib.sha256(data).hexdigest()}"'


async def test_bills_are_found_by_what_stands_on_them(house: House) -> None:
    company = await house.company()
    clerk = await company.person("FINANCE_USER")
    bills = await in_review(house, company, clerk, 3)
    ids, first = [one["id"] for one in bills], bills[0]
    (unread,) = await sent(clerk)

    async def found(query: str) -> list[str]:
        return [one["id"] for one in ok(await clerk.get(f"/v1/bills?{query}"))["items"]]

    assert await found("") == [unread, *reversed(ids)], "latest first"
    assert await found(f"number={first['number']}") == [first["id"]]
    assert await found(f"search={first['number'][-4:].lower()}") == [first["id"]]
    assert await found("supplier=desert%20TONER") == list(reversed(ids))
    assert await found("search=1050.00") == list(reversed(ids))
    assert await found("amount=1050") == list(reversed(ids))
    assert await found("amount_from=1050.01") == await found("amount_to=1049.99") == []
    assert await found("state=RECEIVED") == [unread]
    assert await found("state=RECEIVED&state=NEEDS_REVIEW") == [unread, *reversed(ids)]
    assert await found("issued_from=2026-11-15&issued_to=2026-11-15") == list(reversed(ids))
    assert await found("issued_from=2026-11-16") == []
    assert await found("door=mail") == await found("held=true") == await found("word=FULL_MATCH") == []
    assert await found("search=%25") == await found("search=_") == [], "no pattern, but a part"
    page = ok(await clerk.get("/v1/bills?limit=3"))
    rest = ok(await clerk.get(f"/v1/bills?limit=3&cursor={page['next']}"))
    assert [one["id"] for one in page["items"] + rest["items"]] == [unread, *reversed(ids)]
    assert rest["next"] is None
    for wrong in ("colour=red", "amount=much", "state=LOST", "issued_from=yesterday", "limit=0"):
        assert (await clerk.get(f"/v1/bills?{wrong}")).status_code == 422


async def test_another_companys_bills_arent_there(house: House, clerk: Person, waiting: dict[str, object]) -> None:
    stranger = await (await house.company()).person("FINANCE_USER")
    where, version = f"/v1/bills/{waiting['id']}", meant(waiting)
    away = {"confirm": "discard", "reason": "Mine."}
    change = {"changes": [{"term": "total", "value": "1.00"}]}
    for answer in (
        await stranger.get(where),
        await stranger.get(f"{where}/original"),
        await stranger.get(f"{where}/pages/1.png"),
        await stranger.get(f"{where}/crops/total"),
        await stranger.patch(where, change, **version),
        await stranger.post(f"{where}/accept", **version),
        await stranger.post(f"{where}/discard", away, **version),
        await stranger.post(f"{where}/retry"),
        await stranger.post(f"{where}/lease"),
        await stranger.delete(f"{where}/lease"),
    ):
        assert answer.status_code == 404, f"{answer.request.url}: {answer.text}"
    assert ok(await stranger.get("/v1/bills"))["items"] == []
    assert ok(await stranger.get("/v1/bills/review"))["waiting"] == 0
    assert ok(await clerk.get(where))["version"] == waiting["version"]


async def test_an_auditor_reads_and_changes_nothing(company: Company, waiting: dict[str, object]) -> None:
    auditor = await company.person("AUDITOR")
    where = f"/v1/bills/{waiting['id']}"
    assert (await auditor.get(where)).status_code == 200
    assert (await auditor.post(f"{where}/lease")).status_code == 403
    assert (await auditor.patch(where, {"changes": []}, **meant(waiting))).status_code == 403


def test_what_is_known_of_a_line_moves_with_it() -> None:
    def value(text: str) -> Value:
        return Value(term="description", value=text, confidence="1.0000", evidence=())

    extracted = Extracted(
        extractor="rules/1", kind="invoice", header=(), doubts=(), lines=((value("first"),), (value("second"),))
    )
    fact = Read(
        bill_id=uuid4(), file_sha256="", transcript_sha256=None, part=1, pages=(), reading=extracted, others=(),
        failures=(), disagreements=(), doubts=(), score=Decimal(1), reasons=(), accepted=False, read_at=_AT,
    )  # fmt: skip
    rounds = (
        (Changed(term="description", line=1, was="second", now="2nd"), Changed(term="", line=0, was="{}", now=None)),
        (Changed(term="item", line=1, was=None, now="A-3"), Changed(term="item", line=0, was=None, now="A-2")),
    )
    corrected = tuple(
        (
            seq,
            Corrected(
                bill_id=fact.bill_id, file_sha256="", version=1, changes=each, corrected_by="x", corrected_at=_AT
            ),
        )
        for seq, each in enumerate(rounds)
    )
    standing = Fields(kind=Kind.INVOICE, lines=(Line(description="2nd", item="A-2"), Line(item="A-3")))
    shown = {
        (one.term, one.line): (one.value, one.read, tuple(each.now for each in one.corrections))
        for one in _values(_Known(entry=1, sha256="", read=fact, corrected=corrected), standing)
        if one.line is not None
    }
    assert shown == {
        ("description", 0): ("2nd", "second", ("2nd",)),
        ("item", 0): ("A-2", None, ("A-2",)),
        ("item", 1): ("A-3", None, ("A-3",)),
    }
