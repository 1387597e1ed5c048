"""Content of documents about natural persons: kept apart, encrypted under a key of the document's own.

Entry, hashes, seal and place are those of any other entry; only the content stands in `personal_contents` instead of
`ledger_contents`. Each part is AES-256-GCM under the document's key (`personal_keys`, itself wrapped by the key store);
the associated data binds company, document, place and part. Where the key is destroyed, the content is gone, and all
that is hashed, chained and signed stays as it was.
"""

from __future__ import annotations

import secrets as random
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyDamaged, KeyStore, WrappedKey
from ledger.entry import Entry, NewEntry
from ledger.errors import ContentErased
from ledger.record import Record

_DOMAIN = b"involinks-content/v1\0"
_CANONICAL, _ATTACHED = b"\0", b"\1"
_NONCE = 12
MOST_BYTES = 4 * 2**20
"""Content that `opened` brings into memory at once, unless a single entry is larger."""

_KEYS = text(
    "select document_id, kek_id, nonce, ciphertext, erased_seq from personal_keys "
    "where company_id = :company_id and document_id = any(:documents)"
)
_ALL_KEYS = text(
    "select document_id, kek_id, nonce, ciphertext, erased_seq from personal_keys "
    "where company_id = :company_id and erased_seq is null"
)
_ADD_KEY = text(
    "insert into personal_keys (company_id, document_id, kek_id, nonce, ciphertext) "
    "values (:company_id, :document_id, :kek_id, :nonce, :ciphertext) on conflict do nothing"
)
_REWRAP = text(
    "update personal_keys set kek_id = :kek_id, nonce = :nonce, ciphertext = :ciphertext "
    "where company_id = :company_id and document_id = :document_id and kek_id = :seen and erased_seq is null"
)
_ADD = text(
    "insert into personal_contents (company_id, seq, document_id, canonical, attached) "
    "values (:company_id, :seq, :document_id, :canonical, :attached)"
)
_SIZES = text(
    "select seq, coalesce(octet_length(canonical), 0) + coalesce(octet_length(attached), 0) as bytes "
    "from personal_contents "
    "where company_id = :company_id and seq = any(:seqs) order by seq"
)
# No column but `attached` may be null; where someone made one so, it reads as what doesn't open.
_CONTENTS = text(
    "select c.seq, c.document_id, coalesce(c.canonical, '') as canonical, c.attached, "
    "coalesce(k.kek_id, '') as kek_id, coalesce(k.nonce, '') as nonce, coalesce(k.ciphertext, '') as ciphertext, "
    "k.erased_seq "
    "from personal_contents c join personal_keys k on k.company_id = c.company_id and k.document_id = c.document_id "
    "where c.company_id = :company_id and c.seq = any(:seqs)"
)


async def secrets_of(
    db: AsyncConnection, company_id: UUID, documents: Collection[UUID], keys: KeyStore
) -> dict[UUID, bytes]:
    """The content keys of these documents, made at first use. Raises `ContentErased`, `CertsError`."""
    given = {"company_id": company_id, "documents": list(documents)}
    known = {row.document_id: row for row in await db.execute(_KEYS, given)}
    for document_id in set(documents) - known.keys():
        wrapped = keys.wrap(company_id, document_id, random.token_bytes(32))
        await db.execute(_ADD_KEY, _columns(wrapped))
    if known.keys() != set(documents):  # of two first ones, one made the key
        known = {row.document_id: row for row in await db.execute(_KEYS, given)}
    for document_id, row in known.items():
        if row.erased_seq is not None:
            raise ContentErased(f"document {document_id} was erased by entry {row.erased_seq}; nothing is added to it")
    return {document_id: keys.unwrap(_wrapped(company_id, row)) for document_id, row in known.items()}


async def add(
    db: AsyncConnection, entries: Sequence[Entry], news: Sequence[NewEntry], secrets: Mapping[UUID, bytes]
) -> None:
    """Store the content of those of the entries that are a person's, in the places they will have."""
    for entry, new in zip(entries, news, strict=True):
        if new.personal is not None:
            place = (secrets[new.personal], entry.company_id, new.personal, entry.seq)
            values = {
                "company_id": entry.company_id,
                "seq": entry.seq,
                "document_id": new.personal,
                "canonical": encrypt(*place, _CANONICAL, new.canonical),
                "attached": None if new.attached is None else encrypt(*place, _ATTACHED, new.attached),
            }
            await db.execute(_ADD, values)


async def opened(
    db: AsyncConnection, company_id: UUID, records: Sequence[Record], keys: KeyStore | None
) -> list[Record]:
    """The records with the content that stands apart; where it is much, only the first of them, at least one.

    Such a record is marked `apart`, and `erased` where its key was destroyed. `keys`: None leaves content closed.
    Raises `KeyDamaged` where a content or its key was altered, `KekUnknown`.
    """
    lacking = [record.seq for record in records if record.canonical is None]
    if not lacking:
        return list(records)
    held, fitting, end = 0, list[int](), None
    for row in await db.execute(_SIZES, {"company_id": company_id, "seqs": lacking}):
        held += row.bytes
        if fitting and held > MOST_BYTES:
            end = row.seq
            break
        fitting.append(row.seq)
    rows = {row.seq: row for row in await db.execute(_CONTENTS, {"company_id": company_id, "seqs": fitting})}
    kept = [record for record in records if end is None or record.seq < end]
    return [_opened(record, rows[record.seq], keys) if record.seq in rows else record for record in kept]


async def canonicals(db: AsyncConnection, company_id: UUID, seqs: Sequence[int], keys: KeyStore) -> dict[int, bytes]:
    """The canonical JSON alone, of those of the entries whose content stands apart and wasn't erased."""
    found: dict[int, bytes] = {}
    for seq in seqs:  # one at a time: such documents are few, and may be large
        for row in await db.execute(_CONTENTS, {"company_id": company_id, "seqs": [seq]}):
            if row.erased_seq is None:
                secret = keys.unwrap(_wrapped(company_id, row))
                found[seq] = decrypt(secret, company_id, row.document_id, seq, _CANONICAL, row.canonical)
    return found


async def rewrap_all(db: AsyncConnection, company_id: UUID, keys: KeyStore) -> int:
    """Wrap every content key under the current key-encryption key; returns how many were not yet."""
    moved = 0
    for row in (await db.execute(_ALL_KEYS, {"company_id": company_id})).all():
        wrapped = _wrapped(company_id, row)
        anew = keys.rewrap(wrapped)
        if anew is not wrapped:
            moved += (await db.execute(_REWRAP, {**_columns(anew), "seen": wrapped.kek_id})).rowcount
    return moved


def encrypt(secret: bytes, company_id: UUID, document_id: UUID, seq: int, part: bytes, plain: bytes) -> bytes:
    """Nonce (12 bytes) and ciphertext with its tag (16 bytes)."""
    nonce = random.token_bytes(_NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, plain, _bound(company_id, document_id, seq, part))


def decrypt(secret: bytes, company_id: UUID, document_id: UUID, seq: int, part: bytes, stored: bytes) -> bytes:
    """The plain bytes. Raises `KeyDamaged` where they were altered or stood elsewhere."""
    try:
        bound = _bound(company_id, document_id, seq, part)
        return AESGCM(secret).decrypt(stored[:_NONCE], stored[_NONCE:], bound)
    except (InvalidTag, ValueError):
        raise KeyDamaged(f"the encrypted content of entry {seq} of company {company_id} doesn't open") from None


def _opened(record: Record, row: Row[tuple[object, ...]], keys: KeyStore | None) -> Record:
    if row.erased_seq is not None:
        return msgspec.structs.replace(record, apart=True, erased=True)
    if keys is None:
        return msgspec.structs.replace(record, apart=True)
    secret = keys.unwrap(_wrapped(record.company_id, row))
    place = (secret, record.company_id, row.document_id, record.seq)
    return msgspec.structs.replace(
        record,
        apart=True,
        canonical=decrypt(*place, _CANONICAL, row.canonical),
        attached=None if row.attached is None else decrypt(*place, _ATTACHED, row.attached),
    )


def _bound(company_id: UUID, document_id: UUID, seq: int, part: bytes) -> bytes:
    return _DOMAIN + company_id.bytes + document_id.bytes + seq.to_bytes(8, "big") + part


def _wrapped(company_id: UUID, row: Row[tuple[object, ...]]) -> WrappedKey:
    return WrappedKey(
        company_id=company_id,
        subject=row.document_id,
        kek_id=row.kek_id,
        nonce=row.nonce,
        ciphertext=row.ciphertext,
    )


def _columns(wrapped: WrappedKey) -> dict[str, object]:
    return {
        "company_id": wrapped.company_id,
        "document_id": wrapped.subject,
        "kek_id": wrapped.kek_id,
        "nonce": wrapped.nonce,
        "ciphertext": wrapped.ciphertext,
    }
