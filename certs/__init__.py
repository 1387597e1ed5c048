"""Keys: made, sealed under a key-encryption key, rotated, retired.

A `KeyStore` makes key pairs and opens them as `Signer`s; `LocalKeyStore` keeps them sealed by AES-256-GCM under a
`KeyRing`. The sealed rows are stored, and the events of a key's life recorded, by `ledger.store`.
"""

from certs.errors import CertsError, KekInvalid, KekUnknown, KeyDamaged, KeyRefused
from certs.kek import Kek, KeyRing
from certs.keystore import KeyStore, LocalKeyStore, LocalSigner, Purpose, SealedKey, Signer
from certs.pool import sign_all
from certs.pss import Algorithm

__all__ = [
    "Algorithm",
    "CertsError",
    "Kek",
    "KekInvalid",
    "KekUnknown",
    "KeyDamaged",
    "KeyRefused",
    "KeyRing",
    "KeyStore",
    "LocalKeyStore",
    "LocalSigner",
    "Purpose",
    "SealedKey",
    "Signer",
    "sign_all",
]
