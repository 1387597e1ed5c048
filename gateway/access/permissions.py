"""One table: which role may do what, which of it an API key may be given, and what a suspended company may still do.

Four roles. `SUPER_ADMIN` runs the platform and only reads what belongs to a company; each such reading is recorded.
`COMPANY_ADMIN` may do everything inside its company, `FINANCE_USER` works with documents, `AUDITOR` reads and verifies.
"""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """What a person is in one company, or on the platform."""

    SUPER_ADMIN = "SUPER_ADMIN"
    COMPANY_ADMIN = "COMPANY_ADMIN"
    FINANCE_USER = "FINANCE_USER"
    AUDITOR = "AUDITOR"


class StepUp(enum.StrEnum):
    """A class of action that asks for a fresh code; the code opens it for five minutes, for that session only."""

    APPROVE = "approve"
    SEND = "send"
    KEYS = "keys"
    """Signing keys, API keys, the own password and second factor."""
    ROLES = "roles"
    """Members, their roles, invitations and the company's policies."""
    RECORDS = "records"
    """Closing VAT periods, legal holds and retention, erasing a natural person's documents."""


class Permission(enum.StrEnum):
    """One thing an endpoint does; the value is the scope's name on an API key."""

    DOCUMENTS_VALIDATE = "documents:validate"
    DOCUMENTS_READ = "documents:read"
    DOCUMENTS_DRAFT = "documents:draft"
    """Make, change and delete drafts."""
    DOCUMENTS_FINALIZE = "documents:finalize"
    """Number and seal; also the credit note that corrects a sealed document."""
    DOCUMENTS_APPROVE = "documents:approve"
    """Approve or reject."""
    DOCUMENTS_SEND = "documents:send"
    SERIES_READ = "series:read"
    SERIES_WRITE = "series:write"
    INBOX_READ = "inbox:read"
    INBOX_ACKNOWLEDGE = "inbox:acknowledge"
    INBOX_RESPOND = "inbox:respond"
    """Answer the seller by an Invoice Response."""
    LEDGER_READ = "ledger:read"
    LEDGER_VERIFY = "ledger:verify"
    LEDGER_EXPORT = "ledger:export"
    """Take the ledger away with all its documents, in an audit bundle."""
    LEDGER_CLOSE = "ledger:close"
    """Close VAT periods, and let a document into a closed one."""
    RECORDS_READ = "records:read"
    """What is retained how long, and what is held."""
    RECORDS_HOLD = "records:hold"
    """Lay and lift legal holds, lengthen retention."""
    RECORDS_ERASE = "records:erase"
    """Destroy the content of a natural person's documents once the law no longer asks for it."""
    COMPANY_READ = "company:read"
    COMPANY_WRITE = "company:write"
    """Profile and policies."""
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    """Signing keys: rotate, retire."""
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    API_KEYS_READ = "api-keys:read"
    API_KEYS_WRITE = "api-keys:write"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    """Endpoints that events are posted to, their secrets, tests and redeliveries."""
    PROVIDERS_READ = "providers:read"
    PROVIDERS_CHECK = "providers:check"
    """Have a provider asked how it stands to us."""
    PROVIDERS_WRITE = "providers:write"
    """Accounts at providers, their credentials, and which documents take which."""
    JOBS_READ = "jobs:read"
    JOBS_REPLAY = "jobs:replay"
    OUTAGES_READ = "outages:read"
    OUTAGES_WRITE = "outages:write"
    """Report an outage, and say that the authority was told of one or needn't be."""
    BILLS_READ = "bills:read"
    """Suppliers' bills, what was read of them and what they were matched with."""
    BILLS_UPLOAD = "bills:upload"
    BILLS_REVIEW = "bills:review"
    """Correct, accept or discard what was read; have it read again; settle exceptions."""
    BILLS_APPROVE = "bills:approve"
    """Approve or refuse a bill."""
    BILLS_PAY = "bills:pay"
    """Mark an approved bill as paid."""
    BILLS_POLICY = "bills:policy"
    """Thresholds, tolerances and who approves which amount."""
    MAILBOXES_READ = "mailboxes:read"
    MAILBOXES_WRITE = "mailboxes:write"
    """Mailboxes that bills are fetched from, with their passwords."""
    SUPPLIERS_READ = "suppliers:read"
    SUPPLIERS_WRITE = "suppliers:write"
    SUPPLIERS_RELEASE = "suppliers:release"
    """Release or refuse a supplier's new bank account."""
    PURCHASING_READ = "purchasing:read"
    PURCHASING_WRITE = "purchasing:write"
    """Purchase orders and goods receipts."""
    PLATFORM_READ = "platform:read"
    """The registry of companies and the platform's own events."""
    PLATFORM_COMPANIES = "platform:companies"
    """Approve, reject, suspend and reinstate companies."""


_P = Permission

READS: frozenset[Permission] = frozenset(
    {
        _P.DOCUMENTS_VALIDATE, _P.DOCUMENTS_READ, _P.SERIES_READ, _P.INBOX_READ, _P.LEDGER_READ, _P.LEDGER_VERIFY,
        _P.LEDGER_EXPORT, _P.RECORDS_READ, _P.COMPANY_READ, _P.KEYS_READ, _P.MEMBERS_READ, _P.API_KEYS_READ,
        _P.WEBHOOKS_READ, _P.PROVIDERS_READ, _P.JOBS_READ, _P.OUTAGES_READ, _P.PLATFORM_READ,
        _P.BILLS_READ, _P.MAILBOXES_READ, _P.SUPPLIERS_READ, _P.PURCHASING_READ,
    }
)  # fmt: skip
"""Change nothing, so a suspended company and a super admin inside a company keep them."""

PLATFORM: frozenset[Permission] = frozenset({_P.PLATFORM_READ, _P.PLATFORM_COMPANIES})

_WORK: frozenset[Permission] = frozenset(
    {
        _P.DOCUMENTS_VALIDATE, _P.DOCUMENTS_READ, _P.DOCUMENTS_DRAFT, _P.DOCUMENTS_FINALIZE, _P.DOCUMENTS_SEND,
        _P.SERIES_READ, _P.INBOX_READ, _P.INBOX_ACKNOWLEDGE, _P.INBOX_RESPOND, _P.LEDGER_READ, _P.LEDGER_VERIFY,
        _P.COMPANY_READ, _P.PROVIDERS_READ, _P.PROVIDERS_CHECK, _P.OUTAGES_READ,
        _P.BILLS_READ, _P.BILLS_UPLOAD, _P.BILLS_REVIEW, _P.BILLS_PAY, _P.SUPPLIERS_READ, _P.SUPPLIERS_WRITE,
        _P.PURCHASING_READ, _P.PURCHASING_WRITE,
    }
)  # fmt: skip

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SUPER_ADMIN: READS | PLATFORM,
    Role.COMPANY_ADMIN: frozenset(Permission) - PLATFORM,
    Role.FINANCE_USER: _WORK
    | {_P.DOCUMENTS_APPROVE, _P.OUTAGES_WRITE, _P.BILLS_APPROVE, _P.SUPPLIERS_RELEASE, _P.MAILBOXES_READ},
    Role.AUDITOR: READS - PLATFORM,
}
"""The table. What isn't in it is refused."""

KEY_SCOPES: frozenset[Permission] = _WORK
"""What an API key may be given. A machine has no second factor, so approval, keys and roles stay with people; sending
is open because giving the scope to the key was itself an action with a fresh code."""
