"""Rule sets are dated versions: which rules are in force for a document on a day, and a digest that names them exactly.

A new version of the published rules is a new row of `RULESETS`; the old one stays, so a document can be checked again
by the rules of its day.
"""

import hashlib
import sys
from collections.abc import Iterable
from datetime import date
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from ubl.errors import UblError
from ubl.findings import Layer
from ubl.rules import (
    ae_allowances,
    ae_breakdown,
    ae_categories,
    ae_document,
    ae_lines,
    ae_parties,
    pint_allowances,
    pint_codes,
    pint_document,
    pint_formats,
    pint_identifiers,
    pint_lines,
    pint_parties,
    pint_payment,
    pint_totals,
)
from ubl.rules.engine import Automaton
from ubl.rules.registry import REGISTERED, Rule

MODULES = (
    pint_document, pint_parties, pint_lines, pint_allowances, pint_totals, pint_payment, pint_formats,
    pint_identifiers, pint_codes, ae_document, ae_parties, ae_lines, ae_breakdown,
    ae_categories, ae_allowances,
)  # fmt: skip
PUBLISHED: tuple[Rule, ...] = tuple(rule for rule in REGISTERED if rule.layer in (Layer.PINT, Layer.PINT_AE))
"""The rules of PINT-AE 1.0.4, shared and aligned."""


class UnknownRuleset(UblError):
    """No rule set has that id, or none is in force on that day."""


class Ruleset(Struct, frozen=True, eq=False, dict=True):
    """One version of the rules of one process."""

    id: str
    version: str
    process: str
    """`billing` or `selfbilling`; `taxdata`, `mls` or `response` for what is no invoice."""
    valid_from: date
    """First day on which this version is in force; the next version of the process ends it."""
    rules: tuple[Rule, ...] = PUBLISHED
    tables: tuple[str, ...] = ()
    """Modules besides those of `ubl.rules` that verdicts depend on."""

    @property
    def self_billing(self) -> bool:
        return self.process == "selfbilling"

    @cached_property
    def automaton(self) -> Automaton:
        """The published rules, ready to run."""
        return Automaton(self.rules)

    def with_advice(self, advice: Iterable[Rule]) -> Automaton:
        """The published rules and our own warnings in one pass."""
        return Automaton((*self.rules, *advice))

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the ids of the rules and over the files they and their tables stand in."""
        modules = {rule.holds.__module__ for rule in self.rules}
        engine = (
            "contexts", "document", "engine", "flags", "forms", "lists", "plans", "registry", "states", "tree",
            "values",
        )  # fmt: skip
        names = sorted(modules | {f"ubl.rules.{name}" for name in engine} | {"ubl.codes"} | set(self.tables))
        state = hashlib.sha256(f"{self.id} {self.valid_from}\n".encode())
        for rule in self.rules:
            state.update(f"{rule.id} {rule.severity} {rule.context.pattern} {rule.context.order}\n".encode())
        for name in names:
            state.update(Path(str(sys.modules[name].__file__)).read_bytes())
        return state.hexdigest()


RULESETS: tuple[Ruleset, ...] = (
    Ruleset("pint-ae-billing-1.0.4", "1.0.4", "billing", date(2026, 5, 25)),
    Ruleset("pint-ae-selfbilling-1.0.4", "1.0.4", "selfbilling", date(2026, 5, 25)),
)
"""Every version, oldest first. The earliest version of a process also serves the days before it."""


def process_of(customization: str) -> str:
    """The process a CustomizationID chooses, as the published rules choose it."""
    return "selfbilling" if "selfbilling" in customization else "billing"


def choose(
    process: str, *, ruleset: str | None = None, as_of: date | None = None, table: tuple[Ruleset, ...] = RULESETS
) -> Ruleset:
    """The rule set of that id or version, or the one in force on that day; without either, the newest.

    Raises `UnknownRuleset` when there is none of that id, naming those there are.
    """
    own = [known for known in table if known.process == process]
    if ruleset is not None:
        for known in table:
            if ruleset == known.id or (ruleset == known.version and known in own):
                return known
        raise UnknownRuleset(f"no rule set {ruleset!r}; there are {', '.join(known.id for known in table)}")
    if not own:
        raise UnknownRuleset(f"no rule set for {process!r}; there are {', '.join(known.id for known in table)}")
    in_force = [known for known in own if as_of is None or known.valid_from <= as_of]
    return max(in_force, key=lambda known: known.valid_from) if in_force else min(own, key=lambda k: k.valid_from)
