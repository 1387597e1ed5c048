"""The Tax Data Document: what the tax authority, the fifth corner, is told about an exchanged invoice.

Both access points report: the sender's (role 01) and the receiver's (role 02). `build` makes the report of an invoice
and its very XML, `write` its bytes, `check` says what is wrong with one. Version 1.0.4 for the Emirates.
"""

from ubl.taxdata.check import MESSAGE, RULES, check, check_tree, run
from ubl.taxdata.document import Custom, Reported, TaxData, build, reported, scope_of, write
from ubl.taxdata.names import ROOT, Role, Scope, Type

__all__ = [
    "MESSAGE",
    "ROOT",
    "RULES",
    "Custom",
    "Reported",
    "Role",
    "Scope",
    "TaxData",
    "Type",
    "build",
    "check",
    "check_tree",
    "reported",
    "run",
    "scope_of",
    "write",
]
