"""Whether a document is about a natural person: then its sealed content must be destroyable one day.

Counted as a person, unless something shows an organisation: in doubt a document is encrypted, which costs nothing and
binds nobody, while one that isn't can never be erased. An organisation is shown by

    a trade licence or cabinet decision as its registration (BTAE-16: TL, CD), or
    a TRN (IBT-048), or a register's code beside the registration number (IBT-047-1),
        unless the registration is an Emirates ID or a passport (EID, PAS): a sole trader is a person too.

The party looked at is the one that isn't us: the buyer, in self-billing the seller. A document without such a party is
about nobody.
"""

from __future__ import annotations

from gateway.outbound.routing import is_self_billed
from ubl import Invoice
from ubl.parties import Party

_PERSONS = frozenset({"EID", "PAS"})
_ORGANISATIONS = frozenset({"TL", "CD"})


def is_about_a_person(invoice: Invoice) -> bool:
    """Whether the counterparty is, or may be, a natural person."""
    party = invoice.seller if is_self_billed(invoice) else invoice.buyer
    return party is not None and not _is_organisation(party)


def _is_organisation(party: Party) -> bool:
    registration = party.legal_id
    kind = (registration.type or "").strip().upper() if registration else ""
    if kind in _PERSONS:
        return False
    return kind in _ORGANISATIONS or bool(party.trn) or bool(registration and registration.scheme)
