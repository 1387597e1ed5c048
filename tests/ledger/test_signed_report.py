"""A report's note holds for this report, these keys and nothing else; what a worker left opens for its own key only."""

from __future__ import annotations

from uuid import UUID, uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import LocalSigner
from ledger import checkpoint, signed_report
from ledger.errors import CheckpointMalformed
from ledger.report import Checked, Level, Report

COMPANY, ID, ORIGIN = UUID(int=7), UUID(int=8), "gateway.test/ledger/7"
REPORT = Report(
    company_id=COMPANY, status="ok", level=Level.CHECKPOINTS, head_count=3, head_hash="00", root="11",
    checked=Checked(entries=3), failed=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def signers() -> tuple[LocalSigner, LocalSigner]:
    return LocalSigner(Ed25519PrivateKey.generate()), LocalSigner(rsa.generate_private_key(65537, 2048))


def test_it_holds_for_what_was_signed_and_nothing_else(signers: tuple[LocalSigner, LocalSigner]) -> None:
    note = signed_report.sign(ORIGIN, ID, REPORT, signers)
    assert signed_report.holds(note, ORIGIN, ID, REPORT, signers)
    other = msgspec.structs.replace(REPORT, root="12")
    assert not signed_report.holds(note, ORIGIN, ID, other, signers)
    assert not signed_report.holds(note, ORIGIN, uuid4(), REPORT, signers)
    assert not signed_report.holds(note, ORIGIN + "8", ID, REPORT, signers)
    assert not signed_report.holds(note, ORIGIN, ID, REPORT, signers[::-1])
    assert not signed_report.holds(note, ORIGIN, ID, REPORT, signers[:1])
    strangers = (LocalSigner(Ed25519PrivateKey.generate()), signers[1])
    assert not signed_report.holds(note, ORIGIN, ID, REPORT, strangers)
    forged = signed_report.sign(ORIGIN, ID, REPORT, strangers)
    assert not signed_report.holds(forged, ORIGIN, ID, REPORT, signers)


def test_no_bit_of_it_can_change(signers: tuple[LocalSigner, LocalSigner]) -> None:
    note = signed_report.sign(ORIGIN, ID, REPORT, signers)
    for place in range(len(note)):
        flipped = note[:place] + bytes([note[place] ^ 1]) + note[place + 1 :]
        assert not signed_report.holds(flipped, ORIGIN, ID, REPORT, signers), place
    assert not signed_report.holds(note + b"\n", ORIGIN, ID, REPORT, signers)
    assert not signed_report.holds(note[:-1], ORIGIN, ID, REPORT, signers)


def test_it_is_no_checkpoint_and_no_checkpoint_is_one(signers: tuple[LocalSigner, LocalSigner]) -> None:
    with pytest.raises(CheckpointMalformed):
        checkpoint.parse(signed_report.sign(ORIGIN, ID, REPORT, signers))
    assert not signed_report.holds(checkpoint.make(ORIGIN, 3, bytes(32), signers), ORIGIN, ID, REPORT, signers)


def test_what_a_worker_left_opens_for_its_own_verification_only(signers: tuple[LocalSigner, LocalSigner]) -> None:
    signer, _ = signers
    left = signed_report.seal_state(b"so far", ID, signer)
    assert signed_report.open_state(left, ID, signer) == b"so far"
    assert signed_report.open_state(left, uuid4(), signer) is None
    assert signed_report.open_state(left, ID, LocalSigner(Ed25519PrivateKey.generate())) is None
    assert signed_report.open_state(left + b"x", ID, signer) is None
    assert signed_report.open_state(b"", ID, signer) is None
