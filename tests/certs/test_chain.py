"""Certificates of an imported key: a chain that holds, and each way in which one doesn't."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA224

from certs import CertsError, ChainRefused, chain
from tests.certs.authorities import NOW, Issued, company_chain, issue, rsa_key


def ordered(*heap: Issued, key: rsa.RSAPrivateKey | None = None) -> tuple[bytes, ...]:
    return chain.ordered((key or heap[0].key).public_key(), [each.der for each in heap], now=NOW)


def test_a_chain_in_any_order_and_among_strangers() -> None:
    leaf, middle, root = company_chain()
    whole = (leaf.der, middle.der, root.der)
    assert ordered(leaf, middle, root) == whole
    assert ordered(root, leaf, issue("Stranger"), middle, leaf, key=leaf.key) == whole
    told = chain.describe(leaf.der)
    assert (told.subject, told.issuer) == ("CN=Al Noor Trading LLC", "CN=Seal Authority")
    assert (told.not_before, told.not_after) == (NOW - timedelta(days=100), NOW + timedelta(days=265))
    assert int(told.serial, 16) == leaf.certificate.serial_number


def test_a_certificate_that_stands_for_itself() -> None:
    alone = issue("Al Noor Trading LLC")
    assert ordered(alone) == (alone.der,)


def missing_root() -> tuple[Issued, ...]:
    return company_chain()[:2]


def missing_middle() -> tuple[Issued, ...]:
    leaf, _, root = company_chain()
    return leaf, root


def another_middle_of_the_name() -> tuple[Issued, ...]:
    leaf, _, root = company_chain()
    return leaf, issue("Seal Authority", root, ca=True, key=rsa_key(77)), root


def root_signed_by_another() -> tuple[Issued, ...]:
    root = issue("Root Authority", signer=rsa_key(78))
    return issue("Al Noor Trading LLC", root), root


def issued_by_a_company() -> tuple[Issued, ...]:
    root = issue("Root Authority")
    other = issue("Another Company", root, ca=False)
    return issue("Al Noor Trading LLC", other), other, root


def issued_without_the_right_usage() -> tuple[Issued, ...]:
    root = issue("Root Authority", issuing=False)
    return issue("Al Noor Trading LLC", root), root


def too_long_a_path() -> tuple[Issued, ...]:
    root = issue("Root Authority", path_length=0)
    middle = issue("Seal Authority", root, ca=True)
    return issue("Al Noor Trading LLC", middle), middle, root


def expired() -> tuple[Issued, ...]:
    return company_chain(end=NOW - timedelta(seconds=1))


def not_yet() -> tuple[Issued, ...]:
    return company_chain(begin=NOW + timedelta(seconds=1))


def expired_authority() -> tuple[Issued, ...]:
    root = issue("Root Authority", end=NOW - timedelta(days=1))
    return issue("Al Noor Trading LLC", root), root


def for_encryption() -> tuple[Issued, ...]:
    return company_chain(signing=False)


def an_authority_itself() -> tuple[Issued, ...]:
    return company_chain(ca=True)


def weak_hash() -> tuple[Issued, ...]:
    root = issue("Root Authority")
    return issue("Al Noor Trading LLC", root, hashed=SHA224()), root


def unknown_critical_extension() -> tuple[Issued, ...]:
    odd = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x05\x00")
    return company_chain(more=[(odd, True)])


def short_key() -> tuple[Issued, ...]:
    return company_chain(key=rsa_key(1, 1024))


def small_exponent() -> tuple[Issued, ...]:
    return company_chain(key=rsa_key(2, 2048, 3))


def two_for_one_key() -> tuple[Issued, ...]:
    leaf, middle, root = company_chain()
    return leaf, issue("Al Noor Trading LLC", middle), middle, root


def a_crowd() -> tuple[Issued, ...]:
    return (*company_chain(), *(issue("Stranger") for _ in range(8)))


@pytest.mark.parametrize(
    ("heap", "told"),
    [
        (missing_root, "issuer of the certificate of CN=Seal Authority is missing: add .* of CN=Root Authority"),
        (missing_middle, "add the certificate of CN=Seal Authority"),
        (another_middle_of_the_name, "signature of CN=Seal Authority under .* is wrong"),
        (root_signed_by_another, "signature of .*CN=Root Authority under itself is wrong"),
        (issued_by_a_company, "CN=Another Company may not issue"),
        (issued_without_the_right_usage, "CN=Root Authority may not issue"),
        (too_long_a_path, "so long a chain"),
        (expired, "Al Noor Trading LLC isn't valid now, it is from 2026-08-13 to 2026-11-21"),
        (not_yet, "isn't valid now"),
        (expired_authority, "CN=Root Authority isn't valid now"),
        (for_encryption, "may not sign"),
        (an_authority_itself, "an authority's certificate"),
        (weak_hash, "weaker than SHA-256"),
        (unknown_critical_extension, "1.3.6.1.4.1.55555.1"),
        (short_key, "2048 to 4096 bits"),
        (small_exponent, "exponent"),
        (two_for_one_key, "exactly one certificate"),
        (a_crowd, "at most 10"),
    ],
)
def test_what_is_no_chain_is_said(heap: Callable[[], tuple[Issued, ...]], told: str) -> None:
    with pytest.raises(ChainRefused, match=told) as refused:
        ordered(*heap())
    assert isinstance(refused.value, CertsError)


def test_a_certificate_of_another_key() -> None:
    with pytest.raises(ChainRefused, match="exactly one certificate must belong to the private key, 0 do"):
        ordered(*company_chain(), key=rsa_key(99))


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"\x30\x82" + b"\xff" * 100, b"0" * 20_000])
def test_bytes_that_are_no_certificate(der: bytes) -> None:
    with pytest.raises(ChainRefused):
        chain.ordered(rsa_key().public_key(), [der], now=NOW)
    with pytest.raises(ChainRefused):
        chain.describe(der)


def test_the_last_moment_still_counts() -> None:
    heap = company_chain(end=NOW)
    assert len(ordered(*heap)) == 3
    with pytest.raises(ChainRefused, match="isn't valid now"):
        chain.ordered(heap[0].key.public_key(), [each.der for each in heap], now=NOW + timedelta(microseconds=1))
