"""Verifications asked for over HTTP: signed reports, known beginnings, and a worker that goes on for another."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec
import pytest
import rfc8785
from sqlalchemy import text

from certs import Algorithm, verifying_key
from gateway.audit import HANDLERS, flow, jobs
from gateway.audit.jobs import VERIFY
from gateway.audit.source import DatabaseSource
from gateway.db import Database
from ledger.entry import Kind, NewEntry
from ledger.store import append
from ledger.stretch import Batch
from ledger.verify import Progress
from tests.gateway.house import Company, House, Person, ok

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
async def company(house: House) -> Company:
    """A company with its keys in the ledger."""
    return await house.company()


@pytest.fixture
async def auditor(company: Company) -> Person:
    return await company.person("AUDITOR")


async def run(house: House, company: Company, verification_id: str) -> None:
    payload = msgspec.json.encode({"verification_id": verification_id})
    await HANDLERS[VERIFY](house.wiring, company.id, payload, now=NOW)


async def test_the_report_is_signed_by_the_ledgers_keys(house: House, company: Company, auditor: Person) -> None:
    """Checked here with nothing but the answers: the keys, the note, and canonical JSON."""
    asked = ok(await auditor.post("/v1/ledger/verifications", {}), 202)
    await run(house, company, asked["id"])
    done = ok(await auditor.get(f"/v1/ledger/verifications/{asked['id']}"))
    signed, lines = done["note"].split("\n\n")
    origin = done["note"].splitlines()[0].removesuffix(f"/verification/{asked['id']}")
    digest = sha256(rfc8785.dumps(done["report"])).hexdigest()
    assert f"{signed}\n" == f"{origin}/verification/{asked['id']}\nsha256:{digest}\n"
    attached = await auditor.get(f"/v1/ledger/entries/{done['entry_seq']}/attached")
    assert attached.text == done["note"]
    keys = {key["purpose"]: base64.b64decode(key["spki"]) for key in ok(await auditor.get("/v1/ledger/keys"))["keys"]}
    raw = [base64.b64decode(line.rpartition(" ")[2])[4:] for line in lines.splitlines()]
    for purpose, signature in zip(("ledger", "ledger-rsa"), raw, strict=True):
        algorithm = Algorithm.ED25519 if purpose == "ledger" else Algorithm.RSA_PSS_SHA256
        key = verifying_key(algorithm, keys[purpose])
        assert key.verify(signature, f"{signed}\n".encode())
        assert not key.verify(signature, f"{signed}x\n".encode())


class Killed(Exception):
    """In the place of a signal: nothing of the job runs any more."""


async def append_status(house: House, company: Company, now: datetime) -> None:
    async with house.database.company(company.id) as db:
        entry = NewEntry(kind=Kind.STATUS, canonical=b"{}")
        await append(db, company.id, [entry], now=now, keys=house.wiring.keys)


async def test_only_what_is_new_since_the_last_good_verification(
    house: House, company: Company, auditor: Person
) -> None:
    refused = await auditor.post("/v1/ledger/verifications", {"since": {}})
    assert refused.status_code == 422, "nothing was found good so far"
    assert "verify everything once" in refused.json()["detail"]
    first = ok(await auditor.post("/v1/ledger/verifications", {}), 202)
    await run(house, company, first["id"])
    report = ok(await auditor.get(f"/v1/ledger/verifications/{first['id']}"))["report"]
    await append_status(house, company, NOW)
    for since in ({}, {"size": report["head_count"]}, {"size": report["head_count"], "root": report["root"]}):
        asked = ok(await auditor.post("/v1/ledger/verifications", {"since": since}), 202)
        assert asked["since_size"] >= report["head_count"]
        await run(house, company, asked["id"])
        done = ok(await auditor.get(f"/v1/ledger/verifications/{asked['id']}"))
        assert (done["report"]["status"], done["report"]["since"]) == ("ok", asked["since_size"])
        assert done["report"]["checked"]["entries"] == done["report"]["head_count"] - asked["since_size"]
    wrong = ok(
        await auditor.post(
            "/v1/ledger/verifications", {"since": {"size": report["head_count"], "root": "00" * 32}}
        ), 202,
    )  # fmt: skip
    await run(house, company, wrong["id"])
    failed = ok(await auditor.get(f"/v1/ledger/verifications/{wrong['id']}"))["report"]
    assert (failed["status"], failed["failures"][0]["reason"]) == ("failed", "HISTORY_REWRITTEN")


async def test_a_report_written_by_somebody_else_is_no_checkpoint_to_begin_at(
    house: House, company: Company, auditor: Person, module_admin: Database
) -> None:
    asked = ok(await auditor.post("/v1/ledger/verifications", {}), 202)
    await run(house, company, asked["id"])
    await append_status(house, company, NOW)
    assert (await auditor.post("/v1/ledger/verifications", {"since": {}})).status_code == 202
    async with module_admin.engine.begin() as db:
        forged = (
            "update ledger_verifications set report = "
            "convert_to(regexp_replace(convert_from(report, 'UTF8'), '\"root\":\"..', '\"root\":\"5e'), 'UTF8') "
            "where company_id = :c"
        )
        await db.execute(text(forged), {"c": company.id})
    assert (await auditor.post("/v1/ledger/verifications", {"since": {}})).status_code == 422


BEGINNINGS: list[object] = [
    [],
    3,
    {"size": 0},
    {"size": "3"},
    {"root": "00" * 32},
    {"size": 3, "root": "00"},
    {"size": 3, "root": "zz" * 32},
    {"size": 3, "root": "00" * 32 + "\n"},
    {"size": 2**63},
    {"sizes": 3},
    {"size": 3.5},
]


async def test_a_beginning_asked_for_badly(auditor: Person) -> None:
    for since in BEGINNINGS:
        assert (await auditor.post("/v1/ledger/verifications", {"since": since})).status_code in (400, 422), since


@pytest.mark.parametrize("meddled", ["", "saved = set_byte(saved, 99, 0)", "deep = true", "level = 1"])
async def test_another_worker_goes_on_where_the_first_was_killed(
    house: House,
    company: Company,
    auditor: Person,
    module_admin: Database,
    monkeypatch: pytest.MonkeyPatch,
    meddled: str,
) -> None:
    """Behind the last whole segment, unless somebody meddled with what the first one left, or with what was asked."""
    for seconds in range(5):
        await append_status(house, company, NOW + timedelta(seconds=seconds))
    asked = ok(await auditor.post("/v1/ledger/verifications", {}), 202)
    monkeypatch.setattr(flow, "SEGMENT", 2)
    saves, firsts = [0], list[int]()
    save, batch_of = jobs._Desk.save, DatabaseSource.batch

    async def killed(self: jobs._Desk, progress: Progress) -> None:
        await save(self, progress)
        saves[0] += 1
        if saves[0] == 2:
            raise Killed

    async def noted(self: DatabaseSource, first: int, last: int) -> Batch:
        firsts.append(first)
        return await batch_of(self, first, last)

    with monkeypatch.context() as patch:
        patch.setattr(jobs._Desk, "save", killed)
        with pytest.raises(Killed):
            await run(house, company, asked["id"])
    if meddled:
        async with module_admin.engine.begin() as db:
            statement = f"update ledger_verifications set {meddled} where company_id = :c"
            await db.execute(text(statement), {"c": company.id})
    monkeypatch.setattr(DatabaseSource, "batch", noted)
    await run(house, company, asked["id"])
    assert min(firsts) == (0 if meddled else 4)
    done = ok(await auditor.get(f"/v1/ledger/verifications/{asked['id']}"))
    report = done["report"]
    assert (report["status"], report["checked"]["entries"]) == ("ok", report["head_count"])
    assert [segment["first"] for segment in report["segments"]] == list(range(0, report["head_count"], 2))
