"""Keys: made, sealed under a key-encryption key, rotated, retired.

A `KeyStore` makes key pairs and opens them as `Signer`s; `LocalKeyStore` keeps them sealed by AES-256-GCM under a
`KeyRing`. The sealed rows are stored, and the events of a key's life recorded, by `ledger.store`.
"""

from certs.algorithm import Algorithm, Ed25519Key, RsaPssKey, VerifyingKey, verifying_key
from certs.errors import CertsError, ChainRefused, FileRefused, KekInvalid, KekUnknown, KeyDamaged, KeyRefused
from certs.kek import Kek, KeyRing
from certs.keystore import ALGORITHMS, KeyStore, LocalKeyStore, LocalSigner, PlainKey, Purpose, SealedKey, Signer
from certs.pool import sign_all
from certs.wrapping import WrappedKey

__all__ = [
    "ALGORITHMS",
    "Algorithm",
    "CertsError",
    "ChainRefused",
    "Ed25519Key",
    "FileRefused",
    "Kek",
    "KekInvalid",
    "KekUnknown",
    "KeyDamaged",
    "KeyRefused",
    "KeyRing",
    "KeyStore",
    "LocalKeyStore",
    "LocalSigner",
    "PlainKey",
    "Purpose",
    "RsaPssKey",
    "SealedKey",
    "Signer",
    "VerifyingKey",
    "WrappedKey",
    "sign_all",
    "verifying_key",
]
