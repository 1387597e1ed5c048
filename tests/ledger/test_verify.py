"""Verification without a database: chains made by hand, and keys that were not added or retired as they must be."""

from __future__ import annotations

import base64
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certs import LocalSigner
from certs.algorithm import spki_of
from ledger.entry import Kind
from ledger.key_events import dump_proofs, proof_message
from ledger.report import Level, Reason
from ledger.stretch import KEPT_FAILURES, Facts
from tests.ledger.handmade import Ledger, first


@pytest.fixture(scope="module")
def signers() -> list[LocalSigner]:
    return [LocalSigner(rsa.generate_private_key(65537, 2048)) for _ in range(3)]


def test_a_rotation_as_it_must_be(signers: list[LocalSigner]) -> None:
    one, two, _ = signers
    ledger = first(signers).add(Kind.INVOICE, b"{}", one, b"<a/>").added(two, one)
    ledger.add(Kind.INVOICE, b"{}", one, b"<a/>").retire(one, two, two).add(Kind.INVOICE, b"{}", two, b"<a/>")
    report = ledger.judged()
    assert (report.status, report.failures) == ("ok", ())
    assert report.checked.seals == 6


def test_the_first_key_seals_itself(signers: list[LocalSigner]) -> None:
    report = Ledger().added(signers[0], signers[1]).judged()
    assert (report.first_bad_seq, report.reason) == (0, Reason.KEY_UNKNOWN)
    report = first(signers).proofs(b"{}", signers[0]).judged()
    assert (report.first_bad_seq, report.reason) == (0, Reason.KEY_EVENT_WRONG)


@pytest.mark.parametrize(
    "changes",
    [
        {"key_id": "00" * 8},
        {"purpose": "ledger"},
        {"purpose": "letters"},
        {"company_id": UUID(int=10)},
        {"version": 2},
        {"replaces": "00" * 8},
        {"algorithm": "RSA-PKCS1"},
        {"algorithm": "Ed25519"},
        {"spki": "not base64!"},
        {"spki": ""},
        {"spki": base64.b64encode(spki_of(rsa.generate_private_key(65537, 1024).public_key())).decode()},  # noqa: S505
    ],
)
def test_a_key_event_that_contradicts_itself(signers: list[LocalSigner], changes: dict[str, object]) -> None:
    report = Ledger().added(signers[0], signers[0], **changes).judged()
    assert (report.status, report.first_bad_seq, report.reason) == ("failed", 0, Reason.KEY_EVENT_WRONG)


@pytest.mark.parametrize("how", ["none", "another's", "the old key's", "the old key's too", "no JSON"])
def test_a_new_key_proves_its_possession(signers: list[LocalSigner], how: str) -> None:
    one, two, three = signers
    ledger = first(signers).added(two, one)
    over = proof_message(ledger.records[-1].canonical or b"")
    proof = {
        "none": None,
        "another's": dump_proofs(possession=three.sign(over), outgoing=None),
        "the old key's": dump_proofs(possession=one.sign(over), outgoing=None),
        "the old key's too": dump_proofs(possession=two.sign(over), outgoing=one.sign(over)),
        "no JSON": two.sign(over),
    }[how]
    report = ledger.proofs(proof, one).judged()
    assert (report.first_bad_seq, report.reason) == (1, Reason.KEY_EVENT_WRONG)


def test_a_key_is_vouched_for_by_the_one_in_force(signers: list[LocalSigner]) -> None:
    one, two, three = signers
    for ledger, reason in (
        (first(signers).added(two, two), Reason.KEY_UNKNOWN),
        (first(signers).added(two, three), Reason.KEY_UNKNOWN),
        (first(signers).added(one, one), Reason.KEY_EVENT_WRONG),
    ):
        report = ledger.judged()
        assert (report.first_bad_seq, report.reason) == (1, reason)
    late = first(signers).added(two, one).retire(one, two, two).added(three, one)
    assert (late.judged().first_bad_seq, late.judged().reason) == (3, Reason.KEY_NOT_IN_FORCE)


def test_only_the_key_in_force_is_retired_and_only_for_one_that_was_added(signers: list[LocalSigner]) -> None:
    one, two, three = signers
    for ledger in (
        first(signers).retire(one, two, one),
        first(signers).retire(two, one, one),
        first(signers).added(two, one).retire(one, one, one),
        first(signers).add(Kind.KEY_RETIRED, b"{}", one),
        first(signers).add(Kind.KEY_RETIRED, b'{"key_id":"zz","successor":"zz"}', one),
        Ledger().retire(one, two, one),
    ):
        report = ledger.judged()
        at = len(ledger.records) - 1
        assert (report.first_bad_seq, report.reason) == (at, Reason.KEY_EVENT_WRONG)
    resurrected = first(signers).added(two, one).retire(one, two, two).retire(two, one, one)
    assert (resurrected.judged().first_bad_seq, resurrected.judged().reason) == (3, Reason.KEY_EVENT_WRONG)
    by_the_old = first(signers).added(two, one).retire(one, two, one)
    assert (by_the_old.judged().first_bad_seq, by_the_old.judged().reason) == (2, Reason.KEY_NOT_IN_FORCE)
    del three


def test_seals_by_strangers_or_none_at_all(signers: list[LocalSigner]) -> None:
    one, two, _ = signers
    for signer, reason in ((two, Reason.KEY_UNKNOWN), (None, Reason.SEAL_MISSING)):
        report = first(signers).add(Kind.INVOICE, b"{}", signer, b"<a/>").judged()
        assert (report.first_bad_seq, report.reason) == (1, reason)
    early = first(signers).added(two, one).add(Kind.INVOICE, b"{}", two, b"<a/>")
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
    ledger = first(signers).add(Kind.INVOICE, b'{"a":1}', one, b"<a/>").added(two, one).retire(one, two, two)
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
