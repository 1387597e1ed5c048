"""Private keys at rest: they open for their company, key and key-encryption key, and for nobody else."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from certs import (
    Algorithm,
    CertsError,
    Kek,
    KekUnknown,
    KeyDamaged,
    KeyRefused,
    KeyRing,
    LocalKeyStore,
    LocalSigner,
    Purpose,
    SealedKey,
    pss,
    sign_all,
)
from certs import keystore as keystore_module
from certs.algorithm import spki_of

COMPANY = UUID(int=1)


@pytest.fixture(scope="module")
def kek() -> Kek:
    return Kek.make(development=True)


@pytest.fixture(scope="module")
def sealed(kek: Kek) -> SealedKey:
    return LocalKeyStore(KeyRing(kek)).generate(COMPANY)


def test_a_key_signs_with_the_parameters_of_the_format(kek: Kek, sealed: SealedKey) -> None:
    signer = LocalKeyStore(KeyRing(kek)).signer(sealed)
    signature = signer.sign(b"message")
    assert len(signature) == 256
    assert (signer.key_id, signer.spki, signer.algorithm) == (sealed.key_id, sealed.spki, Algorithm.RSA_PSS_SHA256)
    public = pss.public_key(sealed.spki)
    # Spelled out here, so that a change of the shared parameters is noticed.
    public.verify(signature, b"message", padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    assert pss.verify(public, signature, b"message")
    assert not pss.verify(public, signature, b"Message")
    assert not pss.verify(public, signature[:-1], b"message")
    assert not pss.verify(public, b"", b"message")


def test_the_private_part_is_nowhere_in_the_clear(kek: Kek, sealed: SealedKey) -> None:
    signer = LocalKeyStore(KeyRing(kek)).signer(sealed)
    secret = signer._key.private_numbers().d.to_bytes(256, "big").lstrip(b"\0")
    assert secret[:32] not in msgspec.json.encode(sealed)
    assert secret[:32] not in sealed.ciphertext
    assert repr(signer) == f"LocalSigner({sealed.key_id.hex()})"
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(signer)


@pytest.mark.parametrize(
    "damage",
    [
        lambda key: msgspec.structs.replace(key, company_id=uuid4()),
        lambda key: msgspec.structs.replace(key, key_id=bytes(8)),
        lambda key: msgspec.structs.replace(key, nonce=bytes(12)),
        lambda key: msgspec.structs.replace(key, nonce=b""),
        lambda key: msgspec.structs.replace(key, ciphertext=key.ciphertext[:-1] + bytes([key.ciphertext[-1] ^ 1])),
        lambda key: msgspec.structs.replace(key, ciphertext=b""),
        lambda key: msgspec.structs.replace(key, spki=key.spki[:-1] + b"\0"),
    ],
)
def test_a_sealed_key_that_was_altered_or_moved_does_not_open(
    kek: Kek, sealed: SealedKey, damage: Callable[[SealedKey], SealedKey]
) -> None:
    with pytest.raises(KeyDamaged, match=r"[0-9a-f]{16}"):
        LocalKeyStore(KeyRing(kek)).signer(damage(sealed))


def test_another_kek_of_the_same_bytes_opens_nothing(kek: Kek, sealed: SealedKey) -> None:
    renamed = Kek(kek.secret, development=False)
    with pytest.raises(KekUnknown, match=kek.id):
        LocalKeyStore(KeyRing(renamed)).signer(sealed)
    with pytest.raises(KeyDamaged):
        LocalKeyStore(KeyRing(renamed)).signer(msgspec.structs.replace(sealed, kek_id=renamed.id))


def test_a_new_kek_seals_the_same_key_again(kek: Kek, sealed: SealedKey) -> None:
    new = Kek.make(development=False)
    both = LocalKeyStore(KeyRing(new, kek))
    resealed = both.reseal(sealed)
    assert (resealed.kek_id, resealed.key_id, resealed.spki) == (new.id, sealed.key_id, sealed.spki)
    assert resealed.ciphertext != sealed.ciphertext
    assert LocalKeyStore(KeyRing(new)).signer(resealed).spki == sealed.spki
    assert both.reseal(resealed) is resealed
    with pytest.raises(KekUnknown):
        LocalKeyStore(KeyRing(new)).reseal(sealed)


def test_opened_keys_stay_in_memory_but_not_for_ever(
    kek: Kek, sealed: SealedKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keystore_module, "_OPEN_KEYS", 1)
    keys = LocalKeyStore(KeyRing(kek))
    signer = keys.signer(sealed)
    assert keys.signer(sealed) is signer
    keys.signer(keys.generate(COMPANY))
    assert keys.signer(sealed) is not signer


@pytest.mark.parametrize("bits", [2048, 3072, 4096])
def test_sizes(kek: Kek, bits: int) -> None:
    keys = LocalKeyStore(KeyRing(kek), bits=bits)
    key = keys.generate(COMPANY, Purpose.DOCUMENT)
    assert pss.public_key(key.spki).key_size == bits
    assert len(keys.signer(key).sign(b"")) == bits // 8


def test_weak_and_other_keys_are_refused(kek: Kek) -> None:
    for bits in (0, 512, 1024, 2047, 8192):
        with pytest.raises(KeyRefused, match="2048"):
            LocalKeyStore(KeyRing(kek), bits=bits)
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505
    with pytest.raises(KeyRefused):
        LocalSigner(weak)
    elliptic = ec.generate_private_key(ec.SECP256R1()).public_key()
    for spki in (
        spki_of(weak.public_key()),
        elliptic.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        b"",
        b"\x30\x00",
    ):
        with pytest.raises(KeyRefused):
            pss.public_key(spki)


def test_a_sealed_key_of_another_kind_is_refused(kek: Kek, sealed: SealedKey) -> None:
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    keys = LocalKeyStore(KeyRing(kek))
    elliptic = ec.generate_private_key(ec.SECP256R1())
    plain = elliptic.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    other = keys._seal(plain, company_id=COMPANY, purpose=Purpose.DOCUMENT, spki=sealed.spki)
    with pytest.raises(KeyRefused, match="neither"):
        keys.signer(other)
    stranger = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    wrong = keys._seal(stranger, company_id=COMPANY, purpose=Purpose.DOCUMENT, spki=sealed.spki)
    with pytest.raises(KeyDamaged, match="another public key"):
        keys.signer(wrong)


async def test_many_messages_are_signed_in_their_order(kek: Kek, sealed: SealedKey) -> None:
    signer = LocalKeyStore(KeyRing(kek)).signer(sealed)
    messages = [str(index).encode() for index in range(40)]
    with ThreadPoolExecutor(2) as pool:
        signatures = await sign_all(signer, messages, pool)
    public = pss.public_key(sealed.spki)
    assert all(pss.verify(public, *pair) for pair in zip(signatures, messages, strict=True))
    assert await sign_all(signer, []) == []


async def test_one_failure_fails_all() -> None:
    class Broken:
        key_id, spki, algorithm = bytes(8), b"", Algorithm.RSA_PSS_SHA256

        def sign(self, message: bytes) -> bytes:
            if message == b"20":
                raise CertsError("the device is gone")
            return message

    with pytest.raises(CertsError, match="device"):
        await sign_all(Broken(), [str(index).encode() for index in range(40)])
