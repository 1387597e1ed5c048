"""A company's signing keys: shown, replaced, brought along with certificates, and watched until these expire."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import ChainRefused, FileRefused, KeyRefused, Purpose, SealedKey, chain, keyfile
from certs.chain import Certificate
from gateway import events, expiry
from gateway.access.errors import Unacceptable
from gateway.access.principal import Principal
from gateway.access.record import AccessChange, record_change
from gateway.http.problems import Conflict
from gateway.wiring import Wiring
from ledger import store
from ledger.errors import KeyKnown
from ledger.record import PublicKey, in_force

_OPENING = ThreadPoolExecutor(1, thread_name_prefix="key-files")
"""One file at a time: each may take ten seconds of a processor and a gigabyte, and the threads that everybody's
checkpoints are signed in must not wait for somebody's key files."""


class KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company's own key with its certificates."""

    pkcs12: bytes | None = None
    """A PKCS #12 file (`.p12`, `.pfx`), base64."""
    pem: str = ""
    """Private key and certificates in PEM; beside a PKCS #12 file, certificates that it lacks."""
    password: str = ""
    """What the private key is encrypted with; never kept."""

    def __repr__(self) -> str:
        return "KeyFile(...)"


class Certified(msgspec.Struct, frozen=True, kw_only=True):
    """What the certificate of an imported key says, and how it stands today."""

    certificate: Certificate
    state: Literal["valid", "expiring", "expired"]
    """`expiring`: within 60 days. An expired certificate stops nothing; import the next one in time."""
    until: datetime
    """When the first certificate of the chain ends."""
    days_left: int
    """Whole days until then; negative behind it."""


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key's public part; the ledger tells when it was in use."""

    key_id: str
    """16 hexadecimal digits: the first 8 bytes of SHA-256 over the public key."""
    version: int
    purpose: str
    """`document` seals documents; `ledger` and `ledger-rsa` sign the ledger's checkpoints."""
    algorithm: str
    spki: bytes
    """DER SubjectPublicKeyInfo, base64."""
    current: bool
    """Whether it signs now."""
    certified: Certified | None = None
    """Only of a key that was imported with its certificates."""


async def signing_keys(db: AsyncConnection, company_id: UUID, *, now: datetime) -> list[SigningKey]:
    """All keys of the company, newest first."""
    public, chains = await store.public_keys(db, company_id), await store.certificates(db, company_id)
    signing = in_force(public, await store.head(db, company_id))
    return [_view(key, key.key_id in signing, chains.get(key.key_id, ()), now) for key in reversed(public)]


async def certified(db: AsyncConnection, company_id: UUID, *, now: datetime) -> Certified | None:
    """How the certificate of the document key in force stands; None for a key of our making."""
    key_id = (await store.head(db, company_id)).key_id
    chained = (await store.certificates(db, company_id)).get(key_id)
    return _certified(chained, now) if chained else None


async def rotate(wiring: Wiring, company_id: UUID, purpose: Purpose, *, by: Principal, now: datetime) -> SigningKey:
    """A new key of our making; the old one is retired. Both are ledger entries, signed by the one and the other."""
    sealed = await asyncio.to_thread(wiring.keys.generate, company_id, purpose)
    async with wiring.database.company(company_id) as db:
        if purpose is Purpose.DOCUMENT:
            await expiry.unwatch(db)
        return await _replace(db, wiring, sealed, (), "key.rotated", by=by, now=now)


async def bring(wiring: Wiring, company_id: UUID, file: KeyFile, *, by: Principal, now: datetime) -> SigningKey:
    """Make the company's own key its document key, and keep the certificates with it.

    Raises `Unacceptable` for a file that doesn't open, certificates that don't hold, a key that can't serve;
    `Conflict` where the company had this key before.
    """
    try:
        opening = partial(keyfile.open_file, pkcs12=file.pkcs12 or b"", pem=file.pem, password=file.password)
        opened = await asyncio.get_running_loop().run_in_executor(_OPENING, opening)
        public = opened.key.public_key()
        chained = await asyncio.to_thread(chain.ordered, public, opened.certificates, now=now)
        sealed = await asyncio.to_thread(wiring.keys.keep, company_id, Purpose.DOCUMENT, opened.key)
    except (FileRefused, ChainRefused, KeyRefused) as refused:
        told = str(refused)
        raise Unacceptable("/pkcs12" if file.pkcs12 else "/pem", f"{told[:1].upper()}{told[1:]}.") from None
    async with wiring.database.company(company_id) as db:
        await expiry.watch(db, sealed.key_id, min(chain.describe(der).not_after for der in chained))
        return await _replace(db, wiring, sealed, chained, "key.imported", by=by, now=now)


async def warn(wiring: Wiring, *, now: datetime) -> int:
    """Tell each company whose certificates near their end, once at each of `expiry.WARNINGS`; returns how many."""
    async with wiring.database.platform() as db:
        near = await expiry.due(db, now=now)
    given = 0
    for watched in near:
        days = watched.due(now)
        if days is None:
            continue
        async with wiring.database.company(watched.company_id) as db:
            if (await store.head(db, watched.company_id)).key_id != watched.key_id:
                await expiry.unwatch(db)  # another key signs by now
            elif await expiry.told(db, watched, days):
                await _tell(db, watched, days, now)
                given += 1
    return given


async def _replace(
    db: AsyncConnection,
    wiring: Wiring,
    sealed: SealedKey,
    chained: tuple[bytes, ...],
    kind: str,
    *,
    by: Principal,
    now: datetime,
) -> SigningKey:
    company_id = sealed.company_id
    signing = [key for key in await signing_keys(db, company_id, now=now) if key.current]
    before = next((key.key_id for key in signing if key.purpose == sealed.purpose), "")
    try:
        await store.replace_key(db, company_id, wiring.keys, sealed, certificates=chained, now=now)
    except KeyKnown:
        raise Conflict("The company has or had this key already; a renewed certificate needs a new key.") from None
    new = next(key for key in await signing_keys(db, company_id, now=now) if key.key_id == sealed.key_id.hex())
    change = AccessChange(what=kind, actor=by.actor, subject=company_id, before=before, after=new.key_id)
    await record_change(db, company_id, change, now=now, keys=wiring.keys)
    return new


async def _tell(db: AsyncConnection, watched: expiry.Watched, days: int, now: datetime) -> None:
    facts = {"key_id": watched.key_id.hex(), "not_after": watched.not_after, "days": days}
    kind = "certificate.expiring" if days else "certificate.expired"
    raw = msgspec.Raw(msgspec.json.encode(facts))
    event = events.Event(kind, watched.company_id, now, "system:certificates", raw)
    await events.emit(db, watched.company_id, event)


def _view(key: PublicKey, signing: bool, chained: tuple[bytes, ...], now: datetime) -> SigningKey:
    return SigningKey(
        key_id=key.key_id.hex(),
        version=key.version,
        purpose=key.purpose,
        algorithm=key.algorithm,
        spki=key.spki,
        current=signing,
        certified=_certified(chained, now) if chained else None,
    )


def _certified(chained: tuple[bytes, ...], now: datetime) -> Certified:
    certificates = [chain.describe(der) for der in chained]
    until = min(certificate.not_after for certificate in certificates)
    left = until - now
    soon = left <= timedelta(days=max(expiry.WARNINGS))
    return Certified(
        certificate=certificates[0],
        state="expired" if left <= timedelta() else "expiring" if soon else "valid",
        until=until,
        days_left=int(left / timedelta(days=1)),
    )
