"""The part of docs/conformance.md about the documents around an invoice; `ubl.rules.coverage` writes the page."""

from collections.abc import Callable, Iterator

from ubl import mls, response, taxdata
from ubl.rules.registry import Rule

_TAXDATA = """\
The structure is checked natively: the document's own elements by tables, every UBL part by the official UBL schema,
what is embedded as far as the schema of the Tax Data Document asks (its common UBL elements). An operator who has
registered the published schema has it asked as well. Then come the published rules, each with the published verdict;
the embedded invoice isn't judged, as the published rules don't. On documents with repeated elements, which the
structure refuses, the published rules end with an error.

Two things to know: the currency list of `ibr-tdd-30-1` and `ibr-tdd-31-1` is older than the invoice's (it has ANG, BGN
and STD, and neither STN nor XCG), so a lawful invoice in XCG can't be reported; and `ibr-tdd-50` was withdrawn.
"""
_MLS = """\
The UBL schema first, then the published rules (their own version is 1.0.1), each with the published verdict. Where the
published rules end with an error because a value is given twice, ours report: a rejection with two descriptions
`SCH-MLS-21`, an issue with two descriptions `SCH-MLS-29`, an issue with two reasons `SCH-MLS-30`.
"""
_RESPONSE = """\
The UBL schema first, then rules of our own with ids of their own, by what the specification (T111) asks for. They are
not the published ones: those also refuse elements that the specification doesn't name.
"""
_SECTIONS = (
    ("Tax Data Document", taxdata.MESSAGE.rulesets, taxdata.RULES, _TAXDATA),
    ("Message Level Status", mls.MESSAGE.rulesets, mls.RULES, _MLS),
    ("Invoice Response", response.MESSAGE.rulesets, response.RULES, _RESPONSE),
)


def messages(row: Callable[[Rule], str]) -> Iterator[str]:
    """One section per kind of document, in Markdown."""
    for title, rulesets, rules, words in _SECTIONS:
        ids = ", ".join(f"`{ruleset.id}` (from {ruleset.valid_from})" for ruleset in rulesets)
        yield f"\n## {title}: {len(rules)} rules\n"
        yield f"Rule sets: {ids}.\n\n{words}"
        yield "| rule | layer | terms | what it asks | where |\n| --- | --- | --- | --- | --- |"
        yield from map(row, rules)
