"""Opens one key file in a process of its own, which may be killed: `certs.keyfile` runs this file, nobody imports it.

A key file says itself how many rounds its password is stretched by and how much memory that takes, in places that can
only be read by opening it. So nothing is believed: the process gets a few seconds of processor time and some memory.
JSON in, JSON out: `{"pkcs12": base64, "pem": text, "password": text}` becomes `{"key": base64 of PKCS #8,
"certificates": [base64 of DER]}` or `{"refused": why}`. Needs the standard library and `cryptography` only.
"""

from __future__ import annotations

import base64
import json
import re
import resource
import sys
from collections.abc import Iterable

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

_KEY = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class _Refused(Exception):
    """A sentence for whoever sent the file."""


def opened(pkcs12_file: bytes, pem: str, password: bytes | None) -> tuple[rsa.RSAPrivateKey, list[x509.Certificate]]:
    """The one private key and every certificate. Raises `_Refused`."""
    keys: list[object] = []
    certificates: list[x509.Certificate] = []
    if pkcs12_file:
        try:
            store = pkcs12.load_pkcs12(pkcs12_file, password)
        except (ValueError, UnsupportedAlgorithm):
            raise _Refused("the PKCS #12 file doesn't open: the password is wrong, or it is no such file") from None
        keys += [] if store.key is None else [store.key]
        certificates += [part.certificate for part in (store.cert, *store.additional_certs) if part is not None]
    for block in _KEY.finditer(pem):
        try:
            keys.append(load_pem_private_key(block[0].encode(), password))
        except TypeError:
            raise _Refused("the private key is encrypted: give its password; or it isn't: leave it out") from None
        except (ValueError, UnsupportedAlgorithm):
            raise _Refused("the private key doesn't open: the password is wrong, or it is damaged") from None
    try:
        certificates += [x509.load_pem_x509_certificate(block[0].encode()) for block in _CERTIFICATE.finditer(pem)]
    except ValueError:
        raise _Refused("a certificate in PEM is damaged") from None
    if len(keys) != 1:
        raise _Refused(f"exactly one private key is needed, {len(keys)} were found")
    (key,) = keys
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _Refused("documents are sealed with RSA keys; this key is of another kind")
    return key, certificates


def _answer(asked: dict[str, str]) -> dict[str, object]:
    try:
        key, certificates = opened(
            base64.b64decode(asked["pkcs12"]), asked["pem"], asked["password"].encode() if asked["password"] else None
        )
    except _Refused as refused:
        return {"refused": str(refused)}
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return {"key": _text(plain), "certificates": [_text(each.public_bytes(Encoding.DER)) for each in certificates]}


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _limit(limits: Iterable[tuple[int, int]]) -> None:
    for which, most in limits:
        hard = resource.getrlimit(which)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (bound, bound))


if __name__ == "__main__":
    seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    # No core file: it would hold the key.
    _limit([(resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)])
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
