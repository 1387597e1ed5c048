"""The page of suppliers: bank accounts that wait for a second person, and the list. Entering is done over the API."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, code_in_form, framed, names_of
from gateway.access.permissions import Permission, StepUp
from gateway.http.browser import PAGE, seen
from gateway.suppliers import account_queries, accounts, queries
from gateway.suppliers.states import AccountState

_MOST = 50
_DECIDES = [requires(Permission.SUPPLIERS_RELEASE), code_in_form(StepUp.APPROVE)]


class Refusing(msgspec.Struct, frozen=True):
    """The form of a person who refuses an account."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


RefusingForm = Annotated[Refusing, Body(media_type=RequestEncodingType.URL_ENCODED)]


class SupplierPages(Controller):
    """Suppliers."""

    path = "/suppliers"
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.SUPPLIERS_READ)])
    async def listing(self, request: AnyRequest, call: Call, cursor: UUID | None = None) -> Response[bytes]:
        """The oldest accounts that wait, and suppliers, the latest first."""
        found = await queries.page(
            call.db, call.company_id, before=cursor, state=None, wanted=None, most=_MOST + 1
        )  # fmt: skip
        shown = found[:_MOST]
        return framed(
            request,
            "suppliers/suppliers.html",
            suppliers=shown,
            released=await account_queries.released(call.db, call.company_id, [one.id for one in shown]),
            waiting=await account_queries.page(
                call.db, call.company_id, state=AccountState.PROPOSED, after=None, most=_MOST
            ),
            next=shown[-1].id if len(found) > _MOST else None,
            cursor=cursor,
            person=call.principal.user_id,
            may_release=call.principal.may(Permission.SUPPLIERS_RELEASE),
            opened=call.principal.opened(StepUp.APPROVE, now=call.now),
            names=await names_of(call),
        )

    @post("/{supplier_id:uuid}/accounts/{account_id:uuid}/release", guards=_DECIDES)
    async def release(self, call: Call, supplier_id: UUID, account_id: UUID) -> Redirect:
        """It is the supplier's."""
        await accounts.release(call, supplier_id, account_id)
        return seen("/suppliers", "account-released")

    @post("/{supplier_id:uuid}/accounts/{account_id:uuid}/refuse", guards=_DECIDES)
    async def refuse(self, call: Call, supplier_id: UUID, account_id: UUID, data: RefusingForm) -> Redirect:
        """It isn't."""
        await accounts.refuse(call, supplier_id, account_id, data.reason)
        return seen("/suppliers", "account-refused")
