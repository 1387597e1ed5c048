"""The supplier master: entered, changed by the version that was read, found by what a document shows, archived."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from gateway.db import new_id
from gateway.suppliers import flow, queries
from gateway.suppliers.errors import SupplierNotFound
from ingestion.document import Term
from ingestion.extract import Anchor
from tests.gateway.house import Person, ok
from tests.gateway.suppliers.conftest import URL, Firm


async def put(firm: Firm, supplier: dict[str, Any], version: int, **fields: Any) -> Any:
    headers = {"Authorization": f"Bearer {firm.clerk.token}", "If-Match": f'"{version}"'}
    path = f"{URL}/{supplier['id']}"
    return await firm.house.client.put(path, json={"name": supplier["name"], **fields}, headers=headers)


async def test_what_people_write_is_kept_in_one_form(firm: Firm) -> None:
    trn = firm.trn()
    made = await firm.supplier(
        "  Gulf   Paper LLC ",
        other_names=["جلف للورق ذ.م.م", "Gulf Paper LLC"],
        tax_ids=[f"TRN {trn[:3]}-{trn[3:7]}-{trn[7:11]}-{trn[11:]}", f"AE{trn}", "DE 136.695.976"],
        endpoints=["iso6523-actorid-upis::0088:7300010000001"],
        emails=["Billing@GULF.example"],
        currency="aed",
        payment_days=30,
    )
    shown = ok(await firm.clerk.get(f"{URL}/{made['id']}"))
    assert shown == made
    assert {name: shown[name] for name in ("name", "other_names", "tax_ids", "endpoints", "emails", "currency")} == {
        "name": "Gulf Paper LLC", "other_names": ["جلف للورق ذ.م.م"], "tax_ids": [trn, "DE136695976"],
        "endpoints": ["0088:7300010000001"], "emails": ["Billing@gulf.example"], "currency": "AED",
    }  # fmt: skip
    assert (shown["state"], shown["version"], shown["created_by"]) == ("ACTIVE", 1, f"user:{firm.clerk.id}")


@pytest.mark.parametrize(
    ("fields", "pointer", "says"),
    [
        ({"name": " "}, "/name", "1 to 200"),
        ({"name": "x" * 201}, "/name", "1 to 200"),
        ({"name": "Gulf\u202ePaper"}, "/name", "invisible"),
        ({"name": "!?"}, "/name", "letters or digits"),
        ({"tax_ids": ["100234567890004"]}, "/tax_ids/0", "ends with 03"),
        ({"tax_ids": ["DE136695975"]}, "/tax_ids/0", "check digits"),
        ({"tax_ids": ["A-17", "12"]}, "/tax_ids/0", "5 to 20"),
        ({"tax_ids": [f"X{n:06}" for n in range(21)]}, "/tax_ids", "At most 20"),
        ({"endpoints": ["0235:12"]}, "/endpoints/0", "ten"),
        ({"emails": ["nobody"]}, "/emails/0", "e-mail"),
        ({"currency": "Dirham"}, "/currency", "ISO 4217"),
        ({"payment_days": 366}, "/payment_days", "0 to 365"),
        ({"iban": "AE07"}, "", "iban"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_place(
    firm: Firm, fields: dict[str, Any], pointer: str, says: str
) -> None:
    answer = await firm.clerk.post(URL, {"name": "Refused LLC", **fields})
    assert answer.status_code == 422, answer.text
    (finding,) = answer.json()["findings"]
    assert finding["pointer"] == pointer and says in finding["message"]


async def test_a_change_names_the_version_that_was_read(firm: Firm) -> None:
    falcon = await firm.supplier(payment_days=30)
    blind = await firm.clerk.put(f"{URL}/{falcon['id']}", {"name": "Falcon"})
    assert blind.status_code == 428
    changed = ok(await put(firm, falcon, 1, payment_days=60))
    assert (changed["version"], changed["payment_days"]) == (2, 60)
    late = await put(firm, falcon, 1, payment_days=90)
    assert (late.status_code, late.json()["facts"]) == (409, {"version": 2})
    assert ok(await put(firm, falcon, 2, payment_days=60))["version"] == 2
    events = ok(await firm.clerk.get(f"{URL}/{falcon['id']}/events"))
    assert [event["kind"] for event in events] == ["supplier.active", "supplier.changed"]
    assert events[1]["facts"] | {"import_sha256": None} == {
        "before": {"payment_days": 30}, "after": {"payment_days": 60}, "import_sha256": None,
    }  # fmt: skip


async def test_of_two_changes_at_once_one_holds(firm: Firm) -> None:
    falcon = await firm.supplier()
    answers = await asyncio.gather(*(put(firm, falcon, 1, payment_days=days) for days in (10, 20, 30)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_a_tax_id_and_an_address_are_one_suppliers(firm: Firm) -> None:
    trn, endpoint = firm.trn(), "9915:acme-stationery"
    falcon = await firm.supplier(tax_ids=[trn], endpoints=[endpoint])
    for fields in ({"tax_ids": [f"AE{trn}"]}, {"endpoints": [endpoint.upper()]}):
        taken = await firm.clerk.post(URL, {"name": "Gulf", **fields})
        assert (taken.status_code, taken.json()["code"]) == (409, "supplier-known")
        assert taken.json()["facts"] == {"supplier_id": falcon["id"]}
    gulf = await firm.supplier()
    assert (await put(firm, gulf, 1, tax_ids=[trn])).status_code == 409
    ok(await put(firm, falcon, 1, tax_ids=[], endpoints=[endpoint]))
    assert ok(await put(firm, gulf, 1, tax_ids=[trn]))["tax_ids"] == [trn]


async def test_the_same_supplier_entered_twice_at_once_is_there_once(firm: Firm) -> None:
    trn = firm.trn()
    body = {"name": f"Twin {trn}", "tax_ids": [trn]}
    answers = await asyncio.gather(*(firm.clerk.post(URL, body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(ok(await firm.clerk.get(f"{URL}?q={trn}"))["items"]) == 1


async def test_the_list_is_searched_by_name_tax_id_and_address_and_paged(firm: Firm) -> None:
    trn = firm.trn()
    made = [
        await firm.supplier("Zünd & Söhne GmbH", tax_ids=[trn]),
        await firm.supplier("Zund Trading", endpoints=["0088:7300010000018"]),
        await firm.supplier("Other", other_names=["مؤسسة زند"]),
    ]
    ids = [each["id"] for each in made]
    for wanted, found in [
        ("zund", [ids[1], ids[0]]), (f"AE {trn}", [ids[0]]), ("0088:7300010000018", [ids[1]]), ("زند", [ids[2]]),
        ("%", []), ("100", []),
    ]:  # fmt: skip
        listed = ok(await _search(firm, q=wanted))
        assert [each["id"] for each in listed["items"]] == found, wanted
    first = ok(await _search(firm, q="zund", limit="1"))
    then = ok(await _search(firm, q="zund", limit="1", cursor=first["next"]))
    assert [page["items"][0]["id"] for page in (first, then)] == [ids[1], ids[0]]
    assert then["next"] is None


async def _search(firm: Firm, **query: str) -> Any:
    headers = {"Authorization": f"Bearer {firm.clerk.token}"}
    return await firm.house.client.get(URL, params=query, headers=headers)


async def test_an_archived_supplier_is_found_by_no_bill_and_comes_back_whole(firm: Firm) -> None:
    trn = firm.trn()
    falcon = await firm.supplier(tax_ids=[trn])
    ok(await firm.clerk.post(f"{URL}/{falcon['id']}/archive"))
    again = await firm.clerk.post(f"{URL}/{falcon['id']}/archive")
    assert (again.status_code, again.json()["code"]) == (409, "illegal-transition")
    assert await resolved(firm, tax_id=trn) is None
    assert await known(firm, falcon["name"]) == []
    assert falcon["id"] in [each["id"] for each in ok(await _search(firm, q=trn, state="ARCHIVED"))["items"]]
    assert (await firm.clerk.post(URL, {"name": "Anew", "tax_ids": [trn]})).status_code == 409
    back = ok(await firm.clerk.post(f"{URL}/{falcon['id']}/restore"))
    assert (back["state"], back["version"]) == ("ACTIVE", 3)
    assert await resolved(firm, tax_id=trn) == UUID(falcon["id"])


async def resolved(firm: Firm, **shown: str) -> UUID | None:
    async with firm.db() as db:
        given = {"tax_id": None, "name": None, "endpoint": None, **shown}
        return await queries.resolve(db, firm.id, **given)


async def known(firm: Firm, name: str) -> list[Any]:
    async with firm.db() as db:
        return [supplier for supplier in await queries.known(db, firm.id) if supplier.name == name]


async def test_a_document_is_from_whom_its_tax_id_says_else_its_address_else_its_name(firm: Firm) -> None:
    trn, other = firm.trn(), firm.trn()
    falcon = await firm.supplier("Falcon Stationery LLC", tax_ids=[trn], endpoints=["0088:4000001000005"])
    gulf = await firm.supplier("Gulf Stationery", other_names=["جلف للقرطاسية"])
    twins = [await firm.supplier("Twin Stationery") for _ in range(2)]
    assert len({each["id"] for each in twins}) == 2
    mine, theirs = UUID(falcon["id"]), UUID(gulf["id"])
    for shown, found in [
        ({"tax_id": f"AE {trn}", "name": "Gulf Stationery"}, mine),
        ({"tax_id": f"{trn[:3]}-{trn[3:]}"}, mine),
        ({"endpoint": "0088:4000001000005"}, mine),
        ({"name": "FALCON stationery l.l.c."}, mine),
        ({"name": "Falcon Stationery LLC", "tax_id": other}, None),
        ({"name": "Gulf Stationery", "tax_id": other}, theirs),
        ({"name": "جلف للقرطاسيه"}, theirs),
        ({"name": "Twin Stationery"}, None),
        ({"name": "Nobody"}, None),
        ({"endpoint": "no address", "name": "  "}, None),
        ({}, None),
    ]:
        assert await resolved(firm, **shown) == found, shown


# -------------------------------------------------------------------------------------------------- what was learned

NUMBER, DATE, LOW = Anchor("documentref"), Anchor("dated", x=0.5), Anchor("", x=0.7, y=0.9)


async def lessons(firm: Firm, supplier: dict[str, Any]) -> list[dict[str, Any]]:
    return list(ok(await firm.clerk.get(f"{URL}/{supplier['id']}/anchors")))


async def test_what_a_correction_teaches_is_known_to_the_next_reading_until_it_is_forgotten(firm: Firm) -> None:
    falcon, bill = await firm.supplier(tax_ids=[firm.trn()], other_names=["الصقر"]), new_id()
    await firm.learn(falcon, {Term.INVOICE_NUMBER: (NUMBER,)}, bill)
    await firm.learn(falcon, {Term.INVOICE_NUMBER: (NUMBER,)}, bill)
    await firm.learn(falcon, {Term.INVOICE_NUMBER: (LOW, NUMBER), Term.ISSUE_DATE: (DATE,)})
    for name in (falcon["name"], "الصقر"):
        (supplier,) = await known(firm, name)
        assert supplier.tax_ids == tuple(falcon["tax_ids"])
        assert supplier.anchors == {Term.INVOICE_NUMBER: (LOW, NUMBER), Term.ISSUE_DATE: (DATE,)}
    told = await lessons(firm, falcon)
    assert [(each["version"], each["forgotten"]) for each in told] == [(2, False), (1, False)]
    assert told[1]["bill_id"] == str(bill)
    assert ok(await firm.clerk.get(f"{URL}/{falcon['id']}"))["anchored"] == ["invoice_number", "issue_date"]

    headers = {"Authorization": f"Bearer {firm.clerk.token}"}
    path = f"{URL}/{falcon['id']}/anchors"
    ok(await firm.house.client.delete(path, params={"term": "invoice_number"}, headers=headers), 204)
    assert (await known(firm, falcon["name"]))[0].anchors == {Term.ISSUE_DATE: (DATE,)}
    ok(await firm.clerk.delete(path), 204)
    ok(await firm.clerk.delete(path), 204)
    assert (await known(firm, falcon["name"]))[0].anchors == {}
    assert [each["forgotten"] for each in await lessons(firm, falcon)] == [True, True, False, False]
    assert await firm.kinds(falcon["id"]) == [
        "supplier.active", "supplier.learned", "supplier.learned", "supplier.forgotten", "supplier.forgotten",
    ]  # fmt: skip


async def test_lessons_at_once_all_stay_and_the_oldest_make_room(firm: Firm) -> None:
    falcon = await firm.supplier()
    many = [Anchor(f"word{place}") for place in range(5)]
    await asyncio.gather(*(firm.learn(falcon, {Term.TOTAL: (anchor,)}) for anchor in many))
    found = (await known(firm, falcon["name"]))[0].anchors[Term.TOTAL]
    assert len(found) == 3 and set(found) < set(many)
    assert [each["version"] for each in await lessons(firm, falcon)] == [5, 4, 3, 2, 1]


async def test_nothing_is_learned_of_a_supplier_of_another_company(firm: Firm) -> None:
    stranger: Person = await (await firm.house.company()).admin()
    theirs = ok(await stranger.post(URL, {"name": "Theirs"}), 201)
    learned = flow.Learned(anchors={Term.TOTAL: (LOW,)}, by="user:x", bill_id=new_id(), at=firm.house.now)
    with pytest.raises(SupplierNotFound):
        async with firm.db() as db:
            await flow.learn(db, firm.id, UUID(theirs["id"]), learned)
