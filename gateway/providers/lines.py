"""The lines to the network, by company: which account a document takes, and the open adapter of an account.

A line is named by the id of a company's account, or by None: the provider that the installation's settings name.
"""

from __future__ import annotations

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from peppol.errors import Precondition
from peppol.identifiers import DocumentTypeId, ParticipantId
from peppol.provider import Provider


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What a route is chosen by."""

    receiver: ParticipantId
    """Corner 4."""
    document_type: DocumentTypeId
    series: str = ""
    """The number series of an invoice or credit note; empty for a message that has none."""


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One registration of a company at a provider, without its secrets."""

    id: UUID
    adapter: str
    """A name in `peppol.providers.PROVIDERS`."""
    label: str
    """What the company calls it."""
    enabled: bool
    """Whether new documents may take it. What was submitted through it is followed up all the same."""
    position: int
    """In the order of fallback; the smallest first."""


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """What a process reaches the network by; `gateway.wiring.Wiring.lines`."""

    installation: Provider
    """The line None."""

    async def of(
        self,
        db: AsyncConnection,  # noqa: ARG002
        company_id: UUID,  # noqa: ARG002
        account_id: UUID | None,
        *,
        submitting: bool = False,  # noqa: ARG002
    ) -> Provider:
        """The adapter of a line: usable until the process ends or the account changes; the caller never closes it.

        `submitting`: for a submission, which an account that is switched off doesn't take; what was submitted earlier
        is followed up all the same. Raises `peppol.errors.Precondition` for that, where the account is gone, and where
        its credentials can't be opened.
        """
        if account_id is not None:
            raise Precondition(f"The provider account {account_id} doesn't exist any more")
        return self.installation

    async def route(self, db: AsyncConnection, company_id: UUID, matter: Matter) -> tuple[UUID | None, ...]:  # noqa: ARG002
        """The lines that a new document may take, the preferred one first; enabled accounts only.

        `(None,)` for a company without accounts; empty where all of a company's accounts are switched off.
        """
        return (None,)

    async def accounts(self, db: AsyncConnection, company_id: UUID) -> tuple[Account, ...]:  # noqa: ARG002
        """Every account of a company in the order of fallback, those that are switched off included."""
        return ()

    async def company_of(self, account_id: UUID) -> UUID | None:  # noqa: ARG002
        """Whose account this is, for a call from outside that names nothing else; None: there is no such account."""
        return None
