"""A company's own key and certificates out of a file: PKCS #12 (RFC 7292) or PEM (RFC 7468).

The file is opened in a process of its own (`certs.opener`) with bounded size, time and memory: a few kilobytes can ask
for years of key stretching. Password and private key go through pipes and are never part of a message.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_private_key

from certs.errors import CertsError, FileRefused

MOST_BYTES = 128 * 1024
"""PKCS #12 and PEM together; a key with a chain of four has about 10,000."""
MOST_PASSWORD = 1_024
SECONDS = 10
"""Of processor time; a usual file takes a tenth of one."""
MEMORY = 1024 * 2**20
"""Bytes of address space."""
_PATIENCE = 120.0
"""Seconds on the clock, for a machine that has much else to do."""
_OPENER = Path(__file__).with_name("opener.py")
_SPENT = "the file costs too much to open: export it again with the usual number of rounds (at most some 100,000)"


class Opened(msgspec.Struct, frozen=True):
    """What a key file held; not judged yet, see `certs.chain`."""

    key: rsa.RSAPrivateKey
    certificates: tuple[bytes, ...]
    """DER, in the file's order."""

    def __repr__(self) -> str:
        return f"Opened({len(self.certificates)} certificates)"


def open_file(*, pkcs12: bytes = b"", pem: str = "", password: str = "") -> Opened:
    """Open a key file; `pem` may also complete the certificates of a PKCS #12 file. Blocks: call it in a thread.

    Exactly one private key must be in it. Raises `FileRefused` with a sentence for whoever sent it, and `CertsError`
    where the opening process itself doesn't work.
    """
    if not pkcs12 and not pem:
        raise FileRefused("there is nothing in it")
    if len(pkcs12) + len(pem) > MOST_BYTES or len(password) > MOST_PASSWORD:
        raise FileRefused(f"a key file has at most {MOST_BYTES:,} bytes and a password {MOST_PASSWORD:,} characters")
    question = {"pkcs12": base64.b64encode(pkcs12).decode("ascii"), "pem": pem, "password": password}
    try:
        ran = subprocess.run(  # noqa: S603 - this very program, nothing of the file on its command line
            [sys.executable, "-I", str(_OPENER), str(SECONDS), str(MEMORY)],
            input=json.dumps(question).encode("ascii"),
            env={},  # where other secrets may be
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FileRefused(_SPENT) from None
    except OSError as error:
        raise CertsError("the process that opens key files can't be started") from error
    if ran.returncode < 0 or b"MemoryError" in ran.stderr[-200:]:
        raise FileRefused(_SPENT)
    if ran.returncode != 0:
        raise CertsError(f"the process that opens key files ended with {ran.returncode}")
    answer = json.loads(ran.stdout)
    if "refused" in answer:
        raise FileRefused(answer["refused"])
    key = load_der_private_key(base64.b64decode(answer["key"]), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise CertsError("the process that opens key files gave no RSA key")
    return Opened(key, tuple(base64.b64decode(each) for each in answer["certificates"]))
