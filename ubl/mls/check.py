"""Whether a message level status is sound: the UBL schema first, then the 31 published rules."""

from datetime import date

from ubl.findings import Layer
from ubl.markup import APPLICATION_RESPONSE
from ubl.message import Message, rules_of
from ubl.mls import rules
from ubl.rules import Ruleset

MODULES = (rules,)
RULES = rules_of(Layer.MLS)
"""The published rules of Message Level Status 1.1.0."""
MESSAGE = Message(
    name="message level status",
    root=APPLICATION_RESPONSE,
    rulesets=(Ruleset("peppol-mls-1.1.0", "1.1.0", "mls", date(2026, 7, 1), RULES),),
)
check, check_tree, run = MESSAGE.check, MESSAGE.check_tree, MESSAGE.run
