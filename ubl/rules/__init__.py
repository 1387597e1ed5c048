"""The published rules of PINT-AE, natively: `run` gives every failed rule of a document."""

from collections.abc import Callable

from lxml import etree

from ubl.findings import Finding
from ubl.rules.engine import Failure, without_comments
from ubl.rules.rulesets import RULESETS, Ruleset, UnknownRuleset, choose, process_of
from ubl.rules.tree import CBC
from ubl.where import Locator

__all__ = ["RULESETS", "Ruleset", "UnknownRuleset", "choose", "findings_of", "process_of", "run"]


def run(
    tree: etree._Element | etree._ElementTree,
    ruleset: Ruleset | str | None = None,
) -> tuple[Finding, ...]:
    """Every published rule that fails on a document, once per element it fails on; no XSD, no advice.

    `ruleset` is a rule set, its id or its version; none means the newest for the document's CustomizationID.
    """
    root = without_comments(tree if isinstance(tree, etree._Element) else tree.getroot())
    if not isinstance(ruleset, Ruleset):
        ruleset = choose(process_of(root.findtext(CBC + "CustomizationID") or ""), ruleset=ruleset)
    return findings_of(root, ruleset.automaton.run(root, self_billing=ruleset.self_billing))


def findings_of(
    root: etree._Element,
    failures: list[Failure],
    pointer: Callable[[etree._Element, tuple[str, ...]], str] | None = None,
) -> tuple[Finding, ...]:
    """Failures as findings, with their places; `pointer` adds where in the posted JSON."""
    if not failures:
        return ()
    locator = Locator(root)
    return tuple(
        Finding(
            rule=failure.rule.id,
            layer=failure.rule.layer,
            severity=failure.rule.severity,
            where=locator.xpath(failure.element),
            message=failure.rule.message + _value(failure.element),
            pointer=pointer(failure.element, failure.rule.terms) if pointer else None,
            terms=failure.rule.terms,
        )
        for failure in failures
    )


def _value(element: etree._Element) -> str:
    """What stands there, for a message; nothing for an aggregate."""
    text = (element.text or "").strip()
    if len(element) or not text:
        return ""
    attributes = "".join(f" {name}={element.get(name)!r}" for name in list(map(str, element.keys()))[:3])
    return f" Found: {text[:60]!r}{attributes[:120]}."
