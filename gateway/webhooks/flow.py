"""Make, change, rotate and delete endpoints; send tests, send again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from msgspec import UNSET

from gateway.access.call import Call
from gateway.access.errors import Unacceptable
from gateway.access.record import AccessChange, record_change
from gateway.db import new_id
from gateway.webhooks import jobs, queries, secret
from gateway.webhooks.errors import DeliveryNotFound, EndpointNotFound, EndpointPaused, TooManyEndpoints
from gateway.webhooks.kinds import CHOICES, TEST
from gateway.webhooks.models import Delivery, Endpoint, EndpointChange, MadeEndpoint, NewEndpoint
from peppol.outward import AddressRefused, checked

MOST = 10
"""Endpoints of a company."""


async def one(call: Call, endpoint_id: UUID) -> Endpoint:
    """An endpoint of the company. Raises `EndpointNotFound`."""
    found = await queries.endpoint(call.db, call.company_id, endpoint_id, now=call.now)
    if found is None:
        raise EndpointNotFound(endpoint_id)
    return found


async def create(call: Call, wanted: NewEndpoint) -> MadeEndpoint:
    """Make an endpoint and its first secret. Raises `Unacceptable`, `TooManyEndpoints`."""
    if await queries.how_many(call.db, call.company_id) >= MOST:
        raise TooManyEndpoints(MOST)
    url, kinds = fit(call, wanted.url), chosen(wanted.kinds)
    wanted = msgspec.structs.replace(wanted, url=url, kinds=kinds)
    endpoint_id = new_id()
    await queries.insert(call.db, call.company_id, endpoint_id, wanted, by=call.principal.actor, now=call.now)
    made = await secret.make(call.db, call.wiring.key_ring, call.company_id, endpoint_id, now=call.now)
    await _record(call, "webhook.created", endpoint_id, after=_told(url, kinds))
    return MadeEndpoint(endpoint=await one(call, endpoint_id), secret=secret.shown(made))


async def change(call: Call, endpoint_id: UUID, wanted: EndpointChange) -> Endpoint:
    """Change what is given. A new URL, or `enabled` true, begins afresh: what waits goes out.

    Raises `EndpointNotFound`, `Unacceptable`.
    """
    await _hold(call, endpoint_id)
    present = await one(call, endpoint_id)
    url = present.url if wanted.url is UNSET else fit(call, wanted.url)
    kinds = present.kinds if wanted.kinds is UNSET else chosen(wanted.kinds)
    description = present.description if wanted.description is UNSET else wanted.description
    enabled = present.enabled if wanted.enabled is UNSET else wanted.enabled
    changed = (url, kinds, description) != (present.url, present.kinds, present.description)
    if changed:
        await queries.change(
            call.db, call.company_id, endpoint_id, url=url, description=description, kinds=kinds, now=call.now
        )
    if enabled and (not present.enabled or url != present.url):
        await queries.resume(call.db, call.company_id, endpoint_id, now=call.now)
        await jobs.order(call.db, call.company_id, endpoint_id)
    if present.enabled and not enabled:
        await queries.pause(call.db, call.company_id, endpoint_id, why="person", now=call.now)
    if changed:
        before, after = _told(present.url, present.kinds), _told(url, kinds)
        await _record(call, "webhook.changed", endpoint_id, before=before, after=after)
    if enabled != present.enabled:
        await _record(call, "webhook.resumed" if enabled else "webhook.paused", endpoint_id)
    return await one(call, endpoint_id)


async def rotate(call: Call, endpoint_id: UUID, *, overlap: timedelta) -> MadeEndpoint:
    """A new secret; messages are signed with the present one as well for a while. Raises `EndpointNotFound`."""
    await _hold(call, endpoint_id)
    ring, until = call.wiring.key_ring, call.now + overlap
    made = await secret.rotate(call.db, ring, call.company_id, endpoint_id, until=until, now=call.now)
    after = f"overlap of {overlap // timedelta(hours=1)} hours"
    await _record(call, "webhook.rotated", endpoint_id, after=after)
    return MadeEndpoint(endpoint=await one(call, endpoint_id), secret=secret.shown(made))


async def delete(call: Call, endpoint_id: UUID) -> None:
    """End it at once, its secrets destroyed; what waited isn't sent. Raises `EndpointNotFound`."""
    await _hold(call, endpoint_id)
    await queries.delete(call.db, call.company_id, endpoint_id, now=call.now)
    await secret.forget(call.db, call.company_id, endpoint_id)
    await _record(call, "webhook.deleted", endpoint_id)


async def test(call: Call, endpoint_id: UUID) -> Delivery:
    """Have a `webhook.test` sent. Raises `EndpointNotFound`, `EndpointPaused`."""
    if not (await one(call, endpoint_id)).enabled:
        raise EndpointPaused
    message_id = new_id()
    await queries.add(call.db, call.company_id, endpoint_id, message_id, kind=TEST, now=call.now)
    await jobs.order(call.db, call.company_id, endpoint_id)
    return await delivery(call, endpoint_id, message_id)


async def redeliver(call: Call, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
    """Have a message sent once more, under its id, whatever became of it. Raises what `delivery` raises."""
    if not (await one(call, endpoint_id)).enabled:
        raise EndpointPaused
    if not await queries.redeliver(call.db, call.company_id, endpoint_id, delivery_id, now=call.now):
        raise DeliveryNotFound(delivery_id)
    await jobs.order(call.db, call.company_id, endpoint_id)
    return await delivery(call, endpoint_id, delivery_id)


async def delivery(call: Call, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
    """A message and what became of it. Raises `EndpointNotFound`, `DeliveryNotFound`."""
    await one(call, endpoint_id)
    found = await queries.delivery(call.db, call.company_id, endpoint_id, delivery_id)
    if found is None:
        raise DeliveryNotFound(delivery_id)
    return found


def fit(call: Call, url: str) -> str:
    """The URL, if it may be called, as far as its text tells; each call looks at the addresses behind its name anew."""
    try:
        return str(checked(url.strip(), inward=call.wiring.settings.mode == "test"))
    except AddressRefused as error:
        raise Unacceptable("/url", f"{error}: give a public https:// address of your own system.") from None


def chosen(kinds: Sequence[str]) -> list[str]:
    """The choice in alphabetical order, if all of it exists."""
    if unknown := sorted(set(kinds) - CHOICES):
        raise Unacceptable("/kinds", f"There is no kind {unknown[0]!r}; GET /v1/webhooks/kinds lists those there are.")
    return sorted(set(kinds))


async def _hold(call: Call, endpoint_id: UUID) -> None:
    if not await queries.lock(call.db, call.company_id, endpoint_id):
        raise EndpointNotFound(endpoint_id)


async def _record(call: Call, what: str, endpoint_id: UUID, *, before: str = "", after: str = "") -> None:
    change = AccessChange(what=what, actor=call.principal.actor, subject=endpoint_id, before=before, after=after)
    await record_change(call.db, call.company_id, change, now=call.now, keys=call.wiring.keys)


def _told(url: str, kinds: Sequence[str]) -> str:
    """What the ledger keeps of an endpoint: host and choice. Paths may hold what somebody took for a secret."""
    return f"{urlsplit(url).netloc}: {' '.join(kinds)}"
