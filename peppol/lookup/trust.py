"""Whose certificates count: an authority of the network issued it, it is valid today, it may do what it does."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from peppol.errors import Forged, Precondition


def read_authorities(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file. Raises `Precondition` naming the file."""
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise Precondition(f"The authorities in {path.name} can't be read: {error}") from None


def check_issued(certificate: x509.Certificate, authorities: tuple[x509.Certificate, ...], *, now: datetime) -> None:
    """That one of the authorities issued the certificate directly, and both are valid at `now`. Raises `Forged`.

    The network's hierarchy has one authority between root and leaf for each purpose, so the authority itself is the
    anchor: a certificate of another purpose (an access point's for a publisher) doesn't pass.
    """
    name = certificate.subject.rfc4514_string()
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Forged(f"The certificate {name} isn't valid at {now:%Y-%m-%d}")
    for authority in authorities:
        if authority.subject == certificate.issuer and _signed(certificate, authority):
            if not authority.not_valid_before_utc <= now <= authority.not_valid_after_utc:
                raise Forged(f"The authority that issued {name} isn't valid at {now:%Y-%m-%d}")
            return
    raise Forged(f"The certificate {name} wasn't issued by an authority of this network")


def _signed(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True
