"""Who takes part: seller, buyer, payee, tax representative, and how each is identified.

Every field's docstring names its business term, meaning and cardinality; `n/m` lists the term in each role.
"""

from msgspec import Struct


class Model(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, repr_omit_defaults=True):
    """Base of all parts of an invoice: immutable, fields by name, unknown names refused, absent fields left out."""


class Identifier(Model, frozen=True, kw_only=True):
    """An identifier and, where one is stated, the scheme that gives it its meaning."""

    id: str
    """The identifier itself. 1..1."""
    scheme: str | None = None
    """Identification scheme, an ISO 6523 ICD code such as 0060 unless the field says otherwise. 0..1."""


class Endpoint(Model, frozen=True, kw_only=True):
    """IBT-034/049. Electronic address: where the network delivers."""

    id: str
    """IBT-034/049. In scheme 0235 the TIN, ten digits, or a predefined endpoint (`ubl.scenario`). 1..1."""
    scheme: str | None = "0235"
    """IBT-034-1/049-1. Electronic address scheme (EAS); 0235 is the Emirates' TIN. 1..1; null where none is stated."""


class TaxId(Model, frozen=True, kw_only=True):
    """IBT-032. Tax registration other than VAT."""

    id: str
    """IBT-032. Tax identification number, ten digits starting with 1. 1..1."""
    scheme: str | None = "TIN"
    """IBT-032-1. Tax scheme; anything but VAT. 1..1; null where none is stated."""


class LegalId(Model, frozen=True, kw_only=True):
    """IBT-030/047/061. Legal registration of a party."""

    id: str
    """IBT-030/047/061. Registration number. 1..1."""
    type: str | None = None
    """BTAE-15/16. TL trade licence, EID Emirates id, PAS passport, CD cabinet decision. 0..1."""
    authority: str | None = None
    """BTAE-12/11 for TL: name of the issuing authority; BTAE-18/19 for PAS: issuing country, ISO 3166. 0..1."""
    scheme: str | None = None
    """IBT-030-1/047-1/061-1. ISO 6523 ICD code of the register. 0..1."""


class Address(Model, frozen=True, kw_only=True):
    """IBG-05/08/12/15. Postal address."""

    street: str | None = None
    """IBT-035/050/064/075. Address line 1; seller and buyer need it. 0..1."""
    additional: str | None = None
    """IBT-036/051/065/076. Address line 2. 0..1."""
    city: str | None = None
    """IBT-037/052/066/077. City; seller and buyer need it. 0..1."""
    postal_zone: str | None = None
    """IBT-038/053/067/078. Post code or P.O. box. 0..1."""
    subdivision: str | None = None
    """IBT-039/054/068/079. In the Emirates AUH, DXB, SHJ, UAQ, FUJ, AJM or RAK. 0..1."""
    line: str | None = None
    """IBT-162/163/164/165. Address line 3. 0..1."""
    country: str | None = None
    """IBT-040/055/069/080. ISO 3166-1 alpha-2; required by the rules. 0..1."""


class Contact(Model, frozen=True, kw_only=True):
    """IBG-06/09. Whom to ask."""

    name: str | None = None
    """IBT-041/056. Person or department. 0..1."""
    phone: str | None = None
    """IBT-042/057. Telephone number. 0..1."""
    email: str | None = None
    """IBT-043/058. E-mail address. 0..1."""


class Party(Model, frozen=True, kw_only=True):
    """IBG-04/07. Seller or buyer."""

    endpoint: Endpoint | None = None
    """IBT-034/049. Electronic address; required by the rules. 0..1."""
    ids: tuple[Identifier, ...] = ()
    """IBT-029/046. Identifiers known to both; with scheme SEPA the creditor id (IBT-090). 0..n."""
    trade_name: str | None = None
    """IBT-028/045. Name the party is known by, where it isn't the legal one. 0..1."""
    address: Address | None = None
    """IBG-05/08. Postal address; required by the rules. 0..1."""
    trn: str | None = None
    """IBT-031/048. VAT registration (TRN): 15 digits, starts 1, ends 03. 0..1."""
    tin: TaxId | None = None
    """IBT-032. Tax registration other than VAT. 0..1; seller only."""
    name: str | None = None
    """IBT-027/044. Legal name; required by the rules. 0..1."""
    legal_id: LegalId | None = None
    """IBT-030/047. Legal registration. 0..1."""
    legal_form: str | None = None
    """IBT-033. Additional legal information. 0..1; seller only."""
    contact: Contact | None = None
    """IBG-06/09. Contact. 0..1."""


class Payee(Model, frozen=True, kw_only=True):
    """IBG-10. Who is paid, where it isn't the seller."""

    id: Identifier | None = None
    """IBT-060. Payee identifier. 0..1."""
    name: str | None = None
    """IBT-059. Payee name; required by the rules where there is a payee. 0..1."""
    legal_id: LegalId | None = None
    """IBT-061. Payee's legal registration. 0..1."""


class TaxRepresentative(Model, frozen=True, kw_only=True):
    """IBG-11. Who answers for the seller's VAT."""

    name: str | None = None
    """IBT-062. Name; required by the rules where there is a representative. 0..1."""
    address: Address | None = None
    """IBG-12. Postal address; required by the rules. 0..1."""
    trn: str | None = None
    """IBT-063. The representative's VAT registration (TRN); required by the rules. 0..1."""
