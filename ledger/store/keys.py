"""A company's keys in the ledger: which one signs now, and how it is replaced.

The public key, the sealed private key and the entries that say so commit together.
"""

from __future__ import annotations

import asyncio
import base64
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import Algorithm, KeyDamaged, KeyStore, Purpose, SealedKey, Signer
from ledger import canonical
from ledger.entry import NO_KEY, Kind, NewEntry
from ledger.errors import LedgerMissing
from ledger.key_events import KeyAdded, KeyRetired
from ledger.record import Head
from ledger.signing import make_seals
from ledger.store.append import lock_head, prepare, write

_COLUMNS = (
    "k.company_id, k.key_id, coalesce(k.purpose, '') as purpose, coalesce(k.algorithm, '') as algorithm, "
    "coalesce(k.spki, '') as spki, coalesce(s.kek_id, '') as kek_id, coalesce(s.nonce, '') as nonce, "
    "coalesce(s.ciphertext, '') as ciphertext"
)
_JOIN = "signing_keys k join sealed_keys s on s.company_id = k.company_id and s.key_id = k.key_id"
_CURRENT = text(
    f"select {_COLUMNS} from {_JOIN} join ledger_heads h on h.company_id = k.company_id and h.key_id = k.key_id "
    "where k.company_id = :company_id"
)
_ONE = text(f"select {_COLUMNS} from {_JOIN} where k.company_id = :company_id and k.key_id = :key_id")
_ALL = text(f"select {_COLUMNS} from {_JOIN} where k.company_id = :company_id order by k.added_seq")
_NEXT_VERSION = text(
    "select coalesce(max(version), 0) + 1 from signing_keys where company_id = :company_id and purpose = :purpose"
)
_ADD_PUBLIC = text(
    "insert into signing_keys (company_id, key_id, version, purpose, algorithm, spki, added_seq) "
    "values (:company_id, :key_id, :version, :purpose, :algorithm, :spki, :added_seq)"
)
_ADD_SEALED = text(
    "insert into sealed_keys (company_id, key_id, kek_id, nonce, ciphertext) "
    "values (:company_id, :key_id, :kek_id, :nonce, :ciphertext)"
)
_RESEAL = text(
    "update sealed_keys set kek_id = :kek_id, nonce = :nonce, ciphertext = :ciphertext "
    "where company_id = :company_id and key_id = :key_id and kek_id = :seen"
)


async def current_signer(db: AsyncConnection, company_id: UUID, keys: KeyStore) -> Signer:
    """The company's document key, opened. Raises `LedgerMissing` where it has none, and `CertsError`."""
    row = (await db.execute(_CURRENT, {"company_id": company_id})).one_or_none()
    if row is None:
        raise LedgerMissing(f"company {company_id} has no document key; rotate_key makes one")
    return keys.signer(_sealed(row))


async def sealed_key(db: AsyncConnection, company_id: UUID, key_id: bytes) -> SealedKey | None:
    """One key with its private part as stored. Raises `KeyDamaged` where the row can't be one."""
    row = (await db.execute(_ONE, {"company_id": company_id, "key_id": key_id})).first()
    return None if row is None else _sealed(row)


async def sealed_keys(db: AsyncConnection, company_id: UUID) -> list[SealedKey]:
    """All keys of the company with their private parts as stored, oldest first. Raises `KeyDamaged`."""
    return [_sealed(row) for row in await db.execute(_ALL, {"company_id": company_id})]


async def rotate_key(db: AsyncConnection, company_id: UUID, keys: KeyStore, *, now: datetime) -> Signer:
    """Give the company its first document key, or a new one and retire the old; both are ledger entries.

    The new key signs from the next entry on. Appends in this transaction (takes the head row).
    Raises `LedgerMissing`, `CertsError`.
    """
    sealed = await asyncio.to_thread(keys.generate, company_id, Purpose.DOCUMENT)
    fresh = await asyncio.to_thread(keys.signer, sealed)
    head = await lock_head(db, company_id)
    given = {"company_id": company_id, "purpose": sealed.purpose}
    version = int((await db.execute(_NEXT_VERSION, given)).scalar_one())
    added = canonical.dumps(
        KeyAdded(
            algorithm=sealed.algorithm,
            key_id=sealed.key_id.hex(),
            purpose=sealed.purpose,
            spki=base64.b64encode(sealed.spki).decode("ascii"),
            version=version,
        )
    )
    if head.key_id == NO_KEY:
        news = [await _sealed_entry(Kind.KEY_ADDED, added, None, fresh)]
    else:
        news = await _replacement(db, head, added, fresh, keys)
    await write(db, head, await prepare(news), key_id=sealed.key_id, now=now)
    public = {"spki": sealed.spki, "algorithm": sealed.algorithm, "version": version, "added_seq": head.count}
    await db.execute(_ADD_PUBLIC, {**given, **public, "key_id": sealed.key_id})
    await db.execute(_ADD_SEALED, _private(sealed))
    return fresh


async def reseal_keys(db: AsyncConnection, company_id: UUID, keys: KeyStore) -> int:
    """Seal the company's private keys under the current key-encryption key; returns how many were not yet.

    Safe to repeat after a break. Raises `CertsError`.
    """
    resealed = 0
    for sealed in await sealed_keys(db, company_id):
        anew = await asyncio.to_thread(keys.reseal, sealed)
        if anew is not sealed:
            resealed += (await db.execute(_RESEAL, {**_private(anew), "seen": sealed.kek_id})).rowcount
    return resealed


async def _replacement(db: AsyncConnection, head: Head, added: bytes, fresh: Signer, keys: KeyStore) -> list[NewEntry]:
    old = await current_signer(db, head.company_id, keys)
    (possession,) = await make_seals(fresh, [(added, None)])
    retired = canonical.dumps(KeyRetired(key_id=old.key_id.hex(), successor=fresh.key_id.hex()))
    return [
        await _sealed_entry(Kind.KEY_ADDED, added, possession.signature, old),
        await _sealed_entry(Kind.KEY_RETIRED, retired, None, fresh),
    ]


async def _sealed_entry(kind: Kind, payload: bytes, attached: bytes | None, signer: Signer) -> NewEntry:
    (seal,) = await make_seals(signer, [(payload, attached)])
    return NewEntry(kind=kind, canonical=payload, attached=attached, seal=seal)


def _private(sealed: SealedKey) -> dict[str, UUID | bytes | str]:
    return {
        "company_id": sealed.company_id,
        "key_id": sealed.key_id,
        "kek_id": sealed.kek_id,
        "nonce": sealed.nonce,
        "ciphertext": sealed.ciphertext,
    }


def _sealed(row: Row[tuple[object, ...]]) -> SealedKey:
    try:
        purpose, algorithm = Purpose(row.purpose), Algorithm(row.algorithm)
    except ValueError as error:
        raise KeyDamaged(f"the row of key {row.key_id.hex()} names {error}") from error
    return SealedKey(
        company_id=row.company_id,
        key_id=row.key_id,
        purpose=purpose,
        algorithm=algorithm,
        spki=row.spki,
        kek_id=row.kek_id,
        nonce=row.nonce,
        ciphertext=row.ciphertext,
    )
