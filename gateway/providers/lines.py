"""The lines to the network, by company: which account a document takes, and the open adapter of an account.

A line is named by the id of a company's account, or by None: the provider that the installation's settings name.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from certs import CertsError, KeyRing
from gateway.db import Database
from gateway.providers import queries, secrets
from gateway.providers.adapters import Adapters, open_account
from gateway.providers.models import Account, Matter, Registered
from gateway.providers.routes import chosen
from peppol.errors import Precondition
from peppol.provider import Provider

__all__ = ["Account", "Lines", "Matter"]


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """What a process reaches the network by; `gateway.wiring.Wiring.lines`."""

    installation: Provider
    """The line None."""
    database: Database
    key_ring: KeyRing
    """Opens the accounts' credentials."""
    adapters: Adapters
    public_only: bool
    """Whether accounts may lead to public addresses only: in live mode."""

    async def of(
        self, db: AsyncConnection, company_id: UUID, account_id: UUID | None, *, submitting: bool = False
    ) -> Provider:
        """The adapter of a line, for calls within the next minutes; the caller never closes it and keeps it no longer.

        `submitting`: for a submission, which an account that is switched off doesn't take; what was submitted earlier
        is followed up all the same. The account then stays as it is until the transaction ends, so ask for it in the
        one that writes the intent. Raises `peppol.errors.Precondition` for an account that is switched off or gone, and
        where its credentials can't be opened.
        """
        if account_id is None:
            return self.installation
        account = await queries.one(db, company_id, account_id, lock="share" if submitting else None)
        if account is None:
            raise Precondition("The provider account that this went to was removed; choose another one")
        if submitting and not account.enabled:
            raise Precondition(
                f"The provider account {account.label!r} is switched off; switch it on, or route around it"
            )
        return await self.adapter(company_id, account)

    async def adapter(self, company_id: UUID, account: Registered) -> Provider:
        """The adapter of an account that was read already; as `of`."""
        return await self.adapters.get(account.id, account.version, lambda: self._opened(company_id, account))

    async def route(self, db: AsyncConnection, company_id: UUID, matter: Matter) -> tuple[UUID | None, ...]:
        """The lines that a new document may take, the preferred one first; enabled accounts only.

        `(None,)` for a company without accounts; empty where all of a company's accounts are switched off.
        """
        return (await self.routes(db, company_id, [matter]))[0]

    async def routes(
        self, db: AsyncConnection, company_id: UUID, matters: Sequence[Matter]
    ) -> list[tuple[UUID | None, ...]]:
        """The same of many, in their order."""
        found = await queries.every(db, company_id)
        rules = await queries.rules(db, company_id) if found else ()
        return [chosen(rules, found, matter) for matter in matters]

    async def accounts(self, db: AsyncConnection, company_id: UUID) -> tuple[Account, ...]:
        """Every account of a company in the order of fallback, those that are switched off included."""
        return await queries.every(db, company_id)

    async def company_of(self, account_id: UUID) -> UUID | None:
        """Whose account this is, for a call from outside that names nothing else; None: there is no such account."""
        async with self.database.platform() as db:
            return await queries.company_of(db, account_id)

    def _opened(self, company_id: UUID, account: Registered) -> Provider:
        try:
            kept = secrets.unseal(self.key_ring, company_id, account.id, account.sealed)
        except CertsError:
            raise Precondition(
                f"The credentials of the provider account {account.label!r} can't be opened here; "
                "an operator must look, or give them anew"
            ) from None
        return open_account(account.adapter, account.base_url, account.options, kept, public_only=self.public_only)
