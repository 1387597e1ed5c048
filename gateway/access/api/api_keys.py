"""Keys for machines: `/v1/api-keys`."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, delete, get, post

from gateway.access import queries
from gateway.access.call import UNKEPT, Call
from gateway.access.flow import keys
from gateway.access.flow.keys import MadeKey, NewKey
from gateway.access.guards import requires
from gateway.access.models import ApiKey
from gateway.access.permissions import Permission, StepUp
from gateway.http.openapi import example

_EXAMPLE = NewKey(name="ERP", scopes=(Permission.DOCUMENTS_DRAFT, Permission.DOCUMENTS_READ), expires_in_days=90)


class ApiKeys(Controller):
    """Scoped, expiring keys. The person who made a key counts as the maker of what it makes."""

    path = "/v1/api-keys"
    tags = ("API keys",)

    @get("/", guards=[requires(Permission.API_KEYS_READ)], summary="List API keys")
    async def list_keys(self, call: Call) -> list[ApiKey]:
        """Every key with its visible beginning, scopes, last use and end."""
        return await queries.keys(call.db)

    @post(
        "/",
        guards=[requires(Permission.API_KEYS_WRITE, step_up=StepUp.KEYS)],
        summary="Make an API key",
        opt=UNKEPT | example(body=_EXAMPLE),
    )
    async def create(self, call: Call, data: NewKey) -> MadeKey:
        """The secret is shown this once. A key can't approve, nor touch keys, members or settings."""
        return await keys.create(call.db, call.company_id, data, by=call.principal, now=call.now, keys=call.wiring.keys)

    @delete(
        "/{key_id:uuid}",
        guards=[requires(Permission.API_KEYS_WRITE, step_up=StepUp.KEYS)],
        summary="Revoke an API key",
    )
    async def revoke(self, call: Call, key_id: UUID) -> None:
        """It holds no more from the next request on."""
        await keys.revoke(call.db, call.company_id, key_id, by=call.principal, now=call.now, keys=call.wiring.keys)
