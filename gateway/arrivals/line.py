"""The line that something came through, and whose it is."""

from __future__ import annotations

from uuid import UUID

import msgspec

from gateway.wiring import Wiring
from peppol.errors import Precondition
from peppol.provider import Provider

_NIL = UUID(int=0)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An open line to the network."""

    account_id: UUID | None
    """The company's account; None: the installation's provider."""
    company_id: UUID | None
    """Whose account it is, and the only company that it may bring anything to; None: it serves every company."""
    provider: Provider

    @property
    def id(self) -> UUID:
        """Stands for the line in tables; the nil UUID is the installation's."""
        return self.account_id or _NIL


async def open_line(wiring: Wiring, account_id: UUID | None) -> Line:
    """Open a line. Raises `peppol.errors.Precondition` where there is no such account, or it can't be opened."""
    if account_id is None:
        return Line(account_id=None, company_id=None, provider=wiring.provider)
    company_id = await wiring.lines.company_of(account_id)
    if company_id is None:
        raise Precondition(f"There is no provider account {account_id}")
    async with wiring.database.company(company_id) as db:
        provider = await wiring.lines.of(db, company_id, account_id)
    return Line(account_id=account_id, company_id=company_id, provider=provider)
