"""How a file comes, and what its door is told."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

import msgspec

_LONGEST = 200


class Door(StrEnum):
    """Which way it came in."""

    NETWORK = "network"
    UPLOAD = "upload"
    """Through the pages."""
    API = "api"
    MAIL = "mail"


class Came(msgspec.Struct, frozen=True, kw_only=True):
    """What a door knows of a file."""

    door: Door
    name: str = ""
    """As its sender calls it; a stranger's words."""
    media_type: str = ""
    """As its sender says; compared with the content, never believed."""
    actor: str
    """`user:<id>`, `api_key:<id>`, `system:network`, `system:mail`."""
    maker: UUID | None = None
    """The person behind it, of an API key the one who made it; None: a stranger sent it."""
    facts: Mapping[str, str] = {}
    """What else the door knows, for the ledger and whoever looks: `message_id`, `received_document_id`."""

    @property
    def short_name(self) -> str:
        r"""The name without its folders and control characters, in NFC, at most 200 characters; its ending is kept.

        >>> Came(door=Door.MAIL, actor="system:mail", name="C:\\bills\\march\r\n.pdf").short_name
        'march.pdf'
        """
        bare = self.name.replace("\\", "/").rpartition("/")[2]
        clean = "".join(sign for sign in unicodedata.normalize("NFC", bare) if sign.isprintable()).strip()
        return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 20] + "…" + clean[-19:]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it; committed."""

    bill_id: UUID
    """Of a file with several documents the first one's."""
    file_id: UUID
    file_sha256: str
    duplicate: bool
    """These very bytes came before; nothing new was made."""
    state: str
    """Where that bill stands now: `DISCARDED` where it came before and was thrown away."""
