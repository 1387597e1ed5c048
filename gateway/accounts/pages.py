"""The page of the lines to the network: which accounts there are, how each stands, and a look at one at once."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.response import Redirect

from gateway.access.api.auth import present
from gateway.access.call import Call, Visit
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, framed
from gateway.access.permissions import Permission
from gateway.accounts.api import CHECKING
from gateway.accounts.checking import check
from gateway.accounts.view import overview
from gateway.http.browser import PAGE, seen
from gateway.http.problems import Forbidden


class AccountPages(Controller):
    """Accounts are changed over the API; here one sees them."""

    path = "/providers"
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.PROVIDERS_READ)])
    async def accounts(self, request: AnyRequest, call: Call) -> Response[bytes]:
        """All of them, and the installation's own provider."""
        return framed(
            request,
            "accounts/accounts.html",
            lines=await overview(call),
            may_check=call.principal.may(Permission.PROVIDERS_CHECK),
        )

    @post("/{account_id:uuid}/check", guards=[requires(Permission.PROVIDERS_CHECK)], opt=CHECKING | PAGE)
    async def check(self, visit: Visit, account_id: UUID) -> Redirect:
        """Ask the provider now; the page shows what was found."""
        company_id = present(visit).company_id
        if company_id is None:
            raise Forbidden("Choose a company first.")
        await check(visit.wiring, company_id, account_id, now=visit.now)
        return seen("/providers", "provider-checked")
