"""Judge the certificates that come with a key (RFC 5280): whose they are, who issued them, and until when.

Checked: one certificate is the key's own; RSA of 2048 to 4096 bits; its key usage allows signatures; every certificate
up to a self-signed one is there, each signed by the next with SHA-256 or stronger, by an authority that may issue, and
valid at the moment asked; no critical extension that nobody here understands.
Not checked: whether the authority at the top deserves trust (whoever relies on a seal decides that), names, policies,
and revocation: this asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from certs import pss
from certs.errors import ChainRefused, KeyRefused

MOST_CERTIFICATES = 10
MOST_BYTES = 16 * 1024
_HASHES = ("sha256", "sha384", "sha512")
_Extension = TypeVar("_Extension", bound=x509.ExtensionType)


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate says. Names as RFC 4514 writes them."""

    subject: str
    issuer: str
    serial: str
    """Hexadecimal."""
    not_before: datetime
    not_after: datetime


def describe(der: bytes) -> Certificate:
    """Read one certificate. Raises `ChainRefused`."""
    return _described(_parsed(der))


def ordered(key: rsa.RSAPublicKey, certificates: Sequence[bytes], *, now: datetime) -> tuple[bytes, ...]:
    """The key's chain out of a heap of certificates (DER): its own first, the self-signed one last.

    What doesn't belong to the chain is left out. Raises `ChainRefused` with a sentence for whoever brought them.
    """
    if len(certificates) > MOST_CERTIFICATES:
        raise ChainRefused(f"at most {MOST_CERTIFICATES} certificates, not {len(certificates)}")
    heap = list(dict.fromkeys(_parsed(der) for der in certificates))
    own = [certificate for certificate in heap if _public_key(certificate) == key]
    if len(own) != 1:
        raise ChainRefused(f"exactly one certificate must belong to the private key, {len(own)} do")
    _check_own(own[0], key)
    chain = own
    while chain[-1].subject != chain[-1].issuer:
        chain.append(_issuer(chain, heap))
    if not _issued(chain[-1], chain[-1]):
        raise ChainRefused(f"the signature of {_name(chain[-1])} under itself is wrong")
    for certificate in chain:
        _check_any(certificate, now)
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)


def _check_own(certificate: x509.Certificate, key: rsa.RSAPublicKey) -> None:
    try:
        pss.check_size(key.key_size)
    except KeyRefused as error:
        raise ChainRefused(str(error)) from error
    if key.public_numbers().e < 65537:
        raise ChainRefused("the key's public exponent is smaller than 65537")
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise ChainRefused(f"{_name(certificate)} may not sign: its key usage allows no digital signature")
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is not None and constraints.ca and certificate.subject != certificate.issuer:
        raise ChainRefused(f"{_name(certificate)} is an authority's certificate; a company's own is needed")


def _check_any(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        period = f"{certificate.not_valid_before_utc:%Y-%m-%d} to {certificate.not_valid_after_utc:%Y-%m-%d}"
        raise ChainRefused(f"{_name(certificate)} isn't valid now, it is from {period}")
    for extension in certificate.extensions:
        if extension.critical and isinstance(extension.value, x509.UnrecognizedExtension):
            oid = extension.oid.dotted_string
            raise ChainRefused(f"{_name(certificate)} has the critical extension {oid}, which isn't understood here")
    if certificate.subject != certificate.issuer and not _strong(certificate):
        raise ChainRefused(f"{_name(certificate)} was signed with a hash weaker than SHA-256")


def _issuer(chain: list[x509.Certificate], heap: list[x509.Certificate]) -> x509.Certificate:
    below = chain[-1]
    named = [certificate for certificate in heap if certificate.subject == below.issuer and certificate not in chain]
    if not named:
        raise ChainRefused(f"the issuer of {_name(below)} is missing: add the certificate of {_text(below.issuer)}")
    issuer = next((certificate for certificate in named if _issued(below, certificate)), None)
    if issuer is None:
        raise ChainRefused(f"the signature of {_text(below.issuer)} under {_name(below)} is wrong")
    constraints, usage = _extension(issuer, x509.BasicConstraints), _extension(issuer, x509.KeyUsage)
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        raise ChainRefused(f"{_name(issuer)} may not issue certificates")
    if constraints.path_length is not None and len(chain) - 1 > constraints.path_length:
        raise ChainRefused(f"{_name(issuer)} may not issue for so long a chain")
    return issuer


def _issued(below: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _strong(certificate: x509.Certificate) -> bool:
    try:
        used = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return False
    return used is None or used.name in _HASHES  # None: Ed25519 and Ed448 bring their own


def _parsed(der: bytes) -> x509.Certificate:
    if len(der) > MOST_BYTES:
        raise ChainRefused(f"a certificate has at most {MOST_BYTES:,} bytes")
    try:
        certificate = x509.load_der_x509_certificate(der)
        _described(certificate), list(certificate.extensions)  # both are read only when asked for
    except (ValueError, x509.DuplicateExtension, UnsupportedAlgorithm) as error:
        raise ChainRefused(f"a certificate can't be read: {error}") from error
    return certificate


def _described(certificate: x509.Certificate) -> Certificate:
    return Certificate(
        subject=_text(certificate.subject),
        issuer=_text(certificate.issuer),
        serial=f"{certificate.serial_number:x}",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _public_key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


def _extension(certificate: x509.Certificate, kind: type[_Extension]) -> _Extension | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _name(certificate: x509.Certificate) -> str:
    return f"the certificate of {_text(certificate.subject)}"


def _text(name: x509.Name) -> str:
    return name.rfc4514_string()[:200] or "nobody"
