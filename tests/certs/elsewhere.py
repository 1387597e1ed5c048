"""A key store whose private keys live in another process, as in a hardware module: real keys, reached by handle only.

Run as a program it is the device: a line of JSON in, a line of JSON out.
"""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import sys
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from certs import (
    ALGORITHMS,
    Algorithm,
    KekUnknown,
    KeyDamaged,
    KeyRefused,
    PlainKey,
    Purpose,
    SealedKey,
    WrappedKey,
    pss,
)
from certs.algorithm import spki_of

DEVICE = "test-device"


class Device:
    """Talks to the process that keeps the keys."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
        )
        self._lock = Lock()

    def ask(self, **question: str) -> dict[str, str]:
        """Raises `KeyDamaged` for a handle that the device doesn't have."""
        assert self._process.stdin and self._process.stdout
        with self._lock:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            answer: dict[str, str] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise KeyDamaged(answer["error"])
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class RemoteSigner:
    """A handle to a key in the device."""

    def __init__(self, device: Device, key: SealedKey) -> None:
        self._device, self._handle = device, key.ciphertext.decode()
        self.key_id, self.spki, self.algorithm = key.key_id, key.spki, key.algorithm

    def sign(self, message: bytes) -> bytes:
        """Over the wire, and back."""
        question = {"do": "sign", "handle": self._handle, "message": base64.b64encode(message).decode()}
        return base64.b64decode(self._device.ask(**question)["signature"])


class RemoteKeyStore:
    """Keys that never enter this process; what the database keeps of one is its handle."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def generate(self, company_id: UUID, purpose: Purpose = Purpose.DOCUMENT) -> SealedKey:
        """The device makes it."""
        made = self._device.ask(do="generate", algorithm=ALGORITHMS[purpose])
        spki = base64.b64decode(made["spki"])
        return SealedKey(
            company_id=company_id,
            key_id=pss.key_id_of(spki),
            purpose=purpose,
            algorithm=ALGORITHMS[purpose],
            spki=spki,
            kek_id=DEVICE,
            nonce=bytes(12),
            ciphertext=made["handle"].encode(),
        )

    def opened(self, key: SealedKey) -> None:
        """Every key is asked for."""

    def known(self, company_id: UUID, key_id: bytes) -> None:
        """As above."""

    def signer(self, key: SealedKey) -> RemoteSigner:
        """Asks the device whether the handle means this key."""
        if key.kek_id != DEVICE:
            raise KekUnknown(f"the key {key.key_id.hex()} is kept by {key.kek_id}, not by this device")
        if base64.b64decode(self._device.ask(do="show", handle=key.ciphertext.decode())["spki"]) != key.spki:
            raise KeyDamaged(f"the device has another key in the place of {key.key_id.hex()}")
        return RemoteSigner(self._device, key)

    def keep(self, company_id: UUID, purpose: Purpose, key: PlainKey) -> SealedKey:
        """Such devices take no key that was ever outside."""
        del company_id, key
        raise KeyRefused(f"this device makes its keys for {purpose} itself")

    def reseal(self, key: SealedKey) -> SealedKey:
        """There is nothing to seal."""
        return key

    def wrap(self, company_id: UUID, subject: UUID, secret: bytes) -> WrappedKey:
        """The device encrypts it under a key of its own."""
        made = self._device.ask(do="wrap", secret=_text(secret), bound=f"{company_id} {subject}")
        return WrappedKey(
            company_id=company_id,
            subject=subject,
            kek_id=DEVICE,
            nonce=base64.b64decode(made["nonce"]),
            ciphertext=base64.b64decode(made["ciphertext"]),
        )

    def unwrap(self, key: WrappedKey) -> bytes:
        """And decrypts it."""
        if key.kek_id != DEVICE:
            raise KekUnknown(f"the content key of {key.subject} was wrapped by {key.kek_id}, not by this device")
        sent = {"nonce": _text(key.nonce), "ciphertext": _text(key.ciphertext)}
        answer = self._device.ask(do="unwrap", bound=f"{key.company_id} {key.subject}", **sent)
        return base64.b64decode(answer["secret"])

    def rewrap(self, key: WrappedKey) -> WrappedKey:
        """The device's key never changes."""
        return key


def _device() -> None:
    own = AESGCM(secrets.token_bytes(32))
    keys: dict[str, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey] = {}
    for line in sys.stdin:
        question = json.loads(line)
        if question["do"] == "generate":
            handle = f"slot-{len(keys)}"
            of_rsa = question["algorithm"] == Algorithm.RSA_PSS_SHA256
            keys[handle] = rsa.generate_private_key(65537, 2048) if of_rsa else ed25519.Ed25519PrivateKey.generate()
            answer = {"handle": handle, "spki": _text(spki_of(keys[handle].public_key()))}
        elif question["do"] == "wrap":
            nonce, secret = secrets.token_bytes(12), base64.b64decode(question["secret"])
            answer = {
                "nonce": _text(nonce),
                "ciphertext": _text(own.encrypt(nonce, secret, question["bound"].encode())),
            }
        elif question["do"] == "unwrap":
            nonce, sent = base64.b64decode(question["nonce"]), base64.b64decode(question["ciphertext"])
            try:
                answer = {"secret": _text(own.decrypt(nonce, sent, question["bound"].encode()))}
            except InvalidTag:
                answer = {"error": "this was not wrapped here"}
        elif question["handle"] not in keys:
            answer = {"error": f"the device has no {question['handle']}"}
        elif question["do"] == "show":
            answer = {"spki": _text(spki_of(keys[question["handle"]].public_key()))}
        else:
            key, message = keys[question["handle"]], base64.b64decode(question["message"])
            answer = {
                "signature": _text(pss.sign(key, message) if isinstance(key, rsa.RSAPrivateKey) else key.sign(message))
            }
        print(json.dumps(answer), flush=True)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


if __name__ == "__main__":
    _device()
