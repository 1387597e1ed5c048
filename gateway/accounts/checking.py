"""A look at an account on order: does it answer, does it take us, does it find us on the network?"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gateway.access.errors import NotHere
from gateway.accounts.models import Checked, Lookup
from gateway.accounts.view import words
from gateway.companies import queries as companies
from gateway.providers import health, queries
from gateway.wiring import Wiring
from peppol.errors import PeppolError, Precondition
from peppol.identifiers import INVOICE, ParticipantId
from peppol.message import Condition, Health
from peppol.provider import Provider


async def check(wiring: Wiring, company_id: UUID, account_id: UUID, *, now: datetime) -> Checked:
    """Ask the provider, outside any transaction, and keep how it stands. Raises `NotHere`."""
    async with wiring.database.company(company_id) as db:
        account = await queries.one(db, company_id, account_id)
        participant = (await companies.profile(db)).participant
    if account is None:
        raise NotHere("provider account")
    try:
        provider = await wiring.lines.adapter(company_id, account)
    except Precondition as error:
        found = Health(Condition.REFUSES_US, str(error))
        lookup = _told(participant, "not_asked", "The account can't be opened, so nobody was asked.")
    else:
        found = await provider.health()
        lookup = await _lookup(provider, participant)
    async with wiring.database.company(company_id) as db:
        await health.keep(db, company_id, account_id, found, version=account.version, now=now)
    return Checked(
        condition=found.condition, words=words(found.condition), detail=found.detail, lookup=lookup, looked_at=now
    )


async def _lookup(provider: Provider, participant: ParticipantId) -> Lookup:
    if reason := provider.capabilities.missing.get("lookup"):
        return _told(participant, "not_asked", f"This provider can't be asked: {reason}.")
    try:
        found = await provider.lookup(participant, INVOICE)
    except PeppolError as error:
        return _told(participant, "cant_tell", f"That can't be told just now. {error}.")
    if found is None:
        return _told(
            participant,
            "not_registered",
            "The network doesn't know your company as a receiver of invoices; ask your provider to register it.",
        )
    return _told(participant, "registered", "The network knows your company as a receiver of invoices.")


def _told(participant: ParticipantId, outcome: str, said: str) -> Lookup:
    return Lookup(participant=participant.value, outcome=outcome, words=said)
