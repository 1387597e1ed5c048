"""From plain facts to codes: what kind of supply it is decides flags, endpoints, categories and required fields.

    >>> transaction_type(Facts(continuous=True, export=True))
    '00001001'
    >>> predefined_endpoint(Facts(deemed_supply=True))
    '9900000097'

`ubl.complete` fills codes in that the caller left out; codes the caller gave are never changed, `contradictions` lists
where they don't agree with the facts. PINT-AE BIS 1.5.3 (endpoints), BTAE-02 (flags).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from ubl.parties import Model

if TYPE_CHECKING:
    from ubl.invoice import Invoice


class Facts(Model, frozen=True, kw_only=True):
    """What the caller knows about the supply."""

    free_zone: bool = False
    """Supply in a designated free trade zone; needs `beneficiary`."""
    deemed_supply: bool = False
    """Supply without consideration; it goes to the tax authority only, and nothing is due."""
    margin_scheme: bool = False
    """Profit margin scheme: every VAT category is N."""
    summary: bool = False
    """Summary of several supplies; needs `period`."""
    continuous: bool = False
    """Continuous supply."""
    agent: bool = False
    """An agent bills for a disclosed principal; needs `principal`."""
    e_commerce: bool = False
    """Supply through electronic commerce; needs the deliver-to address."""
    export: bool = False
    """Export; needs the deliver-to address, unless that is in the Emirates."""
    buyer_on_peppol: bool = True
    """False: the network can't reach the buyer; the document goes to the tax authority only."""


FLAGS = (
    "free_zone",
    "deemed_supply",
    "margin_scheme",
    "summary",
    "continuous",
    "agent",
    "e_commerce",
    "export",
)
"""BTAE-02. The facts behind its eight characters, from left to right."""

DEEMED_SUPPLY = "9900000097"
"""Predefined endpoint of a deemed supply."""
BUYER_NOT_SUBJECT = "9900000098"
"""Predefined endpoint of a buyer who isn't subject to e-invoicing."""
EXPORT_OFF_NETWORK = "9900000099"
"""Predefined endpoint of a foreign buyer who isn't on the network."""
PREDEFINED_ENDPOINTS = frozenset({DEEMED_SUPPLY, BUYER_NOT_SUBJECT, EXPORT_OFF_NETWORK})

BILLING = ("urn:peppol:pint:billing-1@ae-1", "urn:peppol:bis:billing")
"""IBT-024, IBT-023 of what the seller issues."""
SELF_BILLING = ("urn:peppol:pint:selfbilling-1@ae-1", "urn:peppol:bis:selfbilling")
"""IBT-024, IBT-023 of what the buyer issues."""
SELF_BILLED_TYPES = frozenset({"389", "261"})


_TAX_DOCUMENTS_ONLY = {
    "deemed_supply": "A deemed supply",
    "margin_scheme": "The margin scheme",
    "summary": "A summary invoice",
}
"""What a commercial document (480, 81) can't be: ibr-157-ae."""


class Contradiction(Struct, frozen=True):
    """A code that doesn't agree with a fact, or a field that a fact asks for and that is absent."""

    pointer: str
    """JSON pointer of the code or the absent field."""
    message: str
    """What the facts ask for, in plain words."""


def transaction_type(facts: Facts) -> str:
    """BTAE-02 for these facts."""
    return "".join("1" if getattr(facts, flag) else "0" for flag in FLAGS)


def facts_of(invoice: "Invoice") -> Facts:
    """The facts that an invoice's own codes state; what is missing or malformed counts as no."""
    code = invoice.transaction_type or ""
    flags = {flag: code[place : place + 1] == "1" for place, flag in enumerate(FLAGS)}
    endpoint = invoice.buyer.endpoint if invoice.buyer else None
    predefined = endpoint is not None and endpoint.scheme == "0235" and endpoint.id in PREDEFINED_ENDPOINTS
    return Facts(**flags, buyer_on_peppol=not predefined)


def predefined_endpoint(facts: Facts) -> str | None:
    """The buyer's endpoint in scheme 0235 where the document isn't delivered to a buyer; None where it is."""
    if facts.deemed_supply:
        return DEEMED_SUPPLY
    if facts.buyer_on_peppol:
        return None
    return EXPORT_OFF_NETWORK if facts.export else BUYER_NOT_SUBJECT


def process_of(document_type: str | None) -> tuple[str, str]:
    """Specification and process (IBT-024, IBT-023) of a document type; 480 and 81 count as billed by the seller."""
    return SELF_BILLING if document_type in SELF_BILLED_TYPES else BILLING


def contradictions(invoice: "Invoice") -> tuple[Contradiction, ...]:
    """Where `invoice` and its `facts` disagree; nothing where it states no facts."""
    facts = invoice.facts
    if facts is None:
        return ()
    return tuple(
        Contradiction(pointer, message)
        for found in (_codes(invoice, facts), _categories(invoice, facts), _required(invoice, facts))
        for pointer, message in found
    )


def _codes(invoice: "Invoice", facts: Facts) -> Iterator[tuple[str, str]]:
    wanted = transaction_type(facts)
    if invoice.transaction_type not in (None, wanted):
        yield "/transaction_type", f"The facts make this {wanted}, not {invoice.transaction_type}"
    if invoice.type in ("480", "81"):
        for fact, name in _TAX_DOCUMENTS_ONLY.items():
            if getattr(facts, fact):
                yield "/type", f"{name} needs a tax document, 380 or 381"
    endpoint = invoice.buyer.endpoint if invoice.buyer else None
    predefined = predefined_endpoint(facts)
    if endpoint is None:
        return
    if predefined and (endpoint.scheme, endpoint.id) != ("0235", predefined):
        yield "/buyer/endpoint", f"The facts make this 0235:{predefined}: no buyer receives the document"
    if not predefined and endpoint.scheme == "0235" and endpoint.id in PREDEFINED_ENDPOINTS:
        yield "/buyer/endpoint", f"{endpoint.id} reaches no buyer, but the facts say that the buyer is on the network"


def _categories(invoice: "Invoice", facts: Facts) -> Iterator[tuple[str, str]]:
    for place, line in enumerate(invoice.lines):
        category = line.item.vat.category if line.item and line.item.vat else None
        if category is not None and (category == "N") != facts.margin_scheme:
            wanted = "N, the margin scheme" if facts.margin_scheme else "another than N, which is the margin scheme's"
            yield f"/lines/{place}/item/vat/category", f"The facts ask for category {wanted}"


def _required(invoice: "Invoice", facts: Facts) -> Iterator[tuple[str, str]]:
    if facts.free_zone and invoice.beneficiary is None:
        yield "/beneficiary", "A supply in a free trade zone names its beneficiary"
    if facts.summary and invoice.period is None:
        yield "/period", "A summary invoice states the period it covers"
    if facts.agent and invoice.principal is None:
        yield "/principal", "An agent's document names the principal by TRN"
    address = invoice.delivery.address if invoice.delivery else None
    inland = address is not None and address.country == "AE"
    if facts.e_commerce or (facts.export and not inland):
        complete = address is not None and address.street and address.city and address.subdivision
        if not complete:
            reason = "Electronic commerce" if facts.e_commerce else "An export"
            yield "/delivery/address", f"{reason} states where it is delivered: street, city and subdivision"
