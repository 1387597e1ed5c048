"""`/v1/suppliers` over HTTP: the supplier master, bank accounts and their release, what was learned, import."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, delete, get, post, put
from litestar.params import Parameter

from gateway import events
from gateway.access.call import Call
from gateway.access.guards import requires
from gateway.access.permissions import Permission, StepUp
from gateway.http.limits import RATE
from gateway.http.openapi import example
from gateway.http.problems import WrongMediaType
from gateway.http.versions import IfMatch, Version, version_of
from gateway.ratelimit import Rate
from gateway.sheets import CSV, XLSX
from gateway.suppliers import account_queries, accounts, examples, flow, importing, queries
from gateway.suppliers.importing import Imported
from gateway.suppliers.master import Master, NewAccount
from gateway.suppliers.states import AccountState, State
from gateway.suppliers.view import Account, AccountPage, Happened, Lesson, SupplierPage, SupplierShown
from ingestion.document import Term

Cursor = Annotated[UUID | None, Parameter(description="`next` of the page before.", required=False)]
Limit = Annotated[int, Parameter(ge=1, le=200, description="How many at most.")]

_READS = requires(Permission.SUPPLIERS_READ)
_WRITES = requires(Permission.SUPPLIERS_WRITE)
_RELEASES = requires(Permission.SUPPLIERS_RELEASE, step_up=StepUp.APPROVE)
_IMPORTING = {RATE: Rate(a_minute=10, burst=20)}
"""Each may write thousands of rows."""


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why; it is in the ledger for ever."""

    reason: str


_WHY = Why("The supplier's accountant said on the telephone that it isn't theirs.")


class Suppliers(Controller):
    """Whom the company buys from, and where it pays them."""

    path = "/v1/suppliers"
    tags = ("Suppliers",)

    @get(
        "/",
        guards=[_READS],
        summary="List suppliers",
        opt=example(answer=SupplierPage(items=(examples.SUPPLIER,), next=None)),
    )
    async def list_suppliers(
        self,
        call: Call,
        q: Annotated[
            str | None,
            Parameter(
                description="A part of a name, or a whole tax id or network address.", max_length=200, required=False
            ),
        ] = None,
        in_state: Annotated[
            State | None, Parameter(query="state", description="Only these; absent: all.", required=False)
        ] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> SupplierPage:
        """Latest first."""
        found = await queries.page(
            call.db, call.company_id, before=cursor, state=in_state, wanted=q, most=limit + 1
        )  # fmt: skip
        items = tuple(found[:limit])
        return SupplierPage(items=items, next=items[-1].id if len(found) > limit else None)

    @post("/", guards=[_WRITES], summary="Enter a supplier", opt=example(body=examples.MASTER, answer=examples.SHOWN))
    async def enter(self, call: Call, data: Master) -> SupplierShown:
        """A tax id or a network address belongs to one supplier. Bank accounts are proposed apart."""
        return await _shown(call, await flow.enter(call, data))

    @post(
        "/import",
        status_code=200,
        guards=[_WRITES],
        summary="Import suppliers from CSV or XLSX",
        opt=_IMPORTING | example(bodies={CSV: examples.CSV}, answer=examples.IMPORTED),
    )
    async def bring(
        self,
        call: Call,
        request: Request[Any, Any, Any],
        body: bytes,
        dry_run: Annotated[bool, Parameter(description="Say what it would do, and do nothing.")] = False,
        partial: Annotated[bool, Parameter(description="Leave out wrong rows; otherwise one refuses all.")] = False,
    ) -> Imported:
        """The first row names the columns: `name`, `other_names`, `tax_ids`, `endpoints`, `emails`, `currency`,
        `payment_days`, `iban`, `bic`; only `name` is needed. Several values in a cell are divided by `;`.

        A row is held against what is there by tax id, else network address, else name. Its values are added; an empty
        cell changes nothing. Its bank account is proposed: another person has to release it.
        """
        media, _ = request.content_type
        if media not in {CSV, XLSX}:
            raise WrongMediaType(f"Send a table as {CSV}, or as {XLSX}.")
        return await importing.bring(call, body, media, dry_run=dry_run, partial=partial)

    @get(
        "/accounts",
        guards=[_READS],
        summary="List bank accounts of all suppliers",
        opt=example(answer=AccountPage(items=(examples.ACCOUNT,), next=None)),
    )
    async def list_all_accounts(
        self,
        call: Call,
        in_state: Annotated[
            AccountState | None,
            Parameter(query="state", description="PROPOSED: those that wait for release.", required=False),
        ] = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> AccountPage:
        """Oldest first."""
        found = await account_queries.page(call.db, call.company_id, state=in_state, after=cursor, most=limit + 1)
        items = tuple(found[:limit])
        return AccountPage(items=items, next=items[-1].id if len(found) > limit else None)

    @get("/{supplier_id:uuid}", guards=[_READS], summary="Show a supplier", opt=example(answer=examples.SHOWN))
    async def show(self, call: Call, supplier_id: UUID) -> SupplierShown:
        """With its bank accounts, whatever their state."""
        return await _shown(call, supplier_id)

    @put(
        "/{supplier_id:uuid}",
        guards=[_WRITES],
        summary="Change a supplier",
        opt=example(body=examples.MASTER, answer=examples.SHOWN),
    )
    async def change(
        self, call: Call, supplier_id: UUID, data: Master, version: Version = None, if_match: IfMatch = None
    ) -> SupplierShown:
        """Replaces the entry; its bank accounts stay. Say which version you read, by `If-Match` or `version`."""
        await flow.change(call, supplier_id, data, version=version_of(version, if_match))
        return await _shown(call, supplier_id)

    @post("/{supplier_id:uuid}/archive", status_code=200, guards=[_WRITES], summary="Archive a supplier")
    async def archive(self, call: Call, supplier_id: UUID) -> SupplierShown:
        """No bill is taken for one of this supplier any more. Nothing is deleted."""
        await flow.move(call, supplier_id, State.ARCHIVED)
        return await _shown(call, supplier_id)

    @post("/{supplier_id:uuid}/restore", status_code=200, guards=[_WRITES], summary="Bring a supplier back")
    async def restore(self, call: Call, supplier_id: UUID) -> SupplierShown:
        """From the archive."""
        await flow.move(call, supplier_id, State.ACTIVE)
        return await _shown(call, supplier_id)

    @get("/{supplier_id:uuid}/events", guards=[_READS], summary="Show what happened to a supplier")
    async def timeline(self, call: Call, supplier_id: UUID) -> list[Happened]:
        """To its entry and to its bank accounts, oldest first."""
        await queries.one(call.db, call.company_id, supplier_id)
        held = await account_queries.of_supplier(call.db, call.company_id, supplier_id)
        told = [
            Happened(
                kind=event.kind, subject_id=event.subject_id, at=event.at, actor=event.actor,
                facts=msgspec.json.decode(event.facts, type=dict[str, object]),
            )
            for subject in (supplier_id, *(account.id for account in held))
            for event in await events.timeline(call.db, call.company_id, subject)
        ]  # fmt: skip
        return sorted(told, key=lambda each: each.at)


class Accounts(Controller):
    """Bank accounts of a supplier."""

    path = "/v1/suppliers/{supplier_id:uuid}/accounts"
    tags = ("Suppliers",)

    @post(
        "/",
        guards=[_WRITES],
        summary="Propose a bank account",
        opt=example(body=examples.NEW_ACCOUNT, answer=examples.ACCOUNT),
    )
    async def propose(self, call: Call, supplier_id: UUID, data: NewAccount) -> Account:
        """It is paid to once another person has released it. One that was refused or retired is proposed anew."""
        account_id = await accounts.propose(call, supplier_id, data)
        return await account_queries.one(call.db, call.company_id, supplier_id, account_id)

    @post(
        "/{account_id:uuid}/release",
        status_code=200,
        guards=[_RELEASES],
        summary="Release a bank account",
        opt=example(answer=examples.ACCOUNT),
    )
    async def release(self, call: Call, supplier_id: UUID, account_id: UUID) -> Account:
        """Once you know, by other means than the bill, that it is the supplier's. Needs a fresh code for `approve`.

        409 `second-person-needed`: you, or a key of yours, proposed it or had a hand in a bill that shows it.
        """
        await accounts.release(call, supplier_id, account_id)
        return await account_queries.one(call.db, call.company_id, supplier_id, account_id)

    @post(
        "/{account_id:uuid}/refuse",
        status_code=200,
        guards=[_RELEASES],
        summary="Refuse a bank account",
        opt=example(body=_WHY, answer=examples.ACCOUNT),
    )
    async def refuse(self, call: Call, supplier_id: UUID, account_id: UUID, data: Why) -> Account:
        """Bills that show it are held. Needs a fresh code for `approve`."""
        await accounts.refuse(call, supplier_id, account_id, data.reason)
        return await account_queries.one(call.db, call.company_id, supplier_id, account_id)

    @post(
        "/{account_id:uuid}/retire",
        status_code=200,
        guards=[_RELEASES],
        summary="Retire a bank account",
        opt=example(body=Why("The supplier has changed its bank."), answer=examples.ACCOUNT),
    )
    async def retire(self, call: Call, supplier_id: UUID, account_id: UUID, data: Why) -> Account:
        """A released one is paid to no more; bills that show it are held. Needs a fresh code for `approve`."""
        await accounts.retire(call, supplier_id, account_id, data.reason)
        return await account_queries.one(call.db, call.company_id, supplier_id, account_id)


class Anchors(Controller):
    """What people's corrections taught of a supplier's documents."""

    path = "/v1/suppliers/{supplier_id:uuid}/anchors"
    tags = ("Suppliers",)

    @get("/", guards=[_READS], summary="Show what was learned", opt=example(answer=[examples.LESSON]))
    async def show(self, call: Call, supplier_id: UUID, limit: Limit = 20) -> list[Lesson]:
        """Who taught what from which bill, the latest first; each with all that was known from then on."""
        await queries.one(call.db, call.company_id, supplier_id)
        return await queries.learned(call.db, call.company_id, supplier_id, most=limit)

    @delete("/", guards=[_WRITES], summary="Have what was learned forgotten")
    async def forget(
        self,
        call: Call,
        supplier_id: UUID,
        term: Annotated[Term | None, Parameter(description="Of this value only; absent: all.", required=False)] = None,
    ) -> None:
        """Bills that come are read without it. What was known before stays to be looked at."""
        await flow.forget(call, supplier_id, term)


async def _shown(call: Call, supplier_id: UUID) -> SupplierShown:
    supplier = await queries.one(call.db, call.company_id, supplier_id)
    held = await account_queries.of_supplier(call.db, call.company_id, supplier_id)
    lesson = await queries.latest(call.db, call.company_id, supplier_id)
    return SupplierShown(
        **msgspec.structs.asdict(supplier), accounts=held, anchored=tuple(sorted(lesson.anchors)) if lesson else ()
    )  # fmt: skip


CONTROLLERS = (Suppliers, Accounts, Anchors)
