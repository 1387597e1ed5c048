"""The structure of a tax data document, natively: what its schema (`peppol-tdd-1.0.0.xsd`) asks for.

That schema may not be carried with this project, but it is small: six containers of its own around parts that are
UBL. The containers are tables here; each UBL part is held to the official UBL schema, an own element of a UBL type as
the UBL element of that type. An operator who registered the schema (`python -m schemas install DIR`) has it asked too.
"""

from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from lxml import etree

from schemas import path, register, validation, xmlsafe
from ubl.findings import Finding, Layer, Severity
from ubl.rules.tree import CAC, CBC
from ubl.taxdata.names import CEC, PXS, ROOT
from ubl.where import Locator

_PARTS = "ApplicationResponse-2"
"""An installed schema that knows every common UBL element, and neither Invoice nor CreditNote: what is embedded is
held to the common elements in it only, as the tax data schema does."""
_ANY = 10**9
_READING = Lock()
_MOST = 20
"""Findings told of one part."""
_TWINS = {
    PXS + "DocumentTypeCode": CBC + "DocumentTypeCode",
    PXS + "DocumentScope": CBC + "DocumentTypeCode",
    PXS + "ReporterRole": CBC + "DocumentTypeCode",
    PXS + "TransportHeaderID": CBC + "ID",
    PXS + "ReportingParty": CAC + "Party",
    PXS + "ReceivingParty": CAC + "Party",
    PXS + "ReportersRepresentative": CAC + "Party",
}
"""Own elements of a UBL type -> a UBL element of that type."""
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_HINTS = frozenset({_XSI + "schemaLocation", _XSI + "noNamespaceSchemaLocation"})

_Slot = tuple[frozenset[str], int, int]
"""Which elements, how many at least, how many at most."""


def _slots(table: str) -> tuple[_Slot, ...]:
    """One slot per word: `name`, `name?` (may be absent), `name*` (any number), `a|b` (one of them)."""
    prefixes = {"p": PXS, "c": CBC, "a": CAC, "e": CEC}
    slots = []
    for word in table.split():
        names, sign = (word[:-1], word[-1]) if word[-1] in "?*" else (word, "")
        tags = frozenset(prefixes[name[0]] + name[2:] for name in names.split("|"))
        slots.append((tags, 0 if sign else 1, _ANY if sign == "*" else 1))
    return tuple(slots)


_CONTAINERS: dict[str, tuple[_Slot, ...]] = {
    ROOT: _slots(
        """c:CustomizationID c:ProfileID c:ID? c:IssueDate c:IssueTime p:DocumentTypeCode p:DocumentScope p:ReporterRole
        p:ReportingParty p:ReceivingParty p:ReportersRepresentative p:ReportedTransaction*"""
    ),
    PXS + "ReportedTransaction": _slots("p:TransportHeaderID? p:ReportedDocument? p:CustomContent* p:SourceDocument?"),
    PXS + "ReportedDocument": _slots(
        """c:CustomizationID? c:ProfileID? c:ID? c:UUID? c:IssueDate? c:IssueTime? p:DocumentTypeCode?
        c:DocumentCurrencyCode? c:TaxCurrencyCode? a:AccountingSupplierParty? a:AccountingCustomerParty? a:TaxTotal*
        p:MonetaryTotal*"""
    ),
    PXS + "CustomContent": _slots("c:ID c:Value|e:ExtensionContent"),
    PXS + "MonetaryTotal": _slots("c:TaxExclusiveAmount? c:TaxInclusiveAmount?"),
    PXS + "SourceDocument": _slots(
        """c:ID? c:Name? e:ExtensionAgencyID? e:ExtensionAgencyName? e:ExtensionVersionID? e:ExtensionAgencyURI?
        e:ExtensionURI? e:ExtensionReasonCode? e:ExtensionReason? e:ExtensionContent"""
    ),
}
"""What stands in each container, in this order."""


def structure(root: etree._Element) -> list[Finding]:
    """What the document's structure breaks, in the layer `xsd`; nothing when it is sound.

    Raises `schemas.SchemasNotInstalled` without the UBL schemas, `schemas.register.RegistryError` where an operator's
    own copy of the tax data schema is no longer as registered.
    """
    found = list(_container(root, Locator(root)))
    return found or list(_official(root))


def _container(element: etree._Element, locator: Locator) -> Iterator[Finding]:
    for name in map(str, element.keys()):
        if name not in _HINTS:
            yield _finding("XSD-03", locator, element, f"{_short(element.tag)} has no attribute {_short(name)}")
    if any((text or "").strip(" \t\r\n") for text in (element.text, *(child.tail for child in element))):
        yield _finding("XSD-02", locator, element, f"{_short(element.tag)} holds elements only, no text")
    slots = iter(_CONTAINERS[str(element.tag)])
    tags, least, most = next(slots)
    count = 0
    for child in element.iterchildren("*"):
        while child.tag not in tags or count == most:
            following = None if count < least else next(slots, None)
            if following is None:
                wanted = f"; expected here: {', '.join(map(_short, sorted(tags)))}" if count < most else ""
                yield _finding("XSD-01", locator, child, f"{_short(child.tag)} must not stand here{wanted}")
                return
            (tags, least, most), count = following, 0
        count += 1
        yield from _part(child, locator)
    missing = [] if count >= least else [tags]
    missing += [names for names, at_least, _ in slots if at_least]
    if missing:
        wanted = " or ".join(map(_short, sorted(missing[0])))
        yield _finding("XSD-01", locator, element, f"{_short(element.tag)} is incomplete; expected here: {wanted}")


def _part(child: etree._Element, locator: Locator) -> Iterator[Finding]:
    if child.tag in _CONTAINERS:
        yield from _container(child, locator)
        return
    twin = child
    if child.tag in _TWINS:
        twin = deepcopy(child)
        twin.tag, twin.tail = _TWINS[str(child.tag)], None
    if validation.holds(twin, _PARTS):
        return
    for _where, line, message in validation.errors(twin, _PARTS)[:_MOST]:
        reason = message.replace(CBC, "cbc:").replace(CAC, "cac:").replace(CEC, "cec:")
        yield _finding("XSD-04", locator, child, reason.rstrip("."), line)


def _official(root: etree._Element) -> Iterator[Finding]:
    """What an operator's registered copy of the schema says."""
    official = _registered()
    if official is None:
        return
    with _READING:  # the schema keeps the errors of its last run, of whatever thread
        log: Any = () if official.validate(root) else official.error_log
        told = [(entry.message.rstrip("."), entry.line) for entry in islice(log, _MOST)]
    for message, line in told:
        yield _finding("XSD-04", Locator(root), root, message, line)


@cache
def _registered() -> etree.XMLSchema | None:
    """The schema that is registered when this process first asks; looking for it means hashing all that is."""
    files = ((entry.folder, name) for entry in register.registered() for name in entry.files)
    return next((_compiled(folder, name) for folder, name in files if _is_tdd(name)), None)


def _is_tdd(name: str) -> bool:
    return name.rpartition("/")[2].startswith("peppol-tdd-") and name.endswith(".xsd")


def _compiled(folder: str, name: str) -> etree.XMLSchema:
    """The tax data schema, its imports led to the installed UBL schemas instead of the internet."""
    tree = xmlsafe.parse((Path(folder) / name).read_bytes())
    common = path(_PARTS).parent.parent / "common"
    for element in tree.iterchildren("{http://www.w3.org/2001/XMLSchema}import"):
        location = element.get("schemaLocation", "")
        element.set("schemaLocation", (common / location.rpartition("/")[2]).as_uri())
    return etree.XMLSchema(tree)


def _finding(rule: str, locator: Locator, element: etree._Element, message: str, line: int | None = None) -> Finding:
    shown = line or element.sourceline
    return Finding(
        rule=rule,
        layer=Layer.XSD,
        severity=Severity.FATAL,
        where=locator.xpath(element),
        message=message + (f" (line {shown})." if shown else "."),
    )


def _short(tag: object) -> str:
    name = str(tag)
    for namespace, prefix in ((CBC, "cbc:"), (CAC, "cac:"), (CEC, "cec:"), (PXS, "pxs:")):
        if name.startswith(namespace):
            return prefix + name[len(namespace) :]
    return name
