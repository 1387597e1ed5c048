"""Bundles of real ledgers, asked for over HTTP by an auditor, made by the real job, judged by the verifier alone."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from certs import Purpose
from gateway.bundles import api, command, flow
from gateway.bundles.flow import Wanted
from gateway.bundles.jobs import EXPIRE, HANDLERS, KEPT, MAKE
from gateway.db import Database
from gateway.jobqueue import Permanent
from gateway.witnessing import queries as witnessing
from gateway.witnessing.outcomes import Judged, Outcome
from ledger import checkpoint, merkle
from ledger.bundle.writer import bundled_pages
from ledger.cosignature import WITNESS, NoteKey
from ledger.entry import Kind, NewEntry
from ledger.errors import BundleRefused
from ledger.signing import make_seals
from ledger.store import append, batch, current_signer, head, rotate_key
from ledger.store.export import newest, note_sizes
from ledger.store.tree import peaks
from ledger.timestamp import Anchor
from ledger.verifier import verify
from tests.gateway.audit.ledgers import free_hands, json_of, xml_of
from tests.gateway.house import Company, House, Person, ok
from tests.ledger.authority import Authority, needs_openssl


async def issue(house: House, company_id: UUID, *numbers: str) -> None:
    """Seal and append an invoice for each number."""
    async with house.database.company(company_id) as db:
        signer = await current_signer(db, company_id, house.wiring.keys)
        contents = [(json_of(number, "105.00"), xml_of(number, "105.00")) for number in numbers]
        seals = await make_seals(signer, contents)
        news = [
            NewEntry(kind=Kind.INVOICE, canonical=canonical, attached=attached, series="S", number=number, seal=seal)
            for number, (canonical, attached), seal in zip(numbers, contents, seals, strict=True)
        ]
        await append(db, company_id, news, now=house.now, keys=house.wiring.keys)


async def evidence(house: House, company_id: UUID, count: int) -> None:
    """So many entries that are no documents, in one append."""
    async with house.database.company(company_id) as db:
        news = [NewEntry(kind=Kind.STATUS, canonical=b'{"n":%d}' % number) for number in range(count)]
        await append(db, company_id, news, now=house.now, keys=house.wiring.keys)


@pytest.fixture(scope="module")
async def company(house: House) -> Company:
    """A ledger with invoices, and its document key replaced in between."""
    company = await house.company()
    await issue(house, company.id, "INV-1", "INV-2", "INV-3")
    async with house.database.company(company.id) as db:
        await rotate_key(db, company.id, house.wiring.keys, now=house.now)
    await issue(house, company.id, "INV-4")
    return company


@pytest.fixture(scope="module")
async def auditor(company: Company) -> Person:
    return await company.person("AUDITOR")


async def run(house: House, company: Company, kind: str, bundle_id: str) -> None:
    payload = msgspec.json.encode({"bundle_id": bundle_id})
    await HANDLERS[kind](house.wiring, company.id, payload, now=house.now)


def judged(raw: bytes, folder: Path, **wish: object) -> dict[str, object]:
    path = folder / "fetched.zip"
    path.write_bytes(raw)
    return verify.as_json(verify.verify(str(path), verify.Wish(deep=True, **wish)))  # type: ignore[arg-type]


async def written(house: House, company_id: UUID, wanted: Wanted = Wanted(), **more: object) -> bytes:  # noqa: B008
    file = io.BytesIO()
    await flow.write(house.database, company_id, file, wanted, keys=house.wiring.keys, **more)  # type: ignore[arg-type]
    return file.getvalue()


async def test_an_auditor_asks_for_a_bundle_watches_it_fetches_it_and_verifies_it_alone(
    house: House, company: Company, auditor: Person, tmp_path: Path
) -> None:
    answer = await auditor.post("/v1/ledger/bundles", {})
    asked = ok(answer, 202)
    where = answer.headers["location"]
    assert where == f"/v1/ledger/bundles/{asked['id']}"
    assert (asked["state"], asked["written"]) == ("queued", 0)
    assert (await auditor.get(f"{where}/file")).status_code == 409

    await run(house, company, MAKE, asked["id"])
    done = ok(await auditor.get(where))
    assert (done["state"], done["written"]) == ("done", asked["last"] + 1)
    fetched = await auditor.get(f"{where}/file")
    assert fetched.status_code == 200
    assert fetched.headers["content-length"] == str(done["bytes"]) == str(len(fetched.content))
    assert fetched.headers["etag"] == f'"{sha256(fetched.content).hexdigest()}"' == f'"{done["sha256"]}"'
    assert "attachment" in fetched.headers["content-disposition"]
    report = judged(fetched.content, tmp_path)
    assert report["status"] == "ok", report["failures"]
    assert report["company_id"] == str(company.id)
    assert report["totals"] == {"AED": {"documents": 4, "total": "420.00"}}

    entry = ok(await auditor.get(f"/v1/ledger/entries/{done['entry_seq']}"))
    assert entry["kind"] == "export"
    recorded = json.loads((await auditor.get(f"/v1/ledger/entries/{done['entry_seq']}/canonical")).content)
    assert recorded["sha256"] == done["sha256"]
    assert (recorded["first"], recorded["last"], recorded["bytes"]) == (0, asked["last"], done["bytes"])
    assert recorded["root"] == report["checkpoint"]["root"]  # type: ignore[index]

    await run(house, company, MAKE, asked["id"])
    assert ok(await auditor.get(where)) == done, "a second run does nothing"
    listed = ok(await auditor.get("/v1/ledger/bundles"))["bundles"]
    assert done in listed


async def test_a_download_that_broke_off_goes_on(house: House, company: Company, auditor: Person) -> None:
    asked = ok(await auditor.post("/v1/ledger/bundles", {"first": 1, "last": 3}), 202)
    await run(house, company, MAKE, asked["id"])
    where = f"/v1/ledger/bundles/{asked['id']}/file"
    whole = await auditor.get(where)
    for given, start, end in (("bytes=100-", 100, len(whole.content)), ("bytes=7-9", 7, 10), ("bytes=0-0", 0, 1)):
        part = await auditor.get(where, Range=given, If_Range=whole.headers["etag"])
        assert part.status_code == 206
        assert part.content == whole.content[start:end]
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(whole.content)}"
    for headers in ({"Range": "bytes=100-", "If_Range": '"another"'}, {"Range": "lines=1-"}, {"Range": "bytes=9-3"}):
        again = await auditor.get(where, **headers)
        assert (again.status_code, again.content) == (200, whole.content)


async def test_the_file_goes_after_a_day_and_the_row_stays(house: House, company: Company, auditor: Person) -> None:
    asked = ok(await auditor.post("/v1/ledger/bundles", {}), 202)
    where = f"/v1/ledger/bundles/{asked['id']}"
    await run(house, company, MAKE, asked["id"])
    digest = ok(await auditor.get(where))["sha256"]
    await run(house, company, EXPIRE, asked["id"])
    assert (await auditor.get(f"{where}/file")).status_code == 200, "not before its time"
    later = house.now + KEPT + timedelta(seconds=1)
    payload = msgspec.json.encode({"bundle_id": asked["id"]})
    for _ in range(2):
        await HANDLERS[EXPIRE](house.wiring, company.id, payload, now=later)
    assert not await house.wiring.storage.exists(digest)
    gone = await auditor.get(f"{where}/file")
    assert (gone.status_code, gone.json()["facts"]) == (409, {"state": "expired"})
    assert ok(await auditor.get(where))["sha256"] == digest


@pytest.mark.parametrize(
    "body", [{"first": 3, "last": 2}, {"last": 100_000}, {"first": -1}, {"first": 100_000}, {"frist": 1}]
)
async def test_what_can_not_be_bundled_is_said_at_once(auditor: Person, body: dict[str, int]) -> None:
    assert (await auditor.post("/v1/ledger/bundles", body)).status_code == 422


async def test_nobody_fills_the_disk_with_bundles(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MOST_KEPT", 2)
    company = await house.company()
    admin = await company.admin()
    asked = [ok(await admin.post("/v1/ledger/bundles", {"last": last}), 202) for last in range(api.MOST_WAITING)]
    assert "still to be made" in (await admin.post("/v1/ledger/bundles", {})).json()["detail"]
    for bundle in asked[:2]:
        await run(house, company, MAKE, bundle["id"])
    assert "kept for download" in (await admin.post("/v1/ledger/bundles", {})).json()["detail"]
    await run(house, company, MAKE, asked[2]["id"])
    other = await (await house.company()).admin()
    ok(await other.post("/v1/ledger/bundles", {}), 202)


async def test_a_clerk_and_a_machine_may_not_carry_the_ledger_away(company: Company) -> None:
    for caller in (await company.person("FINANCE_USER"), await company.key("ledger:read", "ledger:verify")):
        assert (await caller.post("/v1/ledger/bundles", {})).status_code == 403


async def test_every_range_of_a_ledger_with_all_its_keys_replaced(house: House, tmp_path: Path) -> None:
    company = await house.company()
    await issue(house, company.id, "INV-1", "INV-2")
    for purpose in Purpose:
        async with house.database.company(company.id) as db:
            await rotate_key(db, company.id, house.wiring.keys, purpose=purpose, now=house.now)
        await issue(house, company.id, f"AFTER-{purpose.value}")
    async with house.database.company(company.id) as db:
        count = (await head(db, company.id)).count
    for first in range(0, count, 3):
        for last in range(first, count, 4):
            report = judged(await written(house, company.id, Wanted(first, last)), tmp_path)
            assert report["status"] == "ok", (first, last, report["failures"])


async def test_a_ledger_of_several_blocks_and_more_checkpoints_than_are_kept(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = await house.company()
    for count in (700, 1, 1, 1, 400, 90, 30, 1, 2):
        await evidence(house, company.id, count)
        await issue(house, company.id, f"INV-{count}-{house.now.timestamp()}")
        house.turn(seconds=1)
    monkeypatch.setattr("ledger.store.export.MOST_NOTES", 5)
    async with house.database.company(company.id) as db:
        total = (await head(db, company.id)).count
        kept = await note_sizes(db, company.id, 1, total)
        records = [record for start in (0, 400, 800) for record in await batch(db, company.id, start, start + 399)]
    assert len({(size - 1) // 64 for size in kept}) == len(kept) > 5
    assert total in kept
    for first, last in ((0, None), (1_000, 1_030), (1_024, total - 1), (703, 1_100)):
        report = judged(await written(house, company.id, Wanted(first, last)), tmp_path, processes=2)
        assert report["status"] == "ok", (first, last, report["failures"])
    frontier = merkle.Frontier()
    async with house.database.company(company.id) as db:
        for record in records[:1_030]:
            if record.seq in (1, 255, 256, 257, 700, 1_029):
                assert b"".join(await peaks(db, company.id, record.seq)) == frontier.peaks()
            frontier.append(merkle.leaf(record.entry_hash))


async def test_what_the_database_lost_is_refused_and_what_was_altered_fails(
    house: House, company: Company, auditor: Person, module_admin: Database, tmp_path: Path
) -> None:
    async with free_hands(module_admin) as hands:
        await hands.run("update ledger_contents set canonical = '{}' where company_id = :c and seq = 4", c=company.id)
        file = io.BytesIO()
        await flow.write(hands.database, company.id, file, keys=house.wiring.keys)
        report = judged(file.getvalue(), tmp_path)
        assert (report["first_bad"]["seq"], report["first_bad"]["reason"]) == (4, "CONTENT_ALTERED")  # type: ignore[index]
        await hands.run("delete from ledger_contents where company_id = :c and seq = 4", c=company.id)
        file = io.BytesIO()
        await flow.write(hands.database, company.id, file, keys=house.wiring.keys)
        report = judged(file.getvalue(), tmp_path)
        assert (report["first_bad"]["seq"], report["first_bad"]["reason"]) == (4, "CONTENT_MISSING")  # type: ignore[index]
        await hands.run("delete from ledger_entries where company_id = :c and seq = 4", c=company.id)
        with pytest.raises(BundleRefused, match="entry 4 is not there"):
            await flow.write(hands.database, company.id, io.BytesIO(), keys=house.wiring.keys)


async def test_a_bundle_that_can_not_be_made_says_why(
    house: House, company: Company, auditor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ok(await auditor.post("/v1/ledger/bundles", {}), 202)

    async def refuse(*_: object, **__: object) -> None:
        raise BundleRefused("entry 4 is not there; verify the ledger, then restore it")

    monkeypatch.setattr(flow, "write", refuse)
    await run(house, company, MAKE, asked["id"])
    where = f"/v1/ledger/bundles/{asked['id']}"
    failed = ok(await auditor.get(where))
    assert (failed["state"], failed["failure"][:22]) == ("failed", "entry 4 is not there; ")
    assert (await auditor.get(f"{where}/file")).status_code == 409
    with pytest.raises(Permanent):
        await run(house, company, MAKE, "0192f3c4-a5b6-7c8d-9e0f-112233445566")


async def test_memory_and_order_do_not_matter_to_the_bytes(house: House, company: Company) -> None:
    assert await written(house, company.id, Wanted(0, 5)) == await written(house, company.id, Wanted(0, 5))


async def test_the_command_writes_the_same_and_records_it(
    house: House, company: Company, auditor: Person, tmp_path: Path
) -> None:
    told = io.StringIO()
    path = tmp_path / "ledger.zip"
    await command.make(house.wiring, company.id, path, Wanted(0, 4), now=house.now, out=told)
    digest = sha256(path.read_bytes()).hexdigest()
    assert digest in told.getvalue()
    assert judged(path.read_bytes(), tmp_path)["status"] == "ok"
    latest = ok(await auditor.get("/v1/ledger/head"))["count"] - 1
    recorded = json.loads((await auditor.get(f"/v1/ledger/entries/{latest}/canonical")).content)
    assert (recorded["sha256"], recorded["requested_by"]) == (digest, "operator")
    with pytest.raises(FileExistsError):
        await command.make(house.wiring, company.id, path, Wanted(), now=house.now, out=told)
    with pytest.raises(BundleRefused):
        await command.make(house.wiring, company.id, tmp_path / "none.zip", Wanted(0, 10**9), now=house.now, out=told)
    left = await asyncio.to_thread(lambda: {file.name for file in tmp_path.iterdir()})
    assert left == {"fetched.zip", "ledger.zip"}, "nothing half is left"


async def cosign(house: House, company_id: UUID, *names: str) -> list[NoteKey]:
    """Witnesses that sign the newest checkpoint, and what is kept of it; returns their keys."""
    keys = []
    for name in names:
        signer = house.wiring.keys.signer(house.wiring.keys.generate(company_id, Purpose.LEDGER))
        key = NoteKey(name, WITNESS, signer.spki[-32:])
        async with house.database.company(company_id) as db:
            note = (await newest(db, company_id)).note
            parsed, seconds = checkpoint.parse(note), int(house.now.timestamp())
            signature = signer.sign(b"cosignature/v1\ntime %d\n" % seconds + parsed.text)
            line = _line(key, seconds, signature)
            judged_ = Judged(outcome=Outcome.COSIGNED, note=note + line, detail="")
            await witnessing.insert(db, company_id, name, parsed.size, Outcome.COSIGNED, judged_, now=house.now)
        keys.append(key)
    return keys


def _line(key: NoteKey, seconds: int, signature: bytes) -> bytes:
    return f"\u2014 {key.name} {base64.b64encode(key.id + seconds.to_bytes(8, 'big') + signature).decode()}\n".encode()


async def test_witnesses_lines_travel_along_and_are_asked_for_by_name(house: House, tmp_path: Path) -> None:
    company = await house.company()
    await issue(house, company.id, "INV-1")
    keys = await cosign(house, company.id, "one.test/w", "two.test/w")
    await issue(house, company.id, "INV-2")
    raw = await written(house, company.id, witnesses=keys)
    report = judged(raw, tmp_path, level=verify.WITNESSED, witnesses=(keys[0].text(), keys[1].text()))
    assert report["status"] == "ok", report["failures"]
    assert report["checked"]["witnesses"] == 2  # type: ignore[index]
    stranger = NoteKey("three.test/w", WITNESS, keys[0].public)
    report = judged(raw, tmp_path, level=verify.WITNESSED, witnesses=(stranger.text(),))
    assert report["first_bad"]["reason"] == "WITNESS_WRONG"  # type: ignore[index]
    unknown = await written(house, company.id, witnesses=[stranger])
    assert "witnesses/notes.txt" not in zipfile.ZipFile(io.BytesIO(unknown)).namelist()


@needs_openssl
async def test_time_stamps_travel_along_and_are_held_against_an_authority(
    house: House, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    company, other = await house.company(), await house.company()
    await issue(house, company.id, "INV-1")
    authority = Authority(tmp_path_factory.mktemp("authority"))
    stranger = Authority(tmp_path_factory.mktemp("stranger"))
    notes = []
    for each in (company, other):
        async with house.database.company(each.id) as db:
            notes.append((await newest(db, each.id)).note)
    await stamp(house, company.id, notes, authority)
    await issue(house, company.id, "INV-2")
    raw = await written(house, company.id)
    roots = _certificates(authority)
    report = judged(raw, tmp_path, level=verify.WITNESSED, authorities=roots)
    assert report["status"] == "ok", report["failures"]
    assert report["checked"]["timestamps"] == 1  # type: ignore[index]
    report = judged(raw, tmp_path, level=verify.WITNESSED, authorities=_certificates(stranger))
    assert report["first_bad"]["reason"] == "STAMP_WRONG"  # type: ignore[index]
    name = next(name for name in zipfile.ZipFile(io.BytesIO(raw)).namelist() if name.endswith(".tsr"))
    token = zipfile.ZipFile(io.BytesIO(raw)).read(name)
    imprint = token.index(sha256(_message(raw)).digest())
    for at in (*range(imprint - 20, imprint + 60, 5), len(token) - 1):  # what is dated and when; the signature
        spoilt = token[:at] + bytes([token[at] ^ 1]) + token[at + 1 :]
        with pytest.raises(verify.Malformed):
            verify.stamped(spoilt, _message(raw), roots)
    verify.stamped(token, _message(raw), roots)


async def stamp(house: House, company_id: UUID, notes: Sequence[bytes], authority: Authority) -> None:
    from ledger.timestamp import request

    texts = [checkpoint.parse(note).text for note in notes]
    anchor = Anchor(texts)
    token = authority.reply(request(anchor.text()).as_bytes())
    stamps = anchor.stamps(token)
    async with house.database.company(company_id) as db:
        await witnessing.insert_stamp(
            db, company_id, notes[0], stamps[texts[0]], at=house.now, authority="authority.test"
        )


def _certificates(authority: Authority) -> tuple[object, ...]:
    from cryptography.x509 import load_pem_x509_certificates

    return tuple(load_pem_x509_certificates(authority.roots))


def _message(raw: bytes) -> bytes:
    (line,) = json.loads(zipfile.ZipFile(io.BytesIO(raw)).read("timestamps/stamps.json"))
    root = base64.b64encode(bytes.fromhex(line["root"]))
    return b"involinks-anchor/v1\n%d\n%s\n" % (line["tree_size"], root)


async def test_the_verifiers_are_there_for_everybody_as_they_are_in_a_bundle(house: House) -> None:
    for name, inside in bundled_pages().items():
        answer = await house.client.get(f"/v1/ledger/verifiers/{name}")
        assert (answer.status_code, answer.content) == (200, inside)
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert {"verify.html", "verify.py", "SPEC.md"} == bundled_pages().keys()
    assert (await house.client.get("/v1/ledger/verifiers/other")).status_code == 404
