"""Examples for the published description of the API."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from gateway.mailboxes.models import (
    Became,
    Checked,
    FileResult,
    Mailbox,
    MailboxChange,
    MessagePage,
    MessageView,
    NewMailbox,
    Standing,
)

_AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
_ID, _MESSAGE = UUID("0193a3c0-0000-7000-8000-000000000001"), UUID("0193a3c0-0000-7000-8000-000000000002")

NEW = NewMailbox(
    label="Bills",
    host="imap.company.ae",
    username="bills@company.ae",
    password="the password of this mailbox",  # noqa: S106
)
CHANGE = MailboxChange(enabled=False)
MAILBOX = Mailbox(
    id=_ID,
    label="Bills",
    host="imap.company.ae",
    port=993,
    security="tls",
    username="bills@company.ae",
    folder="INBOX",
    processed_folder="Processed",
    failed_folder="Failed",
    replies="all",
    enabled=True,
    version=1,
    created_by="user:0193a3c0-0000-7000-8000-000000000003",
    created_at=_AT,
    changed_at=_AT,
    standing=Standing(
        looked_at=_AT, well_at=_AT, failing_since=None, failure=None, processed=12, failed=1, unfinished=0, unmoved=0
    ),
)
CHECKED = Checked(
    ok=True,
    words="The mailbox can be opened; 2 unread message(s) wait in INBOX.",
    waiting=2,
    can_move=True,
    can_listen=True,
    looked_at=_AT,
)
MESSAGE = MessageView(
    id=_MESSAGE,
    mailbox_id=_ID,
    message_id="<2026-77@supplier.ae>",
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    size=48_211,
    sender="billing@supplier.ae",
    subject="Invoice 77",
    seen_at=_AT,
    outcome="processed",
    reason=None,
    files=[
        FileResult(
            name="invoice-77.pdf",
            became=Became.TAKEN,
            bill_id=UUID("0193a3c0-0000-7000-8000-000000000004"),
            sha256="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        )
    ],
    settled_at=_AT,
    moved_at=_AT,
    move_failure=None,
    reply="sent",
    reply_reason=None,
    replied_at=_AT,
)
PAGE = MessagePage(messages=[MESSAGE], next=None)
