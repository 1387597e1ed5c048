"""Whether a tax data document is sound: structure first, then the 58 published rules.

The invoice inside isn't judged; `ubl.check` does that.
"""

from datetime import date

from ubl.findings import Layer
from ubl.message import Message, rules_of
from ubl.rules import Ruleset
from ubl.taxdata import document_rules, head_rules
from ubl.taxdata.names import ROOT
from ubl.taxdata.shell import shell
from ubl.taxdata.structure import structure

MODULES = (head_rules, document_rules)
RULES = rules_of(Layer.TAXDATA)
"""The published rules of the Tax Data Document 1.0.4."""
MESSAGE = Message(
    name="tax data document",
    root=ROOT,
    rulesets=(Ruleset("peppol-ae-tdd-1.0.4", "1.0.4", "taxdata", date(2026, 7, 23), RULES),),
    structure=structure,
    judged=shell,
)
check, check_tree, run = MESSAGE.check, MESSAGE.check_tree, MESSAGE.run
