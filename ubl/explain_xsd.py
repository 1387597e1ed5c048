"""What a document breaks in the UBL schema: path, line, and what was expected there.

lxml gives the verdict, fast; the `xmlschema` library says why, slowly, and so runs only once there is something to
explain. Very large documents are explained by lxml alone.
"""

from collections.abc import Callable
from functools import cache
from itertools import islice
from typing import Any

import xmlschema
from lxml import etree

from schemas import path, validation
from ubl.findings import Finding, Layer, Severity
from ubl.where import Locator

_EXPLAINED_ELEMENTS = 50_000
"""Elements up to which the slow explanation is affordable."""
_PREFIXES = {
    "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2": "cbc:",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2": "cac:",
}


@cache
def _explaining(name: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(path(name)), allow="local")


def explain_xsd(
    root: etree._Element, name: str, pointer: Callable[[etree._Element, tuple[str, ...]], str] | None = None
) -> list[Finding]:
    """Why the schema of that name refuses the document; at least one finding. `pointer` adds where in posted JSON."""
    findings: list[Finding] = []
    log = validation.errors(root, name)
    small = sum(1 for _ in islice(root.iter(), _EXPLAINED_ELEMENTS)) < _EXPLAINED_ELEMENTS
    if small:
        locator = Locator(root)
        errors = _explaining(name).iter_errors(root)
        findings = [_finding(error, locator, log, pointer) for error in islice(errors, validation.MOST)]
    return findings or [_plain(entry) for entry in log]


def _finding(
    error: xmlschema.XMLSchemaValidationError,
    locator: Locator,
    log: list[validation.Entry],
    pointer: Callable[[etree._Element, tuple[str, ...]], str] | None,
) -> Finding:
    element: Any = error.elem
    found = isinstance(element, etree._Element)
    where = locator.xpath(element) if found else "/"
    line = getattr(element, "sourceline", None)
    if isinstance(error, xmlschema.XMLSchemaChildrenValidationError):
        rule, reason = "XSD-01", _misplaced(error, log)
    elif "attribute" in (error.reason or ""):
        rule, reason = "XSD-03", _sentence(error)
    else:
        rule, reason = "XSD-02", _sentence(error)
    message = reason + (f" (line {line})" if line else "")
    return Finding(
        rule=rule,
        layer=Layer.XSD,
        severity=Severity.FATAL,
        where=where,
        message=message,
        pointer=pointer(element, ()) if pointer and found else None,
    )


def _misplaced(error: xmlschema.XMLSchemaChildrenValidationError, log: list[validation.Entry]) -> str:
    """Which child is wrong and what could have stood in its place."""
    parent: Any = error.elem
    children = [child for child in parent if isinstance(child.tag, str)]
    wrong = children[error.index] if error.index < len(children) else None
    line = (parent if wrong is None else wrong).sourceline
    expected = [_short(str(each.name)) for each in error.expected or () if getattr(each, "name", None)]
    for _where, told, message in log:
        if not expected and told == line:
            expected = [_short(name.strip()) for name in message.partition("(")[2].rpartition(")")[0].split(",")]
    names = [name for name in dict.fromkeys(expected) if name]
    shown = ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
    wanted = f"; expected here: {shown}" if names else ""
    if wrong is None:
        return f"{_short(parent.tag)} is incomplete{wanted}"
    return f"{_short(wrong.tag)} must not stand here{wanted}"


def _sentence(error: xmlschema.XMLSchemaValidationError) -> str:
    reason = " ".join((error.reason or "not as the schema wants it").split()).rstrip(".:")
    text = getattr(error.elem, "text", None)
    name = _short(str(getattr(error.elem, "tag", "the document")))
    shown = f" {text.strip()[:60]!r}" if text and text.strip() else ""
    return f"{name}{shown}: {reason[:300]}"


def _short(tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    return _PREFIXES.get(namespace.lstrip("{ "), "") + local


def _plain(entry: validation.Entry) -> Finding:
    where, line, reason = entry
    for namespace, prefix in _PREFIXES.items():
        reason = reason.replace(f"{{{namespace}}}", prefix)
    message = f"{reason} (line {line})" if line else reason
    return Finding(rule="XSD-04", layer=Layer.XSD, severity=Severity.FATAL, where=where, message=message)
