"""Attacks that a chain of signed documents doesn't see, by somebody who owns the database and repairs every hash."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

import msgspec

from certs import LocalKeyStore, Purpose
from gateway.audit.flow import Ask, verify_company
from gateway.db import Database
from ledger import checkpoint
from ledger.entry import decode, encode
from ledger.merkle import Frontier, Subtree, leaf
from ledger.report import Level, Reason, Report
from ledger.signing import make_seals
from ledger.store import LedgerSigners, batch, current_signer, ledger_signers, sealed_keys
from ledger.verify import Known
from tests.gateway.audit.ledgers import COUNT, Hands, free_hands, json_of, xml_of


async def judged(hands: Hands, company_id: UUID, **ask: object) -> Report:
    return await verify_company(hands.database, company_id, Ask(**ask))  # type: ignore[arg-type]


async def repair(hands: Hands, company_id: UUID, *, signers: Sequence[LedgerSigners] = ()) -> None:
    """Number the entries that are left from 0 on, link them, make tree and head fit, drop checkpoints behind the end.

    `signers`: also sign each checkpoint anew, the last one by the second pair of keys.
    """
    previous, frontier, subtrees = b"", Frontier(), list[Subtree]()
    sizes: dict[int, bytes] = {}
    for seq, record in enumerate(await batch(hands.db, company_id, 0)):
        entry = decode(record.body)
        entry = msgspec.structs.replace(entry, seq=seq, previous=previous or entry.previous)
        previous = entry.hash
        frontier.append(leaf(previous), subtrees)
        sizes[seq + 1] = frontier.root()
        given = {"new": seq, "old": record.seq, "c": company_id}
        await hands.run(
            "update ledger_entries set seq = :new, body = :b, entry_hash = :h where company_id = :c and seq = :old",
            b=encode(entry), h=previous, **given,
        )  # fmt: skip
        await hands.run("update ledger_contents set seq = :new where company_id = :c and seq = :old", **given)
    count = len(sizes)
    await hands.run("update ledger_heads set count = :n, hash = :h, peaks = :p where company_id = :c",
                    n=count, h=previous, p=frontier.peaks(), c=company_id)  # fmt: skip
    await hands.run("delete from ledger_checkpoints where company_id = :c and size > :n", c=company_id, n=count)
    if signers:
        origin = checkpoint.origin("ledger.test", company_id)
        for size, root in sizes.items():
            by = signers[size == count]
            note = checkpoint.make(origin, size, root, (by.ed25519, by.rsa))
            await hands.run("update ledger_checkpoints set root = :r, note = :n where company_id = :c and size = :s",
                            r=root, n=note, c=company_id, s=size)  # fmt: skip


async def delete(hands: Hands, company_id: UUID, seq: int) -> None:
    for table in ("ledger_entries", "ledger_contents"):
        assert await hands.run(f"delete from {table} where company_id = :c and seq = :s", c=company_id, s=seq) == 1


async def known_at(database: Database, company_id: UUID) -> Known:
    """What an auditor wrote down while all was well."""
    report = await verify_company(database, company_id)
    assert (report.status, report.head_count) == ("ok", COUNT)
    return Known(report.head_count, bytes.fromhex(report.root))


async def put(hands: Hands, company_id: UUID, seq: int, canonical: bytes, attached: bytes, **entry: object) -> None:
    """Other content in the place of an entry, with hashes that fit."""
    (record,) = await batch(hands.db, company_id, seq, seq)
    made = msgspec.structs.replace(
        decode(record.body), invoice_hash=sha256(canonical).digest(), xml_hash=sha256(attached).digest(), **entry
    )
    await hands.run("update ledger_entries set body = :b, entry_hash = :h where company_id = :c and seq = :s",
                    b=encode(made), h=made.hash, c=company_id, s=seq)  # fmt: skip
    await hands.run("update ledger_contents set canonical = :j, attached = :x where company_id = :c and seq = :s",
                    j=canonical, x=attached, c=company_id, s=seq)  # fmt: skip


async def test_a_document_rewritten_and_the_chain_repaired_shows_at_its_seal(
    module_admin: Database, ledger_of: UUID
) -> None:
    async with free_hands(module_admin) as hands:
        await put(hands, ledger_of, 4, json_of("INV-2", "905.00"), xml_of("INV-2", "905.00"))
        links = await judged(hands, ledger_of, level=Level.LINKS)
        assert (links.first_bad_seq, links.reason) == (5, Reason.LINK_BROKEN), "unrepaired, the next link breaks"
        await repair(hands, ledger_of)
        assert (await judged(hands, ledger_of, level=Level.CONTENTS)).status == "ok", "every hash fits again"
        report = await judged(hands, ledger_of, level=Level.SEALS)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 4, Reason.SEAL_WRONG)


async def test_a_seal_replayed_for_another_number_shows_in_the_facts(module_admin: Database, ledger_of: UUID) -> None:
    """Content, hashes and seal of INV-1 put in the place of INV-2: every hash and seal holds, the number doesn't."""
    async with free_hands(module_admin) as hands:
        (one,) = await batch(hands.db, ledger_of, 3, 3)
        source = decode(one.body)
        await put(hands, ledger_of, 4, one.canonical or b"", one.attached or b"", signature_hash=source.signature_hash)
        await hands.run("update ledger_entries set signature = :s where company_id = :c and seq = 4",
                        s=one.signature, c=ledger_of)  # fmt: skip
        await repair(hands, ledger_of)
        report = await judged(hands, ledger_of, level=Level.SEALS)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 4, Reason.FACTS_DIFFER)


async def test_a_sealed_document_whose_xml_says_something_else_shows_in_a_deep_verification(
    module_admin: Database, ledger_of: UUID, keys: LocalKeyStore
) -> None:
    """By somebody with every key: only the document's two forms contradict each other."""
    canonical, attached = json_of("INV-5", "105.00"), xml_of("INV-5", "1.00")
    async with free_hands(module_admin) as hands:
        (seal,) = await make_seals(await current_signer(hands.db, ledger_of, keys), [(canonical, attached)])
        await put(hands, ledger_of, 10, canonical, attached, signature_hash=sha256(seal.signature).digest())
        await hands.run("update ledger_entries set signature = :s where company_id = :c and seq = 10",
                        s=seal.signature, c=ledger_of)  # fmt: skip
        await repair(hands, ledger_of)
        assert (await judged(hands, ledger_of, level=Level.SEALS)).status == "ok"
        report = await judged(hands, ledger_of, level=Level.SEALS, deep=True)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 10, Reason.FACTS_DIFFER)


async def test_a_deleted_invoice_with_the_rest_renumbered_shows_at_the_next_checkpoint(
    module_admin: Database, ledger_of: UUID
) -> None:
    """Delete, renumber, link anew: every hash and seal holds."""
    async with free_hands(module_admin) as hands:
        await delete(hands, ledger_of, 4)
        await repair(hands, ledger_of)
        seals = await judged(hands, ledger_of, level=Level.SEALS)
        assert seals.reason is Reason.KEY_TABLE_DIFFERS, "of the rest only the table of keys names places"
        await hands.run("update signing_keys set added_seq = added_seq - 1 where company_id = :c and added_seq > 4",
                        c=ledger_of)  # fmt: skip
        assert (await judged(hands, ledger_of, level=Level.SEALS)).status == "ok", "seals bind no place"
        report = await judged(hands, ledger_of)
        assert (report.status, report.first_bad_seq) == ("failed", 4), "the third invoice's batch ends there now"
        assert report.reason in (Reason.CHECKPOINT_WRONG, Reason.CHECKPOINT_MISSING)
        await hands.run("delete from ledger_checkpoints where company_id = :c and size > 3", c=ledger_of)
        report = await judged(hands, ledger_of)
        assert (report.status, report.reason) == ("failed", Reason.CHECKPOINT_MISSING), "nor can they be taken away"


async def test_two_invoices_that_changed_places_show_at_the_next_checkpoint(
    module_admin: Database, ledger_of: UUID
) -> None:
    async with free_hands(module_admin) as hands:
        for table in ("ledger_entries", "ledger_contents"):
            await hands.run(f"update {table} set seq = 7 - seq where company_id = :c and seq in (3, 4)", c=ledger_of)
        await repair(hands, ledger_of)
        assert (await judged(hands, ledger_of, level=Level.SEALS)).status == "ok"
        report = await judged(hands, ledger_of)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 5, Reason.CHECKPOINT_WRONG)


async def test_a_cut_tail_shows_against_a_checkpoint_that_was_kept(
    module_database: Database, module_admin: Database, ledger_of: UUID
) -> None:
    """What no check of the ledger alone can find, at no level: whoever kept a checkpoint finds it."""
    known = await known_at(module_database, ledger_of)
    async with free_hands(module_admin) as hands:
        for seq in (13, 12):
            await delete(hands, ledger_of, seq)
        for table in ("sealed_keys", "signing_keys"):
            where = "key_id = (select key_id from signing_keys where company_id = :c and added_seq = 12)"
            await hands.run(f"delete from {table} where company_id = :c and {where}", c=ledger_of)
        await repair(hands, ledger_of)
        assert (await judged(hands, ledger_of)).status == "ok", "this limit is real: nobody may promise more"
        report = await judged(hands, ledger_of, since=known)
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 12, Reason.HISTORY_CUT)
        report = await judged(hands, ledger_of, statements=(known,))
        assert (report.status, report.first_bad_seq, report.reason) == ("failed", 12, Reason.HISTORY_CUT)


async def test_a_history_rewritten_with_every_key_shows_against_a_checkpoint_that_was_kept(
    module_database: Database, module_admin: Database, ledger_of: UUID, keys: LocalKeyStore
) -> None:
    """The owner of the database has the keys too: seals and checkpoints are all made anew."""
    known = await known_at(module_database, ledger_of)
    async with free_hands(module_admin) as hands:
        canonical, attached = json_of("INV-5", "1.00"), xml_of("INV-5", "1.00")
        (seal,) = await make_seals(await current_signer(hands.db, ledger_of, keys), [(canonical, attached)])
        await put(hands, ledger_of, 10, canonical, attached, signature_hash=sha256(seal.signature).digest())
        await hands.run("update ledger_entries set signature = :s where company_id = :c and seq = 10",
                        s=seal.signature, c=ledger_of)  # fmt: skip
        await repair(hands, ledger_of)
        report = await judged(hands, ledger_of)
        assert (report.first_bad_seq, report.reason) == (10, Reason.CHECKPOINT_WRONG)
        present = await ledger_signers(hands.db, ledger_of, keys)
        (first,) = [key for key in await sealed_keys(hands.db, ledger_of) if key.purpose is Purpose.LEDGER][:1]
        await repair(hands, ledger_of, signers=(LedgerSigners(keys.signer(first), present.rsa), present))
        assert (await judged(hands, ledger_of)).status == "ok", "this limit is real too"
        for ask in (Ask(since=known), Ask(statements=(known,)), Ask(level=Level.WITNESSED, statements=(known,))):
            report = await verify_company(hands.database, ledger_of, ask)
            assert (report.status, report.reason) == ("failed", Reason.HISTORY_REWRITTEN)
