"""What can go wrong at the provider's line. Whether to try again is decided by the type, never by a text.

    PeppolError
    ├── Temporary          nothing is wrong with the document; the same call may succeed later
    ├── Permanent          this very message is refused for what it is; the same bytes never pass
    │   ├── BadIdentifier  a participant, document type or process id breaks its format
    │   ├── BadEnvelope    a business document header can't be read, or contradicts its content
    │   └── Forged         a signature is missing, wrong or too old
    ├── Precondition       something around the message is missing (credentials, registration); resendable once mended
    └── OutcomeUnknown     the message may have been taken; ask the provider by key before anything else

No error carries a credential or the document's content in its text.
"""

from __future__ import annotations

from datetime import timedelta


class PeppolError(Exception):
    """Anything the provider's line raises; `str()` of it may be shown to a user."""

    evidence: bytes = b""
    """The raw answer behind it, bounded and without credentials; empty where there was none. Set by the adapters'
    line (`peppol.providers.line`)."""


class Temporary(PeppolError):
    """Try again later with the same key: the provider is busy, down or rate limiting (HTTP 429, 5xx, no connection)."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        """`retry_after`: the pause the provider asked for; None leaves it to the caller's backoff."""
        super().__init__(message)
        self.retry_after = retry_after


class Permanent(PeppolError):
    """The message is refused for what it is. Sending the same bytes again is pointless; a person must act."""


class BadIdentifier(Permanent, ValueError):
    """An identifier breaks the Policy for use of Identifiers (PFUOI 4.4)."""


class BadEnvelope(Permanent, ValueError):
    """A Standard Business Document breaks the Peppol Business Message Envelope 2.0."""


class Forged(Permanent):
    """A call claims to come from the provider and doesn't prove it. Nothing of it may be believed."""


class Precondition(PeppolError):
    """The provider would take the message if something else were in order: credentials, quota, a registration."""


class OutcomeUnknown(PeppolError):
    """The message left us and no answer told what became of it. Find it by its key before any second submission."""
