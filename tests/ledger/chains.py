"""Documents and companies for the ledger's tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from certs import Kek, KeyRing, LocalKeyStore, Purpose, SealedKey, pss
from gateway.db import Database
from ledger import envelope
from ledger.entry import Kind, NewEntry
from ledger.signing import make_seals
from ledger.store import current_signer

NOW = datetime(2026, 11, 21, 8, 30, 0, 123457, tzinfo=UTC)

OpenLedger = Callable[[Database], Awaitable[UUID]]


class FewKeys(LocalKeyStore):
    """Real keys, really sealed, but only six of them: making one costs more than most tests do."""

    def __init__(self) -> None:
        super().__init__(KeyRing(Kek.make(development=True)))
        self._made: list[bytes] = []
        self._turn = 0

    def generate(self, company_id: UUID, purpose: Purpose = Purpose.DOCUMENT) -> SealedKey:
        """The next of the six."""
        if len(self._made) < 6:
            private = rsa.generate_private_key(65537, 2048)
            self._made.append(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        plain = self._made[self._turn % 6]
        self._turn += 1
        private = load_der_private_key(plain, None)
        assert isinstance(private, rsa.RSAPrivateKey)
        return self._seal(plain, company_id=company_id, purpose=purpose, spki=pss.spki_of(private.public_key()))


def document(number: str, *, total: str = "105.00") -> tuple[bytes, bytes]:
    """Canonical JSON and XML of a tiny document; the ledger doesn't care what the XML says."""
    canonical = envelope.wrap(
        {"number": number, "total": total}, generator="test/1", ruleset="none/1", ruleset_digest="00" * 32
    )
    return canonical, f"<Invoice><ID>{number}</ID><Total>{total}</Total></Invoice>".encode()


async def sealed_documents(
    database: Database, company_id: UUID, keys: LocalKeyStore, numbers: list[str], kind: Kind = Kind.INVOICE
) -> list[NewEntry]:
    """Documents with the company's seal, ready to append."""
    async with database.company(company_id) as db:
        signer = await current_signer(db, company_id, keys)
    contents = [document(number) for number in numbers]
    seals = await make_seals(signer, contents)
    return [
        NewEntry(kind=kind, canonical=canonical, attached=attached, series="S", number=number, seal=seal)
        for (canonical, attached), seal, number in zip(contents, seals, numbers, strict=True)
    ]
