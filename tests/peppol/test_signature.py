"""A call is believed when a secret of ours signed these very bytes, lately."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from peppol import signature
from peppol.errors import Forged

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
OLD, NEW = b"old-secret", b"new-secret"
BODY = b"<x/>"


def test_the_header_is_what_the_convention_says() -> None:
    headers = signature.sign(NEW, "msg-1", BODY, NOW)
    seconds = str(int(NOW.timestamp()))
    mac = hmac.new(NEW, b"msg-1." + seconds.encode() + b"." + BODY, hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "msg-1",
        "webhook-timestamp": seconds,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_secrets_hold_while_one_is_replaced(secret: bytes) -> None:
    headers = signature.sign(secret, "msg-1", BODY, NOW)
    assert signature.verify([OLD, NEW], headers, BODY, NOW + timedelta(minutes=5)) == "msg-1"


def test_several_signatures_in_one_header() -> None:
    headers = signature.sign(NEW, "msg-1", BODY, NOW)
    headers["webhook-signature"] = "v1,AAAA v2,zzz " + headers["webhook-signature"]
    assert signature.verify([NEW], headers, BODY, NOW) == "msg-1"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg-2"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "soon"},
        {"webhook-timestamp": "١٢"},
        {"webhook-timestamp": "9" * 400},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,é"},
    ],
)
def test_a_changed_header_is_forged(change: dict[str, str]) -> None:
    headers = signature.sign(NEW, "msg-1", BODY, NOW) | change
    with pytest.raises(Forged):
        signature.verify([NEW], headers, BODY, NOW)


def test_other_bytes_other_secret_other_time() -> None:
    headers = signature.sign(NEW, "msg-1", BODY, NOW)
    for secrets, body, at in (
        ([NEW], BODY + b" ", NOW),
        ([OLD], BODY, NOW),
        ([], BODY, NOW),
        ([NEW], BODY, NOW + timedelta(minutes=6)),
        ([NEW], BODY, NOW - timedelta(minutes=6)),
    ):
        with pytest.raises(Forged):
            signature.verify(secrets, headers, body, at)
