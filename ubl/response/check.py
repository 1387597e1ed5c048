"""Whether an Invoice Response is sound: the UBL schema first, then what its specification asks for."""

from datetime import date

from ubl.findings import Layer
from ubl.markup import APPLICATION_RESPONSE
from ubl.message import Message, rules_of
from ubl.response import names, rules
from ubl.rules import Ruleset

RULES = rules_of(Layer.RESPONSE)
"""Our own rules for Invoice Responses."""
_TABLES = (names.__name__, rules.__name__)
MESSAGE = Message(
    name="invoice response",
    root=APPLICATION_RESPONSE,
    rulesets=(Ruleset("invoice-response-3", "3", "response", date(2026, 7, 1), RULES, _TABLES),),
)
check, check_tree, run = MESSAGE.check, MESSAGE.check_tree, MESSAGE.run
