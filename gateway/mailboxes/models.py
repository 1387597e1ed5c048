"""What the API takes and answers about mailboxes, and their tables (migration 0024). A password is never answered."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, Table, Text, Uuid

from gateway.db import metadata

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Host = Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
Folder = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
Security = Literal["tls", "starttls", "none"]
Replies = Literal["all", "known", "none"]


class NewMailbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mailbox that bills come to."""

    label: Label
    """What you call it; unlike the company's other mailboxes."""
    host: Host
    """The IMAP server."""
    port: Port = 993
    security: Security = "tls"
    """`tls` from the start, `starttls`; `none` only to this very machine, in test mode."""
    username: Name
    password: Password
    """Or an app password. Kept sealed, never shown again."""
    folder: Folder = "INBOX"
    """Unread messages in it are fetched."""
    processed_folder: Folder = "Processed"
    """Where a message goes of which at least one bill was taken; made where it isn't there."""
    failed_folder: Folder = "Failed"
    """Where any other message goes, for a person to look at. Moved back unread, it is read once more."""
    replies: Replies = "all"
    """Which senders are told what was understood: all, those whose bills were taken before, or none. Machines and
    mailing lists never are."""
    enabled: bool = True

    def __repr__(self) -> str:
        """Keep the password out of logs and tracebacks."""
        return f"NewMailbox({self.label!r}, ...)"


class MailboxChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is left out stays. With another host, port, security or user give the password anew."""

    label: Label | None = None
    host: Host | None = None
    port: Port | None = None
    security: Security | None = None
    username: Name | None = None
    password: Password | None = None
    folder: Folder | None = None
    processed_folder: Folder | None = None
    failed_folder: Folder | None = None
    replies: Replies | None = None
    enabled: bool | None = None

    def __repr__(self) -> str:
        """Keep the password out of logs and tracebacks."""
        return "MailboxChange(...)"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A whole row of `mailboxes`, as workers need it."""

    id: UUID
    label: str
    host: str
    port: int
    security: Security
    username: str
    folder: str
    processed_folder: str
    failed_folder: str
    replies: Replies
    sealed: bytes
    enabled: bool
    version: int
    created_by: str
    created_at: datetime
    changed_at: datetime
    looked_at: datetime | None = None
    well_at: datetime | None = None
    failing_since: datetime | None = None
    failure: str | None = None
    alarmed_at: datetime | None = None

    def __repr__(self) -> str:
        """Keep what is sealed out of logs and tracebacks."""
        return f"Kept({self.id}, version {self.version}, ...)"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a mailbox stands, by the latest looks."""

    looked_at: datetime | None
    """Null before the first look."""
    well_at: datetime | None
    """The last look that went well."""
    failing_since: datetime | None
    failure: str | None
    """Why the last look failed, in words; null where it went well."""
    processed: int
    failed: int
    unfinished: int
    """Messages that were begun and not settled: the next look goes on."""
    unmoved: int
    """Messages that are settled and still in their folder: the server won't move them."""


class Mailbox(msgspec.Struct, frozen=True, kw_only=True):
    """A mailbox, without its password."""

    id: UUID
    label: str
    host: str
    port: int
    security: Security
    username: str
    folder: str
    processed_folder: str
    failed_folder: str
    replies: Replies
    enabled: bool
    version: int
    created_by: str
    created_at: datetime
    changed_at: datetime
    standing: Standing


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at a mailbox found just now."""

    ok: bool
    words: str
    """What is wrong and what to do; or how many messages wait."""
    waiting: int
    """Unread messages in the folder."""
    can_move: bool
    """The server moves a message in one step; otherwise it is copied and then removed."""
    can_listen: bool
    """The server tells of new messages at once; otherwise they are found within a minute."""
    looked_at: datetime


class Became(StrEnum):
    """What became of one file."""

    TAKEN = "taken"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    LEFT_OUT = "left_out"


class FileResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file of a message and what became of it."""

    name: str
    became: Became
    reason: str = ""
    """A code where it wasn't taken: the reader's, or `ingestion.mail.Why`."""
    words: str = ""
    """The same for people, where the reader told it."""
    bill_id: UUID | None = None
    sha256: str = ""


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A message and what became of it."""

    id: UUID
    mailbox_id: UUID
    message_id: str
    sha256: str
    size: int
    sender: str
    subject: str
    seen_at: datetime
    outcome: Literal["begun", "processed", "failed"]
    reason: str | None
    """A code: why nothing was taken."""
    files: list[FileResult]
    settled_at: datetime | None
    moved_at: datetime | None
    move_failure: str | None
    """Why it is still in its folder."""
    reply: Literal["none", "ordered", "sending", "sent", "refused", "unknown", "withheld"]
    reply_reason: str | None
    """Why the sender wasn't told."""
    replied_at: datetime | None


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages, newest first."""

    messages: list[MessageView]
    next: UUID | None
    """Give it as `cursor` for older ones."""


_AT = DateTime(timezone=True)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("label", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("security", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("processed_folder", Text, nullable=False),
    Column("failed_folder", Text, nullable=False),
    Column("replies", Text, nullable=False),
    Column("sealed", LargeBinary),
    Column("enabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", _AT, nullable=False),
    Column("changed_at", _AT, nullable=False),
    Column("removed_at", _AT),
    Column("looked_at", _AT),
    Column("well_at", _AT),
    Column("failing_since", _AT),
    Column("failure", Text),
    Column("alarmed_at", _AT),
    Column("claim", Uuid),
    Column("claimed_until", _AT),
)

messages = Table(
    "mail_messages",
    metadata,
    Column("company_id", Uuid, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("mailbox_id", Uuid, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sender", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("mail_references", Text, nullable=False),
    Column("seen_at", _AT, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reason", Text),
    Column("files", LargeBinary, nullable=False),
    Column("settled_at", _AT),
    Column("moved_at", _AT),
    Column("move_attempts", Integer, nullable=False),
    Column("move_failure", Text),
    Column("reply", Text, nullable=False),
    Column("reply_reason", Text),
    Column("replied_at", _AT),
)
