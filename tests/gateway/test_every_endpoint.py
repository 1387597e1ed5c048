"""Every endpoint against every kind of caller, and against the ids of another company.

`ENDPOINTS` says once more, endpoint by endpoint, what it asks of its caller; a new endpoint without a line here fails.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler

from gateway.access.permissions import KEY_SCOPES, PERMISSIONS, PLATFORM, Permission, Role, StepUp
from gateway.app import create_app
from gateway.arrivals import unreadable
from gateway.arrivals.line import Line
from gateway.mailboxes import journal
from gateway.outbound import examples, seal_queue
from gateway.purchasing import examples as purchasing
from gateway.settings import Settings
from peppol import sbdh, signature
from tests.gateway.house import PASSWORD, Person, ok
from tests.gateway.inbound.envelopes import enveloped, invoice
from tests.gateway.responses.conftest import message_of, response_to
from ubl.response import Code

P, S = Permission, StepUp

OPEN = "open to everybody"
ANYBODY = "anybody who is known"
PERSON = "a person who has signed in"
PERSON_AND_CODE = "a person with a fresh code for keys"
NETWORK = "whoever signs as the network"

THEIR_ACCOUNT = {
    "adapter": "sandbox",
    "label": "Theirs",
    "base_url": "http://127.0.0.1:9",
    "credentials": {"token": "the-token-of-theirs"},
}
Rule = str | Permission | tuple[Permission, StepUp]

ENDPOINTS: dict[str, Rule] = {
    "GET /health": OPEN,
    "GET /ready": OPEN,
    "GET /metrics": OPEN,
    "GET /docs": OPEN,
    "GET /docs/openapi.json": OPEN,
    "GET /docs/problems": OPEN,
    "GET /docs/{path}": OPEN,
    "GET /static/{name}": OPEN,
    "POST /v1/auth/sign-in": OPEN,
    "POST /v1/auth/refresh": OPEN,
    "POST /v1/auth/invitations/accept": OPEN,
    "POST /v1/auth/sign-out": PERSON,
    "POST /v1/auth/company": PERSON,
    "POST /v1/auth/step-up": PERSON,
    "POST /v1/auth/totp": PERSON,
    "POST /v1/auth/totp/confirm": PERSON,
    "POST /v1/auth/backup-codes": PERSON_AND_CODE,
    "POST /v1/auth/password": PERSON_AND_CODE,
    "GET /v1/me": ANYBODY,
    "GET /v1/me/sessions": PERSON,
    "DELETE /v1/me/sessions/{session_id}": PERSON,
    "GET /v1/members": P.MEMBERS_READ,
    "PUT /v1/members/{user_id}/role": (P.MEMBERS_WRITE, S.ROLES),
    "DELETE /v1/members/{user_id}": (P.MEMBERS_WRITE, S.ROLES),
    "GET /v1/members/invitations": P.MEMBERS_READ,
    "POST /v1/members/invitations": (P.MEMBERS_WRITE, S.ROLES),
    "DELETE /v1/members/invitations/{invitation_id}": (P.MEMBERS_WRITE, S.ROLES),
    "GET /v1/api-keys": P.API_KEYS_READ,
    "POST /v1/api-keys": (P.API_KEYS_WRITE, S.KEYS),
    "DELETE /v1/api-keys/{key_id}": (P.API_KEYS_WRITE, S.KEYS),
    "POST /v1/companies": OPEN,
    "GET /v1/companies": P.PLATFORM_READ,
    "GET /v1/companies/{company_id}": P.PLATFORM_READ,
    "POST /v1/companies/{company_id}/approve": (P.PLATFORM_COMPANIES, S.APPROVE),
    "POST /v1/companies/{company_id}/invitation": (P.PLATFORM_COMPANIES, S.APPROVE),
    "POST /v1/companies/{company_id}/reject": (P.PLATFORM_COMPANIES, S.APPROVE),
    "POST /v1/companies/{company_id}/suspend": (P.PLATFORM_COMPANIES, S.APPROVE),
    "POST /v1/companies/{company_id}/reinstate": (P.PLATFORM_COMPANIES, S.APPROVE),
    "GET /v1/companies/current": P.COMPANY_READ,
    "PUT /v1/companies/current/profile": P.COMPANY_WRITE,
    "PUT /v1/companies/current/policies": (P.COMPANY_WRITE, S.ROLES),
    "GET /v1/companies/current/keys": P.KEYS_READ,
    "POST /v1/companies/current/keys": (P.KEYS_WRITE, S.KEYS),
    "POST /v1/companies/current/certificate": (P.KEYS_WRITE, S.KEYS),
    "GET /v1/companies/current/platform-events": P.LEDGER_READ,
    "GET /v1/platform/events": P.PLATFORM_READ,
    "GET /v1/outages": P.OUTAGES_READ,
    "POST /v1/outages": P.OUTAGES_WRITE,
    "GET /v1/outages/{outage_id}": P.OUTAGES_READ,
    "POST /v1/outages/{outage_id}/over": P.OUTAGES_WRITE,
    "POST /v1/outages/{outage_id}/notified": P.OUTAGES_WRITE,
    "POST /v1/outages/{outage_id}/dismiss": P.OUTAGES_WRITE,
    "GET /v1/purchase-orders": P.PURCHASING_READ,
    "POST /v1/purchase-orders": P.PURCHASING_WRITE,
    "POST /v1/purchase-orders/import": P.PURCHASING_WRITE,
    "GET /v1/purchase-orders/{order_id}": P.PURCHASING_READ,
    "PUT /v1/purchase-orders/{order_id}": P.PURCHASING_WRITE,
    "GET /v1/purchase-orders/{order_id}/editions": P.PURCHASING_READ,
    "GET /v1/purchase-orders/{order_id}/xml": P.PURCHASING_READ,
    "POST /v1/purchase-orders/{order_id}/send": P.PURCHASING_WRITE,
    "POST /v1/purchase-orders/{order_id}/close": P.PURCHASING_WRITE,
    "POST /v1/purchase-orders/{order_id}/reopen": P.PURCHASING_WRITE,
    "POST /v1/purchase-orders/{order_id}/cancel": P.PURCHASING_WRITE,
    "GET /v1/goods-receipts": P.PURCHASING_READ,
    "POST /v1/goods-receipts": P.PURCHASING_WRITE,
    "POST /v1/goods-receipts/import": P.PURCHASING_WRITE,
    "GET /v1/goods-receipts/{receipt_id}": P.PURCHASING_READ,
    "POST /v1/goods-receipts/{receipt_id}/cancel": P.PURCHASING_WRITE,
    "GET /v1/mailboxes": P.MAILBOXES_READ,
    "POST /v1/mailboxes": (P.MAILBOXES_WRITE, S.KEYS),
    "GET /v1/mailboxes/messages": P.MAILBOXES_READ,
    "GET /v1/mailboxes/messages/{message}": P.MAILBOXES_READ,
    "GET /v1/mailboxes/{mailbox_id}": P.MAILBOXES_READ,
    "PATCH /v1/mailboxes/{mailbox_id}": (P.MAILBOXES_WRITE, S.KEYS),
    "DELETE /v1/mailboxes/{mailbox_id}": (P.MAILBOXES_WRITE, S.KEYS),
    "POST /v1/mailboxes/{mailbox_id}/check": P.MAILBOXES_WRITE,
    "POST /v1/mailboxes/{mailbox_id}/fetch": P.MAILBOXES_WRITE,
    "GET /v1/providers": P.PROVIDERS_READ,
    "POST /v1/providers": (P.PROVIDERS_WRITE, S.KEYS),
    "GET /v1/providers/{account_id}": P.PROVIDERS_READ,
    "PATCH /v1/providers/{account_id}": (P.PROVIDERS_WRITE, S.KEYS),
    "DELETE /v1/providers/{account_id}": (P.PROVIDERS_WRITE, S.KEYS),
    "POST /v1/providers/{account_id}/check": P.PROVIDERS_CHECK,
    "GET /v1/providers/routes": P.PROVIDERS_READ,
    "PUT /v1/providers/routes": (P.PROVIDERS_WRITE, S.KEYS),
    "POST /v1/validate": P.DOCUMENTS_VALIDATE,
    "GET /v1/invoices": P.DOCUMENTS_READ,
    "POST /v1/invoices": P.DOCUMENTS_DRAFT,
    "GET /v1/invoices/{document_id}": P.DOCUMENTS_READ,
    "PATCH /v1/invoices/{document_id}": P.DOCUMENTS_DRAFT,
    "DELETE /v1/invoices/{document_id}": P.DOCUMENTS_DRAFT,
    "GET /v1/invoices/{document_id}/xml": P.DOCUMENTS_READ,
    "GET /v1/invoices/{document_id}/events": P.DOCUMENTS_READ,
    "GET /v1/invoices/{document_id}/evidence": P.DOCUMENTS_READ,
    "POST /v1/invoices/{document_id}/finalize": P.DOCUMENTS_FINALIZE,
    "POST /v1/invoices/{document_id}/correct": P.DOCUMENTS_FINALIZE,
    "POST /v1/invoices/{document_id}/approve": (P.DOCUMENTS_APPROVE, S.APPROVE),
    "POST /v1/invoices/{document_id}/reject": (P.DOCUMENTS_APPROVE, S.APPROVE),
    "POST /v1/invoices/{document_id}/send": (P.DOCUMENTS_SEND, S.SEND),
    "POST /v1/invoices/send": (P.DOCUMENTS_SEND, S.SEND),
    "POST /v1/invoices/{document_id}/settle": (P.DOCUMENTS_APPROVE, S.SEND),
    "GET /v1/invoices/{document_id}/attempts": P.DOCUMENTS_READ,
    "GET /v1/sealings/{sealing_id}": P.DOCUMENTS_FINALIZE,
    "GET /v1/series": P.SERIES_READ,
    "POST /v1/series": P.SERIES_WRITE,
    "GET /v1/series/{name}": P.SERIES_READ,
    "GET /v1/inbox": P.INBOX_READ,
    "GET /v1/inbox/{document_id}": P.INBOX_READ,
    "GET /v1/inbox/{document_id}/xml": P.INBOX_READ,
    "GET /v1/inbox/{document_id}/evidence": P.INBOX_READ,
    "POST /v1/inbox/{document_id}/acknowledge": P.INBOX_ACKNOWLEDGE,
    "POST /v1/inbox/{document_id}/responses": P.INBOX_RESPOND,
    "GET /v1/inbox/{document_id}/responses": P.INBOX_READ,
    "GET /v1/inbox/{document_id}/responses/{response_id}/xml": P.INBOX_READ,
    "POST /v1/inbox/{document_id}/responses/{response_id}/send": P.INBOX_RESPOND,
    "GET /v1/invoices/{document_id}/responses": P.DOCUMENTS_READ,
    "GET /v1/responses": P.DOCUMENTS_READ,
    "GET /v1/responses/{response_id}": P.DOCUMENTS_READ,
    "GET /v1/responses/{response_id}/xml": P.DOCUMENTS_READ,
    "POST /v1/bills/uploads": P.BILLS_UPLOAD,
    "GET /v1/bills": P.BILLS_READ,
    "GET /v1/bills/events": P.BILLS_READ,
    "GET /v1/bills/review": P.BILLS_READ,
    "POST /v1/bills/review/next": P.BILLS_REVIEW,
    "POST /v1/bills/rereads": P.BILLS_REVIEW,
    "GET /v1/bills/rereads/{rereading_id}": P.BILLS_READ,
    "GET /v1/bills/{bill_id}": P.BILLS_READ,
    "PATCH /v1/bills/{bill_id}": P.BILLS_REVIEW,
    "POST /v1/bills/{bill_id}/lease": P.BILLS_REVIEW,
    "DELETE /v1/bills/{bill_id}/lease": P.BILLS_REVIEW,
    "POST /v1/bills/{bill_id}/accept": P.BILLS_REVIEW,
    "POST /v1/bills/{bill_id}/discard": P.BILLS_REVIEW,
    "POST /v1/bills/{bill_id}/retry": P.BILLS_REVIEW,
    "POST /v1/bills/{bill_id}/holds/{hold}/release": P.BILLS_REVIEW,
    "POST /v1/bills/{bill_id}/approve": (P.BILLS_APPROVE, S.APPROVE),
    "POST /v1/bills/{bill_id}/refuse": P.BILLS_APPROVE,
    "POST /v1/bills/{bill_id}/paid": P.BILLS_PAY,
    "GET /v1/bills/tasks": P.BILLS_READ,
    "PATCH /v1/bills/{bill_id}/task": P.BILLS_REVIEW,
    "GET /v1/bills/policy": P.BILLS_READ,
    "PUT /v1/bills/policy": (P.BILLS_POLICY, S.ROLES),
    "GET /v1/bills/{bill_id}/original": P.BILLS_READ,
    "GET /v1/bills/{bill_id}/pages/{page}": P.BILLS_READ,
    "GET /v1/bills/{bill_id}/crops/{term}": P.BILLS_READ,
    "GET /v1/participants/{participant}": P.DOCUMENTS_VALIDATE,
    "POST /v1/network/deliveries": NETWORK,
    "POST /v1/network/statuses": NETWORK,
    "POST /v1/network/accounts/{account_id}/deliveries": NETWORK,
    "POST /v1/network/accounts/{account_id}/statuses": NETWORK,
    "GET /v1/inbox/unreadable": P.INBOX_READ,
    "GET /v1/inbox/unreadable/{arrival_id}/content": P.INBOX_READ,
    "GET /v1/platform/unreadable": P.PLATFORM_READ,
    "GET /v1/platform/unreadable/{arrival_id}/content": P.PLATFORM_READ,
    "GET /v1/ledger/head": P.LEDGER_READ,
    "GET /v1/ledger/keys": P.LEDGER_READ,
    "GET /v1/ledger/keys.pem": P.LEDGER_READ,
    "GET /v1/ledger/entries": P.LEDGER_READ,
    "GET /v1/ledger/entries/{seq}": P.LEDGER_READ,
    "GET /v1/ledger/entries/{seq}/canonical": P.LEDGER_READ,
    "GET /v1/ledger/entries/{seq}/attached": P.LEDGER_READ,
    "GET /v1/ledger/timeline": P.LEDGER_READ,
    "GET /v1/ledger/checkpoints": P.LEDGER_READ,
    "GET /v1/ledger/checkpoints/{size}": P.LEDGER_READ,
    "GET /v1/ledger/checkpoints/{size}/note": P.LEDGER_READ,
    "GET /v1/ledger/entries/{seq}/proof": P.LEDGER_READ,
    "GET /v1/ledger/consistency": P.LEDGER_READ,
    "POST /v1/ledger/verifications": P.LEDGER_VERIFY,
    "GET /v1/ledger/verifiers/{name}": OPEN,
    "POST /v1/ledger/bundles": P.LEDGER_EXPORT,
    "GET /v1/ledger/bundles": P.LEDGER_EXPORT,
    "GET /v1/ledger/bundles/{bundle_id}": P.LEDGER_EXPORT,
    "GET /v1/ledger/bundles/{bundle_id}/file": P.LEDGER_EXPORT,
    "POST /v1/ledger/entries/{seq}/replay": P.LEDGER_VERIFY,
    "GET /v1/ledger/replays": P.LEDGER_READ,
    "GET /v1/ledger/witnesses": P.LEDGER_READ,
    "GET /v1/ledger/witnesses/answers": P.LEDGER_READ,
    "GET /v1/ledger/timestamps": P.LEDGER_READ,
    "GET /v1/records/retention": P.RECORDS_READ,
    "PUT /v1/records/retention": (P.RECORDS_HOLD, S.RECORDS),
    "GET /v1/records/holds": P.RECORDS_READ,
    "POST /v1/records/holds": (P.RECORDS_HOLD, S.RECORDS),
    "POST /v1/records/holds/{hold_id}/lift": (P.RECORDS_HOLD, S.RECORDS),
    "GET /v1/records/erasable": P.RECORDS_READ,
    "GET /v1/records/documents/{document_id}": P.RECORDS_READ,
    "POST /v1/records/documents/{document_id}/erase": (P.RECORDS_ERASE, S.RECORDS),
    "GET /v1/ledger/periods": P.LEDGER_READ,
    "PUT /v1/ledger/periods/calendar": (P.LEDGER_CLOSE, S.RECORDS),
    "POST /v1/ledger/periods/close": (P.LEDGER_CLOSE, S.RECORDS),
    "POST /v1/ledger/periods/override": (P.LEDGER_CLOSE, S.RECORDS),
    "GET /v1/ledger/verifications/{verification_id}": P.LEDGER_READ,
    "GET /v1/suppliers": P.SUPPLIERS_READ,
    "POST /v1/suppliers": P.SUPPLIERS_WRITE,
    "POST /v1/suppliers/import": P.SUPPLIERS_WRITE,
    "GET /v1/suppliers/accounts": P.SUPPLIERS_READ,
    "GET /v1/suppliers/{supplier_id}": P.SUPPLIERS_READ,
    "PUT /v1/suppliers/{supplier_id}": P.SUPPLIERS_WRITE,
    "POST /v1/suppliers/{supplier_id}/archive": P.SUPPLIERS_WRITE,
    "POST /v1/suppliers/{supplier_id}/restore": P.SUPPLIERS_WRITE,
    "GET /v1/suppliers/{supplier_id}/events": P.SUPPLIERS_READ,
    "POST /v1/suppliers/{supplier_id}/accounts": P.SUPPLIERS_WRITE,
    "POST /v1/suppliers/{supplier_id}/accounts/{account_id}/release": (P.SUPPLIERS_RELEASE, S.APPROVE),
    "POST /v1/suppliers/{supplier_id}/accounts/{account_id}/refuse": (P.SUPPLIERS_RELEASE, S.APPROVE),
    "POST /v1/suppliers/{supplier_id}/accounts/{account_id}/retire": (P.SUPPLIERS_RELEASE, S.APPROVE),
    "GET /v1/suppliers/{supplier_id}/anchors": P.SUPPLIERS_READ,
    "DELETE /v1/suppliers/{supplier_id}/anchors": P.SUPPLIERS_WRITE,
    "GET /v1/webhooks/kinds": P.WEBHOOKS_READ,
    "GET /v1/webhooks": P.WEBHOOKS_READ,
    "POST /v1/webhooks": (P.WEBHOOKS_WRITE, S.KEYS),
    "GET /v1/webhooks/{endpoint_id}": P.WEBHOOKS_READ,
    "PATCH /v1/webhooks/{endpoint_id}": (P.WEBHOOKS_WRITE, S.KEYS),
    "DELETE /v1/webhooks/{endpoint_id}": (P.WEBHOOKS_WRITE, S.KEYS),
    "POST /v1/webhooks/{endpoint_id}/rotate": (P.WEBHOOKS_WRITE, S.KEYS),
    "POST /v1/webhooks/{endpoint_id}/test": P.WEBHOOKS_WRITE,
    "GET /v1/webhooks/{endpoint_id}/deliveries": P.WEBHOOKS_READ,
    "GET /v1/webhooks/{endpoint_id}/deliveries/{delivery_id}": P.WEBHOOKS_READ,
    "POST /v1/webhooks/{endpoint_id}/deliveries/{delivery_id}/redeliver": P.WEBHOOKS_WRITE,
    # Pages. A form may bring its code along.
    "GET /": ANYBODY,
    "GET /sign-in": OPEN,
    "POST /sign-in": OPEN,
    "POST /sign-out": PERSON,
    "GET /language/{language}": OPEN,
    "GET /second-factor": PERSON,
    "POST /second-factor": PERSON,
    "POST /second-factor/confirm": PERSON,
    "GET /companies": PERSON,
    "POST /companies": PERSON,
    "GET /documents": P.DOCUMENTS_READ,
    "GET /documents/{document_id}": P.DOCUMENTS_READ,
    "POST /documents/{document_id}/finalize": P.DOCUMENTS_FINALIZE,
    "POST /documents/{document_id}/approve": (P.DOCUMENTS_APPROVE, S.APPROVE),
    "POST /documents/{document_id}/reject": (P.DOCUMENTS_APPROVE, S.APPROVE),
    "POST /documents/{document_id}/send": (P.DOCUMENTS_SEND, S.SEND),
    "POST /documents/{document_id}/settle": (P.DOCUMENTS_APPROVE, S.SEND),
    "GET /inbox": P.INBOX_READ,
    "GET /inbox/{document_id}": P.INBOX_READ,
    "POST /inbox/{document_id}/acknowledge": P.INBOX_ACKNOWLEDGE,
    "POST /inbox/{document_id}/responses": P.INBOX_RESPOND,
    "POST /inbox/{document_id}/decision": (P.INBOX_RESPOND, S.APPROVE),
    "POST /inbox/{document_id}/responses/{response_id}/send": P.INBOX_RESPOND,
    "GET /responses": P.DOCUMENTS_READ,
    "GET /inbox/unreadable": P.INBOX_READ,
    "GET /bills": P.BILLS_READ,
    "POST /bills": P.BILLS_UPLOAD,
    "POST /bills/next": P.BILLS_REVIEW,
    "GET /bills/{bill_id}": P.BILLS_READ,
    "GET /bills/{bill_id}/review": P.BILLS_READ,
    "POST /bills/{bill_id}/review": P.BILLS_REVIEW,
    "POST /bills/{bill_id}/lease": P.BILLS_REVIEW,
    "POST /bills/{bill_id}/lease/end": P.BILLS_REVIEW,
    "POST /bills/{bill_id}/discard": P.BILLS_REVIEW,
    "POST /bills/{bill_id}/retry": P.BILLS_REVIEW,
    "POST /bills/{bill_id}/holds/{hold}/release": P.BILLS_REVIEW,
    "POST /bills/{bill_id}/task": P.BILLS_REVIEW,
    "POST /bills/{bill_id}/approve": (P.BILLS_APPROVE, S.APPROVE),
    "POST /bills/{bill_id}/refuse": (P.BILLS_APPROVE, S.APPROVE),
    "POST /bills/{bill_id}/paid": P.BILLS_PAY,
    "GET /suppliers": P.SUPPLIERS_READ,
    "POST /suppliers/{supplier_id}/accounts/{account_id}/release": (P.SUPPLIERS_RELEASE, S.APPROVE),
    "POST /suppliers/{supplier_id}/accounts/{account_id}/refuse": (P.SUPPLIERS_RELEASE, S.APPROVE),
    "GET /participants": P.DOCUMENTS_VALIDATE,
    "GET /ledger": P.LEDGER_READ,
    "POST /ledger/verifications": P.LEDGER_VERIFY,
    "GET /webhooks": P.WEBHOOKS_READ,
    "POST /webhooks/{endpoint_id}/pause": (P.WEBHOOKS_WRITE, S.KEYS),
    "POST /webhooks/{endpoint_id}/resume": (P.WEBHOOKS_WRITE, S.KEYS),
    "GET /outages": P.OUTAGES_READ,
    "POST /outages": P.OUTAGES_WRITE,
    "GET /outages/{outage_id}": P.OUTAGES_READ,
    "POST /outages/{outage_id}/over": P.OUTAGES_WRITE,
    "POST /outages/{outage_id}/notified": P.OUTAGES_WRITE,
    "POST /outages/{outage_id}/dismiss": P.OUTAGES_WRITE,
    "GET /providers": P.PROVIDERS_READ,
    "POST /providers/{account_id}/check": P.PROVIDERS_CHECK,
}


def served() -> dict[str, HTTPRouteHandler]:
    """Every endpoint of the app, by method and address."""
    found: dict[str, HTTPRouteHandler] = {}
    for route in create_app(Settings()).routes:
        for handler in route.route_handlers:
            if isinstance(handler, HTTPRouteHandler):
                for method in handler.http_methods - {"OPTIONS", "HEAD"}:
                    found[f"{method} {re.sub(r':[a-z]+}', '}', route.path)}"] = handler
    return found


SERVED = served()
PAGES = frozenset(endpoint for endpoint, handler in SERVED.items() if handler.opt.get("page"))
FORM = {"code": "", "reason": "As the case may be.", "version": "1", "note": "Asked.", "answer": "AB", "effective": ""}
FORM |= {"line": "The ERP", "since": "2026-11-19T10:00", "detail": "Cut.", "at": "2026-11-19T10:00", "reference": "1"}
FORM |= {"arrived": "true", "confirm": "yes", "due_on": "2026-11-19", "paid_on": "2026-11-19"}
"""Every field that a form of ours has, where only the address matters."""


def test_every_endpoint_has_its_line():
    assert SERVED.keys() == ENDPOINTS.keys()


def path_of(endpoint: str, *, ids: dict[str, str] | None = None) -> str:
    """The address with ids in it: those given, otherwise ones that nobody has."""
    known = {
        "page": "1.png",
        "name": "NOWHERE",
        "path": "nowhere",
        "hold": "near_duplicate",
        "seq": "999999999",
        "size": "999999999",
    }
    known |= ids or {}
    return re.sub(r"{(\w+)}", lambda found: known.get(found[1]) or str(uuid4()), endpoint.partition(" ")[2])


def request_of(endpoint: str) -> dict[str, Any]:
    """A body that can be taken, from the endpoint's own example, and whatever headers it wants."""
    if endpoint in PAGES:
        return {"headers": {}, "data": FORM} if endpoint.startswith("POST") else {"headers": {}}
    example = SERVED[endpoint].opt.get("example", {})
    headers = {"If-Match": '"1"'}
    bodies = example.get("bodies") or {}
    body = example.get("body") or next(iter(bodies.values()), None)
    if body is None:
        return {"headers": headers}
    media_type = next(iter(bodies), "application/json")
    content = body if isinstance(body, str | bytes) else msgspec.json.encode(body)
    return {"content": content, "headers": {**headers, "Content-Type": media_type}}


# -------------------------------------------------------------------------------------------------------- every role


class Caller(msgspec.Struct, frozen=True):
    """Somebody who calls, and what the table says of them."""

    name: str
    token: Callable[[], Awaitable[str]]
    known: bool = True
    person: bool = True
    second_factor: bool = True
    company: bool = True
    may: frozenset[Permission] = frozenset()


@pytest.fixture(scope="module")
async def company(house):
    return await house.company()


@pytest.fixture(scope="module")
async def callers(house, company) -> list[Caller]:
    """One of each kind. A session of its own for each request, as signing out is among them."""

    def again(person: Person, company_id: str | None) -> Callable[[], Awaitable[str]]:
        async def token() -> str:
            return ok(await person.post("/v1/auth/company", {"company_id": company_id}))["token"]

        return token

    def always(text: str) -> Callable[[], Awaitable[str]]:
        async def token() -> str:
            return text

        return token

    here = str(company.id)
    await house.app.state.live.close()  # streams end as soon as they have begun
    platform = await house.super_admin()
    people = {role: await company.person(role) for role in (Role.COMPANY_ADMIN, Role.FINANCE_USER, Role.AUDITOR)}
    admin = await company.admin()
    email = f"{uuid4()}@company.ae"
    invited = ok(await admin.post("/v1/members/invitations", {"email": email, "role": "COMPANY_ADMIN"}), 201)
    accept = {"token": invited["token"], "name": "New", "password": PASSWORD}
    ok(await house.client.post("/v1/auth/invitations/accept", json=accept), 201)
    new = Person(house, email)
    ok(await new.sign_in())
    everything, little = await company.key(*sorted(KEY_SCOPES)), await company.key("series:read")
    await house.super_admin()
    return [
        Caller("nobody", always(""), known=False),
        Caller("a forger", always("ilt_" + "x" * 43), known=False),
        Caller("a person without second factor", again(new, here), second_factor=False),
        *(Caller(role, again(person, here), may=PERMISSIONS[role]) for role, person in people.items()),
        Caller("SUPER_ADMIN in the company", again(platform, here), may=PERMISSIONS[Role.SUPER_ADMIN]),
        Caller("SUPER_ADMIN outside", again(platform, None), company=False, may=PERMISSIONS[Role.SUPER_ADMIN]),
        Caller("a key with every scope", always(everything.token), person=False, may=KEY_SCOPES),
        Caller("a key with one scope", always(little.token), person=False, may=frozenset({P.SERIES_READ})),
    ]


def expected(rule: Rule, caller: Caller) -> tuple[int, str | None] | None:
    """Status and code of the refusal; None: let in. Nobody of the callers has a fresh code."""
    if rule == OPEN:
        return None
    if rule == NETWORK:
        return 401, None
    if not caller.known:
        return 401, "unauthenticated"
    if rule == ANYBODY:
        return None
    if rule in (PERSON, PERSON_AND_CODE):
        if not caller.person:
            return 403, "forbidden"
        if rule == PERSON:
            return None
        return 403, "step-up-required" if caller.second_factor else "enrolment-required"
    permission, step_up = rule if isinstance(rule, tuple) else (Permission(rule), None)
    if not caller.second_factor:
        return 403, "enrolment-required"
    if permission not in caller.may or (not caller.company and permission not in PLATFORM):
        return 403, "forbidden"
    if step_up is not None and caller.person:
        return 403, "step-up-required"
    return None


@pytest.mark.parametrize("endpoint", sorted(ENDPOINTS))
async def test_every_kind_of_caller(house, callers, endpoint):
    rule = ENDPOINTS[endpoint]
    method = endpoint.partition(" ")[0]
    for caller in callers:
        token = await caller.token()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await house.client.request(method, path_of(endpoint), headers=headers)
        refusal = expected(rule, caller)
        said = f"{endpoint} by {caller.name}: {answer.status_code} {answer.headers} {answer.text[:300]}"
        assert answer.status_code < 500 or endpoint == "GET /ready", said
        if refusal is None:
            assert not turned_away(answer), said
        elif endpoint in PAGES:
            shut_out = {401: "/sign-in?to=", "enrolment-required": "/second-factor"}
            status, code = refusal
            leads_to = shut_out.get(status) or shut_out.get(code or "")
            if leads_to:
                assert answer.status_code == 303, said
                assert answer.headers["location"].startswith(leads_to), said
            else:
                assert answer.status_code == status, said
                assert answer.headers["content-type"].startswith("text/html"), said
        else:
            status, code = refusal
            assert answer.status_code == status, said
            assert answer.headers["content-type"].startswith("application/problem+json"), said
            assert code is None or answer.json()["code"] == code, said


def turned_away(answer: httpx.Response) -> bool:
    """Whether a guard refused. Endpoints that look at codes themselves may refuse the code, not the caller."""
    if answer.status_code == 303:
        return answer.headers["location"].startswith("/sign-in?to=")
    if answer.status_code not in {401, 403}:
        return False
    if answer.headers["content-type"].startswith("text/html"):
        return answer.request.url.path not in {"/sign-in", "/second-factor"}
    return answer.json()["code"] not in {"bad-credentials", "code-refused", "step-up-required"}


# ---------------------------------------------------------------------------------------------------- another company


@pytest.fixture(scope="module")
async def theirs(house) -> dict[str, dict[str, str]]:
    """Real ids of one company, by the address they belong into."""
    company = await house.company()
    member, machine = await company.person("AUDITOR"), await company.key("documents:read")
    admin = await company.admin()
    wanted = {"email": f"{uuid4()}@company.ae", "role": "AUDITOR"}
    invited = ok(await admin.post("/v1/members/invitations", wanted), 201)
    ok(await admin.post("/v1/series", {"name": "THEIRS", "numbering": "given"}), 201)
    body = msgspec.json.encode(examples.INVOICE)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {admin.token}"}
    drafted = ok(await house.client.post("/v1/invoices", content=body, headers=headers), 201)
    envelope = enveloped(invoice("THEIRS-1", buyer_tin=company.trn[:10]))
    secret = house.wiring.settings.provider_secrets[0].reveal().encode()
    signed = signature.sign(secret, str(uuid4()), envelope, house.now) | {"Content-Type": "application/xml"}
    received = ok(await house.client.post("/v1/network/deliveries", content=envelope, headers=signed), 201)
    answer = ok(await admin.post(f"/v1/inbox/{received['id']}/responses", {"code": "AB"}), 201)
    told = response_to(sbdh.read(envelope).message.document, Code.ACCEPTED)
    come = sbdh.write(message_of(told, receiver=f"0235:{company.trn[:10]}"))
    signed = signature.sign(secret, str(uuid4()), come, house.now) | {"Content-Type": "application/xml"}
    heard = ok(await house.client.post("/v1/network/deliveries", content=come, headers=signed), 201)
    line = Line(account_id=None, company_id=company.id, provider=house.wiring.provider)
    aside = await unreadable.keep(house.wiring, line, b"?", reference="r", reason="It is nothing.", now=house.now)
    verification = ok(await admin.post("/v1/ledger/verifications", {}), 202)
    bundle = ok(await admin.post("/v1/ledger/bundles", {}), 202)
    failed = {"line": "The ERP", "since": house.now.isoformat(), "detail": "Cut."}
    outage = ok(await admin.post("/v1/outages", failed), 201)
    file = [("files", ("bill.pdf", b"%PDF-1.7 theirs", "application/pdf"))]
    bearer = {"Authorization": f"Bearer {admin.token}"}
    (bill,) = ok(await house.client.post("/v1/bills/uploads", files=file, headers=bearer))["files"]
    reread = ok(await admin.post("/v1/bills/rereads", {"bill_ids": [bill["bill_id"]]}), 202)
    hook = ok(await admin.post("/v1/webhooks", {"url": "http://127.0.0.1:9/hooks"}), 201)["endpoint"]
    tested = ok(await admin.post(f"/v1/webhooks/{hook['id']}/test"), 202)
    account = ok(await admin.post("/v1/providers", THEIR_ACCOUNT), 201)
    box = {"label": "Bills", "host": "127.0.0.1", "port": 9, "security": "none", "username": "b", "password": "secret"}
    mailbox = ok(await admin.post("/v1/mailboxes", box), 201)
    seen = {"message_id": "<1@b.ae>", "sha256": "0" * 64, "uidvalidity": 1, "uid": 1, "size": 1, "sender": "a@b.ae"}
    seen |= {"subject": "Theirs", "references": ""}
    async with house.database.company(company.id) as db:
        mailed = await journal.begin(
            db, company.id, journal.Seen(mailbox_id=UUID(mailbox["id"]), **seen), now=house.now
        )
    supplier = ok(await admin.post("/v1/suppliers", {"name": "Falcon"}), 201)
    iban = {"iban": "AE070331234567890123456"}
    paid = ok(await admin.post(f"/v1/suppliers/{supplier['id']}/accounts", iban), 201)
    wanted = msgspec.to_builtins(purchasing.CONTENT) | {"supplier_id": supplier["id"]}
    order = ok(await admin.post("/v1/purchase-orders", wanted), 201)
    ok(await admin.post(f"/v1/purchase-orders/{order['id']}/send", {"by": "hand"}), 202)
    came = ok(await admin.post("/v1/goods-receipts", msgspec.to_builtins(purchasing.NEW_RECEIPT)), 201)
    await admin.step_up("records")
    hold = ok(await admin.post("/v1/records/holds", {"reason": "An audit."}), 201)
    session = ok(await member.get("/v1/me/sessions"))[0]
    async with house.database.company(company.id) as db:
        sealing = seal_queue.Waiting(
            document_id=UUID(drafted["id"]), version=None, actor="user:x", key=None, request_id="test"
        )
        await seal_queue.put(db, company.id, [sealing], now=house.now)
    return {
        "/v1/members/": {"user_id": str(member.id), "invitation_id": invited["invitation"]["id"]},
        "/v1/me/": {"session_id": session["id"]},
        "/v1/api-keys/": {"key_id": str(machine.id)},
        "/v1/invoices/": {"document_id": drafted["id"]},
        "/v1/sealings/": {"sealing_id": str(sealing.id)},
        "/documents/": {"document_id": drafted["id"]},
        "/v1/inbox/unreadable/": {"arrival_id": str(aside.id)},
        "/v1/inbox/": {"document_id": received["id"], "response_id": answer["id"]},
        "/inbox/": {"document_id": received["id"], "response_id": answer["id"]},
        "/v1/responses/": {"response_id": heard["id"]},
        "/v1/bills/": {"bill_id": bill["bill_id"], "rereading_id": reread["id"]},
        "/v1/series/": {"name": "THEIRS"},
        "/v1/records/": {"document_id": drafted["id"], "hold_id": hold["id"]},
        "/v1/ledger/bundles/": {"bundle_id": bundle["id"]},
        "/v1/webhooks/": {"endpoint_id": hook["id"], "delivery_id": tested["id"]},
        "/webhooks/": {"endpoint_id": hook["id"]},
        "/v1/ledger/": {"verification_id": verification["id"]},
        "/v1/outages/": {"outage_id": outage["id"]},
        "/outages/": {"outage_id": outage["id"]},
        "/v1/purchase-orders/": {"order_id": order["id"]},
        "/v1/goods-receipts/": {"receipt_id": came["id"]},
        "/bills/": {"bill_id": bill["bill_id"]},
        "/suppliers/": {"supplier_id": supplier["id"], "account_id": paid["id"]},
        "/v1/suppliers/": {"supplier_id": supplier["id"], "account_id": paid["id"]},
        "/v1/mailboxes/": {"mailbox_id": mailbox["id"], "message": str(mailed.id)},
        "/v1/providers/": {"account_id": account["id"]},
        "/providers/": {"account_id": account["id"]},
    }


WITH_IDS = sorted(
    endpoint
    for endpoint, rule in ENDPOINTS.items()
    if "{" in endpoint
    and rule not in (OPEN, NETWORK)
    and "/v1/companies/" not in endpoint
    and "/v1/platform/" not in endpoint
    and not re.search("{(seq|size|participant)}", endpoint)
)
"""The registry of companies isn't any company's, nor is what came for none, and the callers above saw both closed; a
place in the ledger counts from 0 in every company, so there is no foreign one; participants of the network are the same
for everybody."""


@pytest.fixture(scope="module")
async def stranger(company, theirs) -> Person:
    """Who may do everything in another company. The clock stands still from here on, so the codes stay good."""
    admin = await company.admin()
    await admin.step_up("approve", "send", "records")
    return admin


@pytest.mark.parametrize("endpoint", WITH_IDS)
async def test_another_companys_ids_look_like_no_ids(house, theirs, stranger, endpoint):
    ids = next(ids for place, ids in theirs.items() if endpoint.partition(" ")[2].startswith(place))
    assert re.findall(r"{(\w+)}", endpoint)[0] in ids

    async def asked(path: str) -> httpx.Response:
        given = request_of(endpoint)
        given["headers"]["Authorization"] = f"Bearer {stranger.token}"
        return await house.client.request(endpoint.partition(" ")[0], path, **given)

    foreign_path, unknown_path = path_of(endpoint, ids=ids), path_of(endpoint)
    foreign, unknown = await asked(foreign_path), await asked(unknown_path)
    assert foreign.status_code == unknown.status_code == 404, f"{foreign.text} / {unknown.text}"
    assert anonymous(foreign, foreign_path) == anonymous(unknown, unknown_path), "no hint that it exists"


def anonymous(answer: httpx.Response, path: str) -> str:
    """The answer without what names the request: its id, and the ids in the address."""
    text = answer.text.replace(answer.headers["x-request-id"], "")
    for part in path.split("/")[2:]:
        text = text.replace(part, "")
    return text
