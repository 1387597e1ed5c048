"""Time from outside: one token dates many ledgers, each keeps its own proof, and nothing else passes for one."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from cryptography.x509 import load_pem_x509_certificates
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import merkle
from ledger.errors import TimestampWrong
from ledger.timestamp import Anchor, Stamp, Trust, accept, anchor_text, check_timestamp, request
from ledger.verifier.verify import stamped
from tests.ledger.authority import Authority, needs_openssl

TEXTS = [b"gateway.example/ledger/%d\n%d\nroot\n" % (n, 10 + n) for n in range(5)]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def trust(authority: Authority) -> Trust:
    return Trust.parse(authority.roots)


@pytest.fixture(scope="module")
def stamps(authority: Authority) -> dict[bytes, Stamp]:
    anchor = Anchor(TEXTS)
    return anchor.stamps(authority.reply(request(anchor.text()).as_bytes()))


@needs_openssl
def test_an_authoritys_answer_is_accepted_and_dates_every_ledger(authority: Authority, trust: Trust) -> None:
    anchor = Anchor(TEXTS)
    asked = request(anchor.text())
    token = authority.reply(asked.as_bytes())
    at = accept(asked, anchor.text(), token, trust)
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)
    kept = anchor.stamps(token)
    assert kept.keys() == set(TEXTS)
    assert {check_timestamp(stamp, trust) for stamp in kept.values()} == {at}


@needs_openssl
def test_the_verifier_that_travels_with_bundles_reads_the_same_time(authority: Authority, trust: Trust) -> None:
    """It shares no code with ours."""
    anchor = Anchor(TEXTS)
    asked = request(anchor.text())
    token = authority.reply(asked.as_bytes())
    theirs = stamped(token, anchor.text(), load_pem_x509_certificates(authority.roots))
    assert theirs == accept(asked, anchor.text(), token, trust)


@needs_openssl
def test_an_answer_to_another_request_is_refused(authority: Authority, trust: Trust) -> None:
    first, second = request(b"message"), request(b"message")
    with pytest.raises(TimestampWrong, match="nonce"):
        accept(first, b"message", authority.reply(second.as_bytes()), trust)
    with pytest.raises(TimestampWrong, match="Mismatch between messages"):
        accept(first, b"another message", authority.reply(first.as_bytes()), trust)


@needs_openssl
def test_a_refusal_is_told_with_its_reason(authority: Authority, trust: Trust) -> None:
    with pytest.raises(TimestampWrong, match="refuses with status 2"):
        accept(request(b"x"), b"x", authority.reply(b"no request at all"), trust)


@needs_openssl
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": TEXTS[1]}, "isn't in the tree"),
        ({"text": TEXTS[0].replace(b"\n10\n", b"\n11\n")}, "isn't in the tree"),
        ({"index": 1}, "isn't in the tree"),
        ({"leaves": 6}, "isn't in the tree|Mismatch"),
        ({"root": bytes(32)}, "isn't in the tree"),
        ({"path": ()}, "isn't in the tree"),
        ({"token": b""}, "no time stamp"),
        ({"token": bytes(100_000)}, "bytes is none"),
    ],
)
def test_a_kept_stamp_that_was_altered_fails(
    stamps: dict[bytes, Stamp], trust: Trust, change: dict[str, object], words: str
) -> None:
    stamp = stamps[TEXTS[0]]
    stamp = msgspec.structs.replace(stamp, **change)
    with pytest.raises(TimestampWrong, match=words):
        check_timestamp(stamp, trust)


@needs_openssl
def test_a_proof_over_another_tree_is_not_dated(stamps: dict[bytes, Stamp], trust: Trust) -> None:
    forged = Anchor([*TEXTS, b"slipped in later\n1\nroot\n"]).stamps(stamps[TEXTS[0]].token)
    for stamp in forged.values():
        with pytest.raises(TimestampWrong, match="Mismatch between messages"):
            check_timestamp(stamp, trust)


@needs_openssl
def test_every_byte_of_the_token_counts(stamps: dict[bytes, Stamp], trust: Trust) -> None:
    """Flips over the whole token; what lies outside the signed parts may only be told apart by being refused too."""
    stamp = stamps[TEXTS[2]]
    at = check_timestamp(stamp, trust)
    places = range(0, len(stamp.token), 7)
    refused = 0
    for place in places:
        token = bytearray(stamp.token)
        token[place] ^= 1
        try:
            assert check_timestamp(msgspec.structs.replace(stamp, token=bytes(token)), trust) == at
        except TimestampWrong:
            refused += 1
    assert refused > 0.9 * len(places)


@needs_openssl
def test_only_a_trusted_root_counts(tmp_path: Path, stamps: dict[bytes, Stamp], authority: Authority) -> None:
    (tmp_path / "stranger").mkdir()
    stranger = Authority(tmp_path / "stranger")
    with pytest.raises(TimestampWrong, match="certificate"):
        check_timestamp(stamps[TEXTS[0]], Trust.parse(stranger.roots))
    for roots in (stranger.roots + authority.roots, authority.roots + stranger.roots):
        assert check_timestamp(stamps[TEXTS[0]], Trust.parse(roots)), "two roots of one name don't get mixed up"


def test_trust_needs_a_root(authority: Authority) -> None:
    with pytest.raises(TimestampWrong, match="no root"):
        Trust.parse((authority.folder / "leaf.pem").read_bytes())
    with pytest.raises(TimestampWrong, match="no PEM"):
        Trust.parse(b"nothing")


@given(st.integers(1, 40))
@settings(max_examples=20, deadline=None)
def test_every_leaf_is_proven_and_no_place_tells_whose_it_is(count: int) -> None:
    texts = [secrets.token_bytes(16) for _ in range(count)]
    anchor = Anchor([*texts, texts[0]])
    kept = anchor.stamps(b"token")
    assert anchor.text() == anchor_text(count, anchor.root)
    leaves = []
    for text, stamp in kept.items():
        leaf = merkle.leaf(sha256(text).digest())
        leaves.append((stamp.index, leaf))
        assert merkle.verify_inclusion(leaf, stamp.index, stamp.leaves, stamp.path, anchor.root)
    assert [leaf for _, leaf in sorted(leaves)] == sorted(leaf for _, leaf in leaves), "ordered by hash"
    assert merkle.root([leaf for _, leaf in sorted(leaves)]) == anchor.root
