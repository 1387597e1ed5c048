"""A verification in pieces: segment by segment, in two processes, on after a break, from a checkpoint that is known."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from certs import LocalKeyStore, Purpose
from gateway.audit import flow, processes
from gateway.audit.facts import facts_of
from gateway.audit.flow import Ask, verify_company
from gateway.audit.source import DatabaseSource
from gateway.db import Database
from ledger import canonical
from ledger.key_events import dump_proofs, proof_message, read_added
from ledger.merkle import EMPTY
from ledger.report import Level, Reason, Report
from ledger.store import batch, head
from ledger.stretch import Batch, Gone, Outcome, Stretch
from ledger.verify import Known, Progress, Verification
from ledger.witnessed import Vouched
from tests.gateway.audit.ledgers import COUNT, NOW, Hands, free_hands, issue, lengthen, make_ledger

LENGTH = 600
LATER = NOW + timedelta(hours=1)


@pytest.fixture(scope="module")
async def long_ledger(module_database: Database, keys: LocalKeyStore) -> UUID:
    """Entries that complete two nodes of the tree; two batches."""
    company_id = await make_ledger(module_database, keys)
    await lengthen(module_database, company_id, keys, 300, now=LATER)
    await lengthen(module_database, company_id, keys, LENGTH - COUNT - 300, now=LATER + timedelta(seconds=1))
    return company_id


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """From where the entries were read."""
    firsts: list[int] = []
    original = DatabaseSource.batch

    async def noted(self: DatabaseSource, first: int, last: int) -> Batch:
        firsts.append(first)
        return await original(self, first, last)

    monkeypatch.setattr(DatabaseSource, "batch", noted)
    return firsts


def alike(one: Report, other: Report) -> bool:
    """The same judgement, however it was cut into segments."""
    return msgspec.structs.replace(one, segments=()) == msgspec.structs.replace(other, segments=())


@pytest.mark.parametrize("level", [Level.LINKS, Level.CONTENTS, Level.SEALS, Level.CHECKPOINTS])
async def test_segments_of_any_length_give_the_same_report(
    module_database: Database,
    module_admin: Database,
    ledger_of: UUID,
    monkeypatch: pytest.MonkeyPatch,
    level: Level,
) -> None:
    async def judged(hands: Hands) -> Report:
        return await verify_company(hands.database, ledger_of, Ask(level=level))

    async with free_hands(module_admin) as hands:
        whole = await judged(hands)
        assert (whole.status, len(whole.segments)) == ("ok", 1)
        for length in (1, 2, 3, 5, 7, COUNT):
            monkeypatch.setattr(flow, "SEGMENT", length)
            pieces = await judged(hands)
            assert alike(pieces, whole)
            assert [segment.first for segment in pieces.segments] == list(range(0, COUNT, length))
            assert pieces.segments[-1].hash == whole.head_hash
        for change, seq in (
            ("delete from ledger_entries where seq in (3, 4, 5)", 3),
            ("delete from ledger_entries where seq = 13", 13),
            ("update ledger_entries set at_us = at_us + 1 where seq = 6", 6),
        ):
            for length in (1, 2, 3, COUNT):
                monkeypatch.setattr(flow, "SEGMENT", length)
                nested = await hands.db.begin_nested()
                await hands.run(f"{change} and company_id = :c", c=ledger_of)
                report = await judged(hands)
                assert (report.status, report.first_bad_seq) == ("failed", seq)
                await nested.rollback()
    del module_database


async def test_two_processes_give_the_same_report(
    module_database: Database, long_ledger: UUID, keys: LocalKeyStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    alone = await verify_company(module_database, long_ledger, keys=keys)
    assert (alone.status, alone.checked.entries) == ("ok", LENGTH)
    monkeypatch.setattr(flow, "SEGMENT", 128)
    monkeypatch.setattr(flow, "ALONE", 0)
    known = Known(LENGTH, bytes.fromhex(alone.root))
    together = await verify_company(module_database, long_ledger, Ask(processes=2, statements=(known,)), keys=keys)
    assert [segment.first for segment in together.segments] == [0, 128, 256, 384, 512]
    assert together.checked.witnessed == 1
    assert alike(msgspec.structs.replace(together, checked=alone.checked), alone)


async def test_a_damaged_row_that_a_segment_begins_from(
    module_database: Database, module_admin: Database, long_ledger: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Segments from what the rows claim, as other processes check them, here in this one."""

    async def outcomes(
        database: Database, source: DatabaseSource, verification: Verification, ends: list[int], *_: object
    ) -> AsyncIterator[Outcome]:
        start = verification.joint
        for end in ends:
            stretch = Stretch(verification.subject, start)
            while stretch.next_seq < end:
                stretch.feed(await source.batch(stretch.next_seq, end - 1))
            yield stretch.outcome()
            start = await source.claim(end)
        del database

    monkeypatch.setattr(processes, "outcomes", outcomes)
    monkeypatch.setattr(flow, "SEGMENT", 128)
    monkeypatch.setattr(flow, "ALONE", 0)
    assert (await verify_company(module_database, long_ledger, Ask(processes=2))).status == "ok"
    for change, seq, reason in (
        ("update ledger_entries set entry_hash = sha256(entry_hash) where seq = 383", 383, Reason.HASH_WRONG),
        ("update ledger_nodes set hash = sha256(hash) where idx = 0", 255, Reason.TREE_WRONG),
        ("update ledger_entries set kind = 8 where seq = 12", 12, Reason.COLUMN_DIFFERS),
    ):
        async with free_hands(module_admin) as hands:
            await hands.run(f"{change} and company_id = :c", c=long_ledger)
            report = await verify_company(hands.database, long_ledger, Ask(processes=2))
            assert (report.status, report.first_bad_seq, report.reason) == ("failed", seq, reason)


async def test_a_stretch_that_begins_elsewhere_is_found_where_it_meets_the_one_before(
    module_database: Database, ledger_of: UUID
) -> None:
    source = DatabaseSource(module_database, ledger_of)
    now = await source.head()
    for change in ({"previous": bytes(32)}, {"keys": ()}, {"noted": True}, {"at_us": 1}):
        verification = Verification(now, level=Level.CHECKPOINTS)
        verification.feed(await source.batch(0, 4))
        verification.close()
        stretch = Stretch(verification.subject, msgspec.structs.replace(await source.claim(5), **change))
        verification.add(stretch.outcome())
        report = verification.report()
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 5, Reason.JOINT_BROKEN)


@pytest.mark.parametrize("size", [1, 4, 5, 255, 256, 257, 511, 512, 513, LENGTH])
async def test_what_the_rows_claim_about_a_place_is_what_the_entries_give(
    module_database: Database, long_ledger: UUID, size: int
) -> None:
    for level in (Level.LINKS, Level.SEALS, Level.CHECKPOINTS):
        source = DatabaseSource(module_database, long_ledger, level)
        verification = Verification(await source.head(), level=level)
        while verification.next_seq < size:
            verification.feed(await source.batch(verification.next_seq, size - 1))
        verification.close()
        assert await source.claim(size) == verification.joint


async def test_a_broken_verification_goes_on_behind_its_last_segment(
    module_database: Database, long_ledger: UUID, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await verify_company(module_database, long_ledger)
    monkeypatch.setattr(flow, "SEGMENT", 100)
    left: list[bytes] = []

    class Killed(Exception):
        pass

    async def save(progress: Progress) -> None:
        left.append(msgspec.json.encode(progress))
        if len(left) == 3:
            raise Killed

    with pytest.raises(Killed):
        await verify_company(module_database, long_ledger, save=save)
    reads.clear()
    saved = msgspec.json.decode(left[-1], type=Progress)
    report = await verify_company(module_database, long_ledger, saved=saved)
    assert min(reads) == 300, "what was checked before isn't read again"
    assert alike(report, whole)
    assert [segment.first for segment in report.segments] == [0, 100, 200, 300, 400, 500]


async def known_now(database: Database, company_id: UUID) -> Known:
    report = await verify_company(database, company_id)
    assert report.status == "ok"
    return Known(report.head_count, bytes.fromhex(report.root))


@pytest.mark.parametrize("more", [0, 1, 3, 300])
async def test_only_what_came_after_a_known_checkpoint_is_read(
    module_database: Database, keys: LocalKeyStore, reads: list[int], more: int
) -> None:
    company_id = await make_ledger(module_database, keys)
    await lengthen(module_database, company_id, keys, 2 * more, now=LATER - timedelta(seconds=9)) if more else None
    known = await known_now(module_database, company_id)
    if more:
        await issue(module_database, company_id, keys, *(f"N-{n}" for n in range(min(more, 3))), now=LATER)
        await lengthen(module_database, company_id, keys, more, now=LATER + timedelta(seconds=1))
    reads.clear()
    report = await verify_company(module_database, company_id, Ask(since=known), keys=keys)
    assert (report.status, report.failures, report.since) == ("ok", (), known.size)
    assert min(reads, default=known.size) == known.size
    assert report.checked.entries == report.head_count - known.size == (more and more + min(more, 3))
    assert report.checked.proven == (known.size - 1) % 256 + 1 + 7, "the last block, and the entries about keys"
    assert alike(
        msgspec.structs.replace(report, checked=report.checked, since=0),
        msgspec.structs.replace(await verify_company(module_database, company_id), checked=report.checked),
    )


async def test_a_ledger_that_is_not_the_known_one_is_verified_whole(
    module_database: Database, module_admin: Database, keys: LocalKeyStore, ledger_of: UUID
) -> None:
    known = await known_now(module_database, ledger_of)
    stranger = await make_ledger(module_database, keys)
    report = await verify_company(module_database, stranger, Ask(since=known))
    assert (report.status, report.since, report.checked.entries) == ("failed", 0, COUNT)
    assert (report.reason, report.first_bad_seq) == (Reason.HISTORY_REWRITTEN, COUNT - 1)
    beyond = await verify_company(module_database, ledger_of, Ask(since=Known(COUNT + 5, known.root)))
    assert (beyond.reason, beyond.first_bad_seq) == (Reason.HISTORY_CUT, COUNT)
    async with free_hands(module_admin) as hands:
        for change, seq in (
            ("update ledger_entries set body = set_byte(body, 30, 77) where seq = 3", 3),
            ("update ledger_contents set canonical = canonical || ' ' where seq = 7", 7),
            ("update ledger_entries set kind = 8 where seq = 12", 12),
            ("update ledger_entries set kind = 12 where seq = 11", 11),
        ):
            nested = await hands.db.begin_nested()
            await hands.run(f"{change} and company_id = :c", c=ledger_of)
            report = await verify_company(hands.database, ledger_of, Ask(since=known))
            assert (report.status, report.first_bad_seq) == ("failed", seq), report.failures
            await nested.rollback()


async def test_what_lies_before_the_known_checkpoint_is_left_to_whole_verifications(
    module_admin: Database, module_database: Database, long_ledger: UUID
) -> None:
    """A row altered long before isn't looked at again: its root is known, but the row isn't read."""
    known = await known_now(module_database, long_ledger)
    async with free_hands(module_admin) as hands:
        await hands.run("update ledger_contents set canonical = '{}' where seq = 3 and company_id = :c", c=long_ledger)
        assert (await verify_company(hands.database, long_ledger, Ask(since=known))).status == "ok"
        assert (await verify_company(hands.database, long_ledger)).first_bad_seq == 3


async def test_a_known_beginning_of_nothing(module_database: Database, ledger_of: UUID) -> None:
    async with module_database.company(ledger_of) as db:
        assert (await head(db, ledger_of)).count == COUNT
    report = await verify_company(module_database, ledger_of, Ask(since=Known(0, bytes(32))))
    assert (report.status, report.reason) == ("failed", Reason.HISTORY_REWRITTEN)


async def test_what_we_know_ourselves_is_no_witness(module_database: Database, ledger_of: UUID) -> None:
    known = await known_now(module_database, ledger_of)
    for since in (known, Known(3, b"")):
        report = await verify_company(module_database, ledger_of, Ask(level=Level.WITNESSED, since=since))
        assert (report.status, report.checked.witnessed) == ("failed", 0)
    report = await verify_company(module_database, ledger_of, Ask(level=Level.WITNESSED, since=known))
    assert [failure.reason for failure in report.failures] == [Reason.WITNESS_MISSING]


async def test_that_a_ledger_was_empty_once_vouches_for_nothing(module_database: Database, ledger_of: UUID) -> None:
    empty = Vouched(size=0, root=EMPTY, by="a witness of the first hour")
    report = await verify_company(module_database, ledger_of, Ask(level=Level.WITNESSED, statements=(empty,)))
    assert (report.status, report.reason, report.checked.witnessed) == ("failed", Reason.WITNESS_MISSING, 0)


async def test_what_is_about_no_document_is_not_erased_with_one(module_database: Database, ledger_of: UUID) -> None:
    source = DatabaseSource(module_database, ledger_of)
    head, end = await source.head(), await source.end(COUNT)
    for number, missing in (("", True), ("A-1", False)):
        verification = Verification(head, level=Level.CONTENTS, facts_of=facts_of)
        lost = msgspec.structs.replace(
            verification.progress(), gone=(Gone(3, "", number),), erasures=(Gone(9, "", number),)
        )
        verification.go_on(lost)
        told = {failure.reason for failure in verification.finish(end).failures}
        assert (Reason.CONTENT_MISSING in told) is missing


async def test_a_key_slipped_in_before_the_known_checkpoint(
    module_database: Database, module_admin: Database, long_ledger: UUID, keys: LocalKeyStore
) -> None:
    """The seals over the entries still hold, since they are over hashes: the content has to be held against these."""
    known = await known_now(module_database, long_ledger)
    async with free_hands(module_admin) as hands:
        nested = await hands.db.begin_nested()
        change = "at_us = at_us # 1, body = set_byte(body, 47, get_byte(body, 47) # 1)"
        await hands.run(f"update ledger_entries set {change} where seq = 7 and company_id = :c", c=long_ledger)
        report = await verify_company(hands.database, long_ledger, Ask(since=known))
        assert (report.status, report.first_bad_seq) == ("failed", 7), "not under the known root"
        await nested.rollback()

        # The ledger's RSA key was never replaced, so nothing later contradicts another one in its place.
        stranger = keys.signer(await asyncio.to_thread(keys.generate, long_ledger, Purpose.LEDGER_RSA))
        (added,) = await batch(hands.db, long_ledger, 2, 2)
        payload = canonical.dumps(
            msgspec.structs.replace(
                read_added(added.canonical or b""),
                key_id=stranger.key_id.hex(),
                spki=base64.b64encode(stranger.spki).decode(),
            )
        )
        proofs = dump_proofs(possession=stranger.sign(proof_message(payload)), outgoing=None)
        put = "update ledger_contents set canonical = :p, attached = :a where company_id = :c and seq = 2"
        await hands.run(put, p=payload, a=proofs, c=long_ledger)
        await hands.run(
            "update signing_keys set key_id = :k, spki = :s where company_id = :c and added_seq = 2",
            k=stranger.key_id, s=stranger.spki, c=long_ledger,
        )  # fmt: skip
        report = await verify_company(hands.database, long_ledger, Ask(since=known))
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 2, Reason.CONTENT_ALTERED)
