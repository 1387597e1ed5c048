"""A company's keys as stored: which ones sign now, and opening them.

The document key in force stands in the head's row. Of the ledger's own keys the newest version of each purpose is in
force, since adding one and retiring the one before commit together.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import Algorithm, KeyDamaged, KeyStore, Purpose, SealedKey, Signer
from ledger.entry import NO_KEY
from ledger.errors import KeyMissing, LedgerMissing
from ledger.key_events import read_added

_COLUMNS = (
    "k.company_id, k.key_id, coalesce(k.purpose, '') as purpose, coalesce(k.algorithm, '') as algorithm, "
    "coalesce(k.spki, '') as spki, coalesce(s.kek_id, '') as kek_id, coalesce(s.nonce, '') as nonce, "
    "coalesce(s.ciphertext, '') as ciphertext"
)
_JOIN = "signing_keys k join sealed_keys s on s.company_id = k.company_id and s.key_id = k.key_id"
_CURRENT = text(
    f"select h.key_id as wanted, {_COLUMNS} from ledger_heads h left join ({_JOIN}) "
    "on k.company_id = h.company_id and k.key_id = h.key_id where h.company_id = :company_id"
)
_LEDGER = text(
    f"select {_COLUMNS} from {_JOIN} where k.company_id = :company_id and k.purpose in ('ledger', 'ledger-rsa') "
    "and k.version = (select max(version) from signing_keys n where n.company_id = k.company_id "
    "and n.purpose = k.purpose)"
)
_ONE = text(f"select {_COLUMNS} from {_JOIN} where k.company_id = :company_id and k.key_id = :key_id")
_IMPORTED = text(
    "select k.key_id, c.canonical from signing_keys k join ledger_contents c on c.company_id = k.company_id "
    "and c.seq = k.added_seq where k.company_id = :company_id and k.purpose = 'document'"
)
_ALL = text(f"select {_COLUMNS} from {_JOIN} where k.company_id = :company_id order by k.added_seq")


class LedgerSigners(msgspec.Struct, frozen=True):
    """What signs the checkpoints of one ledger."""

    ed25519: Signer
    """Purpose `LEDGER`."""
    rsa: Signer
    """Purpose `LEDGER_RSA`."""

    def replaced(self, purpose: Purpose, signer: Signer) -> LedgerSigners:
        """The same with another signer for one purpose; a document key changes nothing."""
        match purpose:
            case Purpose.LEDGER:
                return LedgerSigners(signer, self.rsa)
            case Purpose.LEDGER_RSA:
                return LedgerSigners(self.ed25519, signer)
            case Purpose.DOCUMENT:
                return self


async def current_signer(db: AsyncConnection, company_id: UUID, keys: KeyStore) -> Signer:
    """The company's document key, opened. Raises `LedgerMissing` where it has none, `KeyMissing`, and `CertsError`."""
    row = (await db.execute(_CURRENT, {"company_id": company_id})).one_or_none()
    if row is None or row.wanted == NO_KEY:
        raise LedgerMissing(f"company {company_id} has no document key; rotate_key makes one")
    if row.key_id is None:
        raise KeyMissing(f"the key {row.wanted.hex()} that signs for company {company_id} is not stored")
    (signer,) = await _opened(keys, _sealed(row))
    return signer


async def ledger_signers(db: AsyncConnection, company_id: UUID, keys: KeyStore) -> LedgerSigners:
    """The keys that sign checkpoints now, opened. Read them behind the head's lock: a rotation takes it too.

    Raises `KeyMissing` where one is not there, and `CertsError`.
    """
    sealed = {key.purpose: key for key in map(_sealed, await db.execute(_LEDGER, {"company_id": company_id}))}
    if len(sealed) != 2:
        missing = " and ".join({Purpose.LEDGER.value, Purpose.LEDGER_RSA.value} - set(sealed))
        raise KeyMissing(f"a key of company {company_id} for {missing} is not stored; without it nothing is recorded")
    return LedgerSigners(*await _opened(keys, sealed[Purpose.LEDGER], sealed[Purpose.LEDGER_RSA]))


async def _opened(keys: KeyStore, *sealed: SealedKey) -> list[Signer]:
    """From memory, else by one way into a thread and back: the head may be locked meanwhile."""
    at_hand = [signer for key in sealed if (signer := keys.opened(key)) is not None]
    if len(at_hand) == len(sealed):
        return at_hand
    return await asyncio.to_thread(lambda: [keys.signer(key) for key in sealed])


async def certificates(db: AsyncConnection, company_id: UUID) -> dict[bytes, tuple[bytes, ...]]:
    """The certificates of imported document keys by key id: DER, the key's own first. Raises `NotCanonical`."""
    rows = await db.execute(_IMPORTED, {"company_id": company_id})
    chains = {row.key_id: read_added(row.canonical).chain() for row in rows}
    return {key_id: chain for key_id, chain in chains.items() if chain}


async def sealed_key(db: AsyncConnection, company_id: UUID, key_id: bytes) -> SealedKey | None:
    """One key with its private part as stored. Raises `KeyDamaged` where the row can't be one."""
    row = (await db.execute(_ONE, {"company_id": company_id, "key_id": key_id})).first()
    return None if row is None else _sealed(row)


async def sealed_keys(db: AsyncConnection, company_id: UUID) -> list[SealedKey]:
    """All keys of the company with their private parts as stored, oldest first. Raises `KeyDamaged`."""
    return [_sealed(row) for row in await db.execute(_ALL, {"company_id": company_id})]


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
