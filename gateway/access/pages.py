"""Pages of access: sign in, set up the second factor, choose the company, sign out; and the frame of all others."""

from __future__ import annotations

import base64
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.params import Body
from litestar.response import Redirect

from gateway.access import cookies, queries
from gateway.access.api.auth import GUESSABLE, present
from gateway.access.call import Call, Visit
from gateway.access.errors import BadCredentials, CodeRefused, CodeRequired
from gateway.access.flow import factors, sessions
from gateway.access.flow.sessions import Credentials, SignedIn
from gateway.access.guards import Connection, Guard, now_of, principal_of, signed_in
from gateway.access.permissions import Permission, StepUp
from gateway.http.browser import PAGE, choose_language, local, page, seen

AnyRequest = Request[Any, Any, Any]


class SignIn(msgspec.Struct, frozen=True):
    """The form."""

    email: str
    password: str
    code: str = ""
    to: str = "/"


class Code(msgspec.Struct, frozen=True):
    """A form with a fresh code."""

    code: str


class Chosen(msgspec.Struct, frozen=True):
    """The form that opens a company."""

    company_id: UUID


SignInForm = Annotated[SignIn, Body(media_type=RequestEncodingType.URL_ENCODED)]
CodeForm = Annotated[Code, Body(media_type=RequestEncodingType.URL_ENCODED)]
ChosenForm = Annotated[Chosen, Body(media_type=RequestEncodingType.URL_ENCODED)]

_MENU = (
    ("documents", Permission.DOCUMENTS_READ),
    ("inbox", Permission.INBOX_READ),
    ("bills", Permission.BILLS_READ),
    ("suppliers", Permission.SUPPLIERS_READ),
    ("participants", Permission.DOCUMENTS_VALIDATE),
    ("ledger", Permission.LEDGER_READ),
    ("providers", Permission.PROVIDERS_READ),
    ("webhooks", Permission.WEBHOOKS_READ),
    ("outages", Permission.OUTAGES_READ),
)
_WITHIN = (("ledger", Permission.LEDGER_READ),)
"""What an auditor sees who is limited to days."""


def framed(request: AnyRequest, template: str, **values: Any) -> Response[bytes]:
    """A page for somebody who has signed in: with the menu of the role and what forms must carry."""
    principal = principal_of(request)
    open_ = _WITHIN if principal.window is not None else _MENU
    nav = tuple(entry for entry, needed in open_ if principal.company_id is not None and principal.may(needed))
    return page(request, template, csrf=cookies.csrf_token_of(request), nav=nav, may=principal.may, **values)


async def names_of(call: Call) -> dict[str, str]:
    """From an actor, as timelines name it, to a member's name or an API key's label; who has left isn't there."""
    people = {f"user:{member.user_id}": member.name for member in await queries.members(call.db)}
    return people | {f"api_key:{key.id}": key.name for key in await queries.keys(call.db)}


def code_in_form(action: StepUp) -> Guard:
    """A guard, behind `requires`: take the form's field `code`; nothing is asked of whoever stepped up just before.

    A guard and not a step of the endpoint, because a code is counted in a transaction of its own: it must have ended
    before the endpoint's begins, or as many forms at once as there are connections would wait for each other.
    Raises `CodeRefused`, `LockedOut`.
    """

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        principal, now = principal_of(connection), now_of(connection)
        form = await connection.form() if isinstance(connection, Request) else {}
        code = str(form.get("code", "")).strip()
        if code or not principal.opened(action, now=now):
            wiring, address = connection.app.state.wiring, str(connection.scope["state"]["address"])
            await sessions.step_up(wiring, principal, action, code, address=address, now=now)

    return guard


class AccessPages(Controller):
    """Who are you, and for whom?"""

    include_in_schema = False
    opt = PAGE

    @get("/")
    async def home(self, request: AnyRequest) -> Redirect:
        """To the first page of the role."""
        principal = principal_of(request)
        if not principal.second_factor:
            return seen("/second-factor")
        if principal.company_id is None:
            return seen("/companies")
        return seen("/documents" if principal.window is None else "/ledger")

    @get("/sign-in")
    async def sign_in_form(self, request: AnyRequest, to: str = "/") -> Response[bytes]:
        """The form."""
        return page(request, "access/sign-in.html", to=local(to), email="", wrong="")

    @post("/sign-in", opt=GUESSABLE | PAGE)
    async def sign_in(self, request: AnyRequest, visit: Visit, data: SignInForm) -> Response[Any]:
        """Open a browser's session and go on; or the form again, with what is wrong."""
        credentials = Credentials(email=data.email, password=data.password, code=data.code.strip() or None)
        try:
            opened = await sessions.sign_in(
                visit.wiring, credentials, address=visit.address, browser=True, now=visit.now
            )
        except (BadCredentials, CodeRequired) as error:
            wrong = type(error).code
            return page(request, "access/sign-in.html", status=401, to=local(data.to), email=data.email, wrong=wrong)
        return _entered(visit, opened, local(data.to) if opened.second_factor else "/second-factor")

    @get("/second-factor", guards=[signed_in])
    async def factor(self, request: AnyRequest) -> Response[bytes]:
        """What a second factor is for."""
        return framed(request, "access/second-factor.html", enrolment=None, wrong=False)

    @post("/second-factor", status_code=200, guards=[signed_in])
    async def offer(self, request: AnyRequest, visit: Visit) -> Response[bytes]:
        """A new key as QR code; it counts once its first code was confirmed."""
        enrolment = await factors.offer(visit.wiring, present(visit), now=visit.now)
        picture = "data:image/svg+xml;base64," + base64.b64encode(enrolment.qr_svg.encode()).decode()
        return framed(request, "access/second-factor.html", enrolment=enrolment, picture=picture, wrong=False)

    @post("/second-factor/confirm", status_code=200, guards=[signed_in], opt=GUESSABLE | PAGE)
    async def confirm(self, request: AnyRequest, visit: Visit, data: CodeForm) -> Response[bytes]:
        """The backup codes, this once; or the form again."""
        try:
            codes = await factors.confirm(visit.wiring, present(visit), data.code, address=visit.address, now=visit.now)
        except CodeRefused:
            return framed(request, "access/second-factor.html", enrolment=None, wrong=True)
        return framed(request, "access/backup-codes.html", codes=codes)

    @get("/companies", guards=[signed_in])
    async def companies(self, request: AnyRequest, visit: Visit) -> Response[bytes]:
        """The companies somebody belongs to."""
        async with visit.wiring.database.platform() as db:
            memberships = await queries.memberships(db, present(visit).user_id)
        return framed(request, "access/companies.html", memberships=memberships)

    @post("/companies", guards=[signed_in])
    async def enter(self, visit: Visit, data: ChosenForm) -> Response[Any]:
        """Go on in that company."""
        opened = await sessions.enter_company(
            visit.wiring, present(visit), data.company_id, address=visit.address, now=visit.now
        )
        return _entered(visit, opened, "/")

    @post("/sign-out", guards=[signed_in])
    async def sign_out(self, visit: Visit) -> Response[Any]:
        """End this session."""
        principal = present(visit)
        if principal.session_id is not None:
            async with visit.wiring.database.platform() as db:
                await sessions.sign_out(db, principal, principal.session_id, now=visit.now)
        left = seen("/sign-in", "signed-out")
        left.set_cookie(cookies.clear_session(secure=_secure(visit)))
        return left


def _entered(visit: Visit, opened: SignedIn, to: str) -> Redirect:
    on = seen(to)
    on.set_cookie(cookies.set_session(opened.token, secure=_secure(visit), expires_at=opened.expires_at, now=visit.now))
    return on


def _secure(visit: Visit) -> bool:
    return visit.wiring.settings.public_url.startswith("https:")


CONTROLLERS = (AccessPages, choose_language)
