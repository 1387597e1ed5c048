"""What every key store promises, whether it keeps keys itself or somewhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certs import (
    ALGORITHMS,
    CertsError,
    Kek,
    KekUnknown,
    KeyDamaged,
    KeyRefused,
    KeyRing,
    KeyStore,
    LocalKeyStore,
    Purpose,
    SealedKey,
    WrappedKey,
    pss,
    sign_all,
    verifying_key,
)
from tests.certs.elsewhere import Device, RemoteKeyStore

COMPANY = UUID(int=1)


@pytest.fixture(scope="module", params=["local", "elsewhere"])
def keys(request: pytest.FixtureRequest) -> Iterator[KeyStore]:
    if request.param == "local":
        yield LocalKeyStore(KeyRing(Kek.make(development=True)))
        return
    with Device() as device:
        yield RemoteKeyStore(device)


@pytest.fixture(scope="module")
def made(keys: KeyStore) -> dict[Purpose, SealedKey]:
    return {purpose: keys.generate(COMPANY, purpose) for purpose in Purpose}


def test_a_key_says_what_it_is(made: dict[Purpose, SealedKey]) -> None:
    for purpose, key in made.items():
        assert (key.company_id, key.purpose, key.algorithm) == (COMPANY, purpose, ALGORITHMS[purpose])
        assert key.key_id == pss.key_id_of(key.spki)
        assert len(key.nonce) == 12
        assert verifying_key(key.algorithm, key.spki).algorithm is key.algorithm


async def test_what_it_signs_its_public_key_knows(keys: KeyStore, made: dict[Purpose, SealedKey]) -> None:
    messages = [b"", b"one", bytes(10_000), *(str(number).encode() for number in range(20))]
    for key in made.values():
        signer, public = keys.signer(key), verifying_key(key.algorithm, key.spki)
        assert (signer.key_id, signer.spki, signer.algorithm) == (key.key_id, key.spki, key.algorithm)
        signatures = await sign_all(signer, messages)
        assert all(public.verify(*pair) for pair in zip(signatures, messages, strict=True))
        assert not public.verify(signatures[1], b"two")


def test_a_stored_key_goes_through_the_database_and_back(keys: KeyStore, made: dict[Purpose, SealedKey]) -> None:
    for key in made.values():
        again = msgspec.json.decode(msgspec.json.encode(key), type=SealedKey)
        assert keys.signer(again).spki == key.spki
        assert keys.reseal(again).spki == key.spki


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        (lambda key: msgspec.structs.replace(key, ciphertext=b"other"), KeyDamaged),
        (lambda key: msgspec.structs.replace(key, spki=key.spki[:-1] + b"\0"), KeyDamaged),
        (lambda key: msgspec.structs.replace(key, kek_id="kek-0000000000000000"), KekUnknown),
    ],
)
def test_what_does_not_open_is_told_by_type(
    keys: KeyStore,
    made: dict[Purpose, SealedKey],
    damage: Callable[[SealedKey], SealedKey],
    error: type[CertsError],
) -> None:
    for key in made.values():
        with pytest.raises(error):
            keys.signer(damage(key))


def test_a_content_key_opens_in_its_own_row_only(keys: KeyStore) -> None:
    secret, subject = bytes(range(32)), UUID(int=5)
    wrapped = keys.wrap(COMPANY, subject, secret)
    again = msgspec.json.decode(msgspec.json.encode(wrapped), type=WrappedKey)
    assert keys.unwrap(again) == keys.unwrap(keys.rewrap(again)) == secret
    assert secret not in wrapped.ciphertext
    assert keys.wrap(COMPANY, subject, secret).ciphertext != wrapped.ciphertext
    for change, error in (
        ({"subject": UUID(int=6)}, KeyDamaged),
        ({"company_id": UUID(int=2)}, KeyDamaged),
        ({"ciphertext": wrapped.ciphertext[:-1] + bytes([wrapped.ciphertext[-1] ^ 1])}, KeyDamaged),
        ({"kek_id": "kek-0000000000000000"}, KekUnknown),
    ):
        with pytest.raises(error):
            keys.unwrap(msgspec.structs.replace(wrapped, **change))


def test_a_content_key_moves_to_a_new_key_encryption_key() -> None:
    old, new = Kek.make(development=True), Kek.make(development=True)
    wrapped = LocalKeyStore(KeyRing(old)).wrap(COMPANY, UUID(int=5), bytes(range(32)))
    moved = LocalKeyStore(KeyRing(new, old)).rewrap(wrapped)
    assert moved.kek_id == new.id
    assert LocalKeyStore(KeyRing(new)).unwrap(moved) == bytes(range(32))


def test_a_key_made_elsewhere_is_kept_or_refused_in_words(keys: KeyStore) -> None:
    brought = rsa.generate_private_key(65537, 2048)
    try:
        kept = keys.keep(COMPANY, Purpose.DOCUMENT, brought)
    except KeyRefused as refused:
        assert isinstance(keys, RemoteKeyStore)
        assert "itself" in str(refused)
        return
    public = verifying_key(kept.algorithm, kept.spki)
    assert public.verify(keys.signer(kept).sign(b"a"), b"a")


def test_the_local_store_keeps_no_key_that_can_not_serve() -> None:
    local = LocalKeyStore(KeyRing(Kek.make(development=True)))
    for purpose, key in (
        (Purpose.DOCUMENT, Ed25519PrivateKey.generate()),
        (Purpose.LEDGER, rsa.generate_private_key(65537, 2048)),
        (Purpose.LEDGER_RSA, rsa.generate_private_key(65537, 1024)),  # noqa: S505
    ):
        with pytest.raises(KeyRefused):
            local.keep(COMPANY, purpose, key)
    with pytest.raises(KeyRefused, match="neither"):
        local.keep(COMPANY, Purpose.DOCUMENT, ec.generate_private_key(ec.SECP256R1()))  # type: ignore[arg-type]
