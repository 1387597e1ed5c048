"""Whether a message level status is sound: the UBL schema first, then the 31 published rules."""

from datetime import date

from ubl import spis
from ubl.findings import Layer
from ubl.markup import APPLICATION_RESPONSE
from ubl.message import Message, rules_of
from ubl.mls import names, rules
from ubl.rules import Ruleset

RULES = rules_of(Layer.MLS)
"""The published rules of Message Level Status 1.1.0."""
_TABLES = tuple(module.__name__ for module in (names, rules, spis))
MESSAGE = Message(
    name="message level status",
    root=APPLICATION_RESPONSE,
    rulesets=(Ruleset("peppol-mls-1.1.0", "1.1.0", "mls", date(2026, 7, 1), RULES, _TABLES),),
)
check, check_tree, run = MESSAGE.check, MESSAGE.check_tree, MESSAGE.run
