"""The ledger's own keys: vouched for by the document key, handed over by their predecessors, in force by size."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs import KeyRefused, LocalSigner, Purpose, verifying_key
from ledger.entry import Kind
from ledger.key_events import dump_proofs, proof_message
from ledger.key_windows import KeyWindows
from ledger.report import Reason
from tests.ledger.handmade import COMPANY, Ledger, first

LEDGER, RSA = Purpose.LEDGER, Purpose.LEDGER_RSA


@pytest.fixture(scope="module")
def signers() -> list[LocalSigner]:
    """Two for documents, two RSA keys for the ledger."""
    return [LocalSigner(rsa.generate_private_key(65537, 2048)) for _ in range(4)]


@pytest.fixture(scope="module")
def edwards() -> list[LocalSigner]:
    return [LocalSigner(Ed25519PrivateKey.generate()) for _ in range(3)]


def opened(signers: list[LocalSigner], edwards: list[LocalSigner]) -> Ledger:
    """A new ledger with its three keys."""
    return first(signers).added(edwards[0], signers[0], LEDGER).added(signers[2], signers[0], RSA)


def windows(ledger: Ledger) -> KeyWindows:
    from ledger.entry import decode

    followed = KeyWindows(COMPANY)
    for record in ledger.records:
        if record.signature is not None:
            assert (
                followed.check(decode(record.body), record.signature, record.canonical or b"", record.attached) is None
            )
    return followed


def test_which_keys_sign_the_checkpoint_of_which_size(signers: list[LocalSigner], edwards: list[LocalSigner]) -> None:
    one, two, old, new = signers
    ledger = opened(signers, edwards).add(Kind.STATUS, b"{}")
    ledger.added(edwards[1], one, LEDGER).retire(edwards[0], edwards[1], one)
    ledger.added(two, one).retire(one, two, two)
    ledger.added(new, two, RSA).retire(old, new, two)
    assert ledger.judged().status == "ok", ledger.judged().failures
    followed = windows(ledger)
    assert [followed.ledger_keys_at(size) for size in (0, 1, 2)] == [None] * 3
    for size, note, rsa_line in [
        (3, edwards[0], old),
        (5, edwards[0], old),  # the new key was added, the old one is in force
        (6, edwards[1], old),
        (9, edwards[1], old),
        (10, edwards[1], new),
        (10**9, edwards[1], new),
    ]:
        keys = followed.ledger_keys_at(size)
        assert keys is not None
        assert keys.ed25519.raw() == note.spki[-32:]
        assert keys.rsa.verify(rsa_line.sign(b"note"), b"note")
        assert keys.ed25519.verify(note.sign(b"note"), b"note")
    assert [getattr(followed.at(Purpose.DOCUMENT, size), "key_id", None) for size in (0, 1, 7, 8)] == [
        None,
        one.key_id,
        one.key_id,
        two.key_id,
    ]


def test_a_ledger_key_is_vouched_for_by_the_document_key(
    signers: list[LocalSigner], edwards: list[LocalSigner]
) -> None:
    for by, reason in ((edwards[0], Reason.KEY_UNKNOWN), (signers[1], Reason.KEY_UNKNOWN)):
        report = first(signers).added(edwards[0], by, LEDGER).judged()
        assert (report.first_bad_seq, report.reason) == (1, reason)


def test_a_ledger_key_seals_no_document(signers: list[LocalSigner], edwards: list[LocalSigner]) -> None:
    for signer in (edwards[0], signers[2]):
        report = opened(signers, edwards).add(Kind.INVOICE, b"{}", signer, b"<a/>").judged()
        assert (report.first_bad_seq, report.reason) == (3, Reason.KEY_NOT_IN_FORCE)


@pytest.mark.parametrize("how", ["none", "not handed over", "handed over by another", "by the document key"])
def test_a_ledger_key_is_handed_over_by_the_one_before(
    signers: list[LocalSigner], edwards: list[LocalSigner], how: str
) -> None:
    ledger = opened(signers, edwards).added(edwards[1], signers[0], LEDGER)
    over = proof_message(ledger.records[-1].canonical or b"")
    possession = edwards[1].sign(over)
    attached = {
        "none": None,
        "not handed over": dump_proofs(possession=possession, outgoing=None),
        "handed over by another": dump_proofs(possession=possession, outgoing=edwards[2].sign(over)),
        "by the document key": dump_proofs(possession=possession, outgoing=signers[0].sign(over)),
    }[how]
    report = ledger.proofs(attached, signers[0]).judged()
    assert (report.first_bad_seq, report.reason) == (3, Reason.KEY_EVENT_WRONG)


def test_one_purpose_never_succeeds_another(signers: list[LocalSigner], edwards: list[LocalSigner]) -> None:
    one, two, old, new = signers
    for ledger in (
        opened(signers, edwards).added(new, one, RSA).retire(one, new, one),
        opened(signers, edwards).added(two, one).retire(old, two, one),
        opened(signers, edwards).retire(old, edwards[0], one),
    ):
        report = ledger.judged()
        assert (report.first_bad_seq, report.reason) == (len(ledger.records) - 1, Reason.KEY_EVENT_WRONG)


@pytest.mark.parametrize(
    ("algorithm", "told"), [("ML-DSA-44", "'ML-DSA-44'"), ("", "''"), ("RSA-PSS-SHA256", "signs with Ed25519")]
)
def test_an_algorithm_that_is_not_known_is_named(
    signers: list[LocalSigner], edwards: list[LocalSigner], algorithm: str, told: str
) -> None:
    new = signers[3] if algorithm == "RSA-PSS-SHA256" else edwards[1]
    report = opened(signers, edwards).added(new, signers[0], LEDGER, algorithm=algorithm).judged()
    assert (report.first_bad_seq, report.reason) == (3, Reason.KEY_EVENT_WRONG)
    assert told in report.failures[0].detail


def test_a_key_of_another_kind_than_its_algorithm(signers: list[LocalSigner], edwards: list[LocalSigner]) -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    other = curve.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for algorithm, spki in (
        ("Ed25519", signers[0].spki),
        ("RSA-PSS-SHA256", edwards[0].spki),
        ("Ed25519", other),
        ("Ed25519", b""),
        ("RSA-PSS-SHA256", other),
    ):
        with pytest.raises(KeyRefused):
            verifying_key(algorithm, spki)
    with pytest.raises(KeyRefused, match="'ES256' is not known"):
        verifying_key("ES256", other)
    for signer in (signers[0], edwards[0]):
        key = verifying_key(signer.algorithm, signer.spki)
        assert key.verify(signer.sign(b"a"), b"a")
        assert not key.verify(signer.sign(b"a"), b"b")
        assert not key.verify(b"", b"a")
