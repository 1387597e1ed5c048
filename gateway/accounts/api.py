"""Accounts at providers over HTTP: `/v1/providers`."""

from __future__ import annotations

from uuid import UUID

from litestar import Controller, delete, get, patch, post, put

from gateway.access.api.auth import present
from gateway.access.call import Call, Visit
from gateway.access.errors import NotHere
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.accounts import flow, routing
from gateway.accounts.checking import check
from gateway.accounts.models import Accounts, AccountView, Changes, Checked, NewAccount, Routes
from gateway.accounts.view import overview, view
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.http.problems import Forbidden
from gateway.providers import health, queries
from gateway.providers.models import DocumentKind
from gateway.providers.routes import Match, Rule
from gateway.ratelimit import Rate

CHECKING = {RATE: Rate(a_minute=10, burst=20)}
"""Each is a call to somebody else's server."""

_CHANGES = requires(Permission.PROVIDERS_WRITE, step_up=StepUp.KEYS)
_NEW = NewAccount(
    adapter="storecove",
    label="Storecove",
    base_url="https://api.storecove.com/api/v2",
    credentials={"token": "the key that the provider gave you"},
    options={"legal_entity": "123456", "scheme_0235": "AE:TIN"},
)
_RULES = Routes(
    rules=(Rule(match=Match(kind=DocumentKind.CREDIT_NOTE), accounts=(None,)),),
)


class Providers(Controller):
    """The company's own accounts at service providers, and which document takes which."""

    path = "/v1/providers"
    tags = ("Providers",)

    @get("/", guards=[requires(Permission.PROVIDERS_READ)], summary="List provider accounts")
    async def list_accounts(self, call: Call) -> Accounts:
        """In the order of fallback, with what each provider can do and how it stands; and this installation's own."""
        return await overview(call)

    @post("/", guards=[_CHANGES], summary="Add a provider account", opt=example(body=_NEW))
    async def add(self, call: Call, data: NewAccount) -> AccountView:
        """Documents take it from now on, in the order of fallback. Needs a fresh code for `keys`.

        Whether the provider answers and takes the credentials is looked at soon; `check` does it at once.
        """
        return await view(call, await flow.add(call, data), None)

    @get("/{account_id:uuid}", guards=[requires(Permission.PROVIDERS_READ)], summary="Show a provider account")
    async def show(self, call: Call, account_id: UUID) -> AccountView:
        """Secrets are never shown, only which there are."""
        account = await queries.one(call.db, call.company_id, account_id)
        if account is None:
            raise NotHere("provider account")
        return await view(call, account, await health.of_account(call.db, call.company_id, account_id))

    @patch(
        "/{account_id:uuid}",
        guards=[_CHANGES],
        summary="Change a provider account",
        opt=example(body=Changes(enabled=False)),
    )
    async def change(self, call: Call, account_id: UUID, data: Changes) -> AccountView:
        """What is left out stays. Switched off, it takes no new documents. Needs a fresh code for `keys`.

        Provider, address and tenant can't change while the outcome of a submission through the account is unknown.
        """
        account = await flow.change(call, account_id, data)
        return await view(call, account, await health.of_account(call.db, call.company_id, account_id))

    @delete("/{account_id:uuid}", guards=[_CHANGES], summary="Remove a provider account")
    async def remove(self, call: Call, account_id: UUID) -> None:
        """Its secrets are destroyed. Not while the outcome of a submission through it is unknown, nor while a route
        names it. Needs a fresh code for `keys`."""
        await flow.remove(call, account_id)

    @post(
        "/{account_id:uuid}/check",
        status_code=200,
        guards=[requires(Permission.PROVIDERS_CHECK)],
        summary="Check a provider account",
        opt=CHECKING,
    )
    async def check(self, visit: Visit, account_id: UUID) -> Checked:
        """Asks the provider whether it takes us, and, where it can be asked, whether the network knows the company."""
        company_id = present(visit).company_id
        if company_id is None:
            raise Forbidden("This token names no company; POST /v1/auth/company to get one that does.")
        return await check(visit.wiring, company_id, account_id, now=visit.now)

    @get("/routes", guards=[requires(Permission.PROVIDERS_READ)], summary="Show the routes")
    async def routes(self, call: Call) -> Routes:
        """Which account a document takes."""
        return Routes(rules=await queries.rules(call.db, call.company_id))

    @put("/routes", guards=[_CHANGES], summary="Replace the routes", opt=example(body=_RULES))
    async def route(self, call: Call, data: Routes) -> Routes:
        """The first rule that fits a document counts; where none fits, the order of fallback. Another account is never
        tried while the outcome at the first is unknown. Needs a fresh code for `keys`."""
        return await routing.route(call, data)


CONTROLLERS = (Providers,)
