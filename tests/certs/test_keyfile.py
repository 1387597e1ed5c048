"""Key files: what opens, what is refused with a sentence, and what would cost too much."""

from __future__ import annotations

import base64
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certs import CertsError, FileRefused, keyfile
from tests.certs.authorities import company_chain, issue

PASSWORD = "correct horse"


def test_a_pkcs12_file_and_pem_hold_the_same() -> None:
    leaf, middle, root = company_chain()
    wanted = (leaf.key.private_numbers(), {leaf.der, middle.der, root.der})
    for opened in (
        keyfile.open_file(pkcs12=leaf.pkcs12(PASSWORD, middle, root), password=PASSWORD),
        keyfile.open_file(pkcs12=leaf.pkcs12(PASSWORD, middle), pem=root.pem, password=PASSWORD),
        keyfile.open_file(pkcs12=leaf.pkcs12("", middle, root)),
        keyfile.open_file(pem=leaf.key_pem() + leaf.pem + middle.pem + root.pem),
        keyfile.open_file(
            pem="a comment\n" + root.pem + leaf.key_pem(PASSWORD) + middle.pem + leaf.pem, password=PASSWORD
        ),
    ):
        assert (opened.key.private_numbers(), set(opened.certificates)) == wanted
        assert repr(opened) == "Opened(3 certificates)"


def elliptic() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("nothing", "nothing in it"),
        ("wrong password", "password is wrong"),
        ("no password", "password is wrong"),
        ("no PKCS #12", "no such file"),
        ("cut", "no such file"),
        ("wrong password in PEM", "password is wrong"),
        ("no password in PEM", "encrypted"),
        ("a password for nothing", "leave it out"),
        ("no key", "exactly one private key is needed, 0"),
        ("two keys", "exactly one private key is needed, 2"),
        ("an elliptic key", "RSA keys"),
        ("a damaged certificate", "PEM is damaged"),
        ("too large", "131,072 bytes"),
        ("a long password", "1,024 characters"),
    ],
)
def test_what_does_not_open_is_said_without_its_secrets(what: str, told: str) -> None:
    alone = issue("Al Noor Trading LLC")
    sealed = alone.pkcs12(PASSWORD)
    given: dict[str, object] = {
        "nothing": {},
        "wrong password": {"pkcs12": sealed, "password": "correct house"},
        "no password": {"pkcs12": sealed},
        "no PKCS #12": {"pkcs12": b"PK\x03\x04", "password": PASSWORD},
        "cut": {"pkcs12": sealed[:-1], "password": PASSWORD},
        "wrong password in PEM": {"pem": alone.key_pem(PASSWORD), "password": "correct house"},
        "no password in PEM": {"pem": alone.key_pem(PASSWORD)},
        "a password for nothing": {"pem": alone.key_pem(), "password": PASSWORD},
        "no key": {"pem": alone.pem},
        "two keys": {"pem": alone.key_pem() + alone.key_pem()},
        "an elliptic key": {"pem": elliptic()},
        "a damaged certificate": {"pem": alone.key_pem() + alone.pem.replace("MII", "MIJ", 1)},
        "too large": {"pem": "x" * (keyfile.MOST_BYTES + 1)},
        "a long password": {"pkcs12": sealed, "password": "x" * 1_025},
    }[what]  # type: ignore[assignment]
    with pytest.raises(FileRefused, match=told) as refused:
        keyfile.open_file(**given)  # type: ignore[arg-type]
    assert "correct" not in str(refused.value)
    assert refused.value.__cause__ is None


def bomb() -> bytes:
    """A sound file but for the rounds of its authentication code, the last number in it: two thousand millions."""
    sealed = issue("Al Noor Trading LLC").pkcs12(PASSWORD)
    rounds, frame = bytes.fromhex("02020800"), bytes.fromhex("30413031300d0609")
    assert (sealed[:2], sealed[-4:], sealed.count(frame)) == (b"\x30\x82", rounds, 1)
    length = (int.from_bytes(sealed[2:4], "big") + 2).to_bytes(2, "big")
    grown = sealed[:2] + length + sealed[4:-4] + bytes.fromhex("02047fffffff")
    return grown.replace(frame, b"\x30\x43" + frame[2:])


def test_a_file_that_asks_for_endless_rounds_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyfile, "SECONDS", 1)
    with pytest.raises(FileRefused, match="costs too much"):
        keyfile.open_file(pkcs12=bomb(), password=PASSWORD)


def scrypt_bomb(memory_mib: int) -> str:
    """A private key in PEM whose password is stretched over that much memory; only its outer form matters."""

    def der(tag: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        length = bytes([len(body)]) if len(body) < 128 else b"\x82" + len(body).to_bytes(2, "big")
        return bytes([tag]) + length + body

    def number(value: int) -> bytes:
        return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    scrypt = der(0x30, der(6, bytes.fromhex("2b06010401da47040b")), der(
        0x30, der(4, b"saltsalt"), number(memory_mib * 1024), number(8), number(1)))  # fmt: skip
    aes = der(0x30, der(6, bytes.fromhex("60864801650304012a")), der(4, bytes(16)))
    scheme = der(0x30, der(6, bytes.fromhex("2a864886f70d01050d")), der(0x30, scrypt, aes))
    body = base64.encodebytes(der(0x30, scheme, der(4, bytes(64)))).decode()
    return f"-----BEGIN ENCRYPTED PRIVATE KEY-----\n{body}-----END ENCRYPTED PRIVATE KEY-----\n"


def test_a_file_that_asks_for_gigabytes_does_not_get_them() -> None:
    with pytest.raises(FileRefused):
        keyfile.open_file(pem=scrypt_bomb(64 * 1024), password=PASSWORD)


def test_an_opener_that_does_not_run_is_no_fault_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    pem = issue("Al Noor Trading LLC").key_pem()
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(CertsError, match="can't be started") as error:
        keyfile.open_file(pem=pem)
    assert not isinstance(error.value, FileRefused)
