"""An account as people and programs see it: what is kept, what the provider can do, how it stands."""

from __future__ import annotations

from gateway.access.call import Call
from gateway.accounts.models import Abilities, Accounts, AccountView, HealthView, InstallationView, Missing
from gateway.pages.texts import text
from gateway.providers import health, queries
from gateway.providers.models import Registered
from gateway.providers.standing import Standing
from peppol.errors import Precondition
from peppol.message import Condition
from peppol.provider import Capabilities


async def overview(call: Call) -> Accounts:
    """Every line of the company."""
    accounts = await queries.every(call.db, call.company_id)
    standing = await health.of_company(call.db, call.company_id, accounts)
    provider = call.wiring.provider
    return Accounts(
        accounts=[await view(call, account, standing.get(account.id)) for account in accounts],
        installation=InstallationView(
            adapter=provider.name,
            abilities=_abilities(provider.capabilities),
            health=_health(standing.get(None)),
        ),
    )


async def view(call: Call, account: Registered, standing: Standing | None) -> AccountView:
    """One account."""
    abilities, obstacle = None, ""
    try:
        abilities = _abilities((await call.wiring.lines.adapter(call.company_id, account)).capabilities)
    except Precondition as error:
        obstacle = str(error)
    return AccountView(
        id=account.id,
        adapter=account.adapter,
        label=account.label,
        base_url=account.base_url,
        credentials=list(account.credentials),
        webhook_secrets=account.webhook_secrets,
        options=account.options,
        enabled=account.enabled,
        position=account.position,
        version=account.version,
        created_at=account.created_at,
        changed_at=account.changed_at,
        abilities=abilities,
        obstacle=obstacle,
        health=_health(standing),
    )


def words(condition: Condition) -> str:
    """What a condition means, in plain words."""
    return text(f"condition.{condition}", "en")


def _health(standing: Standing | None) -> HealthView | None:
    if standing is None:
        return None
    return HealthView(
        condition=standing.condition,
        since=standing.since,
        words=words(standing.condition),
        detail=standing.detail,
        looked_at=standing.looked_at,
    )


def _abilities(given: Capabilities) -> Abilities:
    return Abilities(
        idempotent=given.idempotent,
        finds_by_key=given.finds_by_key,
        callbacks=given.callbacks,
        signed=given.signed,
        largest_document=given.largest_document,
        missing=[Missing(call, reason) for call, reason in sorted(given.missing.items())],
    )
