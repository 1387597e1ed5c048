"""Mailboxes over HTTP: `/v1/mailboxes`."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter
from litestar.status_codes import HTTP_202_ACCEPTED

from gateway.access.api.auth import present
from gateway.access.call import Call, Visit
from gateway.access.errors import NotHere
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.http.problems import Forbidden
from gateway.mailboxes import examples, flow, journal, queries
from gateway.mailboxes.models import Checked, Mailbox, MailboxChange, MessagePage, MessageView, NewMailbox
from gateway.ratelimit import Rate

_READ = requires(Permission.MAILBOXES_READ)
_WRITE = requires(Permission.MAILBOXES_WRITE, step_up=StepUp.KEYS)
_LOOK = requires(Permission.MAILBOXES_WRITE)
_CALLING = {RATE: Rate(a_minute=10, burst=20)}
"""Each makes us call somebody else's server."""


class Mailboxes(Controller):
    """Mailboxes that suppliers send their bills to."""

    path = "/v1/mailboxes"
    tags = ("Mailboxes",)

    @get("/", guards=[_READ], summary="List mailboxes", opt=example(answer=[examples.MAILBOX]))
    async def list_all(self, call: Call) -> list[Mailbox]:
        """Every mailbox and how it stands; never its password."""
        return await queries.views(call.db, call.company_id, await queries.every(call.db, call.company_id))

    @post("/", guards=[_WRITE], summary="Add a mailbox", opt=example(body=examples.NEW, answer=examples.MAILBOX))
    async def add(self, call: Call, data: NewMailbox) -> Mailbox:
        """Its unread messages are fetched from now on: each minute, and at once where the server tells of them.

        Needs a fresh code for `keys`. It is looked into soon; `check` does it at once and says what is wrong.
        """
        return await flow.add(call, data)

    @get("/{mailbox_id:uuid}", guards=[_READ], summary="Show a mailbox", opt=example(answer=examples.MAILBOX))
    async def show(self, call: Call, mailbox_id: UUID) -> Mailbox:
        """When it was looked into last, and what went wrong, in words."""
        return await flow.one(call, mailbox_id)

    @patch(
        "/{mailbox_id:uuid}",
        guards=[_WRITE],
        summary="Change a mailbox",
        opt=example(body=examples.CHANGE, answer=examples.MAILBOX),
    )
    async def change(self, call: Call, mailbox_id: UUID, data: MailboxChange) -> Mailbox:
        """What is left out stays. For another server or user give the password anew. Needs a fresh code for `keys`."""
        return await flow.change(call, mailbox_id, data)

    @delete("/{mailbox_id:uuid}", guards=[_WRITE], summary="Remove a mailbox")
    async def remove(self, call: Call, mailbox_id: UUID) -> None:
        """Its password is destroyed; what came through it stays. Needs a fresh code for `keys`."""
        await flow.remove(call, mailbox_id)

    @post(
        "/{mailbox_id:uuid}/check",
        status_code=200,
        guards=[_LOOK],
        summary="Check a mailbox",
        opt=_CALLING | example(answer=examples.CHECKED),
    )
    async def check(self, visit: Visit, mailbox_id: UUID) -> Checked:
        """Signs in and opens the folder; nothing is fetched or changed."""
        company_id = present(visit).company_id
        if company_id is None:
            raise Forbidden("This token names no company; POST /v1/auth/company to get one that does.")
        return await flow.check(visit.wiring, company_id, mailbox_id, now=visit.now)

    @post(
        "/{mailbox_id:uuid}/fetch",
        status_code=HTTP_202_ACCEPTED,
        guards=[_LOOK],
        summary="Fetch from a mailbox at once",
        opt=_CALLING,
    )
    async def fetch(self, call: Call, mailbox_id: UUID) -> None:
        """Without waiting for the next minute."""
        await flow.look(call, mailbox_id)

    @get("/messages", guards=[_READ], summary="List messages", opt=example(answer=examples.PAGE))
    async def messages(
        self,
        call: Call,
        mailbox_id: Annotated[UUID | None, Parameter(description="Of this mailbox only.")] = None,
        outcome: Annotated[
            Literal["begun", "processed", "failed"] | None, Parameter(description="With this outcome only.")
        ] = None,
        cursor: Annotated[UUID | None, Parameter(description="`next` of the page before.")] = None,
        limit: Annotated[int, Parameter(ge=1, le=200, description="At most so many.")] = 50,
    ) -> MessagePage:
        """What came by mail and what became of each file, newest first; of removed mailboxes as well."""
        found = await journal.page(
            call.db, call.company_id, mailbox_id=mailbox_id, outcome=outcome, cursor=cursor, most=limit + 1
        )
        return MessagePage(messages=found[:limit], next=found[limit - 1].id if len(found) > limit else None)

    @get("/messages/{message:uuid}", guards=[_READ], summary="Show a message", opt=example(answer=examples.MESSAGE))
    async def message(self, call: Call, message: UUID) -> MessageView:
        """One message and what became of each file."""
        found = await journal.one(call.db, call.company_id, message)
        if found is None:
            raise NotHere("message")
        return found


CONTROLLERS = (Mailboxes,)
