"""Whether a tax data document is sound: structure first, then the 58 published rules.

The invoice inside isn't judged; `ubl.check` does that.
"""

from datetime import date

from ubl import spis
from ubl.findings import Layer
from ubl.message import Message, rules_of
from ubl.rules import Ruleset
from ubl.taxdata import document_rules, head_rules, names, shell, structure

RULES = rules_of(Layer.TAXDATA)
"""The published rules of the Tax Data Document 1.0.4."""
_TABLES = tuple(module.__name__ for module in (names, head_rules, document_rules, spis, structure, shell))
MESSAGE = Message(
    name="tax data document",
    root=names.ROOT,
    rulesets=(Ruleset("peppol-ae-tdd-1.0.4", "1.0.4", "taxdata", date(2026, 7, 23), RULES, _TABLES),),
    structure=structure.structure,
    judged=shell.shell,
)
check, check_tree, run = MESSAGE.check, MESSAGE.check_tree, MESSAGE.run
