"""Time from outside: RFC 3161 tokens over a daily tree of many ledgers' newest checkpoints.

A checkpoint's text (`origin`, size, root) is a leaf: SHA-256(0x00 | SHA-256(text)), see `ledger.merkle`. The leaves
stand in the order of their hashes, so a place in the tree says nothing about whose it is, and a neighbour in a proof
is a hash over a root that nobody else knows. One authority dates the tree's head:

    involinks-anchor/v1\\n<number of leaves>\\n<root, base64>\\n

Each ledger keeps its own inclusion proof and the token (`Stamp`). A good stamp proves that the checkpoint existed at
the token's time, whoever holds the ledger's keys: what was signed cannot be dated back behind it.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from ledger import merkle
from ledger.errors import TimestampWrong

LARGEST_TOKEN = 64 * 1024
"""Bytes; one with two certificates has 3,000."""


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """One ledger's part of a time stamp: all that is needed to check it years later, beside the trusted roots."""

    text: bytes
    """The checkpoint's text without signatures: what is dated."""
    index: int
    """Its leaf's place in the tree."""
    leaves: int
    root: bytes
    path: tuple[bytes, ...]
    """Inclusion proof, from the leaf up."""
    token: bytes
    """The authority's answer, a TimeStampResp in DER."""


class Trust:
    """Whose time counts: certificates that an operator or auditor chose."""

    def __init__(self, roots: Sequence[Certificate], others: Sequence[Certificate] = ()) -> None:
        """`others`: issuing certificates that the tokens leave out. Raises `TimestampWrong` without any root."""
        if not roots:
            raise TimestampWrong("no root certificate is given, so no time stamp can be trusted")
        # One for each root: of two with one name the library would take either.
        self._verifiers = [VerifierBuilder(roots=[root], intermediates=list(others)).build() for root in roots]

    @classmethod
    def parse(cls, pem: bytes) -> Trust:
        """Certificates in PEM: those that issued themselves are roots. Raises `TimestampWrong`."""
        try:
            found = load_pem_x509_certificates(pem)
        except ValueError as error:
            raise TimestampWrong("the trusted certificates are no PEM file") from error
        roots = [certificate for certificate in found if certificate.issuer == certificate.subject]
        return cls(roots, [certificate for certificate in found if certificate not in roots])

    def date(self, token: TimeStampResponse, message: bytes) -> datetime:
        """The time of the token, once it is known to be over this message and by someone trusted.

        Checks status, signature, chain at the time of the token, purpose of the certificate (RFC 3161, section 2.3),
        and the hash. Raises `TimestampWrong`.
        """
        why = ""
        for verifier in self._verifiers:
            try:
                verifier.verify_message(token, message)
                return token.tst_info.gen_time
            except (VerificationError, ValueError) as error:
                why = why or str(error).partition(": ErrorStack")[0]  # the library's own, a page long
        raise TimestampWrong(f"the time stamp doesn't hold: {why}")


class Anchor:
    """The tree over one day's checkpoints, before and after it was dated."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        """`texts`: at least one; the same text twice stands there once."""
        self._leaves = sorted({_leaf(text): text for text in texts}.items())
        self.root, self._paths = _tree([leaf for leaf, _ in self._leaves])

    def text(self) -> bytes:
        """What the authority dates."""
        return anchor_text(len(self._leaves), self.root)

    def stamps(self, token: bytes) -> dict[bytes, Stamp]:
        """Each text's part, once there is a token over `text()`."""
        return {
            text: Stamp(
                text=text,
                index=index,
                leaves=len(self._leaves),
                root=self.root,
                path=tuple(self._paths[index]),
                token=token,
            )
            for index, (_, text) in enumerate(self._leaves)
        }


def anchor_text(leaves: int, root: bytes) -> bytes:
    """The head of an anchor tree, as it is dated."""
    return b"involinks-anchor/v1\n%d\n%s\n" % (leaves, base64.b64encode(root))


def request(message: bytes) -> TimeStampRequest:
    """A question to an authority, with a nonce, asking for its certificate; SHA-256 over `message`."""
    return TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256).build()


def accept(asked: TimeStampRequest, message: bytes, answer: bytes, trust: Trust) -> datetime:
    """Judge the answer to a request: its time. Raises `TimestampWrong`."""
    token = _decode(answer)
    if token.status not in (0, 1):
        reasons = "; ".join(token.status_string) or "no reason given"
        raise TimestampWrong(f"the authority refuses with status {token.status}: {reasons[:200]}")
    at = trust.date(token, message)
    if token.tst_info.nonce != asked.nonce:
        raise TimestampWrong("the token answers another request: its nonce isn't ours")
    return at


def check_timestamp(stamp: Stamp, trust: Trust) -> datetime:
    """Verify a kept stamp: the moment at which `stamp.text` existed for certain. Raises `TimestampWrong`.

    Whether the ledger still has that root at that size is the caller's to compare.
    """
    if not merkle.verify_inclusion(_leaf(stamp.text), stamp.index, stamp.leaves, stamp.path, stamp.root):
        raise TimestampWrong("the checkpoint isn't in the tree that was dated")
    return trust.date(_decode(stamp.token), anchor_text(stamp.leaves, stamp.root))


def _decode(answer: bytes) -> TimeStampResponse:
    if len(answer) > LARGEST_TOKEN:
        raise TimestampWrong(f"a time stamp of {len(answer):,} bytes is none")
    try:
        return decode_timestamp_response(answer)
    except ValueError as error:
        raise TimestampWrong(f"the authority's answer is no time stamp: {error}") from error


def _leaf(text: bytes) -> bytes:
    return merkle.leaf(sha256(text).digest())


def _tree(leaves: Sequence[bytes]) -> tuple[bytes, list[list[bytes]]]:
    """The root, and every leaf's inclusion proof: n log n, where proof by proof would be n squared."""
    if len(leaves) == 1:
        return leaves[0], [[]]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    (left, left_paths), (right, right_paths) = _tree(leaves[:split]), _tree(leaves[split:])
    paths = [[*path, right] for path in left_paths] + [[*path, left] for path in right_paths]
    return merkle.node(left, right), paths
