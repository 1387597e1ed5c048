"""Auditors who are limited to days, and what remains of an auditor's reading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from gateway.app import create_app
from gateway.bundles import jobs as bundle_jobs
from gateway.http import limits
from gateway.ratelimit import Rate
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seals
from ledger.store import append, current_signer
from ledger.verifier import verify
from tests.gateway.audit.ledgers import json_of, xml_of
from tests.gateway.house import Company, House, Person, ok, running
from tests.gateway.test_every_endpoint import ENDPOINTS, SERVED, path_of

MARCH = {"from": "2027-03-01", "to": "2027-03-31"}
# In the Emirates a day begins at 20:00 UTC of the day before.
TIMES = {
    "FEB": datetime(2027, 2, 28, 19, 59, 59, tzinfo=UTC),
    "FIRST": datetime(2027, 2, 28, 20, tzinfo=UTC),
    "LATE": datetime(2027, 2, 10, tzinfo=UTC),
    "LAST": datetime(2027, 3, 31, 19, 59, 59, tzinfo=UTC),
    "APRIL": datetime(2027, 3, 31, 20, tzinfo=UTC),
}
"""When each document was recorded, in order of seq; one clock went wrong."""


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    return await house.company()


@pytest.fixture(scope="module")
async def seqs(house: House, company: Company) -> dict[str, int]:
    """A document at each of the times, each with its place."""
    found = {}
    for number, at in TIMES.items():
        async with house.database.company(company.id) as db:
            contents = json_of(number, "105.00"), xml_of(number, "105.00")
            signer = await current_signer(db, company.id, house.wiring.keys)
            (seal,) = await make_seals(signer, [contents])
            news = [NewEntry(kind=Kind.INVOICE, canonical=contents[0], attached=contents[1], number=number, seal=seal)]
            (entry,) = await append(db, company.id, news, now=at, keys=house.wiring.keys)
            found[number] = entry.seq
    return found


async def limited(company: Company, window: dict[str, str]) -> Person:
    """An auditor with a window."""
    admin, email = await company.admin(), f"auditor-{'-'.join(window.values())}@firm.ae"
    wanted = {"email": email, "role": "AUDITOR", "window": window}
    invited = ok(await admin.post("/v1/members/invitations", wanted), 201)
    shown = {"from": None, "to": None} | window
    assert invited["invitation"]["window"] == shown
    person = await company.house.join(invited["token"], email)
    members = ok(await admin.get("/v1/members"))
    assert [member["window"] for member in members if member["email"] == email] == [shown]
    assert ok(await person.get("/v1/me"))["window"] == shown
    return person


@pytest.fixture(scope="module")
async def in_march(company: Company, seqs: dict[str, int]) -> Person:
    return await limited(company, MARCH)


@pytest.fixture
async def auditor(in_march: Person) -> Person:
    """Signed in anew: other tests turn the clock."""
    ok(await in_march.sign_in())
    return in_march


async def head_of(person: Person) -> int:
    return int(ok(await person.get("/v1/ledger/head"))["count"])


async def last_entry(company: Company) -> dict[str, Any]:
    admin = await company.admin()
    seq = await head_of(admin) - 1
    entry = ok(await admin.get(f"/v1/ledger/entries/{seq}"))
    return {"kind": entry["kind"], **ok(await admin.get(f"/v1/ledger/entries/{seq}/canonical"))}


async def test_entries_of_other_days_are_left_out(auditor: Person, seqs: dict[str, int]) -> None:
    last = await head_of(auditor) - 1
    found = list[dict[str, Any]]()
    page: dict[str, Any] = {"next": 0}
    while page["next"] is not None:
        page = ok(await auditor.get(f"/v1/ledger/entries?first={page['next']}&last={last}&limit=1"))
        found += page["entries"]
    assert [entry["number"] for entry in found] == ["FIRST", "LAST"]
    assert [entry["seq"] for entry in found] == [seqs["FIRST"], seqs["LAST"]]


@pytest.mark.parametrize("number", TIMES)
async def test_one_document_in_every_way(auditor: Person, seqs: dict[str, int], number: str) -> None:
    seen = number in ("FIRST", "LAST")
    for way in ("", "/canonical", "/attached"):
        answer = await auditor.get(f"/v1/ledger/entries/{seqs[number]}{way}")
        assert answer.status_code == (200 if seen else 403), way
        assert seen or "2027-03-01..2027-03-31" in answer.json()["detail"]
        assert seen or "105.00" not in answer.text
    timeline = ok(await auditor.get(f"/v1/ledger/timeline?number={number}"))["entries"]
    assert [entry["number"] for entry in timeline] == [number] * seen
    proof = ok(await auditor.get(f"/v1/ledger/entries/{seqs[number]}/proof"))
    assert proof["seq"] == seqs[number], "hashes are no content"


async def test_bundles_hold_entries_of_these_days_only(
    house: House, company: Company, auditor: Person, seqs: dict[str, int]
) -> None:
    across = await auditor.post("/v1/ledger/bundles", {})
    assert across.status_code == 403
    assert f"Entry {seqs['LATE']} was" in across.json()["detail"]
    for first, last in (("FEB", "FIRST"), ("LAST", "APRIL")):
        asked = {"first": seqs[first], "last": seqs[last]}
        assert (await auditor.post("/v1/ledger/bundles", asked)).status_code == 403
    made = ok(await auditor.post("/v1/ledger/bundles", {"first": seqs["LAST"], "last": seqs["LAST"]}), 202)
    payload = msgspec.json.encode({"bundle_id": made["id"]})
    await bundle_jobs.HANDLERS[bundle_jobs.MAKE](house.wiring, company.id, payload, now=house.now)
    file = await auditor.get(f"/v1/ledger/bundles/{made['id']}/file")
    assert file.status_code == 200
    assert b"LAST" in file.content
    assert b"APRIL" not in file.content

    whole = ok(await (await company.admin()).post("/v1/ledger/bundles", {}), 202)
    assert [bundle["id"] for bundle in ok(await auditor.get("/v1/ledger/bundles"))["bundles"]] == [made["id"]]
    for way in ("", "/file"):
        assert (await auditor.get(f"/v1/ledger/bundles/{whole['id']}{way}")).status_code == 403


async def test_a_bundle_of_a_day_verifies(
    house: House, company: Company, auditor: Person, seqs: dict[str, int], tmp_path: Any
) -> None:
    made = ok(await auditor.post("/v1/ledger/bundles", {"first": seqs["FIRST"], "last": seqs["FIRST"]}), 202)
    payload = msgspec.json.encode({"bundle_id": made["id"]})
    await bundle_jobs.HANDLERS[bundle_jobs.MAKE](house.wiring, company.id, payload, now=house.now)
    path = tmp_path / "day.zip"
    path.write_bytes((await auditor.get(f"/v1/ledger/bundles/{made['id']}/file")).content)
    report = verify.as_json(verify.verify(str(path), verify.Wish(level=3)))
    assert (report["status"], report["first"], report["checked"]["entries"]) == ("ok", seqs["FIRST"], 1)


async def test_an_open_end_leaves_the_other_days(company: Company, seqs: dict[str, int]) -> None:
    later = await limited(company, {"from": "2027-04-01"})
    assert (await later.get(f"/v1/ledger/entries/{seqs['APRIL']}")).status_code == 200
    assert (await later.get(f"/v1/ledger/entries/{seqs['LAST']}")).status_code == 403


WITHIN = {
    "GET /v1/ledger/head", "GET /v1/ledger/keys", "GET /v1/ledger/keys.pem", "GET /v1/ledger/checkpoints",
    "GET /v1/ledger/checkpoints/{size}", "GET /v1/ledger/checkpoints/{size}/note", "GET /v1/ledger/consistency",
    "GET /v1/ledger/entries/{seq}/proof", "GET /v1/ledger/witnesses", "GET /v1/ledger/witnesses/answers",
    "GET /v1/ledger/timestamps", "GET /v1/ledger/entries", "GET /v1/ledger/entries/{seq}",
    "GET /v1/ledger/entries/{seq}/canonical", "GET /v1/ledger/entries/{seq}/attached", "GET /v1/ledger/timeline",
    "POST /v1/ledger/bundles", "GET /v1/ledger/bundles", "GET /v1/ledger/bundles/{bundle_id}",
    "GET /v1/ledger/bundles/{bundle_id}/file", "GET /ledger", "GET /v1/invoices/{document_id}/evidence",
    "GET /v1/inbox/{document_id}/evidence",
}  # fmt: skip
"""All that somebody with a window reaches of a company; each has its test here, or shows hashes only."""


async def test_everything_else_is_closed_to_them(house: House, auditor: Person) -> None:
    for endpoint, rule in ENDPOINTS.items():
        opt = SERVED[endpoint].opt
        assert bool(opt.get("within")) == (endpoint in WITHIN), endpoint
        if isinstance(rule, str) and hasattr(rule, "value") and endpoint not in WITHIN:
            answer = await auditor.request(endpoint.partition(" ")[0], path_of(endpoint))
            assert answer.status_code == 403, f"{endpoint}: {answer.status_code}"


async def test_the_page_shows_them_their_entries(auditor: Person) -> None:
    assert "APRIL" not in (await auditor.get("/ledger")).text


@pytest.mark.parametrize(
    ("role", "window", "pointer"),
    [
        ("FINANCE_USER", MARCH, "/window"),
        ("AUDITOR", {}, "/window"),
        ("AUDITOR", {"from": "2027-03-02", "to": "2027-03-01"}, "/window"),
        ("AUDITOR", {"from": "yesterday"}, "window"),
        ("AUDITOR", {"until": "2027-03-01"}, "window"),
    ],
)
async def test_windows_that_make_no_sense(company: Company, role: str, window: dict[str, str], pointer: str) -> None:
    admin = await company.admin()
    wanted = {"email": "x@firm.ae", "role": role, "window": window}
    answer = await admin.post("/v1/members/invitations", wanted)
    assert answer.status_code == 422
    assert pointer in answer.text


async def test_a_window_is_changed_and_lifted_with_the_role_and_both_are_recorded(
    company: Company, seqs: dict[str, int]
) -> None:
    person, admin = await limited(company, {"to": "2027-02-28"}), await company.admin()
    path = f"/v1/ledger/entries/{seqs['LAST']}"
    assert (await person.get(path)).status_code == 403
    ok(await admin.put(f"/v1/members/{person.id}/role", {"role": "AUDITOR", "window": MARCH}), 204)
    told = await last_entry(company)
    assert (told["before"], told["after"]) == ("AUDITOR ..2027-02-28", "AUDITOR 2027-03-01..2027-03-31")
    assert (await person.get(path)).status_code == 200
    ok(await admin.put(f"/v1/members/{person.id}/role", {"role": "AUDITOR"}), 204)
    assert (await last_entry(company))["after"] == "AUDITOR"
    assert (await person.get(f"/v1/ledger/entries/{seqs['APRIL']}")).status_code == 200
    assert (await person.get("/v1/invoices")).status_code == 200


async def test_every_reading_is_an_entry_that_names_who_and_what(company: Company, seqs: dict[str, int]) -> None:
    auditor, admin = await company.person("AUDITOR"), await company.admin()
    for path, asked in (
        (f"/v1/ledger/entries/{seqs['LAST']}/canonical", {}),
        ("/v1/ledger/entries?first=2&limit=3&last=9", {"first": "2", "last": "9", "limit": "3"}),
        ("/v1/ledger/timeline?number=LAST", {"number": "LAST"}),
        ("/v1/invoices?search=somebody", {}),
    ):
        before = await head_of(auditor)
        await auditor.get(path)
        assert await head_of(auditor) == before + 1, path
        actor = f"user:{auditor.id}"
        told = {"kind": "auditor_read", "actor": actor, "method": "GET", "path": path.partition("?")[0], "asked": asked}
        assert await last_entry(company) == told
    before = await head_of(admin)
    ok(await admin.get("/v1/ledger/entries"))
    assert await head_of(admin) == before, "the company's own people read what is theirs"


async def test_what_was_refused_for_the_day_is_recorded_too(
    company: Company, auditor: Person, seqs: dict[str, int]
) -> None:
    before = await head_of(auditor)
    assert (await auditor.get(f"/v1/ledger/entries/{seqs['FEB']}/canonical")).status_code == 403
    assert await head_of(auditor) == before + 1
    assert (await auditor.get("/v1/invoices")).status_code == 403
    assert await head_of(auditor) == before + 1, "nothing was read: the guard refused it"


async def test_a_key_whose_maker_became_an_auditor_reads_as_one(
    house: House, seqs: dict[str, int], company: Company
) -> None:
    maker = await company.person("COMPANY_ADMIN")
    await maker.step_up("keys")
    made = ok(await maker.post("/v1/api-keys", {"name": "ERP", "scopes": ["ledger:read", "documents:read"]}), 201)
    admin, machine = await company.admin(), Person(house, "", token=made["secret"])
    ok(await admin.put(f"/v1/members/{maker.id}/role", {"role": "AUDITOR", "window": MARCH}), 204)
    assert (await machine.get("/v1/invoices")).status_code == 403
    assert (await machine.get(f"/v1/ledger/entries/{seqs['FEB']}")).status_code == 403
    assert (await last_entry(company))["actor"] == f"api_key:{made['key']['id']}"


async def test_an_auditor_cant_flood_the_ledger(
    house: House, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "RECORDED", Rate(a_minute=1, burst=5))
    auditor = await company.person("AUDITOR")
    before = await head_of(auditor)
    strict: Any = create_app(house.wiring.settings, wiring=house.wiring)
    strict.state.clock = lambda: house.now
    headers = {"Authorization": f"Bearer {auditor.token}"}
    transport = httpx.ASGITransport(app=strict)
    async with running(strict), httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:
        answers = [await client.get("/v1/ledger/timeline?number=NONE", headers=headers) for _ in range(9)]
        let_in = [answer.status_code for answer in answers].count(200)
        assert 5 <= let_in < 9
        assert (answers[-1].status_code, "retry-after" in answers[-1].headers) == (429, True)
        assert (await client.get("/v1/ledger/head", headers=headers)).status_code == 200, "that costs no entry"
    assert await head_of(auditor) == before + let_in, "what was turned away is no entry"
