"""A company's routes change: which account a document takes (`gateway.providers.routes` says how they are read)."""

from __future__ import annotations

import msgspec

from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.access.record import AccessChange, record_change
from gateway.accounts.models import Routes
from gateway.providers import queries


async def route(call: Call, routes: Routes) -> Routes:
    """Replace the company's rules. Raises `Unacceptable` for an account that isn't there."""
    named = {account_id for rule in routes.rules for account_id in rule.accounts if account_id is not None}
    # Held until the rules are written, in order: none can be removed in between, and nobody waits in a ring.
    there = [one for one in sorted(named) if await queries.one(call.db, call.company_id, one, lock="share")]
    for at, rule in enumerate(routes.rules):
        for place, account_id in enumerate(rule.accounts):
            if account_id is not None and account_id not in there:
                raise Unacceptable(f"/rules/{at}/accounts/{place}", "The company has no such account.")
        if len(set(rule.accounts)) < len(rule.accounts):
            raise Unacceptable(f"/rules/{at}/accounts", "An account stands here twice.")
    before = await queries.rules(call.db, call.company_id)
    await queries.keep_rules(call.db, call.company_id, routes.rules, now=call.now)
    change_ = AccessChange(
        what="provider.routed",
        actor=call.principal.actor,
        subject=call.company_id,
        before=msgspec.json.encode(before).decode(),
        after=msgspec.json.encode(routes.rules).decode(),
    )
    await record_change(call.db, call.company_id, change_, now=call.now, keys=call.wiring.keys)
    return routes
