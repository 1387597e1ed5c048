"""The parts of a mail (RFC 2045, 2046, 2392), and the bytes that each holds."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from email.errors import CloseBoundaryNotFoundDefect, StartBoundaryNotFoundDefect
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32

from ingestion import mail_headers

_CID = re.compile(r"cid:([^\s\"'<>)]{1,300})", re.IGNORECASE)
_MULTIPART = re.compile(rb"multipart/", re.IGNORECASE)
_BASE64_JUNK = re.compile(r"[^A-Za-z0-9+/=]")


def effort(raw: bytes) -> int:
    """Lines times multiparts: what `parsed` compares."""
    return raw.count(b"\n") * len(_MULTIPART.findall(raw))


def parsed(raw: bytes) -> Message:
    """Raises RecursionError where parts are nested too deep."""
    return BytesParser(policy=compat32).parsebytes(raw)


def leaves(message: Message) -> Iterator[Message]:
    """Parts that hold something themselves, in order; an attached mail counts as one."""
    if message.get_content_type() != "message/rfc822" and message.is_multipart():
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from leaves(part)
    else:
        yield message


def unclosed(message: Message) -> bool:
    """Whether the whole mail ends before its last boundary: what stands last in it may be half a file."""
    missing = (CloseBoundaryNotFoundDefect, StartBoundaryNotFoundDefect)
    return any(isinstance(defect, missing) for defect in message.defects)


def within(part: Message, headers: Message, *, most: int) -> Message | None:
    """The mail that a part holds; None where there is none, or its `effort` is beyond `most`."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if not isinstance(inner, Message):
        return None
    if mail_headers.value(headers, "content-transfer-encoding").lower() == "base64":  # forbidden, and done
        text = inner.get_payload()
        if isinstance(text, str) and not list(inner.raw_items()):
            data, _ = _from_base64(text)
            return parsed(data) if effort(data) <= most else None
    return inner


def content(part: Message, headers: Message) -> tuple[bytes, bool]:
    """The file, and whether all of it is there."""
    payload = part.get_payload()
    if not isinstance(payload, str):
        return b"", True
    if mail_headers.value(headers, "content-transfer-encoding").lower() == "base64":
        return _from_base64(payload)
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AttributeError, TypeError):
        return b"", True
    return (data if isinstance(data, bytes) else b""), True


def _from_base64(text: str) -> tuple[bytes, bool]:
    """RFC 2045, section 6.8; pieces that were encoded apart and joined are decoded apart."""
    letters = _BASE64_JUNK.sub("", text)
    data = bytearray()
    for piece in letters.split("="):
        try:
            data += base64.b64decode(piece[: len(piece) - (len(piece) % 4 == 1)] + "===")
        except (binascii.Error, ValueError):
            return bytes(data), False
    return bytes(data), len(letters) % 4 == 0


def shown(parts: list[Message]) -> frozenset[str]:
    """Content ids that the text shows."""
    found = set[str]()
    for part in parts:
        if part.get_content_type() == "text/html":
            data, _ = content(part, mail_headers.told(part))
            found.update(_CID.findall(data[: 2 * 1024 * 1024].decode("latin-1")))
    return frozenset(found)


def cid(headers: Message) -> str:
    """By which the text may show it; nothing that a text can say where it has none."""
    return mail_headers.value(headers, "content-id").strip("<> ") or "\0"
