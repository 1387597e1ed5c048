"""Open a ledger and append to it: the only writes there are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from uuid import UUID

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore
from ledger import canonical, checkpoint
from ledger.canonical import Canonical
from ledger.entry import (
    DOCUMENTS,
    ISSUED,
    NO_KEY,
    SEALED,
    ZERO_HASH,
    Entry,
    Kind,
    NewEntry,
    encode,
    genesis,
    microseconds,
)
from ledger.errors import EntryMalformed, HeadMoved, KeyRotated, LedgerExists, LedgerMissing, NumberTaken
from ledger.merkle import Frontier, Subtree, leaf
from ledger.record import Head
from ledger.signing import content_hashes
from ledger.store import personal
from ledger.store.keys import LedgerSigners, ledger_signers

MAX_ENTRIES = 1_000
MAX_NUMBER = 200
"""Characters in the number of a document of our own; others' may be as long as they like."""
_THREAD_BYTES = 256 * 1024
"""Content beyond which hashing leaves the event loop."""

_OPEN = text(
    "insert into ledger_heads (company_id, created_us, count, hash, key_id, origin, peaks) "
    "values (:company_id, :created_us, 0, :hash, :key_id, :origin, '') on conflict (company_id) do nothing"
)
_LOCK = text(
    "select company_id, created_us, count, hash, key_id, origin, peaks from ledger_heads "
    "where company_id = :company_id for no key update"
)
_APPEND = text(
    """
    with entries as (
        insert into ledger_entries (company_id, seq, kind, at_us, series, number, body, entry_hash, signature)
        select cast(:company_id as uuid), * from unnest(
            cast(:seqs as bigint[]), cast(:kinds as smallint[]), cast(:times as bigint[]), cast(:series as text[]),
            cast(:numbers as text[]), cast(:bodies as bytea[]), cast(:hashes as bytea[]), cast(:signatures as bytea[]))
    ), contents as (
        insert into ledger_contents (company_id, seq, canonical, attached)
        select cast(:company_id as uuid), * from unnest(
            cast(:places as bigint[]), cast(:canonicals as bytea[]), cast(:attachments as bytea[]))
    ), nodes as (
        insert into ledger_nodes (company_id, level, idx, hash)
        select cast(:company_id as uuid), * from unnest(
            cast(:levels as smallint[]), cast(:indexes as bigint[]), cast(:nodes as bytea[]))
    ), checkpoint as (
        insert into ledger_checkpoints (company_id, size, root, note, at_us)
        values (cast(:company_id as uuid), :count, :root, :note, :at_us)
    )
    update ledger_heads set count = :count, hash = :hash, key_id = :key_id, peaks = :peaks
    where company_id = :company_id and count = :seen_count and hash = :seen_hash
    """
)


class Prepared(msgspec.Struct, frozen=True):
    """A new entry with its content hashed: all that needs no place in the chain."""

    new: NewEntry
    invoice_hash: bytes
    xml_hash: bytes
    signature_hash: bytes


async def open_ledger(db: AsyncConnection, company_id: UUID, created: datetime, *, origin: str) -> Head:
    """Open the company's ledger, empty; give it a key by `rotate_key` next.

    `origin`: what its checkpoints call it for ever (`ledger.checkpoint.origin`). Raises `LedgerExists`.
    """
    created_us = microseconds(created)
    head = Head(
        company_id=company_id,
        created_us=created_us,
        count=0,
        hash=genesis(company_id, created_us),
        key_id=NO_KEY,
        origin=origin,
        peaks=b"",
    )
    if (await db.execute(_OPEN, msgspec.structs.asdict(head))).rowcount != 1:
        raise LedgerExists(f"company {company_id} has a ledger already")
    return head


async def append(
    db: AsyncConnection, company_id: UUID, news: Sequence[NewEntry], *, now: datetime, keys: KeyStore
) -> list[Entry]:
    """Append 1 to 1,000 entries of one company in the caller's transaction; returns them in their places.

    The new size is signed with the company's ledger keys, which `keys` opens, and the checkpoint is stored with the
    entries.

    Hashes are made before the head row is locked; it stays locked until the caller commits, so append last.
    Raises `LedgerBusy` (nothing written: sign again where `KeyRotated`, and retry), `LedgerMissing`, `NumberTaken`,
    `EntryMalformed`. After `NumberTaken` the transaction can only be rolled back.
    """
    if any(new.kind in (Kind.KEY_ADDED, Kind.KEY_RETIRED) for new in news):
        raise EntryMalformed("entries about keys are written by rotate_key")
    prepared = await prepare(news)
    persons = {new.personal for new in news if new.personal is not None}
    secrets = await personal.secrets_of(db, company_id, persons, keys) if persons else {}
    head = await lock_head(db, company_id)
    for new in news:
        if new.seal is not None and new.seal.key_id != head.key_id:
            raise KeyRotated(
                f"sealed with {new.seal.key_id.hex()}, while {head.key_id.hex()} is in force for company {company_id}"
            )
    signers = await ledger_signers(db, company_id, keys)
    return await write(db, head, prepared, key_id=head.key_id, signers=signers, now=now, secrets=secrets)


async def prepare(news: Sequence[NewEntry]) -> list[Prepared]:
    """Check and hash, in a thread where there is much to hash. Raises `EntryMalformed`, `NotCanonical`."""
    if not 1 <= len(news) <= MAX_ENTRIES:
        raise EntryMalformed(f"an append takes 1 to {MAX_ENTRIES} entries, not {len(news)}")
    if sum(len(new.canonical) + len(new.attached or b"") for new in news) > _THREAD_BYTES:
        return await asyncio.to_thread(lambda: [_prepare(new) for new in news])
    return [_prepare(new) for new in news]


async def lock_head(db: AsyncConnection, company_id: UUID) -> Head:
    """The head, locked until the transaction ends; others may still refer to the row. Raises `LedgerMissing`."""
    row = (await db.execute(_LOCK, {"company_id": company_id})).one_or_none()
    if row is None:
        raise LedgerMissing(f"company {company_id} has no ledger yet; open_ledger makes it")
    return Head(**row._mapping)


async def write(
    db: AsyncConnection,
    head: Head,
    prepared: Sequence[Prepared],
    *,
    key_id: bytes,
    signers: LedgerSigners,
    now: datetime,
    secrets: Mapping[UUID, bytes] = MappingProxyType({}),
) -> list[Entry]:
    """Link the entries to the locked head and insert them with content, nodes and checkpoint, moving the head.

    All in one statement. `key_id`, `signers`: the document key and the ledger keys in force behind these entries.
    `secrets`: the content keys of the documents about natural persons among them.
    """
    at_us = microseconds(now)
    entries: list[Entry] = []
    bodies: list[bytes] = []
    hashes: list[bytes] = []
    frontier, subtrees = Frontier(head.count, head.peaks), list[Subtree]()
    previous = head.hash
    for seq, item in enumerate(prepared, head.count):
        entry = Entry(
            company_id=head.company_id,
            seq=seq,
            kind=item.new.kind,
            at_us=at_us,
            series=item.new.series,
            number=item.new.number,
            previous=previous,
            invoice_hash=item.invoice_hash,
            xml_hash=item.xml_hash,
            key_id=item.new.seal.key_id if item.new.seal else NO_KEY,
            signature_hash=item.signature_hash,
        )
        body = encode(entry)
        previous = sha256(body).digest()
        entries.append(entry)
        bodies.append(body)
        hashes.append(previous)
        frontier.append(leaf(previous), subtrees)
    if secrets:
        await personal.add(db, entries, [item.new for item in prepared], secrets)
    open_ = [(entry.seq, item.new) for entry, item in zip(entries, prepared, strict=True) if item.new.personal is None]
    root = frontier.root()
    by = (signers.ed25519, signers.rsa)
    note = await asyncio.to_thread(checkpoint.make, head.origin, frontier.size, root, by)
    given = {
        "company_id": head.company_id,
        "seqs": [entry.seq for entry in entries],
        "kinds": [int(entry.kind) for entry in entries],
        "times": [at_us] * len(entries),
        "series": [entry.series for entry in entries],
        "numbers": [entry.number for entry in entries],
        "bodies": bodies,
        "hashes": hashes,
        "signatures": [item.new.seal.signature if item.new.seal else None for item in prepared],
        "places": [seq for seq, _ in open_],
        "canonicals": [new.canonical for _, new in open_],
        "attachments": [new.attached for _, new in open_],
        "count": head.count + len(entries),
        "hash": previous,
        "key_id": key_id,
        "levels": [subtree.level for subtree in subtrees],
        "indexes": [subtree.idx for subtree in subtrees],
        "nodes": [subtree.hash for subtree in subtrees],
        "peaks": frontier.peaks(),
        "root": root,
        "note": note,
        "at_us": at_us,
        "seen_count": head.count,
        "seen_hash": head.hash,
    }
    try:
        moved = await db.execute(_APPEND, given)
    except DBAPIError as error:
        driver_error = getattr(error.orig, "__cause__", None)
        if getattr(driver_error, "constraint_name", None) == "ledger_entries_number":
            raise NumberTaken("a document with this number is in the ledger already") from error
        raise
    if moved.rowcount != 1:
        raise HeadMoved(f"the head of company {head.company_id} is no longer at {head.count}")
    return entries


def _prepare(new: NewEntry) -> Prepared:
    if new.kind in SEALED and new.seal is None:
        raise EntryMalformed(f"an entry of kind {new.kind.name} needs a seal")
    if new.kind in DOCUMENTS and new.attached is None:
        raise EntryMalformed("a document's entry carries the document")
    if new.kind in ISSUED and not 0 < len(new.number) <= MAX_NUMBER:
        raise EntryMalformed(f"an issued document needs its number, of at most {MAX_NUMBER} characters")
    if new.seal is not None and (len(new.seal.key_id) != 8 or new.seal.key_id == NO_KEY):
        raise EntryMalformed("a seal names its key by 8 bytes, not all zero")
    if type(new.canonical) is not Canonical:
        canonical.parse(new.canonical)
    invoice_hash, xml_hash = content_hashes(new.canonical, new.attached)
    signature_hash = sha256(new.seal.signature).digest() if new.seal else ZERO_HASH
    return Prepared(new, invoice_hash, xml_hash, signature_hash)
