"""Verifying a whole ledger: while others append, from a copy, on a terminal."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from certs import Kek, KeyRing, LocalKeyStore
from gateway.audit import command, flow
from gateway.audit.flow import Ask
from gateway.audit.source import DatabaseSource
from gateway.db import Database
from ledger import copy
from ledger.checkpoint import origin
from ledger.entry import Kind, NewEntry
from ledger.errors import CopyMalformed, LedgerMissing
from ledger.record import Checkpoint, Record
from ledger.report import Level, Reason
from ledger.store import append, rotate_key, scan
from ledger.stretch import Batch
from tests.gateway.audit.ledgers import CHECKPOINTS, COUNT, NOW, SEALED, issue, json_of, make_ledger, xml_of

LATER = NOW + timedelta(hours=1)
STATUS = NewEntry(kind=Kind.STATUS, canonical=b"{}")


async def test_each_level_counts_what_it_checked(module_database: Database, ledger_of: UUID) -> None:
    counts = {}
    for level in (Level.LINKS, Level.CONTENTS, Level.SEALS, Level.CHECKPOINTS):
        report = await flow.verify_company(module_database, ledger_of, Ask(level=level))
        assert (report.status, report.first_bad_seq, report.reason) == ("ok", None, None)
        counts[level] = msgspec.structs.astuple(report.checked)
    assert counts == {
        Level.LINKS: (COUNT, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        Level.CONTENTS: (COUNT, COUNT, 5, 0, 0, 0, 0, 0, 0, 0),
        Level.SEALS: (COUNT, COUNT, 5, SEALED, 0, 0, 0, 0, 0, 0),
        Level.CHECKPOINTS: (COUNT, COUNT, 5, SEALED, CHECKPOINTS, 0, 0, 0, 0, 0),
    }


async def test_others_append_and_rotate_while_it_runs(
    module_database: Database, keys: LocalKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_id = await make_ledger(module_database, keys)
    seen: list[tuple[int, int]] = []
    monkeypatch.setattr(scan, "BATCH_BYTES", 1)
    times = (LATER + timedelta(seconds=n) for n in count())

    async def told(checked: int, total: int) -> None:
        if (checked, total) in seen:
            return
        seen.append((checked, total))
        async with module_database.company(company_id) as db:
            await append(db, company_id, [STATUS], now=next(times), keys=keys)
            if len(seen) in (3, 5):
                await rotate_key(db, company_id, keys, now=next(times))

    report = await flow.verify_company(module_database, company_id, keys=keys, told=told)
    assert (report.status, report.head_count, report.failures) == ("ok", COUNT, ())
    assert seen == [(number, COUNT) for number in range(1, COUNT + 1)], "told after every batch, here of one entry"
    again = await flow.verify_company(module_database, company_id, keys=keys)
    assert (again.status, again.head_count) == ("ok", 2 * COUNT + 4)


async def test_memory_holds_two_batches_at_most(
    module_database: Database, keys: LocalKeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    company_id = await make_ledger(module_database, keys)
    large = [NewEntry(kind=Kind.EXPORT, canonical=b"{}", attached=bytes(100_000)) for _ in range(60)]
    async with module_database.company(company_id) as db:
        await append(db, company_id, large, now=LATER, keys=keys)
    monkeypatch.setattr(scan, "BATCH_BYTES", 500_000)
    sizes: list[int] = []
    original = DatabaseSource.batch

    async def measured(self: DatabaseSource, first: int, last: int) -> Batch:
        batch = await original(self, first, last)
        sizes.append(sum(len(record.attached or b"") for record in batch.records))
        return batch

    monkeypatch.setattr(DatabaseSource, "batch", measured)
    assert (await flow.verify_company(module_database, company_id)).checked.entries == COUNT + 60
    assert max(sizes) <= 500_000
    assert sum(sizes) >= 6_000_000


async def test_a_private_key_that_does_not_open_is_named(module_database: Database, ledger_of: UUID) -> None:
    stranger = LocalKeyStore(KeyRing(Kek.make(development=True)))
    report = await flow.verify_company(module_database, ledger_of, keys=stranger)
    assert (report.status, [failure.seq for failure in report.failures]) == ("failed", [0, 1, 2, 7, 12])
    assert report.reason is Reason.PRIVATE_KEY_DAMAGED


async def test_received_documents_may_state_things_unreadably(module_database: Database, keys: LocalKeyStore) -> None:
    """What we issue must agree in both forms; what others send only where both forms state something."""
    from ledger.signing import make_seals
    from ledger.store import current_signer

    cases = [
        (json_of("B-1", "1.00"), xml_of("B-1", "1.00"), "ok"),
        (json_of("B-1", ""), xml_of("B-1", "1.00"), "ok"),
        (json_of("B-1", "1.00"), b"no document at all", "ok"),
        (json_of("B-1", "2.00"), xml_of("B-1", "1.00"), "failed"),
        (json_of("B-2", "1.00"), xml_of("B-1", "1.00"), "failed"),
    ]
    for kind, last in ((Kind.RECEIVED, None), (Kind.INVOICE, "failed")):
        for canonical, attached, expected in cases:
            company_id = await make_ledger(module_database, keys)
            async with module_database.company(company_id) as db:
                (seal,) = await make_seals(await current_signer(db, company_id, keys), [(canonical, attached)])
                entry = NewEntry(kind=kind, canonical=canonical, attached=attached, number="B-1", seal=seal)
                await append(db, company_id, [entry], now=LATER, keys=keys)
            report = await flow.verify_company(module_database, company_id, Ask(deep=True))
            wanted = expected if last is None or canonical is cases[0][0] else last
            assert report.status == wanted, (kind, canonical, report.failures)
            if wanted == "failed":
                assert (report.first_bad_seq, report.reason) == (COUNT, Reason.FACTS_DIFFER)


@pytest.fixture
async def copied(module_database: Database, ledger_of: UUID, tmp_path: Path) -> Path:
    """The ledger in a file."""
    path = tmp_path / "ledger.copy"
    assert await flow.copy_company(module_database, ledger_of, path) == COUNT
    return path


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def rewrite(path: Path, change: object) -> None:
    """Apply a change to the list of records and write the file again; checkpoints stay behind their records."""
    opening, lines = copy.read_opening(path), list(copy.read_lines(path))
    records = [line for line in lines if isinstance(line, Record)]
    notes = {line.size: line for line in lines if isinstance(line, Checkpoint)}
    changed = change(records)  # type: ignore[operator]
    writer = copy.CopyWriter(path, opening.head, opening.keys)
    for record in changed if isinstance(changed, list) else records:
        note = notes.pop(record.seq + 1, None)
        writer.add([record] if note is None else [record, note])
    writer.finish()


def replaced(records: list[Record], seq: int, **changes: object) -> list[Record]:
    """The records with one of them altered."""
    return [msgspec.structs.replace(r, **changes) if r.seq == seq else r for r in records]


async def test_a_copy_verifies_like_its_original(
    module_database: Database, ledger_of: UUID, copied: Path, tmp_path: Path
) -> None:
    assert await flow.verify_copy(copied) == await flow.verify_company(module_database, ledger_of)
    assert names(tmp_path) == ["ledger.copy"], "nothing half-written stays behind"


async def test_one_digit_of_one_amount_in_a_copy(copied: Path) -> None:
    def change(records: list[Record]) -> list[Record]:
        return replaced(records, 3, attached=(records[3].attached or b"").replace(b"105.00", b"105.01"))

    rewrite(copied, change)
    report = await flow.verify_copy(copied)
    assert (report.status, report.first_bad_seq, report.reason) == ("failed", 3, Reason.CONTENT_ALTERED)
    assert report.checked.entries == COUNT, "the others still hold"


@pytest.mark.parametrize(
    ("change", "seq", "reason"),
    [
        (lambda records: records.pop(4), 4, Reason.ENTRY_MISSING),
        (lambda records: records.pop(13), 13, Reason.ENTRY_MISSING),
        (lambda records: records.insert(5, records[4]), 4, Reason.ENTRY_REPEATED),
        (lambda records: records.append(msgspec.structs.replace(records[13], seq=14)), 14, Reason.COLUMN_DIFFERS),
        (lambda records: records.clear(), 0, Reason.ENTRY_MISSING),
        (lambda records: replaced(records, 3, canonical=None), 3, Reason.CONTENT_MISSING),
        (lambda records: replaced(records, 3, attached=None), 3, Reason.CONTENT_MISSING),
        (lambda records: replaced(records, 3, signature=None), 3, Reason.SEAL_MISSING),
        (lambda records: replaced(records, 4, signature=b"x"), 4, Reason.SEAL_WRONG),
        (lambda records: replaced(records, 3, body=records[4].body), 3, Reason.COLUMN_DIFFERS),
        (lambda records: replaced(records, 3, entry_hash=bytes(32)), 3, Reason.HASH_WRONG),
        (lambda records: replaced(records, 3, body=b""), 3, Reason.ENTRY_MALFORMED),
        (lambda records: records.reverse(), 0, Reason.ENTRY_MISSING),
    ],
)
async def test_ways_to_spoil_a_copy(copied: Path, change: object, seq: int, reason: Reason) -> None:
    rewrite(copied, change)
    report = await flow.verify_copy(copied)
    assert (report.status, report.first_bad_seq, report.reason) == ("failed", seq, reason)


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\xff\n", b'{"form":"other/1","head":{},"keys":[]}\n', b"PK\3\4"])
async def test_a_file_that_is_no_copy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(CopyMalformed, match="file"):
        await flow.verify_copy(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda sound: sound.replace(b"involinks-ledger-copy/2", b"involinks-ledger-copy/3"), "copy/3"),
        (lambda sound: sound[:-20], "line 22"),
    ],
)
async def test_a_copy_of_another_form_or_with_a_broken_line(
    copied: Path, change: Callable[[bytes], bytes], why: str
) -> None:
    await asyncio.to_thread(lambda: copied.write_bytes(change(copied.read_bytes())))
    with pytest.raises(CopyMalformed, match=why):
        await flow.verify_copy(copied)


async def test_a_copy_that_fails_leaves_nothing(module_database: Database, ledger_of: UUID, tmp_path: Path) -> None:
    async def stop(seen: int, total: int) -> None:
        raise RuntimeError("no more room")

    with pytest.raises(RuntimeError):
        await flow.copy_company(module_database, ledger_of, tmp_path / "x", told=stop)
    with pytest.raises(LedgerMissing):
        await flow.copy_company(module_database, uuid4(), tmp_path / "x")
    assert names(tmp_path) == []


async def test_the_terminal_sees_verdict_counts_and_exit_code(
    module_database: Database, ledger_of: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = io.StringIO()
    assert await command.verify_databases(module_database, [ledger_of], out=out) == command.OK
    counts = f"{COUNT} contents, facts of 5 documents, {SEALED} seals, {CHECKPOINTS} checkpoints"
    assert f"company {ledger_of}: OK ({COUNT} of {COUNT} entries, {counts})" in out.getvalue()
    assert f"head {COUNT - 1} " in out.getvalue()
    out = io.StringIO()
    code = await command.verify_databases(module_database, [ledger_of, uuid4()], ask=Ask(level=Level.LINKS), out=out)
    assert code == command.FAILED
    assert f"OK ({COUNT} of {COUNT} entries)" in out.getvalue()
    assert "FAILED (0 of 0 entries)\n  entry 0: LEDGER_MISSING: " in out.getvalue()
    out = io.StringIO()
    assert await command.verify_databases(module_database, [], out=out) == command.INCOMPLETE
    assert "Nothing to verify" in out.getvalue()

    path, out = tmp_path / "a.copy", io.StringIO()
    monkeypatch.setattr(command, "_STEP", 5)
    assert await command.save(module_database, ledger_of, path, out=out) == command.OK
    assert await command.verify_file(path, out=out) == command.OK
    assert f"{COUNT} of {COUNT} entries\n" in out.getvalue()
    rewrite(path, lambda records: [msgspec.structs.replace(record, entry_hash=bytes(32)) for record in records] * 3)
    out = io.StringIO()
    assert await command.verify_file(path, out=out) == command.FAILED
    assert "entry 0: HASH_WRONG: " in out.getvalue()
    assert "and 36 more" in out.getvalue(), "twenty are shown, the rest is counted"


async def test_an_unfinished_verification_is_neither_good_nor_bad(module_database: Database, ledger_of: UUID) -> None:
    from ledger.verify import Verification

    source = DatabaseSource(module_database, ledger_of)
    verification = Verification(await source.head(), level=Level.SEALS)
    assert verification.report().status == "incomplete"
    verification.feed(await source.batch(0, 4))
    report = verification.report()
    assert (report.status, report.checked.entries, verification.done) == ("incomplete", 5, False)
    assert command._code(report) == command.INCOMPLETE


async def test_an_empty_ledger_does_not_pass(module_database: Database) -> None:
    from gateway.db import new_id
    from ledger.store import open_ledger

    company_id = new_id()
    async with module_database.company(company_id) as db:
        await open_ledger(db, company_id, NOW, origin=origin("ledger.test", company_id))
    for level in Level:
        report = await flow.verify_company(module_database, company_id, Ask(level=level))
        assert (report.status, report.reason) == ("failed", Reason.NOTHING_CHECKED)


async def test_documents_of_two_companies_stay_apart(module_database: Database, keys: LocalKeyStore) -> None:
    first, second = await make_ledger(module_database, keys), await make_ledger(module_database, keys)
    await issue(module_database, first, keys, "INV-9")
    assert (await flow.verify_company(module_database, first)).head_count == COUNT + 1
    assert (await flow.verify_company(module_database, second)).head_count == COUNT
