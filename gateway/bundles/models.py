"""What is asked for, what is answered, what the ledger records about a bundle."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

State = Literal["queued", "running", "written", "done", "failed", "expired"]
"""`written`: the file is there, the entry that says so not yet."""


class BundleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which entries to bundle."""

    first: int | None = None
    """Place of the first entry; left out: 0, or the first that you may see."""
    last: int | None = None
    """Place of the last one; left out: the end of the ledger, or the last that you may see."""


class BundleView(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle that was asked for."""

    id: UUID
    first: int
    last: int
    requested_by: str
    requested_at: datetime
    state: State
    written: int
    """Entries written so far."""
    bytes: int | None = None
    """Length of the file, once `state` is `done`; likewise the digest."""
    sha256: str | None = None
    size: int | None = None
    """Entries that its newest checkpoint counts."""
    documents: int | None = None
    erased: int | None = None
    """Entries whose content was destroyed."""
    entry_seq: int | None = None
    """The entry that records the export."""
    expires_at: datetime | None = None
    """Until when the file can be fetched; ask for another one after that."""
    failure: str | None = None
    """Why there is none, where `state` is `failed`."""


class BundleList(msgspec.Struct, frozen=True, kw_only=True):
    """The last 20, newest first."""

    bundles: list[BundleView]


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of the entry that records an export."""

    bundle_id: UUID
    bytes: int
    documents: int
    first: int
    last: int
    requested_by: str
    root: str
    """Of the newest checkpoint in it, hex; `size` are the entries that counts."""
    sha256: str
    size: int
