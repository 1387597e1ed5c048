"""A ledger made in memory, with real keys and signed checkpoints, and the bundle that the writer makes of it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import ALGORITHMS, LocalSigner, Purpose
from ledger import canonical, checkpoint, envelope, merkle
from ledger.bundle import BundleWriter, Closing, Cosigned, Outside, Scope, Stamped
from ledger.entry import ISSUED, NO_KEY, ZERO_HASH, Entry, Kind, encode, genesis
from ledger.key_events import KeyAdded, KeyRetired, dump_proofs, proof_message
from ledger.record import Record
from ledger.signing import content_hashes, message

COMPANY = UUID("0195f3c0-1111-7222-8333-444455556666")
OTHER = UUID("0195f3c0-9999-7222-8333-444455556666")
CREATED = 1_795_249_800_123_457
SELLER = "1234567890"
PAGES = {"SPEC.md": b"See ledger/bundle/SPEC.md.\n", "verify.py": b"# See ledger/verifier/verify.py.\n"}
"""Stand-ins that keep small bundles small."""


def xml_of(number: str, total: str, *, seller: str = SELLER, kind: str = "Invoice") -> bytes:
    """A UBL document with the five facts and little more."""
    return f"""<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-11-21</cbc:IssueDate>
<cbc:DocumentCurrencyCode>AED</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cbc:EndpointID schemeID="0235">{seller}</cbc:EndpointID></cac:Party>
</cac:AccountingSupplierParty><cac:LegalMonetaryTotal>
<cbc:TaxInclusiveAmount currencyID="AED">{total}</cbc:TaxInclusiveAmount></cac:LegalMonetaryTotal></{kind}>""".encode()


def json_of(number: str, total: str, *, seller: str = SELLER) -> bytes:
    """The same document in its envelope."""
    document = {
        "currency": "AED",
        "issue_date": "2026-11-21",
        "number": number,
        "seller": {"endpoint": {"id": seller, "scheme": "0235"}, "name": "A seller"},
        "totals": {"tax_inclusive": total},
    }
    return envelope.wrap(document, generator="test/1", ruleset="none/1", ruleset_digest="00" * 32)


class Keyring:
    """Key pairs of every purpose, each made once."""

    def __init__(self) -> None:
        self._made: dict[tuple[Purpose, int], LocalSigner] = {}

    def key(self, purpose: Purpose, number: int) -> LocalSigner:
        """The same for the same number."""
        found = self._made.get((purpose, number))
        if found is None:
            ed25519 = ALGORITHMS[purpose] == "Ed25519"
            found = LocalSigner(Ed25519PrivateKey.generate() if ed25519 else rsa.generate_private_key(65537, 2048))
            self._made[(purpose, number)] = found
        return found


class Made:
    """Appends as the store does: link, sign, checkpoint; only there is no database."""

    def __init__(self, keyring: Keyring, company: UUID = COMPANY, *, serial: int = 0) -> None:
        """`serial`: which keys of the ring come first."""
        self.company, self.keyring = company, keyring
        self.origin = f"ledger.test/ledger/{company}"
        self.records: list[Record] = []
        self.notes: dict[int, bytes] = {}
        self.signers: dict[Purpose, LocalSigner] = {}
        self._serials = dict.fromkeys(Purpose, serial)
        self._versions = dict.fromkeys(Purpose, 0)
        for purpose in Purpose:
            self._add_key(purpose)
        self.sign()

    @property
    def leaves(self) -> list[bytes]:
        """Of all entries."""
        return [merkle.leaf(record.entry_hash) for record in self.records]

    def append(
        self,
        kind: Kind,
        payload: bytes,
        attached: bytes | None = None,
        *,
        number: str = "",
        signer: LocalSigner | None = None,
    ) -> Record:
        """One entry; the checkpoint comes with `sign`."""
        invoice_hash, xml_hash = content_hashes(payload, attached)
        signature = signer.sign(message(invoice_hash, xml_hash)) if signer else None
        entry = Entry(
            company_id=self.company,
            seq=len(self.records),
            kind=kind,
            at_us=CREATED + len(self.records),
            series="S" if number else "",
            number=number,
            previous=self.records[-1].entry_hash if self.records else genesis(self.company, CREATED),
            invoice_hash=invoice_hash,
            xml_hash=xml_hash,
            key_id=signer.key_id if signer else NO_KEY,
            signature_hash=sha256(signature).digest() if signature else ZERO_HASH,
        )
        record = Record(
            company_id=self.company,
            seq=entry.seq,
            kind=kind,
            at_us=entry.at_us,
            series=entry.series,
            number=number,
            body=encode(entry),
            entry_hash=entry.hash,
            signature=signature,
            canonical=payload,
            attached=attached,
        )
        self.records.append(record)
        return record

    def document(self, number: str, total: str = "105.00", kind: Kind = Kind.INVOICE) -> Record:
        """A sealed document."""
        root = "CreditNote" if kind is Kind.CREDIT_NOTE else "Invoice"
        payload, attached = json_of(number, total), xml_of(number, total, kind=root)
        return self.append(kind, payload, attached, number=number, signer=self.signers[Purpose.DOCUMENT])

    def sign(self) -> bytes:
        """The checkpoint of all entries so far."""
        leaves = self.leaves
        signers = [self.signers[Purpose.LEDGER], self.signers[Purpose.LEDGER_RSA]]
        note = checkpoint.make(self.origin, len(leaves), merkle.root(leaves), signers)
        self.notes[len(leaves)] = note
        return note

    def rotate(self, purpose: Purpose) -> None:
        """A new key, and the old one retired."""
        old = self.signers[purpose]
        new = self._add_key(purpose)
        payload = canonical.dumps(KeyRetired(key_id=old.key_id.hex(), successor=new.key_id.hex()))
        self.signers[purpose] = new
        self.append(Kind.KEY_RETIRED, payload, signer=self.signers[Purpose.DOCUMENT])
        self.sign()

    def _add_key(self, purpose: Purpose) -> LocalSigner:
        old = self.signers.get(purpose)
        new = self.keyring.key(purpose, self._serials[purpose])
        self._serials[purpose] += 1
        self._versions[purpose] += 1
        payload = canonical.dumps(
            KeyAdded(
                algorithm=ALGORITHMS[purpose],
                company_id=self.company,
                key_id=new.key_id.hex(),
                purpose=purpose,
                replaces=old.key_id.hex() if old else "",
                spki=base64.b64encode(new.spki).decode(),
                version=self._versions[purpose],
            )
        )
        signed = proof_message(payload)
        outgoing = old.sign(signed) if old and purpose is not Purpose.DOCUMENT else None
        proofs = dump_proofs(possession=new.sign(signed), outgoing=outgoing) if self.records else None
        self.append(Kind.KEY_ADDED, payload, proofs, signer=self.signers.get(Purpose.DOCUMENT, new))
        if old is None:
            self.signers[purpose] = new
        return new


def story(keyring: Keyring, company: UUID = COMPANY) -> Made:
    """Seventeen entries: 0-2 keys, 3-6 documents, 7 approval, 8-11 two rotations, 12-15 documents, 16 evidence."""
    made = Made(keyring, company)
    for number in ("INV-1", "INV-2", "INV-3"):
        made.document(number)
        made.sign()
    made.document("CN-1", "5.00", Kind.CREDIT_NOTE)
    made.append(Kind.APPROVAL, b'{"by":"checker"}', number="INV-1")
    made.sign()
    made.rotate(Purpose.DOCUMENT)
    made.rotate(Purpose.LEDGER)
    made.document("INV-4", "20.25")
    made.sign()
    received = json_of("THEIRS-7", "99.00", seller="9999999999"), xml_of("THEIRS-7", "99.00", seller="9999999999")
    made.append(Kind.RECEIVED, *received, number="THEIRS-7", signer=made.signers[Purpose.DOCUMENT])
    made.sign()
    made.document("INV-5")
    made.document("INV-6")
    made.append(Kind.STATUS, b'{"is":"delivered"}', b"<MLS/>", number="INV-4")
    made.sign()
    return made


def bundle(
    made: Made,
    file: io.BufferedRandom | io.BytesIO,
    *,
    first: int = 0,
    last: int | None = None,
    erased: Sequence[int] = (),
    cosigned: Cosigned | None = None,
    stamps: Sequence[Stamped] = (),
    pages: dict[str, bytes] | None = None,
    batch: int = 5,
) -> None:
    """Write the bundle of a range; what a database would answer is computed from the records."""
    last = len(made.records) - 1 if last is None else last
    leaves, newest = made.leaves, max(made.notes)
    frontier = merkle.Frontier()
    for leaf in leaves[:first]:
        frontier.append(leaf)
    peaks = frontier.peaks()
    scope = Scope(
        company_id=made.company,
        created_us=CREATED,
        origin=made.origin,
        first=first,
        last=last,
        left_peaks=tuple(peaks[at : at + 32] for at in range(0, len(peaks), 32)),
    )
    needed = [
        record
        for record in made.records[:newest]
        if (not first <= record.seq <= last and record.kind in (Kind.KEY_ADDED, Kind.KEY_RETIRED))
        or (record.seq > last and record.kind is Kind.ERASURE)
    ]
    records = [
        replaced(record, erased=True, canonical=None, attached=None) if record.seq in erased else record
        for record in made.records
    ]
    with BundleWriter(file, scope, pages=PAGES if pages is None else pages) as writer:
        for start in range(first, last + 1, batch):
            writer.add(records[start : min(start + batch, last + 1)])
        for size, note in sorted(made.notes.items()):
            if max(first, 1) <= size <= last + 1 or size == newest:
                writer.add_checkpoint(note)
        writer.finish(
            Closing(
                size=newest,
                root=merkle.root(leaves[:newest]),
                path=tuple(merkle.consistency_proof(leaves[:newest], last + 1)),
                outside=tuple(
                    Outside(record, tuple(merkle.inclusion_proof(leaves[:newest], record.seq))) for record in needed
                ),
                cosigned=cosigned,
                stamps=tuple(stamps),
            )
        )


def write(made: Made, path: Path, **given: object) -> Path:
    """Write the bundle into a file."""
    with path.open("w+b") as file:
        bundle(made, file, **given)  # type: ignore[arg-type]
    return path


def issued(made: Made) -> list[Record]:
    """Documents of its own."""
    return [record for record in made.records if record.kind in ISSUED]


def replaced(record: Record, **changes: object) -> Record:
    """The record with other fields."""
    return msgspec.structs.replace(record, **changes)
