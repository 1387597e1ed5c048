"""Identifiers of the Peppol network: participants, document types, processes (Policy for use of Identifiers 4.4).

Each is parsed once at the border and can't hold a value the network would refuse. In URLs and logs the form is
`scheme::value`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

import msgspec

from peppol.errors import BadIdentifier

_PARTICIPANT = re.compile(r"[0-9]{4}:[0-9A-Za-z][0-9A-Za-z\-._~]{0,129}\Z")
_TOKEN = re.compile(r"[\x21-\x7e]+\Z")
_SPIS = re.compile(r"[0-9]{6}(-[0-9A-Z_]{3,12}(\.[0-9A-Z\-._~]{3,24})?)?\Z", re.IGNORECASE)
_TIN = re.compile(r"1[0-9]{9}\Z")


class ParticipantId(msgspec.Struct, frozen=True, eq=False):
    """A party or access point on the network: `0235:1234567890` is the UAE business with that TIN.

    Equality ignores case (PFUOI 4.4, policy 1). At most 4 + 1 + 130 characters.

    >>> ParticipantId.parse("iso6523-actorid-upis::0235:1234567890").identifier
    '1234567890'
    """

    value: str
    """ICD and identifier, joined by a colon."""

    SCHEME: ClassVar[str] = "iso6523-actorid-upis"
    """The only scheme of the network."""

    def __post_init__(self) -> None:
        if not _PARTICIPANT.match(self.value):
            raise BadIdentifier(
                f"{self.value[:80]!r} is no participant id; expected four digits, a colon, an identifier"
            )
        rule, want = _ICD_RULES.get(self.icd, (None, ""))
        if rule and self.value not in PREDEFINED and not rule.match(self.identifier):
            raise BadIdentifier(f"{self.value[:80]!r}: an identifier of scheme {self.icd} is {want}")

    @classmethod
    def parse(cls, text: str) -> ParticipantId:
        """Read `scheme::value` or the bare value; another scheme is refused."""
        scheme, separator, value = text.strip().partition("::")
        if not separator:
            return cls(scheme)
        if scheme.lower() != cls.SCHEME:
            raise BadIdentifier(f"participant scheme {scheme[:40]!r} is unknown; the network uses {cls.SCHEME}")
        return cls(value)

    @property
    def icd(self) -> str:
        """The four digits naming the register (ISO 6523): 0235 for a UAE TIN, 0242 for a service provider."""
        return self.value[:4]

    @property
    def identifier(self) -> str:
        """The number within that register: the content of a UBL EndpointID."""
        return self.value[5:]

    @property
    def predefined(self) -> bool:
        """True for the UAE endpoints that stand for no receiver: such a document is only reported to corner 5."""
        return self.value in PREDEFINED

    def __str__(self) -> str:
        return f"{self.SCHEME}::{self.value}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParticipantId) and self.value.lower() == other.value.lower()

    def __ne__(self, other: object) -> bool:
        return not self == other  # a Struct's own `!=` would compare identities

    def __hash__(self) -> int:
        return hash(self.value.lower())


PREDEFINED = frozenset({"0235:9900000097", "0235:9900000098", "0235:9900000099"})
"""PINT-AE, section 1.5.3: deemed supply, buyer outside e-invoicing, export to a receiver not on the network."""

_ICD_RULES = {
    "0235": (_TIN, "a UAE TIN: ten digits, the first of them 1"),
    "0242": (_SPIS, "a service provider id: six digits, then perhaps a hyphen and a suffix"),
}


class DocumentTypeScheme(StrEnum):
    """How a receiver's registration is compared with a document (PFUOI 4.4, section 5)."""

    EXACT = "busdox-docid-qns"
    WILDCARD = "peppol-doctype-wildcard"


class DocumentTypeId(msgspec.Struct, frozen=True):
    """A kind of document: `namespace::LocalName##customization::version` under a scheme; at most 500 characters."""

    scheme: DocumentTypeScheme
    namespace: str
    """Namespace of the document element."""
    local_name: str
    """Local name of the document element."""
    customization: str
    """CustomizationID (IBT-024); a registration may end in `*` under the wildcard scheme."""
    version: str

    def __post_init__(self) -> None:
        if len(self.value) > 500 or not _TOKEN.match(self.value):
            raise BadIdentifier(f"document type {self.value[:80]!r} is empty, too long or holds blanks")

    @classmethod
    def parse(cls, text: str) -> DocumentTypeId:
        """Read `scheme::namespace::LocalName##customization::version`.

        >>> DocumentTypeId.parse(str(INVOICE)) == INVOICE
        True
        """
        scheme, _, value = text.strip().partition("::")
        return cls.of(scheme, value)

    @classmethod
    def of(cls, scheme: str, value: str) -> DocumentTypeId:
        """Put a scheme and a value together, as a business document header carries them."""
        if scheme not in list(DocumentTypeScheme):
            raise BadIdentifier(
                f"document type scheme {scheme[:40]!r} is unknown; use {' or '.join(DocumentTypeScheme)}"
            )
        root, hashes, subtype = value.strip().partition("##")
        namespace, _, local_name = root.rpartition("::")
        customization, _, version = subtype.rpartition("::")
        if not (hashes and namespace and local_name and customization and version):
            raise BadIdentifier(f"document type {value[:80]!r} isn't namespace::LocalName##customization::version")
        return cls(DocumentTypeScheme(scheme), namespace, local_name, customization, version)

    @property
    def value(self) -> str:
        """The id without its scheme."""
        return f"{self.namespace}::{self.local_name}##{self.customization}::{self.version}"

    def candidates(self) -> Iterator[DocumentTypeId]:
        """The registrations that accept this document, best first (PFUOI 4.3 onwards).

        Exact scheme: itself only. Wildcard: the customization itself, then with `*`, then shortened at each `@`.

        >>> [c.customization for c in INVOICE.candidates()][1:]
        ['urn:peppol:pint:billing-1@ae-1*', 'urn:peppol:pint:billing-1*']
        """
        exact = msgspec.structs.replace(self, customization=self.customization.removesuffix("*"))
        yield exact
        if self.scheme is DocumentTypeScheme.EXACT:
            return
        part = exact.customization
        while part:
            yield msgspec.structs.replace(self, customization=part + "*")
            part = part.rpartition("@")[0]

    def __str__(self) -> str:
        return f"{self.scheme}::{self.value}"


class ProcessId(msgspec.Struct, frozen=True):
    """The business process a document belongs to (IBT-023, ProfileID); at most 200 characters."""

    value: str
    scheme: str = "cenbii-procid-ubl"

    def __post_init__(self) -> None:
        if not 1 <= len(self.value) <= 200 or len(self.scheme) > 25 or not _TOKEN.match(self.value):
            raise BadIdentifier(f"process {self.value[:80]!r} is empty, too long or holds blanks")

    @classmethod
    def parse(cls, text: str) -> ProcessId:
        """Read `scheme::value`."""
        scheme, separator, value = text.strip().partition("::")
        if not separator:
            raise BadIdentifier(f"process {text[:80]!r} has no scheme; write scheme::value")
        return cls(value, scheme)

    def __str__(self) -> str:
        return f"{self.scheme}::{self.value}"


_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"


def ubl(local_name: str, customization: str) -> DocumentTypeId:
    """The document type of a UBL 2.1 document: PINT customizations are registered under the wildcard scheme."""
    pint = customization.startswith("urn:peppol:pint:")
    scheme = DocumentTypeScheme.WILDCARD if pint else DocumentTypeScheme.EXACT
    return DocumentTypeId(scheme, f"{_UBL}{local_name}-2", local_name, customization, "2.1")


INVOICE = ubl("Invoice", "urn:peppol:pint:billing-1@ae-1")
CREDIT_NOTE = ubl("CreditNote", "urn:peppol:pint:billing-1@ae-1")
SELF_BILLED_INVOICE = ubl("Invoice", "urn:peppol:pint:selfbilling-1@ae-1")
SELF_BILLED_CREDIT_NOTE = ubl("CreditNote", "urn:peppol:pint:selfbilling-1@ae-1")
INVOICE_RESPONSE = ubl("ApplicationResponse", "urn:fdc:peppol.eu:poacc:trns:invoice_response:3")
BILLING = ProcessId("urn:peppol:bis:billing")
SELF_BILLING = ProcessId("urn:peppol:bis:selfbilling")
RESPONDING = ProcessId("urn:fdc:peppol.eu:poacc:bis:invoice_response:3")
