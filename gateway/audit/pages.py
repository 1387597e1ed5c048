"""The auditor's page: where the chain ends, verifications and their outcome, the latest entries."""

from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.response import Redirect

from gateway.access import windowed
from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.pages import AnyRequest, framed, names_of
from gateway.access.permissions import Permission
from gateway.access.window import OWN_ENTRY, WITHIN
from gateway.audit import queries
from gateway.audit.api import VERIFYING, request_verification
from gateway.audit.models import EntryView, HeadView, VerificationRequest
from gateway.companies.keys import certified
from gateway.http.browser import PAGE, seen
from ledger import store

_ENTRIES = 20


class LedgerPages(Controller):
    """The ledger."""

    path = "/ledger"
    include_in_schema = False
    opt = PAGE

    @get("/", guards=[requires(Permission.LEDGER_READ)], opt=PAGE | WITHIN)
    async def ledger(self, request: AnyRequest, call: Call) -> Response[bytes]:
        """Head, verifications, latest entries."""
        head, whole = await store.head(call.db, call.company_id), call.principal.window is None
        first = max(0, head.count - _ENTRIES)
        records = await store.batch(call.db, call.company_id, first, entries=_ENTRIES, contents=False)
        return framed(
            request,
            "audit/ledger.html",
            head=HeadView.of(head),
            certified=await certified(call.db, call.company_id, now=call.now),
            entries=[EntryView.of(record) for record in reversed(records) if windowed.holds(call, record)],
            runs=await queries.latest(call.db, call.company_id) if whole else [],
            names=await names_of(call),
            may_verify=whole and call.principal.may(Permission.LEDGER_VERIFY),
        )

    @post("/verifications", guards=[requires(Permission.LEDGER_VERIFY)], opt=VERIFYING | OWN_ENTRY | PAGE)
    async def verify(self, call: Call) -> Redirect:
        """Have everything verified, in the background."""
        await request_verification(call, VerificationRequest())
        return seen("/ledger", "verifying")
