"""How a company gets its keys and changes them: entries, public keys and sealed private keys, committed together."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import KeyStore, Purpose, SealedKey, Signer, sign_all
from ledger import canonical
from ledger.entry import NO_KEY, Kind, NewEntry
from ledger.errors import KeyKnown, KeyRotated
from ledger.key_events import KeyAdded, KeyRetired, dump_proofs, proof_message
from ledger.record import Head
from ledger.signing import make_seals
from ledger.store import personal, read
from ledger.store.append import lock_head, prepare, write
from ledger.store.keys import LedgerSigners, current_signer, ledger_signers, sealed_key, sealed_keys

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


async def rotate_key(
    db: AsyncConnection, company_id: UUID, keys: KeyStore, *, purpose: Purpose = Purpose.DOCUMENT, now: datetime
) -> Signer:
    """A new key of the purpose, and the old one retired; in a new ledger the first key of every purpose.

    The new key is in force behind these entries. Appends in this transaction (takes the head row). Returns the
    purpose's signer. Raises `LedgerMissing`, `KeyRotated` (somebody else was quicker), `CertsError`.
    """
    if (await read.head(db, company_id)).key_id == NO_KEY:
        made = await asyncio.gather(*(asyncio.to_thread(keys.generate, company_id, each) for each in Purpose))
        signers = await _first_keys(db, company_id, keys, made, now=now)
        return signers[purpose]
    return await replace_key(db, company_id, keys, await asyncio.to_thread(keys.generate, company_id, purpose), now=now)


async def replace_key(
    db: AsyncConnection,
    company_id: UUID,
    keys: KeyStore,
    sealed: SealedKey,
    *,
    certificates: Sequence[bytes] = (),
    now: datetime,
) -> Signer:
    """Put a key that `keys` made or keeps into force, and retire the one of its purpose.

    `certificates`: the key's chain (DER, its own first), recorded in the entry that adds it. Raises as `rotate_key`,
    and `KeyKnown` where the company had this very key before.
    """
    fresh = await asyncio.to_thread(keys.signer, sealed)
    head = await lock_head(db, company_id)
    if await sealed_key(db, company_id, sealed.key_id) is not None:
        raise KeyKnown(f"company {company_id} has or had the key {sealed.key_id.hex()}; a key is used once")
    document = await current_signer(db, company_id, keys)
    signers = await ledger_signers(db, company_id, keys)
    olds = {Purpose.DOCUMENT: document, Purpose.LEDGER: signers.ed25519, Purpose.LEDGER_RSA: signers.rsa}
    old, of_documents = olds[sealed.purpose], sealed.purpose is Purpose.DOCUMENT
    version = await _next_version(db, sealed)
    payload = _added(sealed, version=version, replaces=old, certificates=certificates)
    proofs = await _proofs(payload, fresh, None if of_documents else old)
    retired = canonical.dumps(KeyRetired(key_id=old.key_id.hex(), successor=fresh.key_id.hex()))
    news = [
        await _sealed_entry(Kind.KEY_ADDED, payload, proofs, document),
        await _sealed_entry(Kind.KEY_RETIRED, retired, None, fresh if of_documents else document),
    ]
    behind = fresh if of_documents else document
    await _write(db, head, news, document=behind, signers=signers.replaced(sealed.purpose, fresh), now=now)
    await _store(db, sealed, version=version, added_seq=head.count)
    return fresh


async def reseal_keys(db: AsyncConnection, company_id: UUID, keys: KeyStore) -> int:
    """Seal the company's private keys and content keys under the current key-encryption key; returns how many weren't.

    Safe to repeat after a break. Raises `CertsError`.
    """
    resealed = 0
    for sealed in await sealed_keys(db, company_id):
        anew = await asyncio.to_thread(keys.reseal, sealed)
        if anew is not sealed:
            resealed += (await db.execute(_RESEAL, {**_private(anew), "seen": sealed.kek_id})).rowcount
    return resealed + await personal.rewrap_all(db, company_id, keys)


async def _first_keys(
    db: AsyncConnection, company_id: UUID, keys: KeyStore, made: Sequence[SealedKey], *, now: datetime
) -> dict[Purpose, Signer]:
    signers = {sealed.purpose: await asyncio.to_thread(keys.signer, sealed) for sealed in made}
    document = signers[Purpose.DOCUMENT]
    news = []
    for sealed in made:
        payload = _added(sealed, version=1, replaces=None)
        proofs = None if sealed.purpose is Purpose.DOCUMENT else await _proofs(payload, signers[sealed.purpose], None)
        news.append(await _sealed_entry(Kind.KEY_ADDED, payload, proofs, document))
    head = await lock_head(db, company_id)
    if head.key_id != NO_KEY:
        raise KeyRotated(f"company {company_id} got its first keys meanwhile")
    of_ledger = LedgerSigners(signers[Purpose.LEDGER], signers[Purpose.LEDGER_RSA])
    await _write(db, head, news, document=document, signers=of_ledger, now=now)
    for seq, sealed in enumerate(made, head.count):
        await _store(db, sealed, version=1, added_seq=seq)
    return signers


def _added(sealed: SealedKey, *, version: int, replaces: Signer | None, certificates: Sequence[bytes] = ()) -> bytes:
    return canonical.dumps(
        KeyAdded(
            algorithm=sealed.algorithm,
            certificates=tuple(base64.b64encode(certificate).decode("ascii") for certificate in certificates),
            company_id=sealed.company_id,
            key_id=sealed.key_id.hex(),
            purpose=sealed.purpose,
            replaces="" if replaces is None else replaces.key_id.hex(),
            spki=base64.b64encode(sealed.spki).decode("ascii"),
            version=version,
        )
    )


async def _proofs(payload: bytes, fresh: Signer, outgoing: Signer | None) -> bytes:
    message = proof_message(payload)
    (possession,) = await sign_all(fresh, [message])
    by_old = None if outgoing is None else (await sign_all(outgoing, [message]))[0]
    return dump_proofs(possession=possession, outgoing=by_old)


async def _sealed_entry(kind: Kind, payload: bytes, attached: bytes | None, signer: Signer) -> NewEntry:
    (seal,) = await make_seals(signer, [(payload, attached)])
    return NewEntry(kind=kind, canonical=payload, attached=attached, seal=seal)


async def _write(
    db: AsyncConnection,
    head: Head,
    news: Sequence[NewEntry],
    *,
    document: Signer,
    signers: LedgerSigners,
    now: datetime,
) -> None:
    await write(db, head, await prepare(news), key_id=document.key_id, signers=signers, now=now)


async def _next_version(db: AsyncConnection, sealed: SealedKey) -> int:
    given = {"company_id": sealed.company_id, "purpose": sealed.purpose}
    return int((await db.execute(_NEXT_VERSION, given)).scalar_one())


async def _store(db: AsyncConnection, sealed: SealedKey, *, version: int, added_seq: int) -> None:
    public = {"purpose": sealed.purpose, "algorithm": sealed.algorithm, "spki": sealed.spki}
    place = {"company_id": sealed.company_id, "key_id": sealed.key_id, "version": version, "added_seq": added_seq}
    await db.execute(_ADD_PUBLIC, {**place, **public})
    await db.execute(_ADD_SEALED, _private(sealed))


def _private(sealed: SealedKey) -> dict[str, object]:
    return {
        "company_id": sealed.company_id,
        "key_id": sealed.key_id,
        "kek_id": sealed.kek_id,
        "nonce": sealed.nonce,
        "ciphertext": sealed.ciphertext,
    }
