"""A small certificate authority for the tests: real keys, real signatures, any date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256, HashAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 21, 8, 30, tzinfo=UTC)


@cache
def rsa_key(which: int = 0, bits: int = 2048, exponent: int = 65537) -> rsa.RSAPrivateKey:
    """A key, made once for each number."""
    del which
    return rsa.generate_private_key(exponent, bits)  # type: ignore[arg-type]


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Issued(msgspec.Struct, frozen=True):
    """A certificate and its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def key_pem(self, password: str = "") -> str:
        how: KeySerializationEncryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how).decode()

    def pkcs12(self, password: str, *others: Issued) -> bytes:
        how: KeySerializationEncryption = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        heap = [other.certificate for other in others]
        return pkcs12.serialize_key_and_certificates(b"seal", self.key, self.certificate, heap, how)


def issue(
    subject: str,
    by: Issued | None = None,
    *,
    key: rsa.RSAPrivateKey | None = None,
    ca: bool | None = None,
    path_length: int | None = None,
    signing: bool | None = True,
    issuing: bool | None = None,
    begin: datetime = NOW - timedelta(days=100),
    end: datetime = NOW + timedelta(days=265),
    hashed: HashAlgorithm | None = None,
    signer: rsa.RSAPrivateKey | None = None,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Issued:
    """A certificate, self-signed without `by`; `signing` and `issuing` are its key usage, None leaves it out."""
    key = key or rsa_key(sum(subject.encode()))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(by.certificate.subject if by else name(subject))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    ca = by is None if ca is None else ca
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
    if signing is not None:
        usage = x509.KeyUsage(
            digital_signature=signing,
            content_commitment=False,
            key_encipherment=not signing,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=ca if issuing is None else issuing,
            crl_sign=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    return Issued(builder.sign(signer or (by.key if by else key), hashed or SHA256()), key)


def company_chain(**of_leaf: object) -> tuple[Issued, Issued, Issued]:
    """A company's certificate, the intermediate authority, the root."""
    root = issue("Root Authority")
    middle = issue("Seal Authority", root, ca=True, path_length=0)
    return issue("Al Noor Trading LLC", middle, **of_leaf), middle, root  # type: ignore[arg-type]
