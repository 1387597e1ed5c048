"""Verification without a database: chains made by hand, and keys that were not added or retired as they must be."""

from __future__ import annotations

import base64
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs import Algorithm, LocalSigner, Purpose, pss
from ledger import canonical
from ledger.entry import NO_KEY, ZERO_HASH, Entry, Kind, encode, genesis
from ledger.key_events import KeyAdded, KeyRetired
from ledger.record import Head, PublicKey, Record
from ledger.report import Level, Reason, Report
from ledger.signing import content_hashes, message
from ledger.verify import KEPT_FAILURES, Facts, Verification

COMPANY, CREATED = UUID(int=9), 77


@pytest.fixture(scope="module")
def signers() -> list[LocalSigner]:
    return [LocalSigner(rsa.generate_private_key(65537, 2048)) for _ in range(3)]


class Ledger:
    """Writes a chain into memory, right or wrong as told."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.keys: list[PublicKey] = []
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

    def key(self, new: LocalSigner, by: LocalSigner, *, proof: bytes | None = None, **changes: object) -> Ledger:
        """A KEY_ADDED entry."""
        event = KeyAdded(
            algorithm=Algorithm.RSA_PSS_SHA256,
            key_id=new.key_id.hex(),
            purpose=Purpose.DOCUMENT,
            spki=base64.b64encode(new.spki).decode(),
            version=len(self.keys) + 1,
        )
        self.keys.append(
            PublicKey(
                company_id=COMPANY,
                key_id=new.key_id,
                version=event.version,
                purpose=event.purpose,
                algorithm=event.algorithm,
                spki=new.spki,
                added_seq=len(self.records),
            )
        )
        return self.add(Kind.KEY_ADDED, canonical.dumps(msgspec.structs.replace(event, **changes)), by, proof)

    def possessed(self, new: LocalSigner, by: LocalSigner) -> Ledger:
        """A KEY_ADDED entry with the new key's own seal, as it must be."""
        self.key(new, by, proof=b"")
        self.records.pop()
        payload = canonical.dumps(
            KeyAdded(
                algorithm=Algorithm.RSA_PSS_SHA256,
                key_id=new.key_id.hex(),
                purpose=Purpose.DOCUMENT,
                spki=base64.b64encode(new.spki).decode(),
                version=len(self.keys),
            )
        )
        return self.add(Kind.KEY_ADDED, payload, by, new.sign(message(sha256(payload).digest(), ZERO_HASH)))

    def retire(self, old: LocalSigner, new: LocalSigner, by: LocalSigner) -> Ledger:
        payload = canonical.dumps(KeyRetired(key_id=old.key_id.hex(), successor=new.key_id.hex()))
        self.in_force = new.key_id
        return self.add(Kind.KEY_RETIRED, payload, by)

    def judged(self, level: Level = Level.SEALS, **given: Facts | None) -> Report:
        last = self.records[-1]
        head = Head(
            company_id=COMPANY, created_us=CREATED, count=len(self.records), hash=last.entry_hash, key_id=self.in_force
        )
        facts_of = (lambda raw: given["json"] if raw.startswith(b"{") else given["xml"]) if given else None
        verification = Verification(head, level=level, facts_of=facts_of)
        for record in self.records:
            verification.feed([record])
        return verification.finish(self.keys, end=head, last_seq=last.seq)


def first(signers: list[LocalSigner]) -> Ledger:
    ledger = Ledger().key(signers[0], signers[0])
    ledger.in_force = signers[0].key_id
    return ledger


def test_a_rotation_as_it_must_be(signers: list[LocalSigner]) -> None:
    one, two, _ = signers
    ledger = first(signers).add(Kind.INVOICE, b"{}", one, b"<a/>").possessed(two, one)
    ledger.add(Kind.INVOICE, b"{}", one, b"<a/>").retire(one, two, two).add(Kind.INVOICE, b"{}", two, b"<a/>")
    report = ledger.judged()
    assert (report.status, report.failures) == ("ok", ())
    assert report.checked.seals == 6


def test_the_first_key_seals_itself(signers: list[LocalSigner]) -> None:
    report = Ledger().key(signers[0], signers[1]).judged()
    assert (report.first_bad_seq, report.reason) == (0, Reason.KEY_UNKNOWN)


@pytest.mark.parametrize(
    "changes",
    [
        {"key_id": "00" * 8},
        {"purpose": "ledger"},
        {"algorithm": "RSA-PKCS1"},
        {"spki": "not base64!"},
        {"spki": ""},
        {"spki": base64.b64encode(pss.spki_of(rsa.generate_private_key(65537, 1024).public_key())).decode()},  # noqa: S505
    ],
)
def test_a_key_event_that_contradicts_itself(signers: list[LocalSigner], changes: dict[str, object]) -> None:
    report = Ledger().key(signers[0], signers[0], **changes).judged()
    assert (report.status, report.first_bad_seq, report.reason) == ("failed", 0, Reason.KEY_EVENT_WRONG)


@pytest.mark.parametrize("how", ["no proof", "another's proof", "proof by the old key"])
def test_a_new_key_proves_its_possession(signers: list[LocalSigner], how: str) -> None:
    one, two, three = signers
    ledger = first(signers).possessed(two, one)
    good = ledger.records.pop()
    payload = good.canonical or b""
    over = message(sha256(payload).digest(), ZERO_HASH)
    proof = {"no proof": None, "another's proof": three.sign(over), "proof by the old key": one.sign(over)}[how]
    report = ledger.add(Kind.KEY_ADDED, payload, one, proof).judged()
    assert (report.first_bad_seq, report.reason) == (1, Reason.KEY_EVENT_WRONG)


def test_a_key_is_vouched_for_by_the_one_in_force(signers: list[LocalSigner]) -> None:
    one, two, three = signers
    for ledger, reason in (
        (first(signers).possessed(two, two), Reason.KEY_UNKNOWN),
        (first(signers).possessed(two, three), Reason.KEY_UNKNOWN),
        (first(signers).possessed(one, one), Reason.KEY_EVENT_WRONG),
    ):
        report = ledger.judged()
        assert (report.first_bad_seq, report.reason) == (1, reason)
    late = first(signers).possessed(two, one).retire(one, two, two).possessed(three, one)
    assert (late.judged().first_bad_seq, late.judged().reason) == (3, Reason.KEY_NOT_IN_FORCE)


def test_only_the_key_in_force_is_retired_and_only_for_one_that_was_added(signers: list[LocalSigner]) -> None:
    one, two, three = signers
    for ledger in (
        first(signers).retire(one, two, one),
        first(signers).retire(two, one, one),
        first(signers).possessed(two, one).retire(one, one, one),
        first(signers).add(Kind.KEY_RETIRED, b"{}", one),
        first(signers).add(Kind.KEY_RETIRED, b'{"key_id":"zz","successor":"zz"}', one),
        Ledger().retire(one, two, one),
    ):
        report = ledger.judged()
        at = len(ledger.records) - 1
        assert (report.first_bad_seq, report.reason) == (at, Reason.KEY_EVENT_WRONG)
    resurrected = first(signers).possessed(two, one).retire(one, two, two).retire(two, one, one)
    assert (resurrected.judged().first_bad_seq, resurrected.judged().reason) == (3, Reason.KEY_EVENT_WRONG)
    by_the_old = first(signers).possessed(two, one).retire(one, two, one)
    assert (by_the_old.judged().first_bad_seq, by_the_old.judged().reason) == (2, Reason.KEY_NOT_IN_FORCE)
    del three


def test_seals_by_strangers_or_none_at_all(signers: list[LocalSigner]) -> None:
    one, two, _ = signers
    for signer, reason in ((two, Reason.KEY_UNKNOWN), (None, Reason.SEAL_MISSING)):
        report = first(signers).add(Kind.INVOICE, b"{}", signer, b"<a/>").judged()
        assert (report.first_bad_seq, report.reason) == (1, reason)
    early = first(signers).possessed(two, one).add(Kind.INVOICE, b"{}", two, b"<a/>")
    assert early.judged().reason is Reason.KEY_NOT_IN_FORCE
    unclaimed = first(signers).add(Kind.STATUS, b"{}", one)
    unclaimed.records[1] = msgspec.structs.replace(unclaimed.records[1], signature=None)
    assert unclaimed.judged().reason is Reason.SEAL_MISSING


FACTS = Facts(number="1", issued="2026-11-21", seller="1", currency="AED", total="1")


@pytest.mark.parametrize("name", Facts.__struct_fields__)
def test_each_fact_must_agree(signers: list[LocalSigner], name: str) -> None:
    other = msgspec.structs.replace(FACTS, **{name: "other"})
    absent = msgspec.structs.replace(FACTS, **{name: None})
    for kind in (Kind.INVOICE, Kind.RECEIVED):
        ledger = first(signers).add(kind, b"{}", signers[0], b"<a/>")
        assert ledger.judged(json=FACTS, xml=FACTS).status == "ok"
        assert ledger.judged(json=FACTS, xml=FACTS).checked.facts == 1
        assert ledger.judged(json=FACTS, xml=other).reason is Reason.FACTS_DIFFER
        assert ledger.judged(json=FACTS, xml=absent).status == ("failed" if kind is Kind.INVOICE else "ok")
        assert ledger.judged(json=FACTS, xml=None).status == ("failed" if kind is Kind.INVOICE else "ok")
        assert ledger.judged(Level.LINKS, json=FACTS, xml=other).status == "ok"


def test_an_issued_document_has_its_entrys_number(signers: list[LocalSigner]) -> None:
    wrong = msgspec.structs.replace(FACTS, number="2")
    report = first(signers).add(Kind.INVOICE, b"{}", signers[0], b"<a/>").judged(json=wrong, xml=wrong)
    assert (report.first_bad_seq, report.reason) == (1, Reason.FACTS_DIFFER)
    received = first(signers).add(Kind.RECEIVED, b"{}", signers[0], b"<a/>").judged(json=wrong, xml=wrong)
    assert received.status == "ok", "a supplier's number is no series of ours"


def test_many_failures_are_counted_and_the_first_are_kept(signers: list[LocalSigner]) -> None:
    ledger = first(signers)
    for _ in range(50):
        ledger.add(Kind.STATUS, b"{}")
    ledger.records = [msgspec.structs.replace(record, canonical=b"[]") for record in ledger.records]
    report = ledger.judged(Level.CONTENTS)
    assert (report.failed, len(report.failures)) == (51, KEPT_FAILURES)
    assert [failure.seq for failure in report.failures] == list(range(KEPT_FAILURES))
    assert report.checked.entries == 51, "the chain itself holds"


@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_flipped_bit_of_any_record_is_found_at_its_place(signers: list[LocalSigner], data: st.DataObject) -> None:
    one, two, _ = signers
    ledger = first(signers).add(Kind.INVOICE, b'{"a":1}', one, b"<a/>").possessed(two, one).retire(one, two, two)
    ledger.add(Kind.STATUS, b"{}").add(Kind.INVOICE, b'{"b":2}', two, b"<b/>")
    seq = data.draw(st.integers(0, len(ledger.records) - 1))
    record = ledger.records[seq]
    name = data.draw(
        st.sampled_from(
            [n for n in ("body", "entry_hash", "signature", "canonical", "attached") if getattr(record, n) is not None]
        )
    )
    value = bytearray(getattr(record, name))
    value[data.draw(st.integers(0, len(value) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert ledger.judged().status == "ok"
    ledger.records[seq] = msgspec.structs.replace(record, **{name: bytes(value)})
    report = ledger.judged()
    assert (report.status, report.first_bad_seq) == ("failed", seq)
