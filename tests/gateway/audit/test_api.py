"""The auditor's endpoints over HTTP, with a real company, real people and the real job."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text

from gateway import events
from gateway.audit import HANDLERS
from gateway.audit.jobs import VERIFY
from gateway.db import Database
from gateway.jobqueue import Permanent
from ledger import store
from ledger.entry import Kind, NewEntry, decode
from ledger.report import Level
from ledger.signing import make_seals
from ledger.store import append, batch, current_signer
from ledger.store import head as read_head
from tests.gateway.audit.ledgers import free_hands, json_of, xml_of
from tests.gateway.house import Company, House, Person, ok

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    """A company with one invoice and its approval in the ledger."""
    company = await house.company()
    contents = json_of("INV-1", "105.00"), xml_of("INV-1", "105.00")
    async with house.database.company(company.id) as db:
        signer = await current_signer(db, company.id, house.wiring.keys)
        (seal,) = await make_seals(signer, [contents])
        invoice = NewEntry(
            kind=Kind.INVOICE, canonical=contents[0], attached=contents[1], series="S", number="INV-1", seal=seal
        )
        approval = NewEntry(kind=Kind.APPROVAL, canonical=b'{"by":"checker"}', series="S", number="INV-1")
        await append(db, company.id, [invoice, approval], now=NOW, keys=house.wiring.keys)
    return company


@pytest.fixture(scope="module")
async def auditor(company: Company) -> Person:
    return await company.person("AUDITOR")


async def entries_of(auditor: Person) -> list[dict[str, Any]]:
    """As many as the head counts: reading them is an entry more."""
    last = ok(await auditor.get("/v1/ledger/head"))["count"] - 1
    return list(ok(await auditor.get(f"/v1/ledger/entries?limit=200&last={last}"))["entries"])


async def test_an_auditor_can_recompute_everything_from_the_answers(auditor: Person, company: Company) -> None:
    head, entries = ok(await auditor.get("/v1/ledger/head")), await entries_of(auditor)
    assert head["company_id"] == str(company.id)
    assert [entry["seq"] for entry in entries] == list(range(head["count"]))
    for before, entry in zip([None, *entries], entries, strict=False):
        body = base64.b64decode(entry["body"])
        assert sha256(body).hexdigest() == entry["hash"]
        assert before is None or entry["previous"] == before["hash"]
        assert decode(body).invoice_hash.hex() == entry["invoice_hash"]
        canonical = await auditor.get(f"/v1/ledger/entries/{entry['seq']}/canonical")
        assert canonical.headers["content-type"].startswith("application/json")
        assert sha256(canonical.content).hexdigest() == entry["invoice_hash"]
        attached = await auditor.get(f"/v1/ledger/entries/{entry['seq']}/attached")
        if entry["xml_hash"] == "00" * 32:
            assert attached.status_code == 404
        else:
            assert sha256(attached.content).hexdigest() == entry["xml_hash"]
            assert "attachment" in attached.headers["content-disposition"]
    assert entries[-1]["hash"] == head["hash"]
    keys = [key for key in ok(await auditor.get("/v1/ledger/keys"))["keys"] if key["in_force"]]
    assert sorted(key["purpose"] for key in keys) == ["document", "ledger", "ledger-rsa"]
    assert all(key["key_id"] == sha256(base64.b64decode(key["spki"])).digest()[:8].hex() for key in keys)
    assert head["key_id"] in {key["key_id"] for key in keys if key["purpose"] == "document"}


async def test_pages_and_single_entries(auditor: Person) -> None:
    everything = await entries_of(auditor)
    found, first, last = [], 0, everything[-1]["seq"]
    while first is not None:
        page = ok(await auditor.get(f"/v1/ledger/entries?first={first}&last={last}&limit=1"))
        assert len(page["entries"]) == 1
        found += page["entries"]
        first = page["next"]
    assert found == everything
    assert ok(await auditor.get(f"/v1/ledger/entries/{everything[1]['seq']}")) == everything[1]


async def test_the_timeline_of_a_document(auditor: Person) -> None:
    answer = ok(await auditor.get("/v1/ledger/timeline?series=S&number=INV-1"))
    assert [entry["kind"] for entry in answer["entries"]] == ["invoice", "approval"]
    assert ok(await auditor.get("/v1/ledger/timeline?series=S&number=INV-2"))["entries"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/ledger/entries/99999", 404),
        ("/v1/ledger/entries/99999/canonical", 404),
        ("/v1/ledger/entries/99999/attached", 404),
        ("/v1/ledger/entries/9223372036854775808", 422),
        ("/v1/ledger/entries/x", 404),
        ("/v1/ledger/entries?limit=0", 422),
        ("/v1/ledger/entries?limit=201", 422),
        ("/v1/ledger/entries?first=-1", 422),
        ("/v1/ledger/entries?first=9223372036854775807", 200),
        ("/v1/ledger/timeline", 422),
        ("/v1/ledger/timeline?number=", 422),
        ("/v1/ledger/verifications/0192f3c4-a5b6-7c8d-9e0f-112233445566", 404),
    ],
)
async def test_what_is_not_there_or_not_asked_well(auditor: Person, path: str, status: int) -> None:
    assert (await auditor.get(path)).status_code == status


async def run(house: House, company: Company, verification_id: str) -> None:
    payload = msgspec.json.encode({"verification_id": verification_id})
    await HANDLERS[VERIFY](house.wiring, company.id, payload, now=NOW)


async def test_a_verification_is_asked_for_run_and_recorded(house: House, company: Company, auditor: Person) -> None:
    answer = await auditor.post("/v1/ledger/verifications", {"level": "checkpoints", "deep": True})
    asked = ok(answer, 202)
    assert answer.headers["location"] == f"/v1/ledger/verifications/{asked['id']}"
    assert (asked["state"], asked["report"], asked["total"]) == ("queued", None, 0)
    async with house.owner.platform() as db:
        jobs = (await db.execute(text("select payload::text from jobs where kind = :kind"), {"kind": VERIFY})).scalars()
        assert asked["id"] in " ".join(jobs)
    before = ok(await auditor.get("/v1/ledger/head"))["count"]
    await run(house, company, asked["id"])
    done = ok(await auditor.get(f"/v1/ledger/verifications/{asked['id']}"))
    assert (done["state"], done["report"]["status"], done["checked"], done["total"]) == ("done", "ok", before, before)
    assert done["report"]["checked"]["seals"] == 4
    signed = ok(await auditor.get("/v1/ledger/checkpoints?limit=200"))["checkpoints"]
    assert done["report"]["checked"]["checkpoints"] == sum(note["size"] <= before for note in signed) > 5
    assert done["entry_seq"] == before
    admin = await company.admin()
    entry = ok(await admin.get(f"/v1/ledger/entries/{before}"))
    assert entry["kind"] == "verification"
    recorded = ok(await admin.get(f"/v1/ledger/entries/{before}/canonical"))
    assert (recorded["verification_id"], recorded["report"]) == (asked["id"], done["report"])
    async with house.database.company(company.id) as db:
        (told,) = await events.timeline(db, company.id, msgspec.convert(asked["id"], type=type(company.id)))
    assert (told.kind, msgspec.json.decode(told.facts)["status"]) == ("verification.done", "ok")
    await run(house, company, asked["id"])
    assert ok(await auditor.get("/v1/ledger/head"))["count"] == before + 1, "a job that runs twice records once"


async def test_two_workers_with_one_verification_record_it_once(
    house: House, company: Company, auditor: Person
) -> None:
    import asyncio

    asked = ok(await auditor.post("/v1/ledger/verifications", {"level": "links"}), 202)
    before = ok(await auditor.get("/v1/ledger/head"))["count"]
    await asyncio.gather(*(run(house, company, asked["id"]) for _ in range(4)))
    assert ok(await auditor.get("/v1/ledger/head"))["count"] == before + 1


async def test_a_job_for_nothing_goes_to_the_dead_letters(house: House, company: Company) -> None:
    with pytest.raises(Permanent, match="no verification"):
        await run(house, company, str(uuid4()))
    with pytest.raises(Permanent, match="company"):
        await HANDLERS[VERIFY](house.wiring, None, b'{"verification_id":"%s"}' % str(uuid4()).encode(), now=NOW)


@pytest.mark.parametrize("body", [{"level": "deep"}, {"level": 2}, {"levels": "seals"}, [], None, {"level": None}])
async def test_a_verification_asked_for_badly(auditor: Person, body: object) -> None:
    assert (await auditor.post("/v1/ledger/verifications", body)).status_code in (400, 415, 422)


async def test_another_company_finds_nothing_of_it(house: House, company: Company, auditor: Person) -> None:
    asked = ok(await auditor.post("/v1/ledger/verifications", {}), 202)
    assert asked["level"] == "checkpoints"
    stranger = await (await house.company()).person("AUDITOR")
    assert (await stranger.get(f"/v1/ledger/verifications/{asked['id']}")).status_code == 404
    assert (await stranger.get("/v1/ledger/timeline?series=S&number=INV-1")).json()["entries"] == []
    assert ok(await stranger.get("/v1/ledger/head"))["company_id"] != str(company.id)
    nobody = Person(house, "")
    for path in ("head", "entries", "keys", "entries/0", f"verifications/{asked['id']}"):
        assert (await nobody.get(f"/v1/ledger/{path}")).status_code == 401


async def test_a_failed_verification_is_told_and_recorded(
    house: House, company: Company, auditor: Person, module_admin: Database
) -> None:
    """A row altered past every trigger: the report names it, the event and the entry carry it."""
    async with module_admin.engine.begin() as db:
        await db.execute(text("alter table ledger_contents disable trigger all"))
        await db.execute(
            text(
                "update ledger_contents set attached = attached || 'x' where company_id = :c "
                "and seq = (select seq from ledger_entries where company_id = :c and kind = 1)"
            ),
            {"c": company.id},
        )
        await db.execute(text("alter table ledger_contents enable always trigger refuse"))
        await db.execute(text("alter table ledger_contents enable always trigger check_added"))
    asked = ok(await auditor.post("/v1/ledger/verifications", {}), 202)
    await run(house, company, asked["id"])
    done = ok(await auditor.get(f"/v1/ledger/verifications/{asked['id']}"))
    assert (done["state"], done["report"]["status"]) == ("done", "failed")
    assert done["report"]["failures"][0]["reason"] == "CONTENT_ALTERED"
    (first, _) = ok(await auditor.get("/v1/ledger/timeline?series=S&number=INV-1"))["entries"]
    assert done["report"]["failures"][0]["seq"] == first["seq"]
    assert done["entry_seq"] is not None


async def test_a_ledger_too_broken_to_be_appended_to_is_still_reported(
    house: House, company: Company, auditor: Person, module_admin: Database
) -> None:
    async with house.database.company(company.id) as db:
        sound = await read_head(db, company.id)
    async with module_admin.engine.begin() as db:
        await db.execute(text("alter table ledger_heads disable trigger all"))
        await db.execute(text("update ledger_heads set count = count - 1 where company_id = :c"), {"c": company.id})
    asked = ok(await auditor.post("/v1/ledger/verifications", {"level": "links"}), 202)
    await run(house, company, asked["id"])
    done = ok(await auditor.get(f"/v1/ledger/verifications/{asked['id']}"))
    assert (done["state"], done["report"]["failures"][0]["reason"], done["entry_seq"]) == ("done", "BEYOND_HEAD", None)
    async with module_admin.engine.begin() as db:
        await db.execute(
            text("update ledger_heads set count = :n where company_id = :c"), {"n": sound.count, "c": company.id}
        )
        for name in ("refuse", "check_head"):
            await db.execute(text(f"alter table ledger_heads enable always trigger {name}"))


async def test_a_sound_ledger_that_cannot_be_appended_to_is_tried_again(
    house: House, module_admin: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.errors import HeadMoved

    company = await house.company()
    auditor = await company.person("AUDITOR")
    asked = ok(await auditor.post("/v1/ledger/verifications", {}), 202)

    async def moved(*_: object, **__: object) -> None:
        raise HeadMoved("somebody was faster")

    with monkeypatch.context() as patch:
        patch.setattr(store, "append", moved)
        with pytest.raises(HeadMoved):
            await run(house, company, asked["id"])
    assert ok(await auditor.get(f"/v1/ledger/verifications/{asked['id']}"))["state"] == "running"
    await run(house, company, asked["id"])
    assert ok(await auditor.get(f"/v1/ledger/verifications/{asked['id']}"))["report"]["level"] == Level.CHECKPOINTS
    async with free_hands(module_admin) as hands:
        assert len(await batch(hands.db, company.id, 0)) >= 2
