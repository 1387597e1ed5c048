"""MIME -> the attachments worth reading, and a word on every other file; pure, bounded, and it raises nothing.

| what hangs on a mail                                         | what becomes of it                        |
|--------------------------------------------------------------|-------------------------------------------|
| PDF, JPG, PNG, GIF, TIFF, XML, by type, name or content      | read                                      |
| a mail, attached or forwarded, and a mail within that        | its attachments, down to `MailBounds.depth` |
| a small picture that the text shows, beside other files      | left out: a logo, a signature             |
| ZIP, RAR, 7z; winmail.dat; encrypted mail; anything else     | left out by name, so the sender can be told |
| a file that breaks off, is empty, too large or one too many  | left out by name                          |
| calendars, business cards, electronic signatures, the text   | nothing: nobody meant them to be read     |
"""

from __future__ import annotations

import re
from contextlib import suppress
from email.message import Message
from enum import StrEnum

import msgspec

from ingestion import mail_headers, mail_parts

SMALL, TINY = 64 * 1024, 8 * 1024
"""Bytes of a picture shown in the text: below SMALL it is decoration beside another file, below TINY always."""


class MailBounds(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a stranger's mail is looked at."""

    size: int = 40 * 1024 * 1024
    """Bytes of the whole mail."""
    depth: int = 5
    """Mails within mails."""
    parts: int = 500
    files: int = 50
    """Attachments that are read."""
    file_size: int = 25 * 1024 * 1024
    effort: int = 20_000_000
    """Lines times multiparts: what the parser compares."""


class Why(StrEnum):
    """Why a file isn't read."""

    ARCHIVE = "archive"
    TNEF = "tnef"
    ENCRYPTED = "encrypted"
    KIND = "kind"
    DECORATION = "decoration"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_DEEP = "too_deep"
    BROKEN_OFF = "broken_off"
    """The mail ends within it."""


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file to be read."""

    name: str
    """As its sender called it; made up from its kind where there was none."""
    media_type: str
    """As its sender called it."""
    data: bytes


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A file that isn't read."""

    name: str
    why: Why


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail says and holds."""

    message_id: str = ""
    """With its angle brackets; empty where it has none."""
    sender: str = ""
    """The address in From, in lower case; empty where there is none."""
    subject: str = ""
    references: str = ""
    """Message ids of the conversation, this mail's included."""
    automatic: str | None = None
    """Why it must not be answered: see `mail_headers.automatic`."""
    attachments: tuple[Attachment, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    unreadable: str = ""
    """Why nothing of it was looked at: `empty`, `too_large`, `too_complex`, `bounce`; empty where it was."""


class _Found(msgspec.Struct, frozen=True):
    attachment: Attachment
    decoration: bool
    """Shown in the text, and small."""


_TAKEN = {
    "application/pdf": "pdf", "application/x-pdf": "pdf", "image/jpeg": "jpg", "image/jpg": "jpg", "image/pjpeg": "jpg",
    "image/png": "png", "image/x-png": "png", "image/gif": "gif", "image/tiff": "tif", "text/xml": "xml",
    "application/xml": "xml",
}  # fmt: skip
_ENDINGS = {"pdf", "jpg", "jpeg", "jpe", "jfif", "png", "gif", "tif", "tiff", "xml"}
_ARCHIVES = {"zip", "rar", "7z", "gz", "tgz", "tar", "bz2", "xz"}
_MAGIC = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_ARCHIVE_MAGIC = (b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_UNMEANT = {
    "text/calendar", "text/vcard", "text/x-vcard", "application/ics", "application/pgp-signature",
    "application/pkcs7-signature", "application/x-pkcs7-signature", "message/delivery-status",
    "message/disposition-notification", "text/rfc822-headers",
}  # fmt: skip
_ENCRYPTED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"}


def read(raw: bytes, *, bounds: MailBounds | None = None) -> Mail:
    """Everything about one mail. Raises nothing, whatever the bytes are."""
    bounds = bounds or MailBounds()
    if not raw.strip():
        return Mail(unreadable="empty")
    if len(raw) > bounds.size:
        return oversized(raw)
    if mail_parts.effort(raw) <= bounds.effort:
        with suppress(RecursionError):
            return _read(mail_parts.parsed(raw), bounds)
    return _headed(raw, "too_complex")


def oversized(beginning: bytes) -> Mail:
    """A mail that is too large to be looked at, of which this much is there."""
    return _headed(beginning, "too_large")


def _read(message: Message, bounds: MailBounds) -> Mail:
    headers = mail_headers.told(message)
    if mail_headers.is_bounce(headers):
        return _of(headers, unreadable="bounce")
    reading = _Reading(bounds)
    reading.walk(message, 0)
    files = [found for found in reading.found if not found.decoration]
    dropped = [found for found in reading.found if found.decoration]
    if not files:  # a picture pasted into the text may be all there is
        files = [found for found in dropped if len(found.attachment.data) >= TINY]
        dropped = [found for found in dropped if len(found.attachment.data) < TINY]
    left = [*reading.left, *(LeftOut(name=one.attachment.name, why=Why.DECORATION) for one in dropped)]
    return _of(headers, attachments=tuple(one.attachment for one in files), left_out=tuple(left))


def _headed(raw: bytes, why: str) -> Mail:
    head = re.split(rb"\r?\n\r?\n", raw[: 64 * 1024], maxsplit=1)[0]
    return _of(mail_headers.told(mail_parts.parsed(head)), unreadable=why)


def _of(
    headers: Message,
    *,
    attachments: tuple[Attachment, ...] = (),
    left_out: tuple[LeftOut, ...] = (),
    unreadable: str = "",
) -> Mail:
    message_id = mail_headers.value(headers, "message-id")
    earlier = mail_headers.value(headers, "references", longest=2000)
    return Mail(
        message_id=message_id,
        sender=mail_headers.sender(headers),
        subject=mail_headers.value(headers, "subject"),
        references=f"{earlier} {message_id}".strip(),
        automatic=mail_headers.automatic(headers),
        attachments=attachments,
        left_out=left_out,
        unreadable=unreadable,
    )


class _Reading:
    """One walk through a mail."""

    def __init__(self, bounds: MailBounds) -> None:
        self.bounds = bounds
        self.found: list[_Found] = []
        self.left: list[LeftOut] = []
        self._parts = 0

    def walk(self, message: Message, depth: int) -> None:
        """Everything below one mail, and the mails within it."""
        leaves = list(mail_parts.leaves(message))
        shown = mail_parts.shown(leaves)
        cut = leaves[-1] if leaves and mail_parts.unclosed(message) else None
        for part in leaves:
            self._parts += 1
            if self._parts > self.bounds.parts:
                self._leave("", Why.TOO_MANY)
                return
            self._look(part, depth, shown, cut=part is cut)

    def _look(self, part: Message, depth: int, shown: frozenset[str], *, cut: bool) -> None:
        headers = mail_headers.told(part)
        media_type, name = headers.get_content_type(), mail_headers.file_name(headers)
        if media_type == "message/rfc822":
            within = mail_parts.within(part, headers, most=self.bounds.effort)
            if within is not None and depth < self.bounds.depth:
                self.walk(within, depth + 1)
            elif within is not None:
                self._leave(name or mail_headers.value(mail_headers.told(within), "subject"), Why.TOO_DEEP)
            return
        attached = bool(name) or headers.get_content_disposition() == "attachment"
        if media_type in _UNMEANT or (media_type in {"text/plain", "text/html"} and not attached):
            return
        if media_type in _ENCRYPTED:
            self._leave(name, Why.ENCRYPTED)
            return
        data, whole = mail_parts.content(part, headers)
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        if ending == "eml" and data:
            if depth < self.bounds.depth and mail_parts.effort(data) <= self.bounds.effort:
                self.walk(mail_parts.parsed(data), depth + 1)
            else:
                self._leave(name, Why.TOO_DEEP)
            return
        why = self._why_not(media_type, ending, name, data, broken=cut or not whole)
        if why is not None:
            self._leave(name, why)
            return
        decoration = media_type.startswith("image/") and len(data) < SMALL and mail_parts.cid(headers) in shown
        name = name or f"attachment-{self._parts}.{_TAKEN.get(media_type, 'bin')}"
        self.found.append(_Found(Attachment(name=name, media_type=media_type, data=data), decoration))

    def _why_not(self, media_type: str, ending: str, name: str, data: bytes, *, broken: bool) -> Why | None:
        if media_type == "application/ms-tnef" or name.lower() == "winmail.dat":
            return Why.TNEF
        worth = media_type in _TAKEN or media_type.endswith("+xml") or ending in _ENDINGS or data.startswith(_MAGIC)
        if not worth:
            return Why.ARCHIVE if ending in _ARCHIVES or data.startswith(_ARCHIVE_MAGIC) else Why.KIND
        if broken:
            return Why.BROKEN_OFF
        if not data:
            return Why.EMPTY
        if len(data) > self.bounds.file_size:
            return Why.TOO_LARGE
        return Why.TOO_MANY if len(self.found) >= self.bounds.files else None

    def _leave(self, name: str, why: Why) -> None:
        if len(self.left) < 2 * self.bounds.files:
            self.left.append(LeftOut(name=name or "?", why=why))
