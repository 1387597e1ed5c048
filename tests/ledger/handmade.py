"""Chains made by hand in memory, right or wrong as told."""

from __future__ import annotations

import base64
from hashlib import sha256
from uuid import UUID

import msgspec

from certs import LocalSigner, Purpose
from ledger import canonical
from ledger.entry import NO_KEY, ZERO_HASH, Entry, Kind, encode, genesis
from ledger.key_events import KeyAdded, KeyRetired, dump_proofs, proof_message
from ledger.record import Head, PublicKey, Record
from ledger.report import Level, Report
from ledger.signing import content_hashes, message
from ledger.verify import Batch, End, Facts, Verification

COMPANY, CREATED = UUID(int=9), 77


class Ledger:
    """Writes a chain into memory, right or wrong as told."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.keys: list[PublicKey] = []
        self.signers: dict[bytes, LocalSigner] = {}
        self.in_force = NO_KEY

    def add(
        self, kind: Kind, payload: bytes, signer: LocalSigner | None = None, attached: bytes | None = None
    ) -> Ledger:
        previous = self.records[-1].entry_hash if self.records else genesis(COMPANY, CREATED)
        invoice_hash, xml_hash = content_hashes(payload, attached)
        signature = signer.sign(message(invoice_hash, xml_hash)) if signer else None
        entry = Entry(
            company_id=COMPANY,
            seq=len(self.records),
            kind=kind,
            at_us=1,
            series="",
            number="1" if kind in (Kind.INVOICE, Kind.RECEIVED) else "",
            previous=previous,
            invoice_hash=invoice_hash,
            xml_hash=xml_hash,
            key_id=signer.key_id if signer else NO_KEY,
            signature_hash=sha256(signature).digest() if signature else ZERO_HASH,
        )
        self.records.append(
            Record(
                company_id=COMPANY,
                seq=entry.seq,
                kind=kind,
                at_us=1,
                series="",
                number=entry.number,
                body=encode(entry),
                entry_hash=entry.hash,
                signature=signature,
                canonical=payload,
                attached=attached,
            )
        )
        return self

    def added(
        self, new: LocalSigner, by: LocalSigner, purpose: Purpose = Purpose.DOCUMENT, **changes: object
    ) -> Ledger:
        """A KEY_ADDED entry as it must be, but for `changes` of its payload."""
        old = next((key for key in reversed(self.keys) if key.purpose == purpose), None)
        event = KeyAdded(
            algorithm=new.algorithm,
            company_id=COMPANY,
            key_id=new.key_id.hex(),
            purpose=purpose,
            replaces=old.key_id.hex() if old else "",
            spki=base64.b64encode(new.spki).decode(),
            version=old.version + 1 if old else 1,
        )
        event = msgspec.structs.replace(event, **changes)
        self.keys.append(
            PublicKey(
                company_id=COMPANY,
                key_id=new.key_id,
                version=event.version,
                purpose=purpose,
                algorithm=event.algorithm,
                spki=new.spki,
                added_seq=len(self.records),
            )
        )
        payload = canonical.dumps(event)
        message = proof_message(payload)
        outgoing = self.signers[old.key_id].sign(message) if old and purpose is not Purpose.DOCUMENT else None
        self.signers[new.key_id] = new
        if not self.records:
            return self.add(Kind.KEY_ADDED, payload, by)
        return self.add(Kind.KEY_ADDED, payload, by, dump_proofs(possession=new.sign(message), outgoing=outgoing))

    def proofs(self, attached: bytes | None, by: LocalSigner) -> Ledger:
        """Put other proofs, or none, to the last entry."""
        return self.add(Kind.KEY_ADDED, self.records.pop().canonical or b"", by, attached)

    def retire(self, old: LocalSigner, new: LocalSigner, by: LocalSigner) -> Ledger:
        payload = canonical.dumps(KeyRetired(key_id=old.key_id.hex(), successor=new.key_id.hex()))
        if any(key.key_id == new.key_id and key.purpose == Purpose.DOCUMENT for key in self.keys):
            self.in_force = new.key_id
        return self.add(Kind.KEY_RETIRED, payload, by)

    def judged(self, level: Level = Level.SEALS, **given: Facts | None) -> Report:
        last = self.records[-1]
        head = Head(
            company_id=COMPANY, created_us=CREATED, count=len(self.records), hash=last.entry_hash, key_id=self.in_force,
            origin="ledger.test", peaks=b"",
        )  # fmt: skip
        facts_of = (lambda raw: given["json"] if raw.startswith(b"{") else given["xml"]) if given else None
        verification = Verification(head, level=level, facts_of=facts_of, deep=True)
        for record in self.records:
            verification.feed(Batch([record]))
        return verification.finish(End(head=head, last_seq=last.seq, keys=tuple(self.keys)))


def first(signers: list[LocalSigner]) -> Ledger:
    """A chain with its first document key."""
    ledger = Ledger().added(signers[0], signers[0])
    ledger.in_force = signers[0].key_id
    return ledger
