"""An entry of the supplier master as people give it, and its normal form. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

import msgspec

from gateway.access import contacts
from gateway.access.errors import Unacceptable
from ingestion import bank
from ingestion.extract.ids import compact, vat_id
from ingestion.extract.layout import fold
from peppol.errors import BadIdentifier
from peppol.identifiers import ParticipantId
from ubl import trn

LONGEST = 200
"""Characters of a name."""
MOST = 20
"""Tax ids, endpoints, addresses or other names of one supplier."""


class Master(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a supplier, apart from its bank accounts."""

    name: str
    other_names: tuple[str, ...] = ()
    """As documents may show it: in another language, a brand."""
    tax_ids: tuple[str, ...] = ()
    """Of any country; letters and digits alone once stored. A TRN of the Emirates is checked."""
    endpoints: tuple[str, ...] = ()
    """On the network: `0235:1002345678`."""
    emails: tuple[str, ...] = ()
    """That bills come from."""
    currency: str | None = None
    """ISO 4217, of most of its bills."""
    payment_days: int | None = None
    """Days from the date of a bill until it is due, 0 to 365."""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bank account as people give it."""

    iban: str
    bic: str | None = None


def checked(master: Master) -> Master:
    """The entry in its normal form: identifiers compact, texts NFC, nothing twice. Raises `Unacceptable`."""
    name = line(master.name, "/name")
    others = _each(master.other_names, "/other_names", line)
    days = master.payment_days
    if days is not None and not 0 <= days <= 365:
        raise Unacceptable("/payment_days", "Say 0 to 365 days, or leave it out.")
    return Master(
        name=name,
        other_names=tuple(other for other in others if other != name),
        tax_ids=_each(master.tax_ids, "/tax_ids", tax_id),
        endpoints=_each(master.endpoints, "/endpoints", endpoint),
        emails=_each(master.emails, "/emails", contacts.email_address),
        currency=_currency(master.currency),
        payment_days=days,
    )


def line(text: str, pointer: str) -> str:
    """One line of 1 to 200 characters. Raises `Unacceptable`."""
    said = " ".join(unicodedata.normalize("NFC", text).split())
    if not 0 < len(said) <= LONGEST or not said.isprintable():
        raise Unacceptable(pointer, f"Give 1 to {LONGEST} characters, without control or invisible characters.")
    if not fold(said):
        raise Unacceptable(pointer, "A name has letters or digits.")
    return said


def said(text: str, pointer: str) -> str:
    """Why, in one line of 1 to 500 characters. Raises `Unacceptable`."""
    why = " ".join(unicodedata.normalize("NFC", text).split())
    if not 0 < len(why) <= 500 or not why.isprintable():
        raise Unacceptable(pointer, "Say why, in 1 to 500 characters without control characters.")
    return why


def tax_key(text: str) -> str:
    """A tax id of any country as it is compared: letters and digits; a TRN also without the country in front.

    >>> tax_key("TRN 100-2345-6789-0003"), tax_key("AE100234567890003"), tax_key("de 136 695 976")
    ('100234567890003', '100234567890003', 'DE136695976')
    """
    value = compact(unicodedata.normalize("NFKC", text))
    for prefix in ("TRN", "AE"):
        if value.startswith(prefix) and trn.is_valid(value[len(prefix) :]):
            return value[len(prefix) :]
    return value


def tax_id(text: str, pointer: str = "/tax_ids") -> str:
    """A tax id in its normal form. Raises `Unacceptable` where its country's check fails."""
    value = tax_key(text)
    if not value.isascii() or not 5 <= len(value) <= 20 or not any(map(str.isdigit, value)):
        raise Unacceptable(pointer, "A tax id has 5 to 20 Latin letters and digits.")
    if len(value) == 15 and value.isdecimal() and value.startswith("1"):
        try:
            return trn.validate(value)
        except trn.InvalidTrn as wrong:
            raise Unacceptable(pointer, f"{wrong}.") from wrong
    if vat_id(value) is False:
        raise Unacceptable(pointer, f"The check digits of {value} don't fit; compare it with the original.")
    return value


def endpoint(text: str, pointer: str = "/endpoints") -> str:
    """An address on the network in its normal form. Raises `Unacceptable`."""
    try:
        return ParticipantId.parse(text.strip()).value
    except BadIdentifier as wrong:
        raise Unacceptable(pointer, f"{wrong}. A UAE business is 0235: and its ten-digit TIN.") from wrong


def account(given: NewAccount, at: str = "") -> NewAccount:
    """A bank account in its normal form. Raises `Unacceptable`."""
    try:
        iban = bank.iban(given.iban)
    except bank.InvalidAccount as wrong:
        raise Unacceptable(f"{at}/iban", f"{wrong}.") from wrong
    try:
        bic = bank.bic(given.bic) if given.bic else None
    except bank.InvalidAccount as wrong:
        raise Unacceptable(f"{at}/bic", f"{wrong}.") from wrong
    return NewAccount(iban=iban, bic=bic)


def keys_of(master: Master) -> frozenset[tuple[str, str]]:
    """What a document may show of it: kind and value, of a checked entry."""
    return frozenset(
        [("tax_id", value) for value in master.tax_ids]
        + [("endpoint", value.lower()) for value in master.endpoints]
        + [("name", fold(value)) for value in (master.name, *master.other_names)]
    )


def _each(given: Iterable[str], pointer: str, form: Callable[[str, str], str]) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(form(text, f"{pointer}/{place}") for place, text in enumerate(given)))
    if len(values) > MOST:
        raise Unacceptable(pointer, f"At most {MOST}.")
    return values


def _currency(text: str | None) -> str | None:
    if text is None:
        return None
    code = text.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Unacceptable("/currency", "Three letters of ISO 4217, such as AED.")
    return code
