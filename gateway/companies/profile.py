"""A company as the law and the network know it, and the same as the party of an invoice."""

from __future__ import annotations

import enum
import unicodedata

import msgspec

from gateway.access import contacts
from gateway.access.errors import Unacceptable
from peppol.identifiers import ParticipantId
from ubl import parties, trn
from ubl.codes import EMIRATES

_LONGEST_TYPED = 1000
"""Characters of a line before it is tidied."""


class RegistrationKind(enum.StrEnum):
    """BTAE-15. What proves that the company exists."""

    TRADE_LICENCE = "TL"
    EMIRATES_ID = "EID"
    PASSPORT = "PAS"
    CABINET_DECISION = "CD"


class Registration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """IBT-030. The legal registration."""

    kind: RegistrationKind
    number: str
    authority: str | None = None
    """BTAE-12, for a trade licence: who issued it. BTAE-18, for a passport: the country, ISO 3166-1 alpha-2."""


class Address(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """IBG-05. An address in the Emirates."""

    street: str
    """IBT-035."""
    additional: str | None = None
    """IBT-036."""
    city: str
    """IBT-037."""
    po_box: str | None = None
    """IBT-038."""
    emirate: str
    """IBT-039: AUH, DXB, SHJ, UAQ, FUJ, AJM or RAK."""


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a company tells about itself. TRN and TIN are checked on approval and don't change afterwards."""

    legal_name: str
    """IBT-027."""
    legal_name_arabic: str | None = None
    trade_name: str | None = None
    """IBT-028."""
    trn: str | None = None
    """IBT-031: 15 digits; absent where the company isn't registered for VAT."""
    tin: str = ""
    """Ten digits, the company's address on the network; absent: the first ten of the TRN. A member of a VAT group
    has its own."""
    registration: Registration
    address: Address
    email: str
    """RFC 5322."""
    phone: str
    """Of the UAE."""

    @property
    def participant(self) -> ParticipantId:
        """The company on the network: scheme 0235 and the TIN."""
        return ParticipantId(f"0235:{self.tin}")


def checked(profile: Profile, at: str = "") -> Profile:
    """The profile in its normal form: identifiers compact, telephone in E.164, texts NFC. Raises `Unacceptable`.

    `at`: JSON pointer of the profile in the body.
    """
    tax_number = None
    if profile.trn is not None:
        try:
            tax_number = trn.validate(profile.trn)
        except trn.InvalidTrn as wrong:
            raise Unacceptable(f"{at}/trn", f"{wrong}.") from wrong
    if not profile.tin and tax_number is None:
        raise Unacceptable(f"{at}/tin", "A company without a TRN needs its TIN: ten digits that start with 1.")
    try:
        tin = trn.validate_tin(profile.tin or (tax_number or "")[:10])
    except trn.InvalidTrn as wrong:
        raise Unacceptable(f"{at}/tin", f"{wrong}.") from wrong
    address, registration = profile.address, profile.registration
    if address.emirate not in EMIRATES:
        raise Unacceptable(f"{at}/address/emirate", f"Take one of {', '.join(EMIRATES)}.")
    if registration.kind is RegistrationKind.TRADE_LICENCE and not registration.authority:
        raise Unacceptable(f"{at}/registration/authority", "A trade licence needs the name of its issuing authority.")
    if registration.kind is RegistrationKind.PASSPORT and len(registration.authority or "") != 2:
        raise Unacceptable(f"{at}/registration/authority", "A passport needs its country, two letters of ISO 3166.")
    return Profile(
        legal_name=_line(profile.legal_name, f"{at}/legal_name"),
        legal_name_arabic=_optional(profile.legal_name_arabic, f"{at}/legal_name_arabic"),
        trade_name=_optional(profile.trade_name, f"{at}/trade_name"),
        trn=tax_number,
        tin=tin,
        registration=Registration(
            kind=registration.kind,
            number=_line(registration.number, f"{at}/registration/number"),
            authority=_optional(registration.authority, f"{at}/registration/authority"),
        ),
        address=Address(
            street=_line(address.street, f"{at}/address/street"),
            additional=_optional(address.additional, f"{at}/address/additional"),
            city=_line(address.city, f"{at}/address/city"),
            po_box=_optional(address.po_box, f"{at}/address/po_box"),
            emirate=address.emirate,
        ),
        email=contacts.email_address(profile.email, f"{at}/email"),
        phone=contacts.uae_phone(profile.phone, f"{at}/phone"),
    )


def party(profile: Profile) -> parties.Party:
    """The company as seller or buyer of an invoice (IBG-04, IBG-07)."""
    return parties.Party(
        endpoint=parties.Endpoint(id=profile.tin),
        name=profile.legal_name,
        trade_name=profile.trade_name,
        trn=profile.trn,
        tin=None if profile.trn else parties.TaxId(id=profile.tin),
        legal_id=parties.LegalId(
            id=profile.registration.number,
            type=profile.registration.kind.value,
            authority=profile.registration.authority,
        ),
        address=parties.Address(
            street=profile.address.street,
            additional=profile.address.additional,
            city=profile.address.city,
            postal_zone=profile.address.po_box,
            subdivision=profile.address.emirate,
            country="AE",
        ),
        contact=parties.Contact(phone=profile.phone, email=profile.email),
    )


def _line(text: str, pointer: str) -> str:
    """One line of visible text, at most 200 characters, NFC, without control and format characters."""
    # Cut first: normalising takes time in the square of a text's length.
    tidy = unicodedata.normalize("NFC", " ".join(text[:_LONGEST_TYPED].split()))
    if (
        len(text) > _LONGEST_TYPED
        or not 0 < len(tidy) <= 200
        or any(unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co"} for sign in tidy)
    ):
        raise Unacceptable(pointer, "Write one line of 1 to 200 visible characters.")
    return tidy


def _optional(text: str | None, pointer: str) -> str | None:
    return _line(text, pointer) if text else None
