"""Where checkpoints go outside, as an operator writes it: addresses between commas.

https://witness.example witness.example/w1+3ef1a2b4+BGRz...   a witness that answers, and its key
mailto:auditor@firm.example                                   a mailbox
file:///mnt/evidence                                          a folder that keeps what it is given
s3://bucket/prefix                                            a bucket, reached as INVOLINKS_S3_* say
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from gateway.settings import values
from gateway.settings.values import Secret
from ledger.cosignature import WITNESS, NoteKey
from ledger.errors import TimestampWrong, WitnessMalformed
from ledger.timestamp import Trust

if TYPE_CHECKING:
    from gateway.settings.model import Settings

_MAILBOX = re.compile(r"[^\s@<>,;:\"\\]{1,64}@[A-Za-z0-9.-]{1,253}\Z")


class WitnessPlace(msgspec.Struct, frozen=True, kw_only=True):
    """One witness, of whatever kind."""

    name: str
    """What its answers are kept under: the name of its key, or the address."""
    kind: Literal["http", "mail", "folder", "bucket"]
    address: str
    """A URL, a mailbox, a path, or `bucket/prefix`."""
    key: NoteKey | None = None
    """Of a witness that answers."""


class MailServer(msgspec.Struct, frozen=True):
    """Where outgoing mail is handed over."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    """`none` only where the server is this machine."""
    user: str
    password: str

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port})"


def witnesses(text: str) -> tuple[WitnessPlace, ...]:
    """ValueError as a `values.Reader`."""
    places = tuple(_place(part) for part in values.words(text))
    names = [place.name for place in places]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"names {twice[0]} twice; each witness stands there once")
    return places


def mistakes(settings: Settings) -> list[str]:
    """What these settings need of each other."""
    found = []
    kinds = {place.kind for place in settings.witnesses}
    if "mail" in kinds and (settings.mail_server is None or not settings.mail_from):
        found.append("INVOLINKS_MAIL_SERVER and INVOLINKS_MAIL_FROM must be set, because a witness is a mailbox.")
    if "bucket" in kinds and (settings.s3_access_key is None or settings.s3_secret_key is None):
        found.append("INVOLINKS_S3_ACCESS_KEY and _SECRET_KEY must be set, because a witness is a bucket.")
    if bool(settings.timestamp_url) != (settings.timestamp_roots is not None):
        found.append("INVOLINKS_TIMESTAMP_URL and INVOLINKS_TIMESTAMP_ROOTS go together; set both or none.")
    if settings.timestamp_roots is not None:
        try:
            Trust.parse(settings.timestamp_roots.read_bytes())
        except (OSError, TimestampWrong) as error:
            found.append(f"INVOLINKS_TIMESTAMP_ROOTS must name certificates in PEM: {error}.")
    return found


def mailbox(text: str) -> str:
    """`ledger@gateway.example`. ValueError as a `values.Reader`."""
    if not _MAILBOX.match(text):
        raise ValueError(f"must be an e-mail address, not {text!r}")
    return text


def mail_server(text: str) -> Secret:
    """`smtps://user:password@host:465` or `smtp://host:587`. ValueError as a `values.Reader`."""
    read_mail_server(Secret(text))
    return Secret(text)


def read_mail_server(given: Secret) -> MailServer:
    """What `mail_server` took. TLS from the start, by STARTTLS, or none to this very machine."""
    try:
        parts = urlsplit(given.reveal())
        port = parts.port
    except ValueError:
        raise ValueError("must look like smtps://user:password@host:465 or smtp://host:587") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("must look like smtps://user:password@host:465 or smtp://host:587")
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return MailServer(
        host=parts.hostname,
        port=port or (465 if parts.scheme == "smtps" else 587),
        security="tls" if parts.scheme == "smtps" else "none" if here else "starttls",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def _place(text: str) -> WitnessPlace:
    address, _, key = text.partition(" ")
    scheme, _, rest = address.partition(":")
    if scheme in ("http", "https"):
        url = values.url(address)
        if not key:
            raise ValueError(f"must have a space and the witness's key behind {url}: the witness shows it at /key")
        try:
            known = NoteKey.parse(key, WITNESS)
        except WitnessMalformed as error:
            raise ValueError(f"can't be used: {error}") from None
        return WitnessPlace(name=known.name, kind="http", address=url, key=known)
    if key:
        raise ValueError(f"has {key!r} behind {address}, which takes no key")
    if scheme == "mailto" and _MAILBOX.match(rest):
        return WitnessPlace(name=address, kind="mail", address=rest)
    if scheme == "file" and rest.startswith("///") and rest.strip("/"):
        return WitnessPlace(name=address, kind="folder", address=unquote(rest[2:]))
    if scheme == "s3" and rest.startswith("//") and rest.strip("/"):
        return WitnessPlace(name=address, kind="bucket", address=rest.strip("/"))
    raise ValueError(f"must name https://..., mailto:..., file:///... or s3://..., not {address!r}")
