"""Every kind of event there is: the closed, published table that webhooks are chosen from.

A kind is a family and what happened, `invoice.finalized`. A family as a whole is chosen as `invoice.*`, everything as
`*`. A kind that the gateway emits and that isn't here fails a test.
"""

from __future__ import annotations

from typing import Final

import msgspec

from peppol.statuses import MEANINGS, Corner

TEST: Final = "webhook.test"
"""Sent when somebody asks for it, to whatever endpoint, whichever kinds that has chosen."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of event."""

    headline: str
    """What happened, as the message tells it."""
    state: str | None = None
    """The state that the document entered with it; None where its state stayed."""
    corner: str | None = None
    """Who has spoken, of an outcome that somebody else told: `c3`, `c5`, `buyer`."""


def _of(state: str, headline: str) -> Kind:
    return Kind(headline=headline, state=state)


# fmt: off
KINDS: Final[dict[str, Kind]] = {
    "invoice.draft": _of("DRAFT", "A document was drafted"),
    "invoice.edited": Kind(headline="A draft was changed"),
    "invoice.finalized": _of("FINALIZED", "A document was numbered and sealed"),
    "invoice.approved": _of("APPROVED", "A second person approved the document"),
    "invoice.rejected": _of("REJECTED", "A second person rejected the document"),
    "invoice.queued": _of("QUEUED", "Sending was ordered"),
    "invoice.sending": _of("SENDING", "The document is being handed to the network"),
    "invoice.sent": _of("SENT", "The sender's access point has taken the document"),
    "invoice.failed": _of("FAILED", "Sending failed; the document says why and what to do"),
    "invoice.unresolved": Kind(headline="Nobody knows yet whether the document was taken; it isn't sent twice"),
    "invoice.due_soon": Kind(headline="The document has to be sent within days"),
    "invoice.overdue": Kind(headline="The time to send the document is over"),
    "invoice.erased": Kind(headline="The content of a natural person's document was destroyed"),
    **{
        f"invoice.{outcome}": Kind(headline=meaning.headline, corner=meaning.corner.value)
        for outcome, meaning in MEANINGS.items()
    },
    "document.received": _of("RECEIVED", "A document was received"),
    "document.acknowledged": _of("ACKNOWLEDGED", "Somebody took notice of a received document"),
    "document.repeated": Kind(headline="A document that was received before arrived again"),
    "document.answered": Kind(headline="A received document was answered by an Invoice Response"),
    "response.queued": _of("QUEUED", "Sending of an Invoice Response was ordered"),
    "response.sending": _of("SENDING", "An Invoice Response is being handed to the network"),
    "response.sent": _of("SENT", "Our access point has taken the Invoice Response"),
    "response.failed": _of("FAILED", "Sending an Invoice Response failed; it says why and what to do"),
    "response.unresolved": Kind(headline="Nobody knows yet whether an Invoice Response was taken; it isn't sent twice"),
    **{
        f"response.{outcome}": Kind(headline=meaning.headline, corner=meaning.corner.value)
        for outcome, meaning in MEANINGS.items()
        if meaning.corner is Corner.C3
    },
    "answer.unmatched": Kind(headline="An answer arrived about nothing that was sent"),
    "answer.foreign": Kind(headline="An answer arrived from somebody to whom the document was not sent"),
    "answer.unreadable": Kind(headline="An answer arrived that can't be read as an Invoice Response"),
    "arrival.unreadable": Kind(headline="Something arrived that can't be read as a document"),
    "bill.received": _of("RECEIVED", "A supplier's bill came"),
    "bill.repeated": Kind(headline="A file that came before came again; it is still one bill"),
    "bill.processing": Kind(headline="A bill is being read; it says how far"),
    "bill.needs_review": _of("NEEDS_REVIEW", "A bill was read, and a person has to look at it"),
    "bill.corrected": Kind(headline="A person put values of a bill right"),
    "bill.failed": _of("FAILED", "A bill can't be read; it says why"),
    "bill.read": _of("READ", "What was read of a bill was accepted"),
    "bill.matched": _of("MATCHED", "A bill matches what was ordered and received"),
    "bill.exception": _of("EXCEPTION", "A bill doesn't match; it says in what"),
    "bill.released": Kind(headline="A person lifted a hold on a bill"),
    "bill.assigned": Kind(headline="The task about a bill that doesn't match was given to somebody"),
    "bill.overdue": Kind(headline="Nobody has settled in time why a bill doesn't match"),
    "bill.endorsed": Kind(headline="A person approved a bill that needs more approvals"),
    "bill.approved": _of("APPROVED", "A bill may be paid"),
    "bill.refused": _of("REFUSED", "A bill won't be paid"),
    "bill.paid": _of("PAID", "A bill was paid"),
    "bill.discarded": _of("DISCARDED", "What was read of a bill was thrown away; its original is kept"),
    "provider.well": Kind(headline="The provider answers and takes our credentials"),
    "provider.refuses_us": Kind(headline="The provider refuses our credentials or account; somebody has to act"),
    "provider.unreachable": Kind(headline="The provider doesn't answer"),
    "provider.added": Kind(headline="A provider account was added"),
    "provider.changed": Kind(headline="A provider account was changed"),
    "provider.removed": Kind(headline="A provider account was removed"),
    "provider.routed": Kind(headline="The routes to the providers were changed"),
    "outage.opened": Kind(headline="Sending fails as a whole; the authority may have to be told"),
    "outage.due_soon": Kind(headline="The authority has to be told of an outage soon"),
    "outage.over": Kind(headline="An outage is over"),
    "outage.notified": Kind(headline="The authority was told of an outage"),
    "outage.dismissed": Kind(headline="An outage needn't be told"),
    "supplier.active": _of("ACTIVE", "A supplier was entered, or brought back"),
    "supplier.archived": _of("ARCHIVED", "A supplier was archived"),
    "supplier.changed": Kind(headline="A supplier's entry was changed"),
    "supplier.learned": Kind(headline="A correction taught where a supplier's documents have their values"),
    "supplier.forgotten": Kind(headline="What was learned of a supplier's documents was forgotten"),
    "bank_account.proposed": _of("PROPOSED", "A supplier's bank account is new; a second person has to release it"),
    "bank_account.released": _of("RELEASED", "A supplier's bank account was released"),
    "bank_account.refused": _of("REFUSED", "A supplier's bank account was refused"),
    "bank_account.retired": _of("RETIRED", "A supplier's bank account is paid to no more"),
    "purchase_order.draft": _of("DRAFT", "A purchase order was drafted, or couldn't be mailed and is a draft again"),
    "purchase_order.edited": Kind(headline="A draft of a purchase order was changed"),
    "purchase_order.sending": _of("SENDING", "A purchase order is being mailed to its supplier"),
    "purchase_order.sent": _of("SENT", "A purchase order is with its supplier"),
    "purchase_order.changed": Kind(headline="A purchase order was changed after it was sent"),
    "purchase_order.mailing": Kind(headline="A purchase order is being mailed to its supplier again"),
    "purchase_order.mailed": Kind(headline="A purchase order was mailed to its supplier again"),
    "purchase_order.unmailed": Kind(headline="A purchase order couldn't be mailed again; it says why"),
    "purchase_order.closed": _of("CLOSED", "A purchase order was closed"),
    "purchase_order.cancelled": _of("CANCELLED", "A purchase order was cancelled"),
    "goods_receipt.recorded": Kind(headline="Goods were received, or went back"),
    "goods_receipt.countered": Kind(headline="A goods receipt was taken back"),
    "mailbox.added": Kind(headline="A mailbox that bills come to was added"),
    "mailbox.changed": Kind(headline="A mailbox was changed"),
    "mailbox.removed": Kind(headline="A mailbox was removed"),
    "mailbox.unreachable": Kind(headline="A mailbox can't be looked into for half an hour; it says why"),
    "mailbox.well": Kind(headline="A mailbox can be looked into again"),
    "mail.failed": Kind(headline="A mail came of which no bill could be taken; it says why"),
    "company.active": Kind(headline="The company was approved or reinstated"),
    "company.suspended": Kind(headline="The company was suspended"),
    "company.rejected": Kind(headline="The company's application was rejected"),
    "company.profile_changed": Kind(headline="The company's profile was changed"),
    "policy.changed": Kind(headline="A policy of the company was changed"),
    "member.invited": Kind(headline="A person was invited"),
    "member.joined": Kind(headline="A person joined"),
    "member.role_changed": Kind(headline="A member's role was changed"),
    "member.removed": Kind(headline="A member was removed"),
    "invitation.revoked": Kind(headline="An invitation was revoked"),
    "api_key.created": Kind(headline="An API key was made"),
    "api_key.revoked": Kind(headline="An API key was revoked"),
    "key.rotated": Kind(headline="The company's signing key was replaced"),
    "key.imported": Kind(headline="The company's own signing key was imported"),
    "certificate.expiring": Kind(headline="The certificate of the signing key expires soon"),
    "certificate.expired": Kind(headline="The certificate of the signing key has expired"),
    "verification.done": Kind(headline="A verification of the ledger has ended"),
    "bundle.done": Kind(headline="An audit bundle can be fetched"),
    "bundle.failed": Kind(headline="An audit bundle could not be made"),
    "replay.drift": Kind(headline="A document written again differs from what was sealed"),
    "witness.bad": Kind(headline="A witness could not vouch for the ledger"),
    "witness.alarm": Kind(headline="A witness contradicts the ledger"),
    "tax_period.closed": Kind(headline="A VAT period was closed"),
    "tax_period.admitted": Kind(headline="A document was let into a closed VAT period"),
    "records.hold_laid": Kind(headline="A legal hold was laid"),
    "records.hold_lifted": Kind(headline="A legal hold was lifted"),
    "records.retention_chosen": Kind(headline="The time that records are kept was changed"),
    "webhook.created": Kind(headline="A webhook endpoint was made"),
    "webhook.changed": Kind(headline="A webhook endpoint was changed"),
    "webhook.rotated": Kind(headline="A webhook endpoint got a new secret"),
    "webhook.deleted": Kind(headline="A webhook endpoint was deleted"),
    "webhook.resumed": Kind(headline="A webhook endpoint takes deliveries again"),
    "webhook.paused": Kind(headline="A webhook endpoint was paused; it says why and what to do"),
    TEST: Kind(headline="A test that somebody asked for"),
}
"""The table."""

PLACES: Final[dict[str, str]] = {
    "invoice": "/v1/invoices/{id}",
    "document": "/v1/inbox/{id}",
    "response": "/v1/inbox",
    "answer": "/v1/responses/{id}",
    "arrival": "/v1/inbox/unreadable",
    "bill": "/v1/bills/{id}",
    "provider": "/v1/providers",
    "outage": "/v1/outages/{id}",
    "purchase_order": "/v1/purchase-orders/{id}",
    "goods_receipt": "/v1/goods-receipts/{id}",
    "supplier": "/v1/suppliers/{id}",
    "bank_account": "/v1/suppliers/accounts",
    "mailbox": "/v1/mailboxes/{id}",
    "mail": "/v1/mailboxes/messages/{id}",
    "company": "/v1/companies/current",
    "policy": "/v1/companies/current",
    "member": "/v1/members",
    "invitation": "/v1/members/invitations",
    "api_key": "/v1/api-keys",
    "key": "/v1/companies/current/keys",
    "certificate": "/v1/companies/current/keys",
    "verification": "/v1/ledger/verifications/{id}",
    "bundle": "/v1/ledger/bundles/{id}",
    "replay": "/v1/ledger/replays",
    "witness": "/v1/ledger/witnesses",
    "tax_period": "/v1/ledger/periods",
    "records": "/v1/records/holds",
    "webhook": "/v1/webhooks/{id}",
}
"""Where a family's subject is found, from the installation's own address."""
# fmt: on


def family(kind: str) -> str:
    """The part in front.

    >>> family("invoice.finalized")
    'invoice'
    """
    return kind.partition(".")[0]


CHOICES: Final[frozenset[str]] = frozenset({"*", *KINDS, *(f"{family(kind)}.*" for kind in KINDS)}) - {TEST}
"""What an endpoint may choose."""
