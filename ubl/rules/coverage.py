"""Writes docs/conformance.md: every rule, where it stands, what can't be broken, and where we deviate.

`python -m ubl.rules.coverage` writes the page; a test compares it with what the code says.
"""

from collections.abc import Iterator
from pathlib import Path

from ubl.advice import ADVICE
from ubl.findings import Layer
from ubl.rules.registry import Rule
from ubl.rules.rulesets import PUBLISHED, RULESETS

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"

ABORTED: dict[str, str] = {
    "ibr-097": "two `cac:InvoicePeriod` at the head",
    "ibr-098": "two registration names of the seller",
    "ibr-102": "two registration names of the buyer",
    "ibr-sr-22": "two names of the tax representative",
}
"""Rules that the published rule sets can never report: their own stylesheet ends with an error first."""

_INTRO = """# Conformance with PINT-AE

This page is written by `python -m ubl.rules.coverage` from the rules themselves; a test keeps it true.

`ubl.rules.run` gives, for every document that the published rule sets can judge, the same failed rule ids with the
same count per id, whatever the UBL schema says of it; `ubl.check` stops where the schema refuses a document, as the
order of the layers demands. `tests/ubl/test_conformance.py` compares both with the labelled documents of the reference
folder (samples and 4,871 edits of them) where that is at hand; without it, `tests/ubl/vectors.txt` holds one bad
document of our own for every rule that can be broken.

How verdicts are made equal: an element is tested only by the first context that takes it, within each of the four
patterns; amounts are compared as decimals where the published rules say `xs:decimal` and as doubles where they say
`number()` or compare untyped values; a half is rounded up, also below zero; a missing or repeated value makes a
comparison false.
"""


def page() -> str:
    """The whole page."""
    parts = (_INTRO, *_rulesets(), *_deviations(), *_dead(), *_rules(), *_advice(), *_messages())
    return "\n".join([*parts, ""])


def _rulesets() -> Iterator[str]:
    yield "## Rule sets\n"
    yield "| id | in force from | rules |\n| --- | --- | --- |"
    for ruleset in RULESETS:
        yield f"| `{ruleset.id}` | {ruleset.valid_from} | {len({rule.id for rule in ruleset.rules})} |"
    yield (
        "\nThe rule set follows from the CustomizationID (self-billing when it says `selfbilling`). Self-billing"
        " differs in the document types of `ibr-cl-01` only. A report names the rule set and a digest over"
        " the rules' code and tables.\n"
    )


def _deviations() -> Iterator[str]:
    yield "## Agreed deviations\n"
    yield (
        "On some documents the published stylesheets end with an error instead of a report: a number that is none, an"
        " indicator that is neither true nor false, or two values where one is read. We report what the rule intends"
        " there, and the document isn't valid. These rules can be reported by us alone:\n"
    )
    yield "| rule | the published rules abort on |\n| --- | --- |"
    for id, reason in ABORTED.items():
        yield f"| {id} | {reason} |"
    yield (
        "\nA sum over amounts of which one is missing or no number counts that one as nothing; a total or a line that"
        " lacks its amount breaks the rule that asks for it.\n"
    )


def _dead() -> Iterator[str]:
    yield "## Rules that can't be broken\n"
    yield "| rule | why |\n| --- | --- |"
    for rule in PUBLISHED:
        if rule.dead:
            yield f"| {rule.id} | {rule.dead} |"
    yield (
        "\n`ibr-124` and `ibr-co-14` look at invoices only, `ibr-sr-58` at invoice lines only: a slip in the published"
        " contexts, kept. `ibr-128-ae` is shadowed for seller and buyer by earlier contexts and never sees a delivery"
        " address; our own `AE-ADV-01` does.\n"
    )


def _rules() -> Iterator[str]:
    unique = {rule.id: rule for rule in PUBLISHED}
    yield f"## The {len(unique)} rules\n"
    yield "| rule | layer | terms | what it asks | where |\n| --- | --- | --- | --- | --- |"
    for rule in sorted(unique.values(), key=lambda rule: (list(Layer).index(rule.layer), rule.id)):
        yield _row(rule)
    yield ""


def _advice() -> Iterator[str]:
    yield f"## Our own {len(ADVICE)} warnings\n"
    yield "What the published rules accept and a tax office may not. A warning never makes a document invalid.\n"
    yield "| warning | layer | terms | what it asks | where |\n| --- | --- | --- | --- | --- |"
    for rule in ADVICE:
        yield _row(rule)


def _messages() -> Iterator[str]:
    from ubl.conformance import messages  # noqa: PLC0415 - it needs more of ubl than the rules do

    yield from messages(_row)


def _row(rule: Rule) -> str:
    file = rule.holds.__module__.replace(".", "/") + ".py"
    return f"| {rule.id} | {rule.layer} | {' '.join(rule.terms)} | {rule.message} | `{file}` `{rule.holds.__name__}` |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
